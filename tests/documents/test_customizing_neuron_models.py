"""BrainPy's page "Customizing Your Neuron Models", example by example, in its order.

A class of code there is a text of equations here. The units are those of the library's models.
"""

import numpy as np
import pytest
from matplotlib import pyplot

from eqsim import (
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    cm,
    initializers,
    models,
    mS,
    ms,
    mV,
    nA,
    run,
    set_target,
    uA,
    visualize,
)  # fmt: skip

HODGKIN_HUXLEY = """
dV/dt = (-gNa*m**3*h*(V - ENa) - gK*n**4*(V - EK) - gL*(V - EL) + I)/C : volt
dm/dt = alpha_m*(1 - m) - 4*exp(-(V/mV + 65)/18)/ms*m : 1
dh/dt = 0.07*exp(-(V/mV + 65)/20)/ms*(1 - h) - h/(1 + exp(-(V/mV + 35)/10))/ms : 1
dn/dt = alpha_n*(1 - n) - 0.125*exp(-(V/mV + 65)/80)/ms*n : 1
alpha_m = 0.1*(V/mV + 40)/(1 - exp(-(V/mV + 40)/10))/ms : hertz
alpha_n = 0.01*(V/mV + 55)/(1 - exp(-(V/mV + 55)/10))/ms : hertz
I : amp/meter**2
"""
"""The derivatives of the document's class, line by line."""

CUSTOMIZED_LIF = models.NeuronModel(
    name="LIF",
    describes="the leaky integrate-and-fire neuron of the document",
    equations="""
    dV/dt = (-V + V_rest + R*I)/tau : 1 (unless refractory)
    I : 1
    """,
    parameters={
        "V_rest": 0.0, "V_reset": -5.0, "V_th": 20.0, "R": 1.0, "tau": 10 * ms, "t_ref": 5 * ms,
    },
    threshold="V_th <= V",
    reset="V = V_reset",
    refractory="t_ref",
    initial={"V": "randn() + V_reset"},
    method="exponential_euler",
)  # fmt: skip
"""The class of the document as data, with its names, which has no units."""


@pytest.fixture(autouse=True)
def on_numpy():
    set_target("numpy")
    yield
    pyplot.close("all")


def started(cells):
    """Give the initial values of the document's class."""
    cells.V = initializers.Normal(-70 * mV, 1 * mV, seed=1)
    cells.m, cells.h, cells.n = 0.5, 0.6, 0.32
    return cells


def test_the_hodgkin_huxley_model_of_one_s_own():
    namespace = {**models.HH.parameters, "gL": 0.03 * mS / cm**2}
    own = started(
        NeuronGroup(
            10, HODGKIN_HUXLEY, threshold="V >= V_th", refractory="V >= V_th",
            method="exponential_euler", namespace=namespace,
        )
    )  # fmt: skip
    library = started(models.HH(10, gL=0.03 * mS / cm**2))
    for neu in (own, library):
        neu.I = 6 * uA / cm**2
    mon, same = (StateMonitor(neu, ["V", "m", "h", "n"], record=True) for neu in (own, library))
    spikes = SpikeMonitor(own)
    run(200 * ms)
    ax = visualize.line_plot(mon, "V")

    assert (spikes.count >= 10).all()
    assert len(ax.lines) == 10
    assert ax.get_ylabel() == "V (mV)"
    np.testing.assert_allclose(mon.V / mV, same.V / mV, atol=1e-6)
    for gate in "mhn":
        assert 0 <= getattr(mon, gate).min() <= getattr(mon, gate).max() <= 1
    last = own.lastspike / ms
    assert ((last > 170) & (last < 200)).all()


def test_ten_neurons_of_one_s_own_integrate_and_fire():
    group = CUSTOMIZED_LIF(10, I=22)
    mon, spikes = StateMonitor(group, "V", record=True), SpikeMonitor(group)
    run(200 * ms)
    visualize.line_plot(mon.t, mon.V)

    assert spikes.count.min() >= 6
    interval = 5 + 10 * np.log((22 + 5) / (22 - 20))
    for train in spikes.spike_trains().values():
        np.testing.assert_allclose(np.diff(train / ms), interval, atol=0.11)
    assert mon.V.max() < 20
    assert mon.V[:, 500:].min() == -5


def test_the_library_s_model_with_these_values_is_the_same():
    group = models.LIF(
        10, V_rest=0 * mV, V_reset=-5 * mV, V_th=20 * mV, tau=10 * ms, tau_ref=5 * ms,
        V=initializers.Normal(-5 * mV, 1 * mV), I=0.22 * nA,
    )  # fmt: skip
    spikes = SpikeMonitor(group)
    run(200 * ms)

    interval = 5 + 10 * np.log(27 / 2)
    for train in spikes.spike_trains().values():
        np.testing.assert_allclose(np.diff(train / ms), interval, atol=0.11)
