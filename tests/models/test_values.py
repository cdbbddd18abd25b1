"""What is given to models: values of all kinds, and what is refused."""

import numpy as np
import pytest

from eqsim import (
    Equations,
    Mohm,
    Network,
    NeuronGroup,
    SpikeMonitor,
    TimedArray,
    cm,
    initializers,
    models,
    mS,
    ms,
    mV,
    nA,
    seed,
    uA,
)  # fmt: skip
from eqsim.errors import DimensionMismatchError, EqsimError, ModelError

specific = mS / cm**2


def test_a_default_is_shared_and_a_scalar_too():
    cells = models.HH(5, gK=30 * specific)

    assert all(cells.variables[name].values.shape == (1,) for name in models.HH.parameters)
    assert cells.gK / specific == pytest.approx(30)
    assert cells.gNa / specific == pytest.approx(120)


@pytest.mark.parametrize(
    "given",
    [
        np.arange(6) * specific,
        np.arange(6).reshape(2, 3) * specific,
        lambda shape: np.arange(6).reshape(shape) * specific,
        "i*msiemens/cm**2",
    ],
    ids=["flat", "grid", "callable", "expression"],
)
def test_values_of_each_neuron(given):
    cells = models.HH((2, 3), gNa=given)

    assert cells.shape == (2, 3)
    np.testing.assert_allclose(cells.gNa / specific, np.arange(6))


@pytest.mark.parametrize("shape", [[2, 3], np.array([2, 3]), (np.int64(2), 3)])
def test_a_grid_may_be_given_as_a_list_or_an_array(shape):
    assert models.HH(shape).shape == (2, 3)


def test_an_array_may_be_a_number_of_neurons():
    assert models.HH(np.array(3)).shape == (3,)


def test_a_value_for_all_is_not_set_for_some():
    cells = models.HH(3, name="cells")

    for index in (1, slice(2), [0, 1]):
        with pytest.raises(ModelError, match="'gNa' is one value for all 3 elements of 'cells'"):
            cells.gNa[index] = 50 * specific
    cells.gNa[:] = 50 * specific
    assert cells.gNa / specific == pytest.approx(50)
    assert cells.gNa[1] / specific == pytest.approx(50)


def test_initializers_follow_the_seed():
    drawn = []
    for _ in range(2):
        seed(7)
        cells = models.HH(4, V=initializers.Uniform(-70 * mV, -50 * mV))
        drawn.append(np.array(cells.V / mV))

    np.testing.assert_array_equal(*drawn)
    assert len(set(drawn[0])) == 4


def test_parameters_change_between_runs_without_compiling():
    cells = models.LIF(1, I=0.2 * nA)
    spikes = SpikeMonitor(cells)
    network = Network(cells, spikes)
    network.run(100 * ms, target="numpy")
    before = spikes.num_spikes
    cells.V_th = 0 * mV
    network.run(100 * ms, target="numpy")

    assert before == 3
    assert spikes.num_spikes == before


def test_an_input_follows_an_array_over_time():
    current = TimedArray([0, 0.2] * nA, dt=50 * ms)
    cells = models.LIF(1, I=current)
    spikes = SpikeMonitor(cells)
    Network(cells, spikes).run(100 * ms, target="numpy")

    assert spikes.num_spikes == 1
    assert spikes.t[0] > 70 * ms


@pytest.mark.parametrize("over_time", ["array", "text"])
def test_a_parameter_follows_the_time(over_time):
    resistance = TimedArray([50, 200] * Mohm, dt=20 * ms)
    given = resistance if over_time == "array" else "2*resistance(t)/2"
    followed = models.LIF(1, I=0.05 * nA, R=given)
    switched = models.LIF(1, I=0.05 * nA, R=50 * Mohm)
    network = Network(followed, switched)
    for R in resistance.values:
        switched.R = R
        network.run(20 * ms, target="numpy")

    assert 200 * Mohm == followed.R
    np.testing.assert_allclose(followed.V_, switched.V_)


def test_parameters_of_each_neuron_follow_the_columns():
    current = TimedArray([[1, 2], [3, 4]] * uA / cm**2, dt=1 * ms)
    cells = models.HH(2, gL="(i + 1)*msiemens/cm**2", I=current)
    Network(cells).run(1 * ms, target="numpy")

    np.testing.assert_allclose(cells.I / (uA / cm**2), [3, 4])


def test_an_expression_of_the_time_is_an_initial_value_of_a_variable():
    cells = models.LIF(1, V="-60*mV + t*mV/ms")
    assert cells.V[0] == -60 * mV
    cells.V = -65 * mV
    assert cells.V[0] == -65 * mV


def test_the_units_of_an_expression_of_the_time_are_checked():
    cells = models.LIF(1, I="sin(t/ms)*mV", method="rk4")
    with pytest.raises(EqsimError, match="left side 'I' has dimension A but right side has"):
        Network(cells).run(1 * ms, target="numpy")


def test_equations_compose_with_parameters_as_namespace():
    text = models.FitzHughNagumo.equations + "dx/dt = (v - x)/(5*ms) : 1"
    cells = NeuronGroup(1, text, namespace=models.FitzHughNagumo.parameters, method="rk4")
    Network(cells).run(1 * ms, target="numpy")

    assert cells.x[0] != 0


def test_an_extended_model_keeps_what_it_does_not_change():
    traced = models.LIF.extended(
        "dx/dt = -x/tau_x : 1", parameters={"tau_x": 20 * ms}, name="Traced",
        reset="V = V_reset; x += 1",
    )  # fmt: skip
    cells = traced(1, I=0.2 * nA)
    Network(cells).run(30 * ms, target="numpy")

    assert cells.x[0] > 0.5
    assert traced.references == models.LIF.references


def test_a_model_shows_itself():
    assert repr(models.LIF) == (
        "<NeuronModel LIF(I, I_syn, V_rest, V_reset, V_th, R, tau, tau_ref): leaky"
        " integrate-and-fire neuron with a refractory period>"
    )
    assert "  dV/dt = (V_rest - V + R * (I + I_syn)) / tau : volt (unless refractory)" in str(
        models.LIF
    )
    assert "  tau = 20 ms" in str(models.LIF)
    assert models.LIF.__doc__ == str(models.LIF)
    assert isinstance(models.LIF.equations, Equations)


REFUSED = {
    "HH has no 'gna'\n"
    "  its parameters: C, gNa, ENa, gK, EK, gL, EL, V_th\n"
    "  its inputs: I, I_syn\n"
    "  its variables: V, m, h, n\n"
    "  did you mean 'gNa'?": lambda: models.HH(1, gna=3),
    "HH has no 'size'\n"
    "  its parameters: C, gNa, ENa, gK, EK, gL, EL, V_th\n"
    "  its inputs: I, I_syn\n"
    "  its variables: V, m, h, n\n"
    "  it is called 'N' here": lambda: models.HH(size=10),
    "QuaIF has no 'V_initializer'\n"
    "  its parameters: V_rest, V_reset, V_th, V_c, c, R, tau, tau_ref\n"
    "  its inputs: I, I_syn\n"
    "  its variables: V\n"
    "  it is called 'V' here": lambda: models.QuaIF(1, V_initializer=initializers.ZeroInit()),
    "Kuramoto has no 'monitors'\n"
    "  its parameters: omega\n"
    "  its inputs: I, I_syn\n"
    "  its variables: theta\n"
    "  record with a monitor: StateMonitor(group, 'V')": lambda: models.Kuramoto(
        1, monitors=["theta"]
    ),
    "HH: it is not said how many neurons there are to be\n"
    "  expected: models.HH(10), or models.HH((10, 10)) for a grid": lambda: models.HH(),
    "'gNa' is one value for all 3 elements of 'cells', not one for each\n"
    "  set it for all: cells.gNa = ...; where elements are to differ, declare it without the flag"
    " 'shared', or call the model with an array": lambda: setattr(
        models.HH(3, name="cells"), "gNa", [1, 2, 3] * specific
    ),
    "'I' of 'cells' cannot be set to a function of time, <TimedArray 'current' of shape (1,), dt ="
    " 1*ms>\n"
    "  equations call functions: 'I = f(t) : amp'; a model of the library does so where it is"
    " called with I=...": lambda: setattr(
        models.LIF(3, name="cells"), "I", TimedArray([1] * nA, dt=1 * ms, name="current")
    ),
    "HH: 'gNa' cannot be set to 100*mV, which has the unit V\n"
    "  expected: a value in siemens/metre**2": lambda: models.HH(1, gNa=100 * mV),
    "HH: 'gNa' takes 4 values here, not an array of shape (3,)": lambda: models.HH(
        4, gNa=[1, 2, 3] * specific
    ),
    "HH: 'V' would become nan at position 1\n"
    "  values must be finite; use a large finite number in place of inf": lambda: models.HH(
        2, V=[0, np.nan] * mV
    ),
    "LIF: 'V' cannot follow an array over time: it is a variable, which follows its equation\n"
    "  what can: I, I_syn, V_rest, V_reset, V_th, R, tau, tau_ref": lambda: models.LIF(
        1, V=TimedArray([1.0] * mV, dt=1 * ms)
    ),
    "LIF: 'I' is in amp, but the array over time is in volt": lambda: models.LIF(
        1, I=TimedArray([1.0] * mV, dt=1 * ms)
    ),
    "FitzHughNagumo: 'I' has no unit, but the array over time is in volt": lambda: (
        models.FitzHughNagumo(1, I=TimedArray([1.0] * mV, dt=1 * ms))
    ),
    "LIF: 'R' is in ohm, but the array over time has no unit\n"
    "  give its values a unit: R=TimedArray(values*Mohm, dt=...)": lambda: models.LIF(
        1, R=TimedArray([1.0], dt=1 * ms)
    ),
    "HH: 'V' is given by the callable <lambda>(), which cannot be called with the shape of what it"
    " gives values for\n"
    "  expected: one argument, as in V = lambda shape: np.zeros(shape); a value for all is given"
    " without lambda": lambda: models.HH(1, V=lambda: 50 * mV),
    "'V' is given by the callable <lambda>(), which cannot be called with the shape of what it"
    " gives values for\n"
    "  expected: one argument, as in V = lambda shape: np.zeros(shape); a value for all is given"
    " without lambda": lambda: setattr(models.HH(1), "V", lambda: 50 * mV),
    "HH has no 'keep_size'\n"
    "  its parameters: C, gNa, ENa, gK, EK, gL, EL, V_th\n"
    "  its inputs: I, I_syn\n"
    "  its variables: V, m, h, n\n"
    "  leave it out: a group keeps the shape that it is made with, and group.V[0, 1] is the value"
    " at a place; what it gives has one axis: group.V[:].reshape(group.shape)": lambda: models.HH(
        (2, 3), keep_size=True
    ),
    "HH: 'gNa' cannot be set to 120, which has no unit\n"
    "  expected: a value in siemens/metre**2\n"
    "  for example gNa=120*msiemens/cm**2": lambda: models.HH(1, gNa=120),
    "HH: 'V' cannot be set to an array, which has no unit\n"
    "  expected: a value in volt\n"
    "  for example V=values*mV": lambda: models.HH(2, V=[-65, -60]),
    "HH: 'I' takes 2 values here, not an array of shape (1000,)\n"
    "  values over time, a row for each step: I=TimedArray(values, dt=...), or what eqsim.inputs"
    " makes, such as ramp_current": lambda: models.HH(2, I=np.ones(1000) * uA / cm**2),
    "the number of neurons must be a whole number, not 2.5": lambda: models.HH(np.array([2.5, 3])),
    "the number of neurons must be a whole number, not 1.5": lambda: models.HH(1.5),
    "X: 'tau' is both a name of the equations and a parameter with a default\n"
    "  leave out one of them": lambda: models.NeuronModel(
        name="X", describes="", equations="tau : second", parameters={"tau": 1 * ms}
    ),
    "X has no 'w'\n  its variables: v": lambda: models.NeuronModel(
        name="X", describes="", equations="dv/dt = 0/ms : 1", parameters={}, initial={"w": 1}
    ),
    "NaHH: the current 'm' is in 1\n"
    "  it must be a current per area, in amp/metre**2, or of a whole cell, in amp": lambda: (
        models.ChannelModel(
            name="NaHH", describes="", equations=models.NaHH.equations, current="m", parameters={}
        )
    ),
    "ConductanceNeuron needs at least one channel, such as models.Leak": (
        models.conductance_neuron
    ),
    "ConductanceNeuron: 'EK' is -77 mV in KHH and -90 mV in KM\n"
    "  give both one value, or rename one: KM.renamed('_2')": lambda: models.conductance_neuron(
        models.KHH, models.KM
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_fit_is_refused_before_anything_is_made(text):
    with pytest.raises(EqsimError) as caught:
        REFUSED[text]()

    assert str(caught.value) == text


def test_a_wrong_unit_has_the_type_of_such_errors():
    with pytest.raises(DimensionMismatchError):
        models.LIF(1, tau=1 * mV)
    with pytest.raises(ModelError):
        models.LIF(1, taus=1 * ms)


# -- channels -----------------------------------------------------------------------------------


def test_channels_of_the_squid_make_up_its_axon():
    axon = models.conductance_neuron(models.NaHH, models.KHH, models.Leak, V_th=20 * mV)
    cells = [model(1, I=10 * uA / cm**2) for model in (axon, models.HH)]
    Network(*cells).run(20 * ms, target="numpy")

    np.testing.assert_allclose(*(cell.V_ for cell in cells), rtol=1e-9)


@pytest.mark.parametrize("channel", models.CHANNELS, ids=lambda channel: channel.name)
def test_every_channel_makes_a_neuron_that_rests(channel):
    made = models.conductance_neuron(channel, models.Leak.renamed("_own"))
    cells = made(2)
    Network(cells).run(1 * ms, target="numpy")

    assert np.isfinite(cells.V_).all()
    assert set(made.references) >= set(channel.references)


@pytest.mark.parametrize(
    ("written", "meant"), [("Lif", "LIF"), ("hh", "HH"), ("MorisLecar", "MorrisLecar")]
)
def test_names_of_models_are_guessed(written, meant):
    with pytest.raises(
        AttributeError, match=rf"has no attribute '{written}'\n  did you mean '{meant}'"
    ):
        getattr(models, written)
