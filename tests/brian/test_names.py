"""Every name of Brian's star import, what became of it, and the preferences."""

import importlib
import inspect
import logging
from pathlib import Path

import numpy as np
import pytest

import eqsim
import eqsim.brian as brian
from eqsim.brian.layout import MODULES
from eqsim.brian.preferences import PreferenceError, UnknownPreferenceWarning
from eqsim.brian.status import DIFFERENT, UNSUPPORTED, Status, UnsupportedError, status_of
from eqsim.network.preferences import choose_target

NAMES = (Path(__file__).parent / "names.txt").read_text(encoding="utf-8").split()


def star_import():
    names = {}
    exec("from eqsim.brian import *", names)
    return names


def test_names_are_those_of_a_star_import_of_brian():
    assert len(NAMES) == 1258
    assert {"NeuronGroup", "ms", "linspace", "plot", "SpatialNeuron"} <= set(NAMES)


@pytest.mark.parametrize("status", Status)
def test_each_name_has_a_status_that_holds(status):
    names = star_import()
    chosen = [name for name in NAMES if status_of(name, names)[0] is status]

    for name in chosen:
        if status is Status.UNSUPPORTED:
            assert name in UNSUPPORTED or name not in names
        else:
            assert name in names
    assert len(chosen) > 20


def test_only_names_of_numpy_1_are_not_there():
    missing = {name for name in NAMES if name not in star_import()}

    assert not missing & {*eqsim.__all__, *np.__all__}
    assert len(missing) < 70
    assert not missing & {"NeuronGroup", "SpatialNeuron", "device", "prefs", "mV", "plot"}


def test_tables_name_nothing_that_brian_does_not_have():
    assert sorted({*DIFFERENT, *UNSUPPORTED} - {*NAMES}) == []


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
def test_unsupported_name_says_what_to_use_instead(name):
    stands_for = star_import()[name]
    with pytest.raises(UnsupportedError) as raised:
        stands_for(1)
    with pytest.raises(UnsupportedError):
        stands_for.attribute  # noqa: B018

    assert str(raised.value) == (
        f"eqsim does not have {name!r} of Brian 2\n  use instead: {UNSUPPORTED[name]}"
    )


@pytest.mark.parametrize(
    "path", sorted({*MODULES, "only", "numpy_", "units.constants", "units.allunits"})
)
def test_modules_of_brian_can_be_imported_from(path):
    module = importlib.import_module(f"eqsim.brian.{path}")

    for name in MODULES.get(path, "").split():
        assert getattr(module, name) is getattr(brian, name)


def test_one_import_in_other_spellings():
    names = {}
    exec(
        "import eqsim.brian as b2\n"
        "from eqsim.brian.units import mV, nS\n"
        "from eqsim.brian.only import NeuronGroup, Network\n"
        "from eqsim.brian.units.constants import zero_celsius\n"
        "from eqsim.brian.core.network import Network\n"
        "from eqsim.brian.devices.device import set_device\n",
        names,
    )

    assert names["NeuronGroup"] is names["b2"].NeuronGroup is eqsim.NeuronGroup


def test_numbers_of_quantities_lose_their_unit_as_in_brian():
    names = star_import()
    exec("x = float(3*mV), asarray([1*mV, 2*mV]), int(4*second), array(5*mV)", names)
    single, several, whole, _ = names["x"]

    assert (single, list(several), whole) == (0.003, [0.001, 0.002], 4)


def test_preferences_set_what_they_mean():
    brian.prefs.codegen.target = "numpy"
    brian.prefs["core.default_float_dtype"] = np.float32
    brian.prefs.core.network.default_schedule = ["start", "groups", "thresholds", "end"]
    group = eqsim.NeuronGroup(1, "x : 1")
    network = eqsim.Network(group)

    assert choose_target(None).name == "numpy"
    assert group.x[:].dtype == np.float32
    assert network.schedule == ("start", "groups", "thresholds", "end")
    brian.prefs.reset_to_defaults()
    assert eqsim.NeuronGroup(1, "x : 1").x[:].dtype == np.float64
    assert "resets" in eqsim.Network().schedule


def test_preferences_without_effect_are_kept_and_unknown_ones_warned_of():
    brian.prefs.codegen.cpp.extra_compile_args_gcc = ["-O2"]
    assert brian.prefs["codegen.cpp.extra_compile_args_gcc"] == ["-O2"]
    with pytest.warns(UnknownPreferenceWarning) as warned:
        brian.prefs["codegen.targt"] = "numpy"

    assert str(warned[0].message) == (
        "'codegen.targt' is no preference of Brian 2: it has no effect;"
        " did you mean 'codegen.target'?"
    )
    assert warned[0].filename == __file__


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (
            "codegen.target", "weave",
            "codegen.target cannot be 'weave'\n  known: 'auto', 'cython', 'cpp', 'numpy'",
        ),
        (
            "core.default_float_dtype", "int8",
            "core.default_float_dtype: groups cannot compute in 'int8'\n  known: float64, float32",
        ),
        (
            "core.default_integer_dtype", "int64",
            "core.default_integer_dtype cannot be 'int64'\n  integers are int32; give single"
            " variables another: dtype={'n': int64}",
        ),
        (
            "legacy.refractory_timing", True,
            "legacy.refractory_timing cannot be True\n"
            "  a neuron is refractory for as many steps as the period has",
        ),
        (
            "devices.cpp_standalone.openmp_threads", -1,
            "openmp_threads is a whole number, not -1",
        ),
    ],
)  # fmt: skip
def test_preferences_refuse_what_they_cannot_be(name, value, text):
    with pytest.raises(PreferenceError) as raised:
        brian.prefs[name] = value

    assert str(raised.value) == text


def test_log_levels_are_those_of_the_log():
    log = logging.getLogger("eqsim")
    brian.BrianLogger.log_level_error()
    assert log.level == logging.ERROR
    brian.prefs.logging.console_log_level = "DEBUG"
    assert log.level == logging.DEBUG
    brian.BrianLogger.suppress_name("nothing of this")
    assert brian.get_logger("mine").name == "eqsim.mine"


def test_functions_take_brians_arguments():
    parameters = list(inspect.signature(brian.Function).parameters)

    assert parameters[:5] == ["pyfunc", "sympy_func", "arg_units", "arg_names", "return_unit"]
    half = brian.Function(lambda x: x / 2, None, [eqsim.mV], ["x"], eqsim.mV)
    group = eqsim.NeuronGroup(2, "v : volt", namespace={"half": half})
    group.v = "half(i*mV)"
    assert list(group.v_) == [0, 0.0005]


def test_magic_network_is_the_network_of_the_last_run():
    group = eqsim.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    brian.run(1 * eqsim.ms)

    assert brian.magic_network.t == 1 * eqsim.ms
    assert len(group.x) == 1
