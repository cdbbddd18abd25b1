"""Ion channels: each against its paper under a moving potential, with every number seen."""

import inspect

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim import Network, NeuronGroup, cm, models, ms, mV, uA
from tests.models import channel_currents as paper
from tests.models.altered import altered

CHANNELS = {channel.name: channel for channel in models.CHANNELS}
CASES = {
    "Leak": paper.leak,
    "NaHH": paper.na_hh,
    "KHH": paper.k_hh,
    "NaTraubMiles": paper.na_traub_miles,
    "KTraubMiles": paper.k_traub_miles,
    "NaWangBuzsaki": paper.na_wang_buzsaki,
    "KWangBuzsaki": paper.k_wang_buzsaki,
    "NaP": paper.na_p,
    "KA": paper.k_a,
    "KM": paper.k_m,
    "CaL": paper.ca_l,
    "CaT": paper.ca_t,
    "Ih": paper.i_h,
}
CENTRES = np.array([-80.0, -50.0, -20.0])
MILLISECONDS = 20.0
per_area = uA / cm**2


def potential(t, centre):
    return centre + 30 * np.sin(2 * np.pi * t / 16)


def steady(function, v):
    """Where the gates rest: each is a linear equation of its own."""
    gates = len(inspect.signature(function).parameters) - 1
    closed, open_ = (np.array(function(v, *[x] * gates)[1]) for x in (0.0, 1.0))
    return closed / (closed - open_)


def reference(function):
    """Gates and current at the end, for each centre of the potential."""
    found = []
    for centre in CENTRES:
        begun = steady(function, centre)
        end = begun
        if len(begun):
            end = solve_ivp(
                lambda t, y, c=centre: function(potential(t, c), *y)[1],
                (0, MILLISECONDS), begun, "DOP853", rtol=1e-9, atol=1e-13,
            ).y[:, -1]  # fmt: skip
        found.append([*end, function(potential(MILLISECONDS, centre), *end)[0]])
    return np.array(found)


@pytest.fixture(scope="module")
def clamped():
    """All channels under the same potentials, in one network."""
    made = {}
    for name, channel in CHANNELS.items():
        moving = "V = centre + 30*mV*sin(2*pi*t/(16*ms)) : volt\ncentre : volt"
        group = NeuronGroup(
            len(CENTRES),
            channel.equations + moving,
            "rk4",
            dt=0.01 * ms,
            namespace=dict(channel.parameters),
            name=name.lower(),
        )
        group.centre = CENTRES * mV
        for gate, value in channel.initial.items():
            setattr(group, gate, value)
        made[name] = group
    begun = {n: [getattr(g, x)[:] for x in CHANNELS[n].gates] for n, g in made.items()}
    Network(*made.values()).run(MILLISECONDS * ms, target="cpp")
    ended = {
        name: np.column_stack(
            [
                *(getattr(group, gate)[:] for gate in CHANNELS[name].gates),
                getattr(group, CHANNELS[name].current)[:] / per_area,
            ]
        )
        for name, group in made.items()
    }
    return begun, ended


def agree(found, expected):
    return np.allclose(found, expected, rtol=2e-6, atol=1e-9)


def test_every_channel_has_a_case():
    assert set(CASES) == set(CHANNELS)


@pytest.mark.compiler
@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_does_what_its_paper_says(name, clamped):
    begun, ended = clamped
    at_rest = np.array([steady(CASES[name], centre) for centre in CENTRES])

    np.testing.assert_allclose(np.array(begun[name]).reshape(at_rest.T.shape), at_rest.T, 1e-12)
    np.testing.assert_allclose(ended[name], reference(CASES[name]), rtol=2e-6, atol=1e-9)


@pytest.mark.compiler
@pytest.mark.parametrize("name", CHANNELS)
def test_every_number_of_a_channel_is_seen(name, clamped):
    unseen = [
        place
        for place, function in altered(CASES[name])
        if agree(clamped[1][name], reference(function))
    ]

    assert unseen == []


# What the papers state, or what their figures show.
HALF = {
    "KM": ("p_inf", -35.0),
    "Ih": ("k_inf", -75.0),
    "CaT": ("u_inf", -83.0),
    "NaP": ("hp_inf", -48.0),
}


@pytest.mark.parametrize("name", HALF)
def test_gates_are_half_open_where_the_papers_say(name):
    gate, half = HALF[name]
    channel = CHANNELS[name]
    group = NeuronGroup(
        1, channel.equations + "V : volt", "rk4", namespace=dict(channel.parameters)
    )
    group.V = half * mV

    assert getattr(group, gate)[0] == pytest.approx(0.5, abs=1e-9)
