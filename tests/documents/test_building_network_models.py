"""BrainPy's page "Building Network Models", example by example, in its order.

The network of 3200 excitatory and 800 inhibitory neurons of Brette, R. et al. (2007),
doi:10.1007/s10827-007-0038-6. A membrane of 100 Mohm turns its numbers without unit into
currents and conductances: an input of 20 is 0.2 nA, weights of 0.6 and 6.7 are 6 nS and 67 nS.
That both ways to make it make the same spikes is checked in test_balanced_networks.
"""

import numpy as np
import pytest
from matplotlib import pyplot

from eqsim import (
    Cpp,
    Network,
    SpikeMonitor,
    connect,
    initializers,
    measure,
    models,
    ms,
    mV,
    nA,
    nS,
    seed,
    visualize,
)  # fmt: skip

PARS = {
    "V_rest": -60 * mV, "V_th": -50 * mV, "V_reset": -60 * mV, "tau": 20 * ms, "tau_ref": 5 * ms,
    "V": initializers.Normal(-55 * mV, 2 * mV),
}  # fmt: skip
E_PARS = {"output": models.COBA(E=0 * mV), "g_max": 6 * nS, "tau": 5 * ms}
I_PARS = {"output": models.COBA(E=-80 * mV), "g_max": 67 * nS, "tau": 10 * ms}
COMPILED = Cpp(threads=1)

pytestmark = pytest.mark.compiler


def ei_net(num_exc, num_inh):
    """The first way: what the document makes in a class."""
    exc, inh = models.LIF(num_exc, **PARS, name="E"), models.LIF(num_inh, **PARS, name="I")
    E2E = models.Exponential(exc, exc, connect.FixedProb(prob=0.02), **E_PARS, name="E2E")
    E2I = models.Exponential(exc, inh, connect.FixedProb(prob=0.02), **E_PARS, name="E2I")
    I2E = models.Exponential(inh, exc, connect.FixedProb(prob=0.02), **I_PARS, name="I2E")
    I2I = models.Exponential(inh, inh, connect.FixedProb(prob=0.02), **I_PARS, name="I2I")
    return Network(exc, inh, E2E, E2I, I2E, I2I)


def ei_net_of_one_group(num_exc, num_inh):
    """The customized network: one population, with a projection of each part."""
    N = models.LIF(num_exc + num_inh, **PARS, name="N")
    Esyn = models.Exponential(N[:num_exc], N, connect.FixedProb(0.02), **E_PARS, name="Esyn")
    Isyn = models.Exponential(N[num_exc:], N, connect.FixedProb(0.02), **I_PARS, name="Isyn")
    return Network(N, Esyn, Isyn)


def check_raster(spikes, title):
    ax = visualize.raster_plot(spikes, title=title, ax=pyplot.figure().add_subplot())
    (points,) = ax.lines
    assert len(points.get_xdata()) == spikes.num_spikes
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("time (ms)", "neuron", title)
    pyplot.close("all")


def check_activity(spikes, milliseconds):
    rate = spikes.num_spikes / len(spikes.count) / milliseconds * 1e3
    # Alone a neuron would spike at 53 Hz.
    assert 5 < rate < 50
    assert np.nanmean(measure.cv(spikes)) > 0.5
    assert measure.cross_correlation(spikes, bin_size=2 * ms) < 0.3


def test_the_elements_of_a_network_have_names():
    net = ei_net(8, 2)

    assert {"E", "I", "E2E", "E2I", "I2E", "I2I"} <= {each.name for each in net.objects}
    assert net["E"].N == 8
    assert net["I2E"].source is net["I"]


def test_1_and_2_excitation_and_inhibition_balance_each_other():
    seed(11)
    net = ei_net(3200, 800)
    spikes = {name: SpikeMonitor(net[name]) for name in ("E", "I")}
    net.add(spikes.values())
    net["E"].I = net["I"].I = 0.2 * nA
    net.run(200 * ms, target=COMPILED)

    made = sum(net[name].N for name in ("E2E", "E2I", "I2E", "I2I"))
    assert made == pytest.approx(0.02 * 4000**2, rel=0.02)
    check_activity(spikes["E"], 200)
    check_activity(spikes["I"], 200)
    check_raster(spikes["E"], "Spikes of Excitatory Neurons")
    check_raster(spikes["I"], "Spikes of Inhibitory Neurons")


def test_one_population_with_two_projections():
    seed(11)
    net = ei_net_of_one_group(3200, 800)
    spikes = SpikeMonitor(net["N"])
    net.add(spikes)
    net["N"].I = 0.2 * nA
    net.run(200 * ms, target=COMPILED)

    assert pytest.approx(0.02 * 3200 * 4000, rel=0.02) == net["Esyn"].N
    check_activity(spikes, 200)
    check_raster(spikes, "Spikes")
