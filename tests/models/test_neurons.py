"""Models of neurons: each against its paper's right-hand sides, on both targets."""

import inspect
import re
from dataclasses import dataclass
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

MODELS = {model.name: model for model in models.NEURONS}
MILLISECONDS = 10
per_area = uA / cm**2


@dataclass(frozen=True)
class Case:
    """What a model is compared with, and the units in which that is written."""

    right_hand_side: object
    current: object
    others: tuple = ()

    def unit(self, variable: str) -> object:
        return dict(self.others).get(variable, 1.0)


V = (("V", mV),)
CASES = {
    "LIF": Case(paper.lif, nA, others=V),
    "ExpIF": Case(paper.exp_if, nA, others=V),
    "AdExIF": Case(paper.adex_if, pA, others=(*V, ("w", pA))),
    "QuaIF": Case(paper.qua_if, nA, others=V),
    "AdQuaIF": Case(paper.adqua_if, pA, others=(*V, ("w", pA))),
    "GIF": Case(paper.gif, pA, others=(*V, ("V_th", mV), ("I_1", pA), ("I_2", pA))),
    "Izhikevich": Case(paper.izhikevich, 1.0),
    "HH": Case(paper.hh, per_area, others=V),
    "TraubMiles": Case(paper.traub_miles, per_area, others=V),
    "WangBuzsaki": Case(paper.wang_buzsaki, per_area, others=V),
    "MorrisLecar": Case(paper.morris_lecar, per_area, others=V),
    "FitzHughNagumo": Case(paper.fitzhugh_nagumo, 1.0),
    "FeedbackFHN": Case(paper.feedback_fhn, 1.0),
    "HindmarshRose": Case(paper.hindmarsh_rose, 1.0),
    "ConnorStevens": Case(paper.connor_stevens, per_area, others=V),
    "PinskyRinzel": Case(paper.pinsky_rinzel, per_area, others=(*V, ("V_d", mV))),
    "WilsonCowan": Case(paper.wilson_cowan, 1.0),
    "StuartLandau": Case(paper.stuart_landau, 1.0),
    "ThresholdLinear": Case(paper.threshold_linear, 1.0, others=(("r", Hz),)),
    "QIFMeanField": Case(paper.qif_mean_field, 1.0, others=(("r", Hz),)),
    "Kuramoto": Case(paper.kuramoto, Hz),
}


def current_of(case):
    return inspect.signature(case.right_hand_side).parameters["i"].default * case.current


def state(group, model, case):
    return [float(np.asarray(getattr(group, v)[0] / case.unit(v))) for v in model.variables]


@pytest.fixture(scope="module")
def together():
    """All models in one network, so that there is one thing to compile: with a step of 10 us."""
    made = {
        name: MODELS[name](1, I=current_of(case), method="rk4", dt=0.01 * ms)
        for name, case in CASES.items()
    }
    begun = {name: state(group, MODELS[name], CASES[name]) for name, group in made.items()}
    spikes = {n: SpikeMonitor(g) for n, g in made.items() if "spike" in g.events}
    Network(*made.values(), *spikes.values()).run(MILLISECONDS * ms, target="cpp")
    return made, begun, spikes


def test_every_model_has_a_case():
    assert list(CASES) != []
    assert set(CASES) == set(MODELS)


@pytest.mark.compiler
@pytest.mark.parametrize("name", MODELS)
def test_a_model_does_what_its_paper_says(name, together):
    made, begun, spikes = together
    case, model = CASES[name], MODELS[name]
    solution = solve_ivp(
        case.right_hand_side, (0, MILLISECONDS), begun[name], "DOP853", rtol=1e-10, atol=1e-12
    )

    if model.reset is not None:
        assert spikes[name].num_spikes == 0  # resets are tested below
    np.testing.assert_allclose(
        state(made[name], model, case), solution.y[:, -1], rtol=2e-6, atol=1e-8
    )


@pytest.mark.compiler
def test_a_wrong_number_in_a_model_would_be_seen(together):
    begun = together[1]["HH"]
    solution = solve_ivp(
        lambda t, y: [y_dot * (1.0001 if k == 1 else 1) for k, y_dot in enumerate(paper.hh(t, y))],
        (0, MILLISECONDS), begun, "DOP853", rtol=1e-10, atol=1e-12,
    )  # fmt: skip

    found = state(together[0]["HH"], MODELS["HH"], CASES["HH"])
    assert not np.allclose(found, solution.y[:, -1], rtol=2e-6, atol=1e-8)


@pytest.mark.compiler
def test_models_are_the_same_on_both_targets_with_their_own_methods():
    results = {}
    for target in ("numpy", "cpp"):
        made = {name: MODELS[name](2, I=current_of(case)) for name, case in CASES.items()}
        Network(*made.values()).run(2 * ms, target=target)
        results[target] = {
            (name, variable): np.array(getattr(group, variable + "_"))
            for name, group in made.items()
            for variable in MODELS[name].variables
        }

    for key, values in results["numpy"].items():
        np.testing.assert_allclose(results["cpp"][key], values, rtol=1e-12, err_msg=str(key))


@pytest.mark.parametrize("model", [*models.NEURONS, *models.CHANNELS, *models.SYNAPSES],
                         ids=lambda model: model.name)  # fmt: skip
def test_a_model_names_its_paper(model):
    assert model.references
    assert all(re.search(r"doi:10\.\d{4,}/\S+$", text) for text in model.references)
    assert model.describes


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


def test_neurons_module_lists_what_it_exports():
    assert sorted(neurons.__all__) == sorted(model.name for model in neurons.ALL)
