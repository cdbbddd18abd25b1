"""Every name of Brian's star import, what became of it, and the preferences."""

import importlib
import inspect
import logging
from pathlib import Path

import numpy as np
import pytest

import eqsim
import eqsim.brian as brian
from eqsim.brian.layout import MODULES, NOT_IN_STAR_IMPORT
from eqsim.brian.preferences import PreferenceError, UnknownPreferenceWarning
from eqsim.brian.status import DIFFERENT, UNSUPPORTED, Status, UnsupportedError, status_of
from eqsim.errors import ModelError
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

    known = {**vars(brian), **NOT_IN_STAR_IMPORT}
    for name in MODULES.get(path, "").split():
        assert getattr(module, name) is known[name]


def test_names_that_are_not_in_the_star_import_are_in_modules_only():
    names = star_import()

    assert not NOT_IN_STAR_IMPORT.keys() & names.keys()
    assert not NOT_IN_STAR_IMPORT.keys() & vars(importlib.import_module("eqsim.brian.only")).keys()
    assert brian.__version__ == eqsim.__version__


def test_steps_are_numbered_by_their_time():
    from eqsim.brian.core.functions import timestep

    times = np.arange(50) * 0.1

    np.testing.assert_array_equal(timestep(times * eqsim.ms, 0.1 * eqsim.ms), np.arange(50))
    assert timestep(0.35, 0.1) == 3
    with pytest.raises(brian.DimensionMismatchError, match="a time and a step"):
        timestep(3 * eqsim.mV, 0.1 * eqsim.ms)


def test_statements_of_synapses_have_their_old_names_too():
    group = brian.NeuronGroup(3, "v : 1", threshold="i == 0", reset="")
    synapses = brian.Synapses(group, group, "w : 1", pre="v_post += 2", post="w = 7")
    synapses.connect(i=0, j=[0, 1])
    eqsim.Network(group, synapses).run(0.1 * eqsim.ms)

    assert (list(group.v), list(synapses.w)) == ([2, 2, 0], [7, 0])
    assert isinstance(synapses, eqsim.Synapses)
    with pytest.raises(TypeError, match="on_pre and pre are the same: give one of them"):
        brian.Synapses(group, group, on_pre="v += 1", pre="v += 1")
    with pytest.raises(TypeError, match=r"made by a call: synapses.connect\(...\)"):
        brian.Synapses(group, group, connect=True)


def test_who_asks_what_attributes_names_have_gets_an_answer():
    assert not hasattr(brian.tests, "place_as")
    assert not hasattr(brian.prefs, "dimension")


def test_a_script_begins_anew(tmp_path):
    brian.prefs.codegen.target = "numpy"
    brian.defaultclock.dt = 1 * eqsim.ms
    brian.set_device("cpp_standalone", build_on_run=False, directory=str(tmp_path))
    group = brian.NeuronGroup(1, "x : 1")
    brian.run(1 * eqsim.ms)
    brian.reinit_devices()

    assert brian.prefs.codegen.target == "auto"
    assert brian.defaultclock.dt == 0.1 * eqsim.ms
    with pytest.raises(ModelError, match="the script has no run"):
        brian.device.build()
    brian.reinit_and_delete()
    brian.reset_device()
    assert group.x[0] == 0


def test_errors_about_units_are_of_one_kind():
    group = eqsim.NeuronGroup(1, "dv/dt = 3*volt : 1", method="euler")
    with pytest.raises(brian.DimensionMismatchError):
        eqsim.Network(group).run(1 * eqsim.ms)


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


def test_functions_that_know_no_quantities_get_numbers():
    names = star_import()
    exec("t = array([1, 2, 3])*ms\nx = numpy.polyfit(t, 2*t, 1)", names)
    exec("h, *_ = numpy.histogram2d(t, [1, 2, 3], bins=[[0, 1.5, 4]*ms, range(4)])", names)
    exec("copied = Quantity(t, copy=True)\ncopied[0] = 7*ms", names)

    np.testing.assert_allclose(names["x"], [2, 0], atol=1e-12)
    assert names["h"].sum(axis=1).tolist() == [1, 2]
    assert names["t"][0] == 1 * eqsim.ms


def test_angles_have_no_dimension():
    names = star_import()
    exec("G = NeuronGroup(1, 'w : radian/second')\nG.w = '3*radian/second'", names)

    assert names["G"].w[0] == 3 * eqsim.Hz


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


def test_preferences_that_were_only_read_are_not_reset():
    eqsim.set_target("numpy")
    try:
        assert brian.prefs["codegen.target"] == "auto"
        brian.prefs.reset_to_defaults()
        assert choose_target(None).name == "numpy"
    finally:
        eqsim.set_target(None)


def test_synapses_take_delays_as_ninth_and_tell_of_misspelt_arguments():
    group = eqsim.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    old = ("w : 1", "v_post += w", None, None, None, None)
    made = brian.Synapses(group, group, *old, 2 * eqsim.ms)
    assert made.delay == 2 * eqsim.ms
    with pytest.raises(ModelError, match="did you mean 'on_pre'"):
        brian.Synapses(group, group, "w : 1", on_pr="v_post += w")
    ours = inspect.signature(eqsim.Synapses.__init__).parameters
    theirs = inspect.signature(brian.Synapses.__init__).parameters
    assert theirs.keys() - ours.keys() == {"pre", "post", "connect"}
    assert ours.keys() <= theirs.keys()
    assert all(theirs[name].default == each.default for name, each in ours.items())


def test_lists_of_preferences_are_added_to():
    brian.prefs.devices.cpp_standalone.extra_make_args_unix += ["-j2"]
    brian.prefs.codegen.cpp.extra_link_args.append("-lm")

    assert brian.prefs["devices.cpp_standalone.extra_make_args_unix"] == ["-j2"]
    assert brian.prefs.codegen.cpp.extra_link_args == ["-lm"]
    brian.prefs.reset_to_defaults()
    assert brian.prefs.codegen.cpp.extra_link_args == []


def test_code_of_functions_takes_what_preferences_say(tmp_path):
    (tmp_path / "half.h").write_text("#define HALF 0.5\n")
    brian.prefs.codegen.cpp.include_dirs += [str(tmp_path)]
    brian.prefs.codegen.cpp.headers += ['"half.h"']
    brian.prefs.codegen.cpp.define_macros += [("TIMES", "3")]

    @brian.implementation("cpp", "double scaled(double x) { return HALF*TIMES*x; }")
    @eqsim.check_units(x=1, result=1)
    def scaled(x):
        return 1.5 * x

    group = eqsim.NeuronGroup(3, "x : 1", namespace={"scaled": scaled})
    group.run_regularly("x = scaled(i)")
    eqsim.Network(group).run(0.1 * eqsim.ms)
    assert list(group.x) == [0, 1.5, 3]


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
