"""Models of neurons, one to a file."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.models.neurons.adex_if import AdExIF
from eqsim.models.neurons.adqua_if import AdQuaIF
from eqsim.models.neurons.connor_stevens import ConnorStevens
from eqsim.models.neurons.exp_if import ExpIF
from eqsim.models.neurons.feedback_fhn import FeedbackFHN
from eqsim.models.neurons.fitzhugh_nagumo import FitzHughNagumo
from eqsim.models.neurons.gif import GIF
from eqsim.models.neurons.hh import HH
from eqsim.models.neurons.hindmarsh_rose import HindmarshRose
from eqsim.models.neurons.izhikevich import Izhikevich
from eqsim.models.neurons.kuramoto import Kuramoto
from eqsim.models.neurons.lif import LIF
from eqsim.models.neurons.morris_lecar import MorrisLecar
from eqsim.models.neurons.pinsky_rinzel import PinskyRinzel
from eqsim.models.neurons.qif_mean_field import QIFMeanField
from eqsim.models.neurons.qua_if import QuaIF
from eqsim.models.neurons.stuart_landau import StuartLandau
from eqsim.models.neurons.threshold_linear import ThresholdLinear
from eqsim.models.neurons.traub_miles import TraubMiles
from eqsim.models.neurons.wang_buzsaki import WangBuzsaki
from eqsim.models.neurons.wilson_cowan import WilsonCowan

ALL: tuple[NeuronModel, ...] = (
    LIF,
    ExpIF,
    AdExIF,
    QuaIF,
    AdQuaIF,
    GIF,
    Izhikevich,
    HH,
    TraubMiles,
    WangBuzsaki,
    MorrisLecar,
    FitzHughNagumo,
    FeedbackFHN,
    HindmarshRose,
    ConnorStevens,
    PinskyRinzel,
    WilsonCowan,
    ThresholdLinear,
    QIFMeanField,
    StuartLandau,
    Kuramoto,
)
"""All models of neurons, in the order of their table."""

__all__ = [
    "GIF",
    "HH",
    "LIF",
    "AdExIF",
    "AdQuaIF",
    "ConnorStevens",
    "ExpIF",
    "FeedbackFHN",
    "FitzHughNagumo",
    "HindmarshRose",
    "Izhikevich",
    "Kuramoto",
    "MorrisLecar",
    "PinskyRinzel",
    "QIFMeanField",
    "QuaIF",
    "StuartLandau",
    "ThresholdLinear",
    "TraubMiles",
    "WangBuzsaki",
    "WilsonCowan",
]
