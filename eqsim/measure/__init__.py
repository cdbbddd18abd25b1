"""What spikes and signals say: rates, synchrony, variability, spectra."""

from __future__ import annotations

from eqsim.measure.export import to_neo
from eqsim.measure.rates import firing_rate, raster_plot
from eqsim.measure.signals import Signal, signal_of
from eqsim.measure.spectra import power_spectrum
from eqsim.measure.synchrony import (
    cross_correlation,
    spike_train_correlation,
    voltage_fluctuation,
)
from eqsim.measure.trains import SpikeTrains
from eqsim.measure.variability import cv, cv2, fano_factor, isi, lv

__all__ = [
    "Signal",
    "SpikeTrains",
    "cross_correlation",
    "cv",
    "cv2",
    "fano_factor",
    "firing_rate",
    "isi",
    "lv",
    "power_spectrum",
    "raster_plot",
    "signal_of",
    "spike_train_correlation",
    "to_neo",
    "voltage_fluctuation",
]
