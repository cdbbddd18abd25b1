"""Trains of spikes of every model that has a threshold, against what the papers' equations fire.

Models with a reset are stepped by hand over the same grid; the others are integrated by SciPy,
which finds the crossings of the threshold.
"""

from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim import Hz, Network, SpikeMonitor, cm, models, ms, mV, nA, pA, uA
from tests.models import right_hand_sides as paper
from tests.models.altered import altered

DT = 0.01
per_area = uA / cm**2


@dataclass(frozen=True)
class Train:
    """A drive under which a model fires, with the rule of its spikes in plain numbers."""

    right_hand_side: object
    drive: float
    unit: object
    fires: object
    reset: object = None
    silent: float = 0.0
    milliseconds: float = 100.0
    least: int = 3
    scales: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)


def lif_fires(y):
    return y[0] > -50


def lif_reset(y):
    return [-65]


def exp_if_fires(y):
    return y[0] > -30


def exp_if_reset(y):
    return [-68]


def adex_if_fires(y):
    return y[0] > -30


def adex_if_reset(y):
    return [-70.6, y[1] + 80.5]


def qua_if_fires(y):
    return y[0] > -30


def qua_if_reset(y):
    return [-68]


def adqua_if_fires(y):
    return y[0] > -30


def adqua_if_reset(y):
    return [-68, y[1] + 10]


def gif_fires(y):
    return y[0] > y[1]


def gif_reset(y):
    return [-70, max(y[1], -60), 0.5 * y[2] - 50, 0.8 * y[3] - 20]


def gif_low_reset(y):
    """As it is where the threshold of the reset is the higher one."""
    return [-70, max(y[1], -45), 0.5 * y[2] - 50, 0.8 * y[3] - 20]


def izhikevich_fires(y):
    return y[0] >= 30


def izhikevich_reset(y):
    return [-65, y[1] + 8]


def above(threshold):
    return lambda t, y: y[0] - threshold


MV, PA = {"V": mV}, {"V": mV, "w": pA}
GIF = {"a": 5 * Hz, "R_1": 0.5, "A_1": -50 * pA, "R_2": 0.8, "A_2": -20 * pA}
OF_GIF = {"V": mV, "V_th": mV, "I_1": pA, "I_2": pA}
TRAINS = {
    "LIF": Train(paper.lif, 0.2, nA, lif_fires, lif_reset, 2.0, scales=MV),
    "ExpIF": Train(paper.exp_if, 0.06, nA, exp_if_fires, exp_if_reset, 1.7, scales=MV),
    "AdExIF": Train(paper.adex_if, 1000.0, pA, adex_if_fires, adex_if_reset, scales=PA),
    "QuaIF": Train(paper.qua_if, 0.2, nA, qua_if_fires, qua_if_reset, scales=MV),
    "AdQuaIF": Train(paper.adqua_if, 300.0, pA, adqua_if_fires, adqua_if_reset, scales=PA),
    "GIF": Train(paper.gif, 700.0, pA, gif_fires, gif_reset, scales=OF_GIF, values=GIF),
    "GIF low": Train(
        paper.gif, 500.0, pA, gif_fires, gif_low_reset, scales=OF_GIF,
        values={**GIF, "V_th_reset": -45 * mV},
    ),
    "Izhikevich": Train(paper.izhikevich, 10.0, 1.0, izhikevich_fires, izhikevich_reset),
    "HH": Train(paper.hh, 10.0, per_area, above(20), scales=MV),
    "TraubMiles": Train(paper.traub_miles, 3.0, per_area, above(-20), scales=MV),
    "WangBuzsaki": Train(paper.wang_buzsaki, 1.0, per_area, above(0), scales=MV),
    "MorrisLecar": Train(
        paper.morris_lecar, 150.0, per_area, above(10), scales=MV, milliseconds=400
    ),
    "FitzHughNagumo": Train(paper.fitzhugh_nagumo, 0.8, 1.0, above(1.8), milliseconds=200),
    "FeedbackFHN": Train(paper.feedback_fhn, 0.5, 1.0, above(1.8), least=1),
    "HindmarshRose": Train(paper.hindmarsh_rose, 2.0, 1.0, above(1.0), milliseconds=200),
    "ConnorStevens": Train(paper.connor_stevens, 12.0, per_area, above(0), scales=MV),
    "PinskyRinzel": Train(
        paper.pinsky_rinzel, 2.5, per_area, above(-20), scales={"V": mV, "V_d": mV},
        values={"I_d": 0.2 * per_area},
    ),
}  # fmt: skip


def model_of(name):
    return getattr(models, name.split()[0])


def begun(name, group):
    scales = TRAINS[name].scales
    return [float(getattr(group, v)[0] / scales.get(v, 1.0)) for v in model_of(name).variables]


def stepped(train, y, right=None, fires=None, reset=None):
    """Times of spikes by the method of Runge and Kutta, with the reset after each step."""
    right, fires = right or train.right_hand_side, fires or train.fires
    reset, h = reset or train.reset, DT
    y, last, found = np.array(y), -np.inf, []
    for step in range(round(train.milliseconds / h)):
        t = step * h
        if t - last >= train.silent - 1e-6:
            k1 = np.array(right(t, y, train.drive))
            k2 = np.array(right(t, y + h / 2 * k1, train.drive))
            k3 = np.array(right(t, y + h / 2 * k2, train.drive))
            k4 = np.array(right(t, y + h * k3, train.drive))
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            if fires(y):
                found.append(t)
                last, y = t, np.array(reset(y), float)
    return np.array(found)


def crossed(train, y):
    """Times at which the potential of a model without reset rises through its threshold."""
    event = train.fires
    event.direction = 1
    return solve_ivp(
        lambda t, x: train.right_hand_side(t, x, train.drive), (0, train.milliseconds), y,
        "DOP853", rtol=1e-9, atol=1e-10, events=event,
    ).t_events[0]  # fmt: skip


@pytest.fixture(scope="module")
def fired():
    """What all models fire, in one network, with their states at the beginning."""
    cells = {
        name: model_of(name)(1, I=t.drive * t.unit, method="rk4", dt=DT * ms, **t.values)
        for name, t in TRAINS.items()
    }
    states = {name: begun(name, cell) for name, cell in cells.items()}
    spikes = {name: SpikeMonitor(cell) for name, cell in cells.items()}
    Network(*cells.values(), *spikes.values()).run(400 * ms, target="cpp")
    times = {name: each.t / ms for name, each in spikes.items()}
    return states, {n: t[t < TRAINS[n].milliseconds - DT / 2] for n, t in times.items()}


def test_every_model_with_a_threshold_has_a_train():
    assert {n.split()[0] for n in TRAINS} == {m.name for m in models.NEURONS if m.threshold}


@pytest.mark.compiler
@pytest.mark.parametrize("name", TRAINS)
def test_a_model_fires_when_its_paper_says(name, fired):
    states, times = fired
    train = TRAINS[name]

    assert len(times[name]) >= train.least
    if train.reset is None:
        np.testing.assert_allclose(times[name] + DT / 2, crossed(train, states[name]), atol=DT)
    else:
        np.testing.assert_allclose(times[name], stepped(train, states[name]), atol=1e-9)


def agree(found, expected):
    return len(found) == len(expected) and np.allclose(found, expected, atol=1e-9)


@pytest.mark.compiler
@pytest.mark.parametrize("name", [name for name in TRAINS if TRAINS[name].reset is not None])
def test_every_number_of_a_reset_is_seen(name, fired):
    states, times = fired
    train = TRAINS[name]
    others = [
        *((place, {"fires": each}) for place, each in altered(train.fires, 1.2)),
        *((place, {"reset": each}) for place, each in altered(train.reset, 1.2)),
    ]
    unseen = [
        place
        for place, changed in others
        if agree(times[name], stepped(train, states[name], **changed))
        and not (name == "GIF" and place.startswith("60"))  # seen by the other train
    ]

    assert unseen == []


@pytest.mark.compiler
@pytest.mark.parametrize("name", ["ExpIF", "AdExIF"])
def test_the_height_of_the_exponential_is_seen(name, fired):
    states, times = fired
    train = TRAINS[name]
    number = next(
        each for place, each in altered(train.right_hand_side, 1.2)
        if place.startswith("30") and np.isclose(
            each(0, states[name], train.drive)[0],
            train.right_hand_side(0, states[name], train.drive)[0], rtol=1e-12)
    )  # fmt: skip

    assert not agree(times[name], stepped(train, states[name], right=number))
