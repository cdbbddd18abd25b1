"""Neurons that oscillate through inhibition: raster, rate, spectrum, synchrony, irregularity.

Usage: python examples/measures.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    Hz,
    NeuronGroup,
    PoissonInput,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    measure,
    ms,
    mV,
    run,
    second,
    seed,
)
from eqsim.connect import FixedProb
from eqsim.visualize import get_figure, line_plot, raster_plot, rate_plot, spectrum_plot

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
figure, places = get_figure(4, 2, row_len=2, col_len=5)

seed(2)
tau = 20 * ms
for column, (weight, input_rate) in enumerate([(0 * mV, 11 * Hz), (0.6 * mV, 45 * Hz)]):
    cells = NeuronGroup(
        400,
        "dv/dt = -v/tau : volt (unless refractory)",
        threshold="v > 20*mV",
        reset="v = 10*mV",
        refractory=2 * ms,
        method="exact",
    )
    cells.v = "20*mV*rand()"
    noise = PoissonInput(cells, "v", N=1000, rate=input_rate, weight=0.1 * mV)
    inhibition = Synapses(cells, cells, on_pre="v_post -= weight", delay=2 * ms)
    inhibition.connect(FixedProb(0.1, include_self=False))
    spikes = SpikeMonitor(cells)
    traces = StateMonitor(cells, "v", record=range(100))
    run(2 * second)

    coherence = measure.cross_correlation(spikes, 2 * ms)
    chi2 = measure.voltage_fluctuation(traces)
    cv = np.nanmean(measure.cv(spikes))
    title = f"weight {weight / mV:.1f} mV: coherence {coherence:.2f}, chi2 {chi2:.2f}, CV {cv:.2f}"
    window = (1000 * ms, 1200 * ms)
    axes = [figure.add_subplot(places[row, column]) for row in range(4)]
    raster_plot(spikes, ax=axes[0], xlim=window, title=title, markersize=1)
    rate_plot(spikes, 1 * ms, ax=axes[1], xlim=window)
    line_plot(traces, "v", plot_ids=[0, 1], ax=axes[2], xlim=window, legend="v", linewidth=1)
    spectrum_plot(spikes, ax=axes[3], segment=250 * ms, xlim=(0 * Hz, 300 * Hz))
plt.savefig(folder / "measures.png", dpi=90)
