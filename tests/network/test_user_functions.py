"""Functions of the user in equations: implementations, kinds, units, files, order, refusals."""

import itertools
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from eqsim import (
    BinomialFunction,
    Cpp,
    Function,
    Network,
    NeuronGroup,
    Numpy,
    PoissonGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    amp,
    check_units,
    declare_types,
    implementation,
    linked_var,
    load,
    ms,
    mV,
    second,
    volt,
)
from eqsim.build.library import build_library
from eqsim.errors import (
    BuildError,
    DimensionError,
    DimensionMismatchError,
    EquationError,
    IntegratorError,
    ModelError,
    RunError,
    TargetError,
)
from eqsim.program.printer import program_text
from eqsim.targets.cpp.target import render_cpp
from eqsim.targets.cuda.target import render_cuda


@implementation("cpp", "double rectified(double x) { return x > 0 ? x : 0; }")
@check_units(x=volt, result=volt)
def rectified(x):
    return np.maximum(x, 0 * mV)


@implementation("cpp", "int64_t folded(int64_t k) { return k % 3; }")
@declare_types(k="integer", result="integer")
@check_units(k=1, result=1)
def folded(k):
    return k % 3


@implementation("cpp", "bool above(double x, bool strictly) { return strictly ? x > 1 : x >= 1; }")
@check_units(x=1, strictly=bool, result=bool)
def above(x, strictly):
    return np.where(strictly, x > 1, x >= 1)


def counter(name="counted"):
    """A function with a state: 1, 2, 3, ... in the order of the calls."""
    calls = [0]

    def counted():
        calls[0] += 1
        return calls[0]

    made = Function(counted, [], 1, return_type="integer", stateless=False, name=name)
    # A new text each time, as compiled code keeps its state as long as the process lives.
    number = next(numbers)
    made.implement(
        "cpp",
        f"static int64_t calls_{number} = 0;\nint64_t {name}() {{ return ++calls_{number}; }}",
    )
    return made


numbers = itertools.count()


def recorded(text, target, names, *, n=4, steps=1, **options):
    """The values that the names 'x' of a group have in each step, shape (n, steps)."""
    group = NeuronGroup(n, text, **options)
    monitor = StateMonitor(group, "x", record=True)
    Network(group, monitor).run(steps * 0.1 * ms, target=target, namespace=names)
    return monitor.x_


# --------------------------------------------------------------------------------- in all texts


def test_functions_stand_in_every_text(target):
    group = NeuronGroup(
        3,
        """dv/dt = rectified((i - 1)*mV)/ms : volt
        stored = rectified(v) : volt (constant over dt)
        shown = rectified(v - 0.15*mV) : volt
        n : integer
        m : integer""",
        threshold="above(v/(0.25*mV), i > 1)",
        reset="v = rectified(-1*mV); n += folded(n + 1)",
        method="euler",
    )
    group.run_regularly("m = folded(t_in_timesteps + i)")
    monitor = StateMonitor(group, ["v", "stored", "shown", "m"], record=True, when="end")
    Network(group, monitor).run(0.6 * ms, target=target)

    v = np.asarray(monitor.v / mV)
    assert v[1].tolist() == [0] * 6
    assert v[2] == pytest.approx([0.1, 0.2, 0, 0.1, 0.2, 0])
    assert np.asarray(monitor.stored / mV)[2] == pytest.approx([0, 0.1, 0.2, 0, 0.1, 0.2])
    assert np.asarray(monitor.shown / mV)[2] == pytest.approx([0, 0.05, 0, 0, 0.05, 0])
    assert monitor.m.tolist() == [[0, 1, 2, 0, 1, 2], [1, 2, 0, 1, 2, 0], [2, 0, 1, 2, 0, 1]]
    assert group.n[:].tolist() == [0, 0, 3]


@pytest.mark.parametrize("method", ["euler", "exponential_euler", "rk2", "rk4"])
def test_functions_stand_in_equations_for_every_method(target, method):
    """A function of the state is called at each stage of a method."""

    @implementation("cpp", "double slope(double x, double t) { return -x*x + t; }")
    @check_units(x=1, t=1, result=1)
    def slope(x, t):
        return -x * x + t

    groups = [
        NeuronGroup(2, f"dx/dt = ({right})/ms : 1", method=method)
        for right in ("slope(x, t/ms)", "-x*x + t/ms")
    ]
    if method == "exponential_euler":
        with pytest.raises(IntegratorError, match="not linear in 'x'"):
            Network(groups[0]).run(1 * ms, target=target)
        return
    for group in groups:
        group.x = "0.5 + i"
    Network(*groups).run(2 * ms, target=target)

    assert groups[0].x[:] == pytest.approx(groups[1].x[:], rel=1e-13)


def test_exact_integration_takes_functions_of_what_is_constant(target):
    @implementation("cpp", "double rate(double k) { return 1 + k; }")
    @check_units(k=1, result=1)
    def rate(k):
        return 1 + k

    group = NeuronGroup(2, "dx/dt = -rate(i)*x/ms : 1", method="exact")
    group.x = 1
    Network(group).run(1 * ms, target=target)

    assert group.x[:] == pytest.approx(np.exp([-1.0, -2.0]))
    changing = NeuronGroup(1, "dx/dt = -rate(t/ms)*x/ms : 1", method="exact")
    with pytest.raises(IntegratorError, match="contains 't', which may change within a step"):
        Network(changing).run(1 * ms, target=target)


def test_functions_stand_in_synapses(target):
    source = NeuronGroup(3, "", threshold="t_in_timesteps == 1")
    sink = NeuronGroup(2, "v : volt\nk : integer")
    synapses = Synapses(
        source, sink, "w : volt", on_pre="v_post += rectified(w); k_post += folded(k_post + j + 1)"
    )
    synapses.connect(condition="folded(i + j) != 2")
    synapses.w = "rectified((i - 1 + j)*mV)"
    Network(source, sink, synapses).run(0.3 * ms, target=target)

    pairs = [(i, j) for i in range(3) for j in range(2) if (i + j) % 3 != 2]
    assert sorted(zip(synapses.i[:].tolist(), synapses.j[:].tolist(), strict=True)) == pairs
    expected = [sum(max(i - 1 + j, 0) for i, k in pairs if k == j) for j in range(2)]
    assert np.asarray(sink.v / mV) == pytest.approx(expected)
    k = [0, 0]
    for _, j in pairs:
        k[j] += (k[j] + j + 1) % 3
    assert sink.k[:].tolist() == k


def test_functions_stand_in_indices_and_values_that_are_set():
    group = NeuronGroup(6, "v : volt\nn : integer")
    group.v = "rectified((i - 3)*mV)"
    group.n["above(v/mV, i > 4)"] = "folded(i) + 5"

    assert np.asarray(group.v / mV) == pytest.approx([0, 0, 0, 0, 1, 2])
    assert group.n[:].tolist() == [0, 0, 0, 0, 6, 7]


def test_functions_of_functions(target):
    x = recorded("x = folded(int(rectified(folded(i)*volt)/volt) + 1) : 1", target, globals())

    assert x[:, 0].tolist() == [1, 2, 0, 1]


def test_the_python_function_is_called_as_before():
    assert rectified(3 * mV) == 3 * mV
    assert rectified(x=-3 * mV) == 0 * mV
    with pytest.raises(DimensionMismatchError):
        rectified(3)
    assert rectified.__name__ == "rectified"
    assert repr(rectified) == "<Function 'rectified' for 'numpy', 'cpp'>"


# -------------------------------------------------------------------------------- kinds, units


def test_arguments_and_results_have_their_kinds(target):
    seen = {}

    @implementation(
        "cpp", "double f(int64_t k, bool b, double x, double y) { return k + b + x + y; }"
    )
    @declare_types(k="integer", b="boolean", x="float")
    @check_units(k=1, b=1, x=1, y=1, result=1)
    def f(k, b, x, y):
        seen.update({name: values.dtype for name, values in locals().items() if name != "seen"})
        assert k.shape == b.shape == x.shape == y.shape == (4,)
        return k + b + x + y

    x = recorded("x = f(i, i > 1, i, i) : 1", target, {"f": f})

    assert x[:, 0].tolist() == [0, 3, 7, 10]
    if target.name == "numpy":
        assert seen == {"k": np.int64, "b": np.bool_, "x": np.float64, "y": np.int64}


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_functions_compute_in_double_precision_whatever_the_model_does(target, precision):
    @implementation("cpp", "double f(double x) { return x + 1e-12; }")
    @check_units(x=1, result=1)
    def f(x):
        return x + 1e-12

    group = NeuronGroup(1, "y = f(f(1.0)) - 1 : 1\nx = f(int(f(2.5))) : 1", dtype=precision)
    monitor = StateMonitor(group, ["x", "y"], record=True)
    Network(group, monitor).run(0.1 * ms, target=target)

    once = precision(1 + 1e-12)
    assert monitor.x[0, 0] == precision(2 + 1e-12)
    assert monitor.y[0, 0] == precision(float(once) + 1e-12) - precision(1)
    assert monitor.y_.dtype == precision


def test_python_functions_get_and_return_units():
    seen = []

    @check_units(v=volt, tau=second, result=volt / second)
    def slope(v, tau):
        seen.append((v, tau))
        return v / tau

    group = NeuronGroup(2, "dv/dt = slope(v, 2*ms) : volt", method="euler")
    group.v = [1, 2] * mV
    Network(group).run(0.1 * ms, target="numpy")

    assert seen[0][0].dimension is volt.dimension
    assert seen[0][1].shape == (2,)
    assert np.asarray(group.v / mV) == pytest.approx([1.05, 2.1])


def test_python_functions_may_do_without_units():
    @implementation("numpy", discard_units=True)
    @check_units(v=volt, result=amp)
    def current(v):
        assert isinstance(v, np.ndarray)
        return v * 2e-9

    x = recorded("x = current(i*mV) : amp", "numpy", {"current": current})

    assert x[:, 0] == pytest.approx([0, 2e-12, 4e-12, 6e-12])


def test_another_python_function_may_be_the_implementation():
    @implementation("numpy", lambda x: x + 1)
    @check_units(x=1, result=1)
    def f(x):
        raise AssertionError

    assert recorded("x = f(i) : 1", "numpy", {"f": f})[:, 0].tolist() == [1, 2, 3, 4]


def test_arguments_with_a_default_keep_it():
    @declare_types(x="integer")
    @check_units(x=1, offset=1, result=1)
    def shifted(x, offset=10):
        return x + offset

    x = recorded("x = shifted(i) : 1", "numpy", {"shifted": shifted})
    assert x[:, 0].tolist() == [10, 11, 12, 13]


def test_a_single_value_is_the_value_of_all(target):
    @implementation("cpp", "double f() { return 7; }")
    @check_units(result=1)
    def f():
        return 7

    assert recorded("x = f()*i : 1", target, {"f": f})[:, 0].tolist() == [0, 7, 14, 21]


def test_units_of_results_may_follow_from_those_of_arguments(target):
    @implementation("cpp", "double squared(double x, double y) { return x*x; }")
    @check_units(x=volt, y=None, result=lambda first, second: first**2)
    def squared(x, y):
        return x * x

    anything = Function(lambda x: x, [None], "x", name="anything")
    anything.implement("cpp", "double anything(double x) { return x; }")
    x = recorded("x = anything(i*mV) + sqrt(squared(1*mV, 2*nA)) : volt", target, locals())

    assert x[:, 0] == pytest.approx([1e-3, 2e-3, 3e-3, 4e-3])


def test_an_argument_may_have_to_have_the_unit_of_another(target):
    larger = Function(lambda a, b: np.maximum(a, b), [None, "a"], "a", name="larger")
    smaller = Function(lambda a, b: np.minimum(a, b), ["b", volt], volt, name="smaller")
    larger.implement("cpp", "double larger(double a, double b) { return a > b ? a : b; }")
    smaller.implement("cpp", "double smaller(double a, double b) { return a < b ? a : b; }")
    x = recorded("x = larger(smaller(i*mV, 3*mV), 2*mV) : volt", target, locals())

    assert x[:, 0] == pytest.approx([2e-3, 2e-3, 2e-3, 3e-3])
    for call in ("larger(i*mV, 2*nA)", "smaller(i*nA, 2*mV)"):
        with pytest.raises(DimensionError, match="takes an argument with dimension V, but"):
            recorded(f"x = {call} : volt", target, locals())


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("x = rectified : volt", EquationError, "'rectified' is a function and is not called"),
        ("x = rectified() : volt", EquationError, "'rectified' takes 1 argument, not 0"),
        ("x = rectified(v, v) : volt", EquationError, "'rectified' takes 1 argument, not 2"),
        ("x = rectified(3) : volt", DimensionError, "takes an argument with dimension V, but '3'"),
        ("x = rectified(v) : amp", DimensionError, "left side 'x' has dimension A"),
        ("x = folded(0.5) : 1", EquationError, "takes an integer here, but '0.5' is a floating-"),
        ("x = folded(i > 1) : 1", EquationError, "takes an integer here, but 'i > 1' is a truth"),
        ("x = above(i, i) : boolean", EquationError, "'above' takes a truth value here, but 'i'"),
        ("x = above(1, i > 0) : 1", EquationError, "is a truth value"),
        ("x = rectifed(v) : volt", EquationError, "did you mean 'rectified'?"),
    ],
)  # fmt: skip
def test_wrong_calls_are_shown_in_the_text(text, error, told):
    group = NeuronGroup(1, f"{text}\nv : volt", name="cells")
    with pytest.raises(error) as caught:
        Network(group).run(1 * ms)

    assert told in str(caught.value)
    assert "equations of 'cells', line 1" in str(caught.value)
    assert "^" in str(caught.value)


def test_a_python_function_without_units_is_refused():
    def plain(x):
        return x

    group = NeuronGroup(1, "x = plain(1) : 1")
    with pytest.raises(ModelError) as caught:
        Network(group).run(1 * ms)

    assert "'plain', used by 'neurongroup', is a function" in str(caught.value)
    assert "write its units above it: @check_units" in str(caught.value)


def test_results_are_checked(target):
    @check_units(x=1, result=volt)
    def no_unit(x):
        return x + 1

    @check_units(x=1, result=1)
    def too_many(x):
        return np.zeros(7)

    @check_units(x=1, result=1)
    def nothing(x):
        return None

    def run_with(function, unit):
        recorded(f"x = f(i) : {unit}", "numpy", {"f": function})

    with pytest.raises(DimensionMismatchError, match="returned 1, not V"):
        run_with(no_unit, "volt")
    with pytest.raises(RunError, match="expected one number, or an array of 4"):
        run_with(too_many, "1")
    with pytest.raises((RunError, TypeError)):
        run_with(nothing, "1")


def test_errors_of_python_functions_say_where_they_come_from():
    @check_units(x=1, result=1)
    def fails(x):
        raise ZeroDivisionError("of mine")

    with pytest.raises(ZeroDivisionError) as caught:
        recorded("x = fails(i) : 1", "numpy", {"fails": fails})

    assert "raised by 'fails', which equations call" in caught.value.__notes__


# ------------------------------------------------------------------------------------- targets


@check_units(x=1, result=1)
def python_only(x):
    return x + 1


@implementation("cpp", "double cpp_only(double x) { return x + 1; }")
@check_units(x=1, result=1)
def cpp_only(x):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "target", "told"),
    [
        (
            "python_only",
            Cpp(),
            "target 'cpp' cannot call 'python_only'\n  it has implementations for: 'numpy'\n"
            "  add one with @implementation('cpp', ...), or run on another target",
        ),
        (
            "cpp_only",
            Numpy(),
            "target 'numpy' cannot call 'cpp_only'\n  its Python function raises"
            " NotImplementedError; use a target for which it has an implementation",
        ),
    ],
)
def test_a_target_without_an_implementation_is_refused(function, target, told):
    group = NeuronGroup(1, f"dx/dt = {function}(x)/ms : 1", method="euler")
    with pytest.raises(TargetError) as caught:
        Network(group).run(1 * ms, target=target)

    assert str(caught.value) == told
    assert group.x[0] == 0


def test_cuda_calls_the_text_for_devices():
    made = Function(python_only)
    made.implement("cuda", "__device__ double python_only(double x) { return x + 1; }")
    group = NeuronGroup(1, "dx/dt = f(x)/ms : 1", method="euler")
    program = Network(group).lower({"f": made}).program

    assert made.targets == ("numpy", "cuda")
    text = render_cuda(program).text("functions.h")
    assert '#line 1 "code of python_only"\n__device__ double python_only(double x) {' in text


def test_implementations_for_other_simulators_are_accepted_and_ignored(target):
    @implementation("cython", "cdef double f(double x): return x", dependencies={})
    @implementation("cpp", "double f(double x) { return x + 1; }")
    @check_units(x=1, result=1)
    def f(x):
        return x + 1

    assert recorded("x = f(i) : 1", target, {"f": f})[:, 0].tolist() == [1, 2, 3, 4]


# ----------------------------------------------------------------------------------------- C++


def test_texts_may_hold_what_they_need(target):
    @implementation(
        "cpp",
        """
        #include <map>   // standard headers, taken out of the namespace
        #define FACTOR 2
        using namespace std;
        static const map<int, double> values = {{0, 5.0}, {1, 7.0}};
        static double helper(double x) { return FACTOR*x; }
        double f(double k) { return helper(values.at((int)k % 2)) + sqrt(4.0); }
        """,
    )
    @check_units(k=1, result=1)
    def f(k):
        return np.where(k % 2 == 0, 12.0, 16.0)

    @implementation(
        "cpp",
        """
        static double helper(double x) { return x; }
        double g(double x) { const double FACTOR = 3; return FACTOR*helper(x); }
        """,
    )
    @check_units(x=1, result=1)
    def g(x):
        return 3.0 * x

    x = recorded("x = f(i) + g(i) : 1", target, {"f": f, "g": g})

    assert x[:, 0].tolist() == [12, 19, 18, 25]


NAMES = ["index", "y1", "gamma", "bind", "functions", "simulation_", "advance", "time", "values",
         "i_", "N_", "main_", "a0_", "call_"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_of_functions_meet_nothing_in_the_generated_code(name):
    made = Function(lambda x: x + 1, [1], 1, name=name)
    made.implement("cpp", f"double {name}(double x) {{ return x + 1; }}")
    x = recorded("x = f(i) + f(2) : 1", "cpp", {"f": made}, name="functions")

    assert x[:, 0].tolist() == [4, 5, 6, 7]


def test_two_functions_of_one_name_are_two_functions(target):
    def made(factor):
        function = Function(lambda x: factor * x, [1], 1, name="f")
        function.implement("cpp", f"double f(double x) {{ return {factor}*x; }}")
        return function

    groups = [NeuronGroup(2, "x = f(i) : 1", namespace={"f": made(k)}) for k in (2, 3)]
    monitors = [StateMonitor(group, "x", record=True) for group in groups]
    Network(*groups, *monitors).run(0.1 * ms, target=target)

    assert [monitor.x[1, 0] for monitor in monitors] == [2, 3]


def test_functions_call_others(target):
    @implementation("cpp", "double inner(double x) { return x + b; }", namespace={"b": 1})
    @check_units(x=1, result=1)
    def inner(x):
        return x + 1

    @implementation("cpp", "double middle(double x) { return 2*other(x); }",
                    dependencies={"other": inner})  # fmt: skip
    @check_units(x=1, result=1)
    def middle(x):
        return 2 * inner(x)

    @implementation("cpp", "double outer(double x) { return middle(x) + inner(x); }",
                    dependencies={"middle": middle, "inner": inner})  # fmt: skip
    @check_units(x=1, result=1)
    def outer(x):
        return middle(x) + inner(x)

    x = recorded("x = outer(i) + middle(i) : 1", target, {"outer": outer, "middle": middle})

    assert x[:, 0].tolist() == [5, 10, 15, 20]


def test_functions_that_need_each_other_are_refused():
    first = Function(lambda x: x, [1], 1, name="first")
    second_ = Function(lambda x: x, [1], 1, name="second_")
    first.implement("cpp", "double first(double x) { return x; }", dependencies={"s": second_})
    second_.implement("cpp", "double second_(double x) { return x; }", dependencies={"f": first})
    with pytest.raises(ModelError, match="needs itself, through its dependencies"):
        recorded("x = f(i) : 1", "numpy", {"f": first})


def test_a_dependency_needs_an_implementation_too():
    outer = Function(lambda x: x, [1], 1, name="outer")
    inner = Function(lambda x: x, [1], 1, name="inner")
    outer.implement("cpp", "double outer(double x) { return inner(x); }",
                    dependencies={"inner": inner})  # fmt: skip
    with pytest.raises(TargetError, match="target 'cpp' cannot call 'inner'"):
        recorded("x = f(i) : 1", "cpp", {"f": outer})


@pytest.fixture
def builds(monkeypatch):
    """Digests of what was to be compiled."""
    found = []

    def watched(sources, toolchain):
        found.append(sources.digest(toolchain.identity))
        return build_library(sources, toolchain)

    monkeypatch.setattr("eqsim.targets.cpp.target.build_library", watched)
    return found


@pytest.mark.compiler
def test_values_of_a_text_are_contents_of_arrays(builds):
    """Other values, and arrays of other lengths, are the same program."""
    text = """
    double looked_up(double k) { return scale*table[(int)k] + (flags[0] ? 100 : 0) + counts[1]; }
    """
    table = np.array([1.5, 2.5, 3.5, 4.5])
    for scale, values in ((1, table), (2.0, table), (-3, np.arange(50) + 0.5)):
        function = Function(lambda k: k, [1], 1, name="looked_up")
        namespace = {
            "scale": float(scale), "table": values, "flags": np.array([scale > 1]),
            "counts": np.array([7, 8], dtype=np.int32),
        }  # fmt: skip
        function.implement("cpp", text, namespace=namespace)
        for threads in (1, 2):
            x = recorded("x = f(i) : 1", Cpp(threads=threads), {"f": function}, name="cells")
            assert x[:, 0].tolist() == (scale * values[:4] + 100 * (scale > 1) + 8).tolist()
    assert len(set(builds)) == 1


def test_values_are_those_at_the_begin_of_a_run():
    table = np.array([1.0, 2.0])
    function = Function(lambda k: table[k.astype(int)], [1], 1, name="f")
    function.implement("cpp", "double f(double k) { return table[(int)k]; }",
                       namespace={"table": table})  # fmt: skip
    before = recorded("x = f(0)*i : 1", "cpp", {"f": function})[1, 0]
    table[0] = 5

    assert (before, recorded("x = f(0)*i : 1", "cpp", {"f": function})[1, 0]) == (1, 5)


@pytest.mark.compiler
def test_two_simulations_of_one_library_see_their_own_values():
    def network(scale):
        function = Function(lambda x: scale * x, [1], 1, name="f")
        function.implement("cpp", "double f(double x) { return scale*x; }",
                           namespace={"scale": float(scale)})  # fmt: skip
        group = NeuronGroup(3, "dx/dt = f(i)/ms : 1", method="euler", name="cells")
        lowered = Network(group, name="net").lower({"f": function})
        arrays = lowered.memory.arrays
        arrays["defaultclock.dt"][:], arrays["defaultclock.end"][:] = 1e-3, 4
        return group, Cpp(threads=2).open(lowered.program, lowered.memory)

    (first, one), (second_, two) = network(2), network(10)
    for simulation in (one, two, one, two):
        simulation.advance(2)
    one.close()
    two.close()

    assert first.x[:].tolist() == [0, 8, 16]
    assert second_.x[:].tolist() == [0, 40, 80]


@pytest.mark.compiler
def test_an_error_in_a_text_names_the_function_and_its_line():
    function = Function(lambda x: x, [1], 1, name="broken")
    function.implement("cpp", "double broken(double x) {\n  return x + undefined_name;\n}")
    with pytest.raises(BuildError) as caught:
        recorded("x = f(i) : 1", "cpp", {"f": function})

    assert "in the code of the function 'broken', line 2\n" in str(caught.value)
    assert "undefined_name" in str(caught.value)


# --------------------------------------------------------------------------------------- files


@pytest.fixture
def files(tmp_path):
    """A folder with a header that includes another one, and a source."""
    (tmp_path / "mine.h").write_text(
        '#pragma once\n#include "parts/part.h"\ndouble from_source(double x);\n'
        "static inline double from_header(double x) { return OFFSET + part(x); }\n"
    )
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "part.h").write_text(
        "#pragma once\nstatic inline double part(double x) { return 10*x; }\n"
    )
    (tmp_path / "mine.cpp").write_text(
        '#include "mine.h"\ndouble from_source(double x) { return from_header(x) + 1; }\n'
    )
    return tmp_path


def from_files(name, folder, text=None):
    function = Function(lambda x: 10 * x + 101, [1], 1, name=name)
    function.implement(
        "cpp",
        text,
        headers=["mine.h", "<math.h>"],
        sources=[folder / "mine.cpp"],
        include_dirs=[str(folder)],
        define_macros=[("OFFSET", 100)],
    )
    return function


@pytest.mark.compiler
def test_a_function_may_come_from_the_users_files(files, builds):
    assert recorded("x = f(i) : 1", "cpp", {"f": from_files("from_source", files)})[
        :, 0
    ].tolist() == [101, 111, 121, 131]

    changes = {
        "mine.cpp": ("+ 1", "+ 2", 102),
        "mine.h": ("OFFSET + part", "OFFSET + 1 + part", 103),
        "parts/part.h": ("10*x", "20*x", 103),
    }
    for name, (old, new, first) in changes.items():
        path = files / name
        path.write_text(path.read_text().replace(old, new))
        x = recorded("x = f(i) : 1", "cpp", {"f": from_files("from_source", files)})
        assert x[0, 0] == first, name
    assert x[1, 0] == 123
    assert len(set(builds)) == 4


@pytest.mark.compiler
def test_two_functions_may_share_a_source(files):
    first = from_files("from_source", files)
    second_ = from_files("twice", files, "double twice(double x) { return 2*from_source(x); }")
    x = recorded("x = f(i) + g(i) : 1", "cpp", {"f": first, "g": second_})

    assert x[:, 0].tolist() == [303, 333, 363, 393]


def compiled_library(folder, factor, *, static):
    (folder / "lib.cpp").write_text(
        f'extern "C" double scaled(double x) {{ return {factor}*x; }}\n'
    )
    if static:
        subprocess.run(["g++", "-fPIC", "-c", "lib.cpp", "-o", "lib.o"], cwd=folder, check=True)
        (folder / "libscaled_static.a").unlink(missing_ok=True)
        subprocess.run(["ar", "rcs", "libscaled_static.a", "lib.o"], cwd=folder, check=True)
        return "scaled_static"
    subprocess.run(
        ["g++", "-shared", "-fPIC", "lib.cpp", "-o", "libscaled.so"], cwd=folder, check=True
    )
    return "scaled"


def from_library(folder, library):
    function = Function(lambda x: 3 * x, [1], 1, name="through_library")
    function.implement(
        "cpp",
        'extern "C" double scaled(double);\n'
        "double through_library(double x) { return scaled(x) + 1; }",
        libraries=[library],
        library_dirs=[folder],
    )
    return function


@pytest.mark.compiler
@pytest.mark.parametrize("static", [True, False], ids=["static", "shared"])
def test_a_function_may_come_from_a_library(tmp_path, static, builds):
    if shutil.which("g++") is None or shutil.which("ar") is None:
        pytest.skip("there is no g++")
    library = compiled_library(tmp_path, 3, static=static)
    x = recorded("x = f(i) : 1", "cpp", {"f": from_library(tmp_path, library)})
    assert x[:, 0].tolist() == [1, 4, 7, 10]

    if static:
        compiled_library(tmp_path, 5, static=True)
        x = recorded("x = f(i) : 1", "cpp", {"f": from_library(tmp_path, library)})
        assert x[:, 0].tolist() == [1, 6, 11, 16]
        assert len(set(builds)) == 2


@pytest.mark.compiler
def test_the_users_files_are_part_of_a_standalone_project(files, tmp_path_factory):
    if shutil.which("cmake") is None:
        pytest.skip("there is no CMake")
    library_folder = tmp_path_factory.mktemp("library")
    library = compiled_library(library_folder, 3, static=False)
    names = {
        "f": from_files("from_source", files),
        "g": from_library(library_folder, library),
    }
    looked_up = Function(lambda k: k, [1], 1, name="looked_up")
    looked_up.implement("cpp", "double looked_up(double k) { return table[(int)k]; }",
                        namespace={"table": np.array([5.0, 6.0, 7.0, 8.0])})  # fmt: skip
    names["h"] = looked_up
    names["s"] = TimedArray(np.arange(12).reshape(3, 4), dt=0.3 * ms)
    names["b"] = BinomialFunction(50, 0.4)
    group = NeuronGroup(
        4,
        """
        dx/dt = (f(i) + g(x) + h(i) + s(t, i))/ms + y/second : 1
        y = b() + binomial(i, 0.5) : 1 (constant over dt)
        """,
        method="euler",
        name="cells",
    )
    monitor = StateMonitor(group, "x", record=True, name="values")
    network = Network(group, monitor, name="net")
    folder = tmp_path_factory.mktemp("exported") / "project"
    network.export(folder, 1 * ms, namespace=names)
    shutil.rmtree(files)
    for command in (["cmake", "-S", ".", "-B", "build"], ["cmake", "--build", "build"],
                    ["build/simulate"]):  # fmt: skip
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    network.run(1 * ms, target="cpp", namespace={**names, "f": from_copies(folder)})

    results = load(folder / "results")
    assert np.array_equal(results["values"].x, monitor.x)
    assert (folder / "functions" / "source_1" / "mine.cpp").is_file()
    assert (folder / "functions" / "include" / "parts" / "part.h").is_file()
    assert "functions.h" in (folder / "README.md").read_text()


def from_copies(folder: Path):
    include = folder / "functions" / "include"
    function = Function(lambda x: x, [1], 1, name="from_source")
    function.implement(
        "cpp", headers=["mine.h"], sources=[folder / "functions" / "source_1" / "mine.cpp"],
        include_dirs=[include], define_macros=[("OFFSET", 100)],
    )  # fmt: skip
    return function


# --------------------------------------------------------------------------------------- order


def test_a_function_with_a_state_is_called_in_the_order_of_the_elements(target):
    names = {"counted": counter()}
    group = NeuronGroup(4, "a : integer\nb : integer")
    group.run_regularly("a = counted()\nb = counted()")
    Network(group).run(0.2 * ms, target=target, namespace=names)

    assert group.a[:].tolist() == [9, 11, 13, 15]
    assert group.b[:].tolist() == [10, 12, 14, 16]


def test_a_condition_may_have_a_state(target):
    """Each worker finds its own neurons' events, after one has called the function in order."""
    names = {"counted": counter()}
    group = NeuronGroup(
        50, "n : integer", threshold="counted() % 3 == 0 and i > 10", reset="n = counted()"
    )
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(0.2 * ms, target=target, namespace=names)

    first = [i for i in range(50) if (i + 1) % 3 == 0 and i > 10]
    offset = 50 + len(first)
    second_ = [i for i in range(50) if (offset + i + 1) % 3 == 0 and i > 10]
    assert spikes.i[:].tolist() == first + second_
    assert group.n[second_].tolist() == list(range(offset + 51, offset + 51 + len(second_)))


def test_a_refractory_period_may_have_a_state(target):
    calls = counter()
    group = NeuronGroup(
        3, "", threshold="True", refractory="waiting(counted())", namespace={
            "counted": calls,
            "waiting": waiting(),
        },
    )  # fmt: skip
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(0.5 * ms, target=target)

    assert group.refractoriness.kind.name == "DRAWN_TIME"
    assert spikes.num_spikes >= 3


def waiting():
    made = Function(lambda n: n * 0.1 * ms, [1], second, name="waiting")
    made.implement("cpp", "double waiting(double n) { return n*1e-4; }")
    return made


def test_a_subexpression_with_a_state_is_computed_once_per_step(target):
    names = {"counted": counter()}
    text = "y = counted() : integer (constant over dt)\nx = y + y : integer"
    x = recorded(text, target, names, steps=2)

    assert x.tolist() == [[2, 10], [4, 12], [6, 14], [8, 16]]


def test_synapses_with_a_state_run_in_order(target):
    source = NeuronGroup(2, "", threshold="True")
    sink = NeuronGroup(2, "x : integer")
    synapses = Synapses(source, sink, on_pre="x_post = x_post*10 + counted()")
    synapses.connect()
    Network(source, sink, synapses).run(0.1 * ms, target=target, namespace={"counted": counter()})

    assert sink.x[:].tolist() == [13, 24]


def test_initial_values_may_have_a_state():
    counted = counter()
    group = NeuronGroup(4, "x : integer\ny : integer (shared)")
    group.x = "counted()"
    group.y = "counted()"

    assert group.x[:].tolist() == [1, 2, 3, 4]
    assert group.y[:] == 5
    assert counted() == 6


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dx/dt = counted()/ms : 1", "'counted' cannot stand in a differential equation"),
        ("x = counted() : 1", "draws a random number at each use"),
        ("x = 1 < counted() < 3 : boolean (constant over dt)", "in the middle of a chain"),
        ("y = counted() : 1 (shared)\nx = y : 1", "add the flag (constant over dt)"),
    ],
)
def test_a_function_with_a_state_stands_where_random_functions_do(text, told):
    group = NeuronGroup(1, text)
    with pytest.raises(EquationError) as caught:
        Network(group).run(1 * ms, namespace={"counted": counter()})
    assert told in str(caught.value)


def test_a_threshold_with_a_state_is_not_warned_of(caplog):
    chance = counter("chance")
    NeuronGroup(1, "", threshold="chance() > 3")
    assert not caplog.records
    assert chance.stateless is False


def test_rates_may_have_a_state(target):
    chance = counter("chance")
    group = PoissonGroup(3, "int(chance() % 2)*1e9/second", namespace={"chance": chance})
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(0.2 * ms, target=target)

    assert spikes.i[:].tolist() == [0, 2, 1]


# -------------------------------------------------------------------------------------- passes


def text_of(equations, names, **options):
    group = NeuronGroup(3, equations, name="cells", **options)
    return program_text(Network(group).lower(names).program)


def test_what_does_not_depend_on_the_element_is_called_once_per_step():
    text = text_of("dv/dt = rectified(k*mV)*i/ms : volt", {"rectified": rectified, "k": 3},
                   method="euler")  # fmt: skip

    assert "once: _rectified_value_0 = rectified(" in text


def test_equal_calls_are_one_call():
    text = text_of("dv/dt = (rectified(v) + rectified(v)*rectified(v)/volt)/ms : volt",
                   {"rectified": rectified}, method="euler")  # fmt: skip

    assert text.count("= rectified(") == 1


def test_what_nobody_needs_is_not_called():
    text = text_of("v : volt\nw = rectified(v) : volt", {"rectified": rectified},
                   threshold="v > 1*volt", reset="unused = rectified(v)")  # fmt: skip

    assert "rectified(" not in text


def test_calls_with_a_state_are_made_whether_needed_or_not(target):
    counted = counter()
    group = NeuronGroup(2, "x : integer")
    group.run_regularly("unused = counted()\nx = counted()")
    Network(group).run(0.1 * ms, target=target, namespace={"counted": counted})

    assert group.x[:].tolist() == [2, 4]


def test_an_implementation_that_is_added_later_counts():
    function = Function(lambda x: x, [1], 1, name="f")
    before = recorded("x = f(i) : 1", "numpy", {"f": function})[:, 0].tolist()
    function.implement("numpy", lambda x: x + 1)

    assert before == [0, 1, 2, 3]
    assert recorded("x = f(i) : 1", "numpy", {"f": function})[:, 0].tolist() == [1, 2, 3, 4]
    assert function(3) == 3


def test_the_same_model_is_the_same_program():
    def program():
        group = NeuronGroup(3, "dv/dt = f(v)/ms : volt", method="euler", name="cells")
        return Network(group, name="net").lower({"f": rectified}).program

    assert program() == program()
    assert render_cpp(program()) is render_cpp(program())


# --------------------------------------------------------------------------------- what is said


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Function(3), "a function must be given as one of Python, not as 3"),
        (lambda: Function(lambda x: x, [1], 1), "'<lambda>' is no name of a function"),
        (lambda: Function(abs, [1], 1, name="a b"), "'a b' is no name of a function"),
        (lambda: Function(python, None, 1), "the units of the arguments of the function 'python'"),
        (lambda: Function(python, [1]), "the units of the result of the function 'python'"),
        (lambda: Function(python, [1, 1], 1), "has 1 arguments, and units for 2"),
        (lambda: Function(python, 1, 1), "arg_units of 'python' must be a list, not 1"),
        (lambda: Function(python, [1], 1, ["float"] * 2), "has 1 arguments, and types for 2"),
        (lambda: Function(python, [1], 1, ["double"]), "'double' is no type of an argument"),
        (lambda: Function(python, [1], 1, None, "any"), "cannot be of the type 'any'"),
        (lambda: Function(python, ["y"], 1), "name the argument 'y', which it does not have"),
        (lambda: Function(python, [1], "y"), "name the argument 'y', which it does not have"),
        (lambda: Function(python, ["x"], 1), "is said to have the unit of 'x'"),
        (lambda: implementation("c++", "")(python_only), "there is no target 'c++'"),
        (lambda: implementation("cpp", 3)(python_only), "must be a text, not 3"),
        (lambda: implementation("cpp", "int g();")(python_only), "defines no function"),
        (lambda: implementation("numpy", "x")(python_only), "is a Python function, not 'x'"),
        (lambda: implementation("cpp", "", header=["x"])(python_only), "did you mean 'headers'?"),
        (lambda: implementation("numpy", headers=["x"])(python_only), "known: discard_units"),
        (lambda: implementation("cpp", "", headers="x.h")(python_only), "must be a list, not"),
        (lambda: implementation("cpp", "", headers=["a\nb"])(python_only), "is no header of"),
        (lambda: implementation("cpp", TEXT, sources=["no.cpp"])(python_only), "cannot be read"),
        (lambda: implementation("cpp", TEXT, include_dirs=["no"])(python_only), "is no folder"),
        (lambda: implementation("cpp", TEXT, library_dirs=["no"])(python_only), "is no folder"),
        (lambda: implementation("cpp", TEXT, define_macros=["a b"])(python_only), "is no name"),
        (lambda: implementation("cpp", TEXT, define_macros=[("A", "1\n2")])(python_only),
         "has more than one line"),
        (lambda: implementation("cpp", TEXT, dependencies={"g": abs})(python_only),
         "the dependency 'g' of 'python_only' must be a function with implementations"),
        (lambda: implementation("cpp", TEXT, namespace={"a b": 1})(python_only), "is no name in"),
        (lambda: implementation("cpp", TEXT, namespace={"a": "b"})(python_only), "expected: a"),
        (lambda: implementation("cpp", TEXT, namespace={"a": []})(python_only), "expected: a num"),
        (lambda: implementation("cpp", TEXT, namespace=3)(python_only), "must be a dict, not 3"),
        (lambda: implementation("cpp", TEXT, dependencies=[1])(python_only), "must be a dict"),
        (lambda: implementation("cpp", TEXT, name="f")(rectified), "is made already"),
        (lambda: implementation("cpp", "double double(double x);", name="double")(python_only),
         "'double' cannot be the name of a function in C++"),
    ],
)  # fmt: skip
def test_wrong_functions_say_what_is_expected(make, told):
    with pytest.raises(ModelError) as caught:
        make()
    assert told in str(caught.value)


TEXT = "double python_only(double x) { return x; }"


def python(x):
    return x


def test_a_function_named_as_one_of_the_language_is_told(caplog):
    @check_units(x=1, result=1)
    def clip_it(x):
        return x

    clip = Function(clip_it)
    group = NeuronGroup(1, "x = clip(1, 2, 3) : 1", name="cells")
    Network(group).run(0.1 * ms, target="numpy")

    assert "'clip' in the equations is that of the language" in caplog.text
    with pytest.raises(ModelError, match="'clip' in the namespace of 'cells_1' is a name of the"):
        NeuronGroup(1, "", namespace={"clip": clip}, name="cells_1")


def test_a_refractory_period_whose_function_comes_later_is_checked():
    group = NeuronGroup(1, "", threshold="True", refractory="later()", name="cells")
    boolean = Function(lambda: True, [], bool, name="later")
    with pytest.raises(EquationError) as caught:
        Network(group).run(1 * ms, namespace={"later": boolean})

    assert "define the functions that it calls before the group" in str(caught.value)


# ------------------------------------------------------------------------------- other groups


def test_each_group_calls_what_its_own_names_mean(target):
    """Seen through synapses and links, a name of another group keeps the meaning it has there."""

    def offset(value):
        made = Function(lambda x: x + value, [1], 1, name="f")
        made.implement("cpp", "double f(double x) { return x + value; }",
                       namespace={"value": value})  # fmt: skip
        return made

    source = NeuronGroup(
        2, "a = f(i) : 1", threshold="t_in_timesteps == 0", namespace={"f": offset(1)}
    )
    sink = NeuronGroup(2, "b : 1\nc : 1 (linked)\nd = f(c) : 1", namespace={"f": offset(10)})
    sink.c = linked_var(source, "a")
    synapses = Synapses(source, sink, on_pre="b_post += f(a_pre + c_post + d_post)",
                        namespace={"f": offset(100)})  # fmt: skip
    synapses.connect(condition="i == j")
    Network(source, sink, synapses).run(0.1 * ms, target=target)

    expected = [100 + 3 * (i + 1) + 10 for i in range(2)]
    assert sink.b[:].tolist() == expected
    assert sink.d[:].tolist() == [11, 12]


def test_event_driven_equations_may_call_functions(target):
    @implementation("cpp", "double rate(double x) { return 1 + x; }")
    @check_units(x=1, result=1)
    def rate(x):
        return 1 + x

    source = NeuronGroup(2, "", threshold="t_in_timesteps % 5 == 0")
    sink = NeuronGroup(2, "y : 1")
    synapses = Synapses(
        source, sink, "dx/dt = -rate(2)*x/ms : 1 (event-driven)", on_pre="x += 1; y_post = x",
        namespace={"rate": rate},
    )  # fmt: skip
    synapses.connect(condition="i == j")
    network = Network(source, sink, synapses)
    network.run(0.6 * ms, target=target)

    assert sink.y[:] == pytest.approx([1 + np.exp(-1.5)] * 2)
    assert synapses.x[:] == pytest.approx([1 + np.exp(-1.5)] * 2)


@pytest.mark.parametrize(
    ("arguments", "pairs"),
    [
        ({"condition": "folded(i + j) == 0"}, [(0, 0), (1, 2), (2, 1)]),
        ({"j": "folded(i + 1)"}, [(0, 1), (1, 2), (2, 0)]),
        (
            {"j": "folded(k) for k in range(folded(i) + 1) if above(k + 1.0, i > 0)"},
            [(0, 0), (1, 1), (2, 1), (2, 2)],
        ),
        ({"condition": "i == j", "n": "folded(i)"}, [(1, 1), (2, 2), (2, 2)]),
        ({"condition": "i == j", "p": "int(folded(i) > 1)"}, [(2, 2)]),
    ],
)
def test_connections_may_call_functions(arguments, pairs):
    synapses = Synapses(NeuronGroup(3, ""), NeuronGroup(3, ""))
    synapses.connect(**arguments)

    assert list(zip(synapses.i[:].tolist(), synapses.j[:].tolist(), strict=True)) == pairs
