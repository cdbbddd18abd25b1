"""The same bits on every target, for any number of threads, elements and compiler flags."""

import dataclasses
import platform

import numpy as np
import pytest

from eqsim import (
    Cpp,
    EventMonitor,
    Hz,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
    nS,
    pA,
    pF,
    seed,
    start_scope,
)
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.network.naming import restart_numbering
from eqsim.targets import Numpy
from eqsim.targets.cpp import target as cpp

SIZES = (1, 2, 63, 64, 65, 1000, 4097)
THREADS = (1, 2, 3, 8)

# ------------------------------------------------------------------------------------- models
#
# Each takes a size and a function that runs a network for a time, and returns what to compare.


def conductances(n, run):
    """Gates, a condition for refractoriness, monitors with clocks of their own."""
    neurons = NeuronGroup(
        n,
        """
        dv/dt = (I - g*(v + 65*mV) - 36*nS*a**4*(v + 77*mV) - 120*nS*b**3*(v - 50*mV))/C : volt
        da/dt = opening*(1 - a)/ms - 0.125*exp(-(v + 65*mV)/(80*mV))*a/ms : 1
        opening = 0.1/exprel(-(v + 55*mV)/(10*mV)) : 1
        db/dt = (1/(1 + exp(-(v + 35*mV)/(7*mV))) - b)/(0.3*ms) : 1
        I : amp (constant)
        g = 10*nS*(1 + 0.5*sin(2*pi*50*Hz*t)) : siemens
        """,
        method="exponential_euler",
        threshold="v > -20*mV",
        refractory="v > -30*mV",
        namespace={"C": 1 * pF, "mV": mV, "ms": ms, "nS": nS, "Hz": Hz},
        dt=0.02 * ms,
    )
    neurons.v = "-65*mV + 20*mV*rand()"
    neurons.I = "500*pA + 1000*pA*i/N"
    trace = StateMonitor(neurons, ["v", "g"], record=[0, n - 1], dt=0.07 * ms)
    run(Network(neurons, trace, spikes := SpikeMonitor(neurons, ["v", "a"])), 1 * ms)
    return neurons, trace, spikes


def noise(n, run):
    """Noise of three names, a refractory time, records of a part, an operation of its own."""
    neurons = NeuronGroup(
        n,
        """
        dv/dt = (15*mV - v)/tau + 5*mV*(xi_a + 0.5*xi_b)/tau**0.5 : volt (unless refractory)
        dw/dt = -w/tau + 2*mV*xi_b/tau**0.5 : volt
        dz/dt = -z/tau + xi_c*Hz**0.5 : 1
        """,
        method="euler",
        threshold="v > 14*mV",
        reset="v = randn()*mV; w += 0.5*mV*rand()",
        refractory=0.5 * ms,
        namespace={"tau": 2 * ms, "mV": mV, "Hz": Hz},
    )
    neurons.v = "16*mV*rand()"
    part = neurons[n // 3 :]
    monitors = SpikeMonitor(part, "w"), PopulationRateMonitor(neurons), StateMonitor(part, "v")
    run(Network(neurons, *monitors), 4 * ms)
    return neurons, *monitors


def single_precision(n, run):
    """All variables in single precision, a method of second order, random times of silence."""
    neurons = NeuronGroup(
        n,
        """
        dv/dt = (-(v - E) + 2*mV*exp((v - 5*mV)/(2*mV)) - w + I)/tau : volt
        dw/dt = (0.3*(v - E) - w)/(20*ms) : volt
        I = 20*mV*(1 + cos(2*pi*t/(5*ms)))*tanh(2.0*(i + 1)/N) : volt
        """,
        method="rk2",
        threshold="v > 10*mV",
        reset="v = E; w += 1*mV",
        refractory="0.3*ms + 0.7*ms*rand()",
        namespace={"tau": 5 * ms, "E": 0 * mV, "mV": mV, "ms": ms},
        dtype=np.float32,
    )
    neurons.v = "5*mV*i/N"
    monitors = SpikeMonitor(neurons, ["v", "w"]), StateMonitor(neurons, True, record=[n // 2])
    run(Network(neurons, *monitors), 6 * ms)
    return neurons, *monitors


def integers(n, run):
    """Whole numbers and truth values, floor division, functions that make integers."""
    neurons = NeuronGroup(
        n,
        """
        dx/dt = 1.7/ms : 1
        is_odd : boolean
        k : integer
        total : integer (shared)
        part = (k - 3)//(i + 1) + k % 5 : integer
        """,
        method="euler",
        threshold="(k + i) % 3 == 0 and not is_odd",
        reset="k -= part; x = -x",
        namespace={"ms": ms},
    )
    neurons.run_regularly(
        """
        k += i % 7 - int(x > 0.5)*2
        is_odd = k % 2 == 1
        x = clip(x, -1, 3) + floor(x/2)*0.25 - ceil(-x)*0.125 + sign(x)*abs(k % 4 - 1)
        """
    )
    neurons.run_regularly("total += 1", dt=0.3 * ms, when="end")
    monitors = SpikeMonitor(neurons, ["k", "is_odd"]), StateMonitor(neurons, ["part", "x"], [0])
    run(Network(neurons, *monitors), 3 * ms)
    return neurons, *monitors


def events(n, run):
    """Events beside spikes, their code and their order, parts of groups."""
    neurons = NeuronGroup(
        n,
        """
        dv/dt = (30*mV*rise - v)/(3*ms) : volt
        dth/dt = (12*mV - th)/(8*ms) : volt
        rise : 1 (constant)
        is_near : boolean
        n_near : integer
        """,
        threshold="v > th",
        reset="v = 0*mV; th += 3*mV",
        events={"approach": "v > th - 4*mV and not is_near", "retreat": "v < th - 6*mV"},
        namespace={"mV": mV, "ms": ms},
    )
    neurons.run_on_event("approach", "is_near = True; n_near += 1", when="before_resets")
    neurons.run_on_event("retreat", "is_near = False")
    neurons.set_event_schedule("retreat", "after_thresholds", order=-1)
    neurons.rise = "0.4 + rand()"
    neurons.th = 12 * mV
    monitors = (
        EventMonitor(neurons, "approach", "v"),
        EventMonitor(neurons[: n // 2 + 1], "retreat"),
    )
    run(Network(neurons, *monitors, spikes := SpikeMonitor(neurons, "th")), 8 * ms)
    return neurons, *monitors, spikes


def matrix_exponential(n, run):
    """Linear equations that drive each other, with coefficients of each neuron."""
    neurons = NeuronGroup(
        n,
        """
        dv/dt = (g_L*(E - v) - w + I)/C : volt
        dw/dt = (a*(v - E) - w)/tau_w : amp
        g_L : siemens (constant)
        a : siemens (constant)
        tau_w : second (constant)
        I : amp
        """,
        method="exact",
        threshold="v > -50*mV",
        reset="v = E; w += 60*pA",
        namespace={"C": 200 * pF, "E": -70 * mV, "mV": mV, "pA": pA},
    )
    neurons.g_L = "(8 + 4*rand())*nS"
    neurons.a = "40*nS*i/N"
    neurons.tau_w = "(20 + 200*rand())*ms"
    neurons.v = "-70*mV + 15*mV*rand()"
    neurons.run_regularly("I = (600 + 300*randn())*pA", dt=0.5 * ms)
    run(Network(neurons, spikes := SpikeMonitor(neurons, "w")), 6 * ms)
    return neurons, spikes


def matrix_in_single_precision(n, run):
    """A matrix exponential of four parameters in single precision."""
    neurons = NeuronGroup(
        n,
        """
        dx/dt = a*x + b*y : 1
        dy/dt = c*x + d*y : 1
        a : Hz (constant)
        b : Hz (constant)
        c : Hz (constant)
        d : Hz (constant)
        """,
        method="exact",
        dtype={"x": np.float32, "y": np.float32, "b": np.float32, "c": np.float32},
    )
    for name in "abcd":
        setattr(neurons, name, "-1*Hz*(100 + 900*rand())")
    neurons.x = "rand()"
    run(Network(neurons, trace := StateMonitor(neurons, ["x", "y"], [n - 1])), 3 * ms)
    return neurons, trace


def clocks(n, run):
    """Two groups, four clocks, random numbers of all kinds, changes between runs."""
    fast = NeuronGroup(
        n,
        """
        dv/dt = (mu - v)/tau : volt
        mu : volt (shared)
        n_kicks : integer
        """,
        method="exact",
        threshold="v > 10*mV + 2*mV*rand()",
        reset="v -= 8*mV",
        refractory="0.2*ms*(1 + i % 3)",
        namespace={"mV": mV, "ms": ms},
        dt=0.1 * ms,
    )
    slow = NeuronGroup(n // 2 + 1, "dx/dt = x*(1 - x)/ms : 1", method="rk4", dt=0.25 * ms)
    slow.x = "0.01 + 0.1*rand()"
    slow.namespace["ms"] = ms
    kicks = fast.run_regularly("n_kicks += poisson(1.5); v += n_kicks*0.1*mV", dt=0.3 * ms)
    fast.run_regularly("v += 0.1*mV*randn()", when="after_groups")
    slow.run_regularly("x = x*(0.9 + 0.2*rand())", dt=0.5 * ms, when="end")
    fast.mu = 12 * mV
    monitors = (
        StateMonitor(slow, "x", record=True, dt=0.5 * ms),
        PopulationRateMonitor(fast),
        SpikeMonitor(fast),
    )
    network = Network(fast, slow, *monitors)
    fast.namespace["tau"] = 5 * ms
    run(network, 2 * ms)
    fast.mu, kicks.active = 16 * mV, False
    run(network, 1.5 * ms)
    fast.namespace["tau"], kicks.active = 2 * ms, True
    slow.x[0] = 0.5
    run(network, 1.5 * ms)
    return fast, slow, *monitors


def functions(n, run):
    """Every function, subexpressions held over a step, values shared by all neurons."""
    neurons = NeuronGroup(
        n,
        """
        dx/dt = (0.3 + 0.1*i/N + sin(y)*cos(x) - tan(0.1*x))/ms : 1
        dy/dt = (exprel(-x) - tanh(y) + log1p(x*x) - expm1(-y*y))/ms : 1
        held = x*s + rand() : 1 (constant over dt)
        s = sqrt(2 + sin(2*pi*t/(3*ms)))**1.5 : 1 (shared)
        extremes = arcsin(clip(y, -1, 1)) + arccos(clip(held/3, -1, 1)) + sinh(y) - cosh(x) : 1
        more = log(2 + x*x) + log10(3 + y*y) + exp(-x*x)*abs(y)**(1/3) + arctan(held)**3 : 1
        """,
        method="rk4",
        namespace={"ms": ms},
    )
    neurons.x, neurons.y = "0.1*randn()", "rand()"
    trace = StateMonitor(
        neurons, ["extremes", "more", "held", "s"], record=range(0, n, 1 + n // 9)
    )
    run(Network(neurons, trace), 2 * ms)
    return neurons, trace


def not_finite(n, run):
    """Values that are infinite or no numbers, until the reset makes an end of them."""
    neurons = NeuronGroup(
        n,
        """
        dx/dt = x**3/ms : 1
        y : 1
        where_it_began = 3.0*i/N : 1
        bad = log(x - 2) + sqrt(y) : 1
        """,
        method="euler",
        threshold="bad > 0 or x > 1e30",
        reset="x = where_it_began; y = bad/(y - y)",
        namespace={"ms": ms},
    )
    neurons.x = "3.0*i/N"
    trace = StateMonitor(neurons, "bad", record=[0, n - 1])
    run(Network(neurons, trace, spikes := SpikeMonitor(neurons, ["x", "bad"])), 3 * ms)
    return neurons, trace, spikes


MODELS = (
    conductances, noise, single_precision, integers, events, matrix_exponential,
    matrix_in_single_precision, clocks, functions, not_finite,
)  # fmt: skip

# --------------------------------------------------------------------------------- comparison


def results(model, size, target):
    """All states and records of a model after a run, by name."""
    start_scope()
    restart_numbering()
    seed(4711)

    def run(network, duration):
        network.run(duration, target=target, namespace={})

    found = {}
    for each in model(size, run):
        if isinstance(each, NeuronGroup):
            for name, variable in each.variables.items():
                found[f"{each.name}.{name}"] = np.array(variable.values)
        elif isinstance(each, PopulationRateMonitor):
            found[f"{each.name}.rate"] = each.rate_
        elif isinstance(each, StateMonitor):
            found[f"{each.name}.t"] = each.t_
            found |= {f"{each.name}.{v}": each.recorded(v) for v in each.variables}
        else:
            found |= {f"{each.name}.i": each.i, f"{each.name}.t": each.t_}
            found |= {f"{each.name}.{v}": getattr(each, f"{v}_") for v in each.variables}
    return found


def differences(one, other):
    """The names under which any bit differs; all that is no number is alike."""
    assert one.keys() == other.keys()
    return [name for name in one if not same_bits(one[name], other[name])]


def same_bits(x, y):
    if x.dtype != y.dtype or x.shape != y.shape:
        return False
    if x.dtype.kind == "f":
        x, y = (np.where(np.isnan(z), np.array(np.nan, z.dtype), z) for z in (x, y))
    return x.tobytes() == y.tobytes()


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_the_models_do_what_they_are_there_for(model):
    found = results(model, 65, Numpy())
    for name, values in found.items():
        assert values.size > 0, name
    changing = [name for name, values in found.items() if np.unique(values).size > 1]
    assert len(changing) >= 3
    assert (model is not_finite) == any(
        values.dtype.kind == "f" and not np.isfinite(values).all() for values in found.values()
    )


@pytest.mark.compiler
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_compiled_code_has_the_bits_of_the_reference_for_any_number_of_threads(model):
    reference = results(model, 1000, Numpy())
    for threads in THREADS:
        assert differences(reference, results(model, 1000, Cpp(threads))) == [], threads


@pytest.mark.compiler
@pytest.mark.parametrize("size", SIZES)
def test_compiled_code_has_the_bits_of_the_reference_for_any_size(size):
    for model in (noise, integers, events, clocks):
        reference = results(model, size, Numpy())
        for threads in (1, 3):
            found = results(model, size, Cpp(threads))
            assert differences(reference, found) == [], (model.__name__, threads)


# ------------------------------------------------------------------------------------- flags


def compile_with(monkeypatch, drop=(), add=()):
    """Make the target compile with other flags than usual."""
    toolchain = find_compiler()
    assert toolchain is not None
    flags = (*(flag for flag in toolchain.flags if flag not in drop), *add)
    changed = dataclasses.replace(toolchain, flags=flags)
    monkeypatch.setattr(cpp, "find_compiler", lambda: changed)


BUILDS = {
    "not optimised": (("-O3",), ("-O0",)),
    "for any processor, with traps": (("-O3", "-march=native", "-fno-trapping-math"), ("-O1",)),
    "without threads": (("-O3", "-fno-math-errno"), ("-O2", "-DEQSIM_WITHOUT_THREADS")),
}


@pytest.mark.slow
@pytest.mark.compiler
@pytest.mark.parametrize("build", BUILDS)
def test_results_do_not_depend_on_how_they_are_compiled(build, monkeypatch):
    compile_with(monkeypatch, *BUILDS[build])
    for model in MODELS:
        found = results(model, 65, Cpp(2))
        assert differences(results(model, 65, Numpy()), found) == [], model.__name__


# ------------------------------------------------------------------------------------- faults


# What -ffast-math allows. The flag itself would link code that makes the whole process flush
# denormal numbers to zero.
REORDERING = (
    "-fassociative-math",
    "-freciprocal-math",
    "-fno-signed-zeros",
    "-ffinite-math-only",
)


@pytest.mark.compiler
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="flags of x86-64")
@pytest.mark.parametrize(
    "flags", [REORDERING, ("-ffp-contract=fast", "-mfma")], ids=["reordering", "contraction"]
)
def test_flags_that_change_results_are_noticed(flags, monkeypatch):
    compile_with(monkeypatch, drop=("-ffp-contract=off",), add=flags)
    assert differences(results(functions, 65, Numpy()), results(functions, 65, Cpp(1)))


class Swapped(Numpy):
    """The reference with two launches of each step in the wrong order."""

    def open(self, program, memory):
        first, second = (
            next(k for k, launch in enumerate(program.launches) if launch.slot == slot)
            for slot in ("thresholds", "resets")
        )
        launches = list(program.launches)
        launches[first], launches[second] = launches[second], launches[first]
        return super().open(dataclasses.replace(program, launches=tuple(launches)), memory)


@pytest.mark.parametrize("model", [noise, clocks, integers], ids=lambda m: m.__name__)
def test_a_wrong_order_of_kernels_is_noticed(model):
    assert differences(results(model, 65, Numpy()), results(model, 65, Swapped()))


@pytest.mark.compiler
def test_an_element_that_no_thread_visits_is_noticed(monkeypatch):
    render = cpp.render_cpp

    def damaged(program):
        sources = render(program)
        files = [
            SourceFile(
                file.path, file.text.replace("least(end, total)}", "least(end, total) - 1}")
            )
            for file in sources.files
        ]
        return Sources(tuple(files), sources.main)

    monkeypatch.setattr(cpp, "render_cpp", damaged)
    reference = results(matrix_exponential, 1000, Numpy())
    found = results(matrix_exponential, 1000, Cpp(2))
    assert "neurongroup.v" in differences(reference, found)
