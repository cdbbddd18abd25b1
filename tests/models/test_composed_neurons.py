"""Neurons of papers that the library does not list, composed of channels, against SciPy."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim import Network, SpikeMonitor, TimedArray, cm, models, mS, ms, mV, nA, nS, pF, second, uA
from eqsim.errors import DimensionMismatchError
from tests.models import channel_currents as paper
from tests.models.test_channels import steady

DT = 0.01
S = mS / cm**2
per_area = uA / cm**2


def own(name, current, equations, **parameters):
    return models.ChannelModel(
        name=name,
        describes="a channel of a composed neuron",
        equations=equations,
        current=current,
        parameters=parameters,
    )


# Golomb, D. et al. (2007), PLoS Computational Biology 3, e156, doi:10.1371/journal.pcbi.0030156:
# an interneuron of the cortex that fires fast, late where it has d-current.
GOLOMB_NA = own(
    "NaGolomb", "I_Na",
    """
    I_Na = gNa*m_inf**3*h*(V - ENa) : amp/meter**2
    m_inf = 1/(1 + exp(-(V + 24*mV)/(11.5*mV))) : 1
    dh/dt = (1/(1 + exp((V + 58.3*mV)/(6.7*mV))) - h)/tau_h : 1
    tau_h = (0.5 + 14/(1 + exp((V + 60*mV)/(12*mV))))*ms : second
    """,
    gNa=112.5 * S, ENa=50 * mV,
)  # fmt: skip
GOLOMB_K = own(
    "KGolomb", "I_K",
    """
    I_K = gK*n**2*(V - EK) : amp/meter**2
    dn/dt = (1/(1 + exp(-(V + 12.4*mV)/(6.8*mV))) - n)/tau_n : 1
    tau_n = (0.087 + 11.4/(1 + exp((V + 14.6*mV)/(8.6*mV))))
            *(0.087 + 11.4/(1 + exp(-(V - 1.3*mV)/(18.7*mV))))*ms : second
    """,
    gK=225 * S, EK=-90 * mV,
)  # fmt: skip
GOLOMB_D = own(
    "KdGolomb", "I_d",
    """
    I_d = gd*a**3*b*(V - EK) : amp/meter**2
    da/dt = (1/(1 + exp(-(V + 50*mV)/(20*mV))) - a)/(2*ms) : 1
    db/dt = (1/(1 + exp((V + 70*mV)/(6*mV))) - b)/(150*ms) : 1
    """,
    gd=0.39 * S, EK=-90 * mV,
)  # fmt: skip

# Butera, R. J., Rinzel, J. & Smith, J. C. (1999), Journal of Neurophysiology 82, 382, model 1,
# doi:10.1152/jn.1999.82.1.382: a pacemaker of breathing, with currents of the whole cell.
BUTERA_NA = own(
    "NaButera", "I_Na",
    """
    I_Na = gNa*m_inf**3*(1 - n)*(V - ENa) : amp
    m_inf = 1/(1 + exp(-(V + 34*mV)/(5*mV))) : 1
    """,
    gNa=28 * nS, ENa=50 * mV,
)  # fmt: skip
BUTERA_NAP = own(
    "NaPButera", "I_NaP",
    """
    I_NaP = gNaP*mp_inf*h*(V - ENa) : amp
    mp_inf = 1/(1 + exp(-(V + 40*mV)/(6*mV))) : 1
    dh/dt = (1/(1 + exp((V + 48*mV)/(6*mV))) - h)/tau_h : 1
    tau_h = 10*second/cosh((V + 48*mV)/(12*mV)) : second
    """,
    gNaP=2.8 * nS, ENa=50 * mV,
)  # fmt: skip
BUTERA_K = own(
    "KButera", "I_K",
    """
    I_K = gK*n**4*(V - EK) : amp
    dn/dt = (1/(1 + exp(-(V + 29*mV)/(4*mV))) - n)*cosh((V + 29*mV)/(8*mV))/(10*ms) : 1
    """,
    gK=11.2 * nS, EK=-85 * mV,
)  # fmt: skip
BUTERA_LEAK = own("LeakButera", "I_L", "I_L = gL*(V - EL) : amp", gL=2.8 * nS, EL=-60 * mV)


def golomb_na(v, h):
    m = 1 / (1 + np.exp(-(v + 24) / 11.5))
    rate = 1 / (0.5 + 14 / (1 + np.exp((v + 60) / 12)))
    return 112.5 * m**3 * h * (v - 50), [(1 / (1 + np.exp((v + 58.3) / 6.7)) - h) * rate]


def golomb_k(v, n):
    tau = (0.087 + 11.4 / (1 + np.exp((v + 14.6) / 8.6))) * (
        0.087 + 11.4 / (1 + np.exp(-(v - 1.3) / 18.7))
    )
    return 225 * n**2 * (v + 90), [(1 / (1 + np.exp(-(v + 12.4) / 6.8)) - n) / tau]


def golomb_d(v, a, b):
    return 0.39 * a**3 * b * (v + 90), [
        (1 / (1 + np.exp(-(v + 50) / 20)) - a) / 2,
        (1 / (1 + np.exp((v + 70) / 6)) - b) / 150,
    ]


def passive(g, e):
    def leak(v):
        return g * (v - e), []

    return leak


def scaled(function, factor, shift=0.0, e=None, old=None):
    """A channel of another conductance, of moved rates, or of another reversal potential."""

    def channel(v, *gates):
        current, rates = function(v - shift, *gates)
        driven = 1.0 if e is None else (v - e) / (v - shift - old)
        return factor * driven * current, rates

    return channel


def number_of_gates(function):
    for gates in range(4):
        try:
            function(-60.0, *[0.5] * gates)
        except TypeError:
            continue
        return gates
    raise AssertionError


NEURONS = {
    # Pospischil, M. et al. (2008), doi:10.1007/s00422-008-0263-8: a regular-spiking cell.
    "regular spiking": (
        models.conductance_neuron(
            models.NaTraubMiles(gNa=50 * S, V_T=-61.5 * mV),
            models.KTraubMiles(gK=5 * S, V_T=-61.5 * mV),
            models.KM(gM=0.07 * S),
            models.Leak(gL=0.02 * S, EL=-70.3 * mV),
            V=-70 * mV,
        ),
        [
            scaled(paper.na_traub_miles, 0.5, 1.5, 50, 50),
            scaled(paper.k_traub_miles, 1 / 6, 1.5, -90, -90),
            paper.k_m,
            passive(0.02, -70.3),
        ],
        lambda t: 1.5,
    ),
    # The currents of Huguenard & McCormick (1992), doi:10.1152/jn.1992.68.4.1373: a relay neuron
    # of the thalamus, let go after it was held down.
    "thalamic relay": (
        models.conductance_neuron(
            models.NaTraubMiles(gNa=90 * S),
            models.KTraubMiles(gK=10 * S),
            models.CaT(gCaT=2 * S),
            models.Ih,
            models.Leak(gL=0.02 * S, EL=-75 * mV),
            V=-70 * mV,
        ),
        [
            scaled(paper.na_traub_miles, 0.9),
            scaled(paper.k_traub_miles, 1 / 3),
            scaled(paper.ca_t, 5),
            paper.i_h,
            passive(0.02, -75),
        ],
        lambda t: -1.0 if t < 100 else 0.0,
    ),
    "fast spiking": (
        models.conductance_neuron(
            GOLOMB_NA, GOLOMB_K, GOLOMB_D, models.Leak(gL=0.25 * S, EL=-70 * mV), V=-70 * mV
        ),
        [golomb_na, golomb_k, golomb_d, passive(0.25, -70)],
        lambda t: 5.0,
    ),
    # A pyramidal cell of CA1 with the currents that delay its spikes (A) and slow them down (M).
    "with A- and M-current": (
        models.conductance_neuron(
            models.NaTraubMiles,
            models.KTraubMiles,
            models.KA(gA=10 * S),
            models.KM(gM=0.1 * S),
            models.Leak(gL=0.05 * S, EL=-68 * mV),
            V=-75 * mV,
        ),
        [
            paper.na_traub_miles,
            paper.k_traub_miles,
            scaled(paper.k_a, 10 / 47.7),
            scaled(paper.k_m, 1 / 0.7),
            passive(0.05, -68),
        ],
        lambda t: 6.0,
    ),
}


def by_scipy(model, channels, drive):
    sizes = [number_of_gates(each) for each in channels]
    places = np.cumsum([1, *sizes])
    v0 = float(model.initial["V"] / mV)
    begun = [
        v0,
        *(x for each, n in zip(channels, sizes, strict=True) if n for x in steady_of(each, n, v0)),
    ]

    def right(t, y):
        found = [
            each(y[0], *y[a : a + n]) for each, a, n in zip(channels, places, sizes, strict=False)
        ]
        return [
            drive(t) - sum(current for current, _ in found),
            *(r for _, rates in found for r in rates),
        ]

    def rises(t, y):
        return y[0]

    rises.direction = 1
    return solve_ivp(
        right, (0, 300), begun, "DOP853", rtol=1e-8, atol=1e-9, events=rises, max_step=0.5
    ).t_events[0]


def steady_of(channel, gates, v):
    closed, opened = (np.array(channel(v, *[x] * gates)[1]) for x in (0.0, 1.0))
    return closed / (closed - opened)


@pytest.fixture(scope="module")
def fired():
    cells, spikes = [], {}
    for name, (model, _, drive) in NEURONS.items():
        current = TimedArray([drive(t) for t in range(0, 301, 100)] * per_area, dt=100 * ms)
        cell = model(1, I=current, dt=DT * ms, method="rk4")
        cells.append(cell)
        spikes[name] = SpikeMonitor(cell)
    Network(*cells, *spikes.values()).run(300 * ms, target="cpp")
    return {name: each.t / ms for name, each in spikes.items()}


@pytest.mark.compiler
@pytest.mark.parametrize("name", NEURONS)
def test_a_composed_neuron_fires_as_scipy_says(name, fired):
    assert len(fired[name]) > 2
    np.testing.assert_allclose(fired[name] + DT / 2, by_scipy(*NEURONS[name]), atol=2 * DT)


@pytest.mark.compiler
def test_composed_neurons_do_what_their_currents_are_known_for(fired):
    adapting = np.diff(fired["regular spiking"])
    relay, fast = fired["thalamic relay"], np.diff(fired["fast spiking"])

    assert adapting[-1] > 1.5 * adapting[0]
    assert relay[0] > 100  # on the rebound, with a burst
    assert np.diff(relay)[0] < 0.6 * np.diff(relay)[1]
    assert fast.mean() < adapting.mean()
    assert fired["with A- and M-current"][0] > 5


@pytest.mark.compiler
def test_a_pacemaker_of_breathing_is_silent_or_bursts_or_beats_as_its_leak_wants():
    # Figure 3 of the paper: silent at -65 mV, bursts at about -58 mV, beats above -54 mV.
    pacemaker = models.conductance_neuron(
        BUTERA_NA, BUTERA_NAP, BUTERA_K, BUTERA_LEAK, name="Pacemaker", C=21 * pF, V=-55 * mV,
        V_th=-20 * mV,
    )  # fmt: skip
    cells = pacemaker(3, EL=[-65, -58, -50] * mV, h=0.6, dt=0.05 * ms)
    spikes = SpikeMonitor(cells)
    Network(cells, spikes).run(12 * second, target="cpp")
    times = spikes.spike_trains()
    late = {i: np.diff(times[i][times[i] > 4 * second] / ms) for i in range(3)}

    assert len(late[0]) == 0
    assert late[1].max() > 500
    assert np.median(late[1]) < 100
    assert late[2].max() < 200


def test_gates_begin_in_the_steady_state_that_their_equations_have():
    v, cell = -70.0, NEURONS["fast spiking"][0](1)

    for gate, function, k in (("h", golomb_na, 0), ("n", golomb_k, 0), ("a", golomb_d, 0)):
        gates = number_of_gates(function)
        assert getattr(cell, gate)[0] == pytest.approx(steady_of(function, gates, v)[k], rel=1e-12)
    for name, function in (("NaHH", paper.na_hh), ("CaT", paper.ca_t)):
        channel = getattr(models, name)
        bare = own(name, channel.current, channel.equations, **channel.parameters)
        made = models.conductance_neuron(bare, V=-50 * mV)(1)
        found = [getattr(made, gate)[0] for gate in bare.gates]
        np.testing.assert_allclose(found, steady(function, -50.0), rtol=1e-12)


def test_a_gate_begins_after_what_it_follows():
    calcium = own(
        "CaPool", "I_Ca",
        """
        I_Ca = gCa*s_inf*(V - 120*mV) : amp/meter**2
        s_inf = 1/(1 + exp(-(V + 25*mV)/(5*mV))) : 1
        dCa/dt = -Ca/(80*ms) - 0.1*meter**2/amp*I_Ca/ms : 1
        """,
        gCa=1 * S,
    )  # fmt: skip
    after = own(
        "KCa", "I_KCa",
        "I_KCa = gKCa*c*(V + 90*mV) : amp/meter**2\ndc/dt = (Ca/(Ca + 30) - c)/(5*ms) : 1",
        gKCa=5 * S,
    )  # fmt: skip
    made = models.conductance_neuron(after, calcium, models.Leak, V=-40 * mV)(1)

    assert made.Ca[0] == pytest.approx(80 * 0.1 * 10 * 0.160 / (1 + np.exp(3)), rel=1e-9)
    assert made.c[0] == pytest.approx(made.Ca[0] / (made.Ca[0] + 30), rel=1e-9)


REFUSED = {
    "Mixed: the current of KM is per area, that of LeakButera of a whole cell\n"
    "  give all channels currents of one kind": lambda: models.conductance_neuron(
        models.KM, BUTERA_LEAK, name="Mixed"
    ),
    "Bare: the capacitance C must be in farad, as its currents are in amp, but is not given\n"
    "  write for example C=20*pF": lambda: models.conductance_neuron(BUTERA_LEAK, name="Bare"),
    "Odd: the capacitance C must be in farad/metre**2, as its currents are in amp/metre**2, not"
    " 1 nA\n  write for example C=1*uF/cm**2": lambda: models.conductance_neuron(
        models.KM, name="Odd", C=1 * nA
    ),
    "Volts: the current 'I' is in volt\n"
    "  it must be a current per area, in amp/metre**2, or of a whole cell, in amp": lambda: own(
        "Volts", "I", "I = 2*V : volt"
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_go_together_is_refused(text):
    with pytest.raises(DimensionMismatchError) as caught:
        REFUSED[text]()

    assert str(caught.value) == text
