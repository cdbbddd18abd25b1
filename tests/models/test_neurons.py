"""Models of neurons: each against its paper's right-hand sides, on both targets."""

import inspect
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim import (
    Hz,
    Mohm,
    Network,
    SpikeMonitor,
    cm,
    models,
    ms,
    mV,
    nA,
    pA,
    uA,
)  # fmt: skip
from eqsim.models import neurons
from tests.models import right_hand_sides as paper
from tests.models.altered import altered

MODELS = {model.name: model for model in models.NEURONS}
MILLISECONDS = 10
per_area = uA / cm**2


@dataclass(frozen=True)
class Case:
    """What a model is compared with, and the units in which that is written."""

    right_hand_side: object
    current: object
    others: tuple = ()
    values: dict = field(default_factory=dict)  # where the defaults would hide a number
    drive: float | None = None  # where that of the right-hand side would

    def unit(self, variable: str) -> object:
        return dict(self.others).get(variable, 1.0)


V = (("V", mV),)
CASES = {
    "LIF": Case(paper.lif, nA, others=V),
    "ExpIF": Case(paper.exp_if, nA, others=V),
    "AdExIF": Case(paper.adex_if, pA, others=(*V, ("w", pA)), values={"V": -54 * mV}),
    "QuaIF": Case(paper.qua_if, nA, others=V),
    "AdQuaIF": Case(paper.adqua_if, pA, others=(*V, ("w", pA))),
    "GIF": Case(
        paper.gif,
        pA,
        others=(*V, ("V_th", mV), ("I_1", pA), ("I_2", pA)),
        values={"a": 5 * Hz, "V_th": -45 * mV, "I_1": 20 * pA, "I_2": -10 * pA},
    ),
    "Izhikevich": Case(paper.izhikevich, 1.0),
    "HH": Case(paper.hh, per_area, others=V),
    "TraubMiles": Case(paper.traub_miles, per_area, others=V),
    "WangBuzsaki": Case(paper.wang_buzsaki, per_area, others=V),
    "MorrisLecar": Case(paper.morris_lecar, per_area, others=V),
    "FitzHughNagumo": Case(paper.fitzhugh_nagumo, 1.0),
    "FeedbackFHN": Case(paper.feedback_fhn, 1.0),
    "HindmarshRose": Case(paper.hindmarsh_rose, 1.0),
    "ConnorStevens": Case(paper.connor_stevens, per_area, others=V),
    "PinskyRinzel": Case(
        paper.pinsky_rinzel,
        per_area,
        others=(*V, ("V_d", mV)),
        values={"I_d": 0.2 * per_area, "Ca": 100, "c": 0.1},
    ),
    "PinskyRinzel depolarised": Case(
        paper.pinsky_rinzel,
        per_area,
        others=(*V, ("V_d", mV)),
        values={"I_d": 0.2 * per_area, "V_d": 20 * mV, "Ca": 600, "c": 0.5, "s": 0.5, "q": 0.3},
    ),
    "WilsonCowan": Case(paper.wilson_cowan, 1.0, values={"I_i": 0.5}),
    "StuartLandau": Case(paper.stuart_landau, 1.0, values={"I_y": 0.05}),
    "ThresholdLinear": Case(
        paper.threshold_linear, 1.0, others=(("r", Hz),), values={"theta": 0.5}
    ),
    "ThresholdLinear below": Case(
        paper.threshold_linear, 1.0, others=(("r", Hz),), values={"theta": 0.5}, drive=0.2
    ),
    "QIFMeanField": Case(paper.qif_mean_field, 1.0, others=(("r", Hz),)),
    "Kuramoto": Case(paper.kuramoto, Hz),
}


def model_of(name):
    return MODELS[name.split()[0]]


def drive_of(case):
    own = inspect.signature(case.right_hand_side).parameters["i"].default
    return own if case.drive is None else case.drive


def current_of(case):
    return drive_of(case) * case.current


def state(group, model, case):
    return [float(np.asarray(getattr(group, v)[0] / case.unit(v))) for v in model.variables]


@pytest.fixture(scope="module")
def together():
    """All models in one network, so that there is one thing to compile: with a step of 10 us."""
    made = {
        name: model_of(name)(1, I=current_of(case), method="rk4", dt=0.01 * ms, **case.values)
        for name, case in CASES.items()
    }
    begun = {name: state(group, model_of(name), CASES[name]) for name, group in made.items()}
    spikes = {n: SpikeMonitor(g) for n, g in made.items() if "spike" in g.events}
    Network(*made.values(), *spikes.values()).run(MILLISECONDS * ms, target="cpp")
    return made, begun, spikes


def test_every_model_has_a_case():
    assert list(CASES) != []
    assert {name.split()[0] for name in CASES} == set(MODELS)


def flow(case, begun, function=None):
    """Where a right-hand side takes a state."""
    right, i = function or case.right_hand_side, [] if case.drive is None else [case.drive]
    return solve_ivp(
        lambda t, y: right(t, y, *i), (0, MILLISECONDS), begun, "DOP853", rtol=1e-9, atol=1e-11
    ).y[:, -1]  # fmt: skip


def agree(found, expected):
    return np.allclose(found, expected, rtol=2e-6, atol=1e-8)


@pytest.mark.compiler
@pytest.mark.parametrize("name", CASES)
def test_a_model_does_what_its_paper_says(name, together):
    made, begun, spikes = together
    case, model = CASES[name], model_of(name)

    if model.reset is not None:
        assert spikes[name].num_spikes == 0  # resets are tested with trains of spikes
    np.testing.assert_allclose(
        state(made[name], model, case), flow(case, begun[name]), rtol=2e-6, atol=1e-8
    )


def unseen_of(name, made, begun):
    """The numbers of a model's right-hand side that could be others, and how they would be."""
    cases = {label: case for label, case in CASES.items() if model_of(label).name == name}
    found = {label: state(made[label], MODELS[name], case) for label, case in cases.items()}
    return [
        (place, function)
        for place, function in altered(next(iter(cases.values())).right_hand_side)
        if all(agree(found[each], flow(cases[each], begun[each], function)) for each in cases)
    ]


# How far the exponential rises before the reset: trains of spikes depend on it.
SEEN_BY_SPIKES = {
    "ExpIF": [
        "30 in 'return [(-65 - y[0] + 3.48 * np.exp((min(y[0], -30) + 59.9) / 3.48) + 100 * i)"
        " / 10]'"
    ],
    "AdExIF": ["30 in 'current = -30 * (v + 70.6) + 30 * 2 * np.exp((min(v, -30) + 50.4) / 2)"
               " - w + i'"],
}  # fmt: skip


@pytest.mark.compiler
@pytest.mark.parametrize("name", MODELS)
def test_every_number_of_a_model_is_seen(name, together):
    made, begun, _ = together

    assert [place for place, _ in unseen_of(name, made, begun)] == SEEN_BY_SPIKES.get(name, [])


@pytest.mark.compiler
def test_models_are_the_same_on_both_targets_with_their_own_methods():
    results = {}
    for target in ("numpy", "cpp"):
        made = {name: model_of(name)(2, I=current_of(case)) for name, case in CASES.items()}
        Network(*made.values()).run(2 * ms, target=target)
        results[target] = {
            (name, variable): np.array(getattr(group, variable + "_"))
            for name, group in made.items()
            for variable in model_of(name).variables
        }

    for key, values in results["numpy"].items():
        np.testing.assert_allclose(results["cpp"][key], values, rtol=1e-12, err_msg=str(key))


ALL = [*models.NEURONS, *models.CHANNELS, *models.SYNAPSES, *models.RULES]
CITED = re.compile(r"(?P<title>\S.*), doi:(?P<doi>10\.\d{4,9}/[^\s,;<>\"]*[A-Za-z0-9)])")


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_a_model_names_its_paper(model):
    assert model.references
    assert all(CITED.fullmatch(text) for text in model.references)
    assert model.describes


def test_a_paper_has_one_doi_and_a_doi_one_paper():
    outputs = [models.MgBlock(), models.COBA(), models.CUBA()]
    cited = {
        (found["title"], found["doi"].lower())
        for model in (*ALL, *outputs)
        for found in map(CITED.fullmatch, model.references)
    }

    assert len({title for title, _ in cited}) == len(cited)
    assert len({doi for _, doi in cited}) == len(cited)


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("neurons", models.NEURONS),
        ("channels", models.CHANNELS),
        ("synapses", models.SYNAPSES),
    ],
)
def test_the_list_is_the_folder(kind, listed):
    package = getattr(models, kind)
    assert isinstance(package, ModuleType)
    files = {path.stem for path in Path(package.__file__).parent.glob("*.py")} - {"__init__"}
    made = {
        module: member
        for module in files
        for member in vars(__import__(f"{package.__name__}.{module}", fromlist=["_"])).values()
        if isinstance(member, type(listed[0]))
    }

    assert set(made) == files
    assert {model.name for model in made.values()} == {model.name for model in listed}
    assert all(getattr(models, model.name) is model for model in listed)


@pytest.mark.parametrize("model", models.NEURONS, ids=lambda model: model.name)
def test_gates_begin_in_their_steady_state_at_the_given_potential(model):
    gates = [x for x in "mhn" if f"alpha_{x}" in model.equations and x in model.variables]
    if not gates or model.name == "PinskyRinzel":
        return
    group = model(1, V=-50 * mV)

    for gate in gates:
        alpha, beta = (getattr(group, f"{kind}_{gate}_")[0] for kind in ("alpha", "beta"))
        assert getattr(group, gate)[0] == pytest.approx(alpha / (alpha + beta))


# -- spikes -------------------------------------------------------------------------------------


QIF_DRIVE = 0.07 * 7.5**2  # mV, what the quadratic lacks at its minimum at rest
TRAINS = {
    "lif": (models.LIF, 0.2 * nA, 0.05, {}),
    "qif": (models.QuaIF, 1.5 * QIF_DRIVE / 100 * nA, 0.01, {}),
    "adex": (models.AdExIF, 1 * nA, 0.05, {}),
    "adqif": (models.AdQuaIF, 300 * pA, 0.02, {"tau_w": 100 * ms}),
    "hh 5.5": (models.HH, 5.5 * per_area, 0.02, {"V": -50 * mV}),
    "hh 10": (models.HH, 10 * per_area, 0.02, {"V": -50 * mV}),
    "wb 1": (models.WangBuzsaki, 1 * per_area, 0.02, {}),
    "wb 0.1": (models.WangBuzsaki, 0.1 * per_area, 0.02, {}),
    "ml 80": (models.MorrisLecar, 80 * per_area, 0.1, {}),
    "ml 100": (models.MorrisLecar, 100 * per_area, 0.1, {"V": 0 * mV}),
    "ml 240": (models.MorrisLecar, 240 * per_area, 0.1, {}),
    "cs": (models.ConnorStevens, 8.5 * per_area, 0.02, {}),
    "cs without a": (models.ConnorStevens, 8.5 * per_area, 0.02, {"gA": 0}),
    "hr": (models.HindmarshRose, 2.0, 0.1, {}),
    "pr": (models.PinskyRinzel, 0.75 * per_area, 0.05, {}),
}


@pytest.fixture(scope="module")
def intervals():
    """Intervals in ms of neurons that fire for two seconds, in one network."""
    cells = {
        key: model(1, I=current, dt=step * ms, **values)
        for key, (model, current, step, values) in TRAINS.items()
    }
    spikes = {key: SpikeMonitor(cell) for key, cell in cells.items()}
    population = models.QIFMeanField(1, I=3.0)
    Network(population, *cells.values(), *spikes.values()).run(2000 * ms, target="cpp")
    found = {key: np.diff(each.t / ms) for key, each in spikes.items()}
    return {**found, "population": population}


@pytest.mark.compiler
def test_lif_has_the_interval_of_its_closed_form(intervals):
    # 20 mV of drive for a threshold 15 mV above rest, and 2 ms of silence.
    np.testing.assert_allclose(intervals["lif"], 2 + 20 * np.log(20 / 5), atol=0.1)


@pytest.mark.compiler
def test_qif_has_the_interval_of_its_closed_form(intervals):
    # tau dV/dt = c ((V - m)^2 + d^2): an arc tangent between the reset and the threshold.
    d = np.sqrt(1.5 * QIF_DRIVE / 0.07 - 7.5**2)
    turn = np.arctan((-30 + 57.5) / d) - np.arctan((-68 + 57.5) / d)

    np.testing.assert_allclose(intervals["qif"], 10 / (0.07 * d) * turn, atol=0.05)


@pytest.mark.compiler
@pytest.mark.parametrize("key", ["adex", "adqif"])
def test_the_adaptive_models_slow_down(key, intervals):
    assert intervals[key][-1] > 1.2 * intervals[key][0]


@pytest.mark.compiler
def test_hh_fires_where_its_rest_is_unstable(intervals):
    # Rinzel & Miller (1980), Mathematical Biosciences 49, 27: firing exists from 6.26 uA/cm^2 on,
    # and rest is lost at 9.78.
    assert len(intervals["hh 5.5"]) < 3
    assert len(intervals["hh 10"]) > 100


@pytest.mark.compiler
def test_wang_buzsaki_fires_as_in_the_paper(intervals):
    # Figure 1: about 60 Hz for 1 uA/cm^2, and no spike below about 0.2.
    assert 1000 / intervals["wb 1"][-1] == pytest.approx(60, abs=10)
    assert len(intervals["wb 0.1"]) == 0


@pytest.mark.compiler
def test_morris_lecar_fires_in_the_range_of_its_bifurcations(intervals):
    # Firing between 88.3 and 216.9 uA/cm^2 (Ermentrout & Terman 2010, section 3.2).
    assert [len(intervals[f"ml {i}"]) > 8 for i in (80, 100, 240)] == [False, True, False]


@pytest.mark.compiler
def test_connor_stevens_fires_slowly_because_of_its_a_current(intervals):
    assert np.mean(intervals["cs"][1:]) > 1.5 * np.mean(intervals["cs without a"][1:])


@pytest.mark.compiler
def test_hindmarsh_rose_bursts(intervals):
    assert intervals["hr"].max() > 5 * np.median(intervals["hr"])


@pytest.mark.compiler
def test_pinsky_rinzel_bursts_at_low_current(intervals):
    # Figure 5 of the paper: bursts far apart for a current into the soma of 0.75.
    assert intervals["pr"].max() > 200
    assert intervals["pr"].min() < 20


def test_gif_threshold_rises_after_spikes_and_its_currents_follow_its_rule():
    cell = models.GIF(1, I=0.3 * nA, R=100 * Mohm, A_1=-50 * pA, R_1=0.5, V_th=-60 * mV)
    spikes = SpikeMonitor(cell, ["I_1", "V_th"])
    Network(cell, spikes).run(100 * ms, target="numpy")

    before, after = spikes.I_1[:-1] / pA, spikes.I_1[1:] / pA
    lags = np.diff(spikes.t / ms)
    np.testing.assert_allclose(after, (0.5 * before - 50) * np.exp(-0.2 * lags), rtol=1e-3)


@pytest.mark.compiler
def test_the_quadratic_mean_field_settles_where_its_nullclines_meet(intervals):
    population = intervals["population"]
    r, v = population.r_[0] * 0.01, population.v[0]  # tau r, v

    assert 1 / np.pi + 2 * r * v == pytest.approx(0, abs=1e-6)
    assert v**2 - 5 + 15 * r - (np.pi * r) ** 2 + 3 == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(("mu", "least", "most"), [(None, 1, 1), (-0.5, 8, 14)])
def test_feedback_that_excites_holds_depolarised_and_that_which_inhibits_does_not(mu, least, most):
    given = {} if mu is None else {"mu": mu}
    cell = models.FeedbackFHN(1, I=0.5, **given)
    spikes = SpikeMonitor(cell)
    Network(cell, spikes).run(300 * ms, target="numpy")

    assert least <= spikes.num_spikes <= most
    if mu is None:
        # The upper root of (1 + mu)*v - v**3/3 - (v + a)/b + I - mu*v_0 = 0.
        roots = np.roots([-1 / 3, 0, 1 + 1.6886 - 1 / 0.8, 0.5 - 0.7 / 0.8 + 1.6886 * 1.1994])
        assert cell.v[0] == pytest.approx(roots.real.max(), abs=1e-3)


def test_neurons_module_lists_what_it_exports():
    assert sorted(neurons.__all__) == sorted(model.name for model in neurons.ALL)
