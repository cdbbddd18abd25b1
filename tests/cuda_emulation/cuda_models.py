"""Networks that have every kind of kernel between them."""

import numpy as np

from eqsim import (
    EventMonitor,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    check_units,
    implementation,
    linked_var,
    ms,
)


def population():
    """Noise, refractoriness, reset, custom events, regular operations, clocks, all monitors."""
    group = NeuronGroup(
        520,
        """
        dv/dt = (drive - v)/tau + 0.5*xi*tau**-0.5 : 1 (unless refractory)
        drive : 1
        common : 1 (shared)
        """,
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * ms,
        events={"near": "v > 0.8"},
        method="euler",
        namespace={"tau": 2 * ms},
        name="population",
    )
    group.drive = "i/300.0"
    group.run_on_event("near", "drive += 0.01")
    group.run_regularly("common = common + rand()", dt=0.5 * ms)
    group.run_regularly("drive = drive*0.99 + 0.001*common", dt=0.3 * ms)
    part = group[100:450]
    return Network(
        group,
        StateMonitor(group, ["v", "drive"], record=[0, 7, 519]),
        StateMonitor(part, "v", record=True, dt=0.2 * ms),
        StateMonitor(group, "v", record=True),
        SpikeMonitor(part),
        SpikeMonitor(group, variables="v"),
        EventMonitor(part, "near"),
        PopulationRateMonitor(part),
        PopulationRateMonitor(group),
    )


def numbers():
    """Single precision, truth values and integers, counts drawn, arrays, a matrix exponential."""
    single = NeuronGroup(
        70,
        "dx/dt = (sin(x) - x)/(5*ms) + drive(t, i % 3)/ms + xi*(1*ms)**-0.5 : 1",
        threshold="x > 1",
        reset="x -= 1",
        method="euler",
        dtype=np.float32,
        namespace={"drive": TimedArray(np.linspace(-1, 1, 21).reshape(7, 3), dt=0.25 * ms)},
        name="single",
    )
    whole = NeuronGroup(
        40,
        """
        dx/dt = 1/ms : 1
        count : integer
        flag : boolean
        last : integer (shared)
        bound : 1
        """,
        threshold="x > 0.45",
        reset="x = 0; count += poisson(3.5) + binomial(i, 0.4) + i // 3;"
        " flag = not flag and count % 2 == 0",
        method="euler",
        name="whole",
    )
    whole.run_regularly("last = last + 1; bound = clip(bound + count, -inf, 1e3)", dt=1 * ms)
    linear = NeuronGroup(
        33,
        """
        dx/dt = (-x + y)/tau : 1
        dy/dt = (-y - x*gain)/tau : 1
        tau : second (constant)
        gain : 1 (constant)
        """,
        method="exact",
        name="linear",
    )
    linear.x, linear.tau, linear.gain = 1, "(1 + i)*ms", "0.1*i"
    return Network(
        single,
        whole,
        linear,
        StateMonitor(single, "x", record=True),
        StateMonitor(whole, ["count", "flag", "bound"], record=True),
        StateMonitor(linear, "y", record=[3]),
        SpikeMonitor(single, variables="x"),
        SpikeMonitor(whole, variables=["flag", "count"]),
    )


def hodgkin_huxley():
    """Exponential Euler with the usual rate functions, and no recorded event."""
    group = NeuronGroup(
        3,
        """
        dv/dt = (drive - 0.3*(v + 54.4) - 120*m**3*h*(v - 50) - 36*n**4*(v + 77))/ms : 1
        dm/dt = (1/exprel(-(v + 40)/10)*(1 - m) - 4*exp(-(v + 65)/18)*m)/ms : 1
        dh/dt = (0.07*exp(-(v + 65)/20)*(1 - h) - h/(1 + exp(-(v + 35)/10)))/ms : 1
        dn/dt = (0.1/exprel(-(v + 55)/10)*(1 - n) - 0.125*exp(-(v + 65)/80)*n)/ms : 1
        drive : 1
        """,
        method="exponential_euler",
        dt=0.01 * ms,
        name="membrane",
    )
    group.v, group.drive = -60, "5*i"
    return Network(group, StateMonitor(group, ["v", "m"], record=True))


def inputs():
    """Poisson spikes and input, and groups that see values of each other and of themselves."""
    random = PoissonGroup(300, "500*Hz*(1 + i/300)", name="random")
    steady = PoissonGroup(300, 200 * Hz, name="steady")
    source = NeuronGroup(3, "dx/dt = (i + 1)/ms : 1\ns = 2*x : 1", method="euler", name="source")
    cells = NeuronGroup(
        270,
        """
        y : 1 (linked)
        z : 1 (linked)
        left : 1 (linked)
        k : integer
        dv/dt = (y + z + 0.01*left - v)/ms : 1
        """,
        threshold="v > 5",
        reset="v = left",
        method="exact",
        name="cells",
    )
    cells.y = linked_var(source, "x", index="k")
    cells.z = linked_var(source, "s", index=np.arange(270) % 3)
    cells.left = linked_var(cells, "v", index=np.roll(np.arange(270), 1))
    cells.k = "i % 3"
    noise = PoissonInput(cells[10:200], "v", 10, 300 * Hz, "0.1*y", name="noise")
    monitors = [
        SpikeMonitor(random, name="random_spikes"),
        SpikeMonitor(steady, name="steady_spikes"),
        SpikeMonitor(cells[1:], name="cell_spikes"),
        StateMonitor(cells, ["y", "z"], record=[5, 3], name="traces"),
    ]
    return Network(random, steady, source, cells, noise, monitors)


def plasticity():
    """Synapses with delays of their own, on_pre and on_post, sums, and events of a generator."""
    rng = np.random.default_rng(4)
    source = PoissonGroup(40, "700*Hz*(1 + i/300)", name="source")
    target = NeuronGroup(
        270,
        """
        dv/dt = (g + 0.1*total - v)/(2*ms) : 1
        dg/dt = -g/(1*ms) : 1
        total : 1
        """,
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        name="target",
    )
    learning = Synapses(
        source,
        target,
        """
        w : 1
        n_seen : integer
        dx/dt = -x/(3*ms) : 1 (event-driven)
        dy/dt = -y/(5*ms) : 1 (event-driven)
        total_post = w*0.01 : 1 (summed)
        """,
        on_pre={"pre": "g_post += w; x += 1; w = clip(w - 0.01*y, 0, 2)", "seen": "n_seen += 1"},
        on_post="y += 1; w = clip(w + 0.02*x, 0, 2)",
        name="learning",
    )
    learning.connect(i=rng.integers(0, 40, 500), j=rng.integers(0, 270, 500))
    learning.w = "0.2 + 0.3*rand()"
    learning.pre.delay = "rand()*1.5*ms"
    learning.seen.delay = 0.3 * ms
    indices, times = np.arange(60) % 40, np.arange(60) // 4 * 0.2 * ms
    generator = SpikeGeneratorGroup(40, indices, times, name="generator")
    kicks = Synapses(generator, target, on_pre="v_post += 0.1*rand()", name="kicks")
    kicks.connect(p=0.3, n=2)
    back = Synapses(target, source, "u : 1", on_pre="u += rand()", name="back")
    back.connect(p=0.02)
    monitors = [
        SpikeMonitor(target, name="spikes"),
        StateMonitor(target, ["g", "total"], record=[0, 100], name="traces"),
        StateMonitor(learning, "w", record=[0, 7], name="weights"),
    ]
    return Network(source, target, learning, generator, kicks, back, monitors)


def both_sides():
    """Code that writes to both sides, to the source alone, and reads one group as two."""
    cells = NeuronGroup(
        130,
        """
        dv/dt = (1.5 - v)/(4*ms) : 1
        sent : 1
        got : 1
        """,
        threshold="v > 1",
        reset="v -= 1",
        method="exact",
        name="cells",
    )
    cells.v = "i/130.0"
    exchange = Synapses(
        cells, cells, on_pre="sent_pre += 0.1; got_post += 0.1*v_pre", name="exchange"
    )
    exchange.connect(p=0.05)
    sending = Synapses(cells, cells, "w : 1", on_pre="sent_pre += w", name="sending")
    sending.connect(p=0.1)
    sending.w = "rand()"
    late = Synapses(cells, cells, "w : 1", on_pre="sent_pre += w; w *= 0.99", name="late")
    late.connect(p=0.05)
    late.w = "rand()"
    late.delay = "rand()*0.8*ms"
    pulling = Synapses(cells, cells, on_pre="v_post += 0.01*(v_pre - v_post)", name="pulling")
    pulling.connect("i != j", p=0.05)
    spikes = SpikeMonitor(cells, name="spikes")
    traces = StateMonitor(cells, ["sent", "got"], record=True, name="traces")
    return Network(cells, exchange, sending, late, pulling, spikes, traces)


@implementation("cpp", "double folded(double x) { return fabs(x) < 1 ? x : 1/x; }")
@check_units(x=1, result=1)
def folded(x):
    return np.where(np.abs(x) < 1, x, 1 / np.where(x == 0, 1, x))


@implementation("cpp", "double tripled(double x) { return 3*x; }")
@implementation("cuda", "__device__ double tripled(double x) { return x*3; }")
@check_units(x=1, result=1)
def tripled(x):
    return 3 * x


def functions():
    """Functions from outside: plain for processors, and one that devices have themselves."""
    group = NeuronGroup(
        70,
        "dx/dt = tripled(folded(x - i*0.1))/(10*ms) : 1",
        threshold="x > 5",
        reset="x = 0.1*i",
        method="euler",
        name="group",
        namespace={"folded": folded, "tripled": tripled},
    )
    group.x = "0.3*i"
    return Network(group, StateMonitor(group, "x", record=[1, 69], name="traces"))


MODELS = (population, numbers, hodgkin_huxley, inputs, plasticity, both_sides, functions)
