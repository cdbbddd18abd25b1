"""Six rules of plasticity: pairs and triplets, depression, inhibition, scaling, reward.

Each panel is one rule, beside what is known of it: a closed form, an experiment, a wanted rate.
The references are in docs/plasticity.md.

Usage: python examples/plasticity_rules.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    linked_var,
    ms,
    mV,
    second,
    seed,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")


def trains(times, **options):
    """Return a group whose neurons spike at given times, an array for each of them, in seconds."""
    numbers = np.repeat(np.arange(len(times)), [len(each) for each in times])
    return SpikeGeneratorGroup(len(times), numbers, np.concatenate(times) * second, **options)


def draw_window(axes):
    """Single pairs, and 60 pairs at 20 Hz of which all count, or neighbours only."""
    tau_plus, tau_minus, A_plus, A_minus = 17, 34, 0.010, 0.005
    lags = np.arange(-24, 25, 2)
    constants = {
        "tau_plus": tau_plus * ms,
        "tau_minus": tau_minus * ms,
        "A_plus": A_plus,
        "A_minus": A_minus,
    }
    everything = ("x += 1; w -= A_minus*y", "y += 1; w += A_plus*x")
    neighbours = ("x = 1; w -= A_minus*y; y = 0", "y = 1; w += A_plus*x; x = 0")

    def changes(n_pairs, rule):
        beats = 0.1 + np.arange(n_pairs) * 0.05
        sources = trains([beats for lag in lags])
        targets = trains([beats + lag * 1e-3 for lag in lags])
        synapses = Synapses(
            sources,
            targets,
            """
            w : 1
            dx/dt = -x/tau_plus : 1 (event-driven)
            dy/dt = -y/tau_minus : 1 (event-driven)
            """,
            on_pre=rule[0],
            on_post=rule[1],
            namespace=constants,
        )
        synapses.connect(j="i")
        Network(sources, targets, synapses).run((n_pairs * 0.05 + 0.2) * second)
        return synapses.w / n_pairs

    fine = np.linspace(0, 25, 100)
    axes.plot(fine, A_plus * np.exp(-fine / tau_plus), "k-", linewidth=1)
    axes.plot(-fine, -A_minus * np.exp(-fine / tau_minus), "k-", linewidth=1, label="closed form")
    for style, label, n_pairs, rule in (
        ("ko", "single pairs", 1, everything),
        ("C0.-", "20 Hz, all pairs", 60, everything),
        ("C1.-", "20 Hz, neighbours", 60, neighbours),
    ):
        found = changes(n_pairs, rule)
        axes.plot(lags[lags < 0], found[lags < 0], style, markersize=4)
        axes.plot(lags[lags >= 0], found[lags >= 0], style, markersize=4, label=label)
    axes.set(
        xlabel="postsynaptic after presynaptic spike (ms)",
        ylabel="change of weight per pair",
        title="Pairs of spikes",
    )


def draw_triplets(axes):
    """60 pairs at several rates, beside the experiment that the rule was fitted to."""
    rates = np.concatenate([[0.5], np.arange(2, 52, 2)])
    beats = [np.arange(60) / rate + 0.001 for rate in rates]
    first = trains(beats, dt=0.5 * ms)
    later = trains([each + 0.01 for each in beats], dt=0.5 * ms)
    both = [
        Synapses(
            *sides,
            """
            w : 1
            dr1/dt = -r1/(16.8*ms) : 1 (event-driven)
            do1/dt = -o1/(33.7*ms) : 1 (event-driven)
            do2/dt = -o2/(114*ms) : 1 (event-driven)
            """,
            on_pre="r1 += 1; w -= 7.1e-3*o1",
            on_post="w += 6.5e-3*r1*o2; o1 += 1; o2 += 1",
            dt=0.5 * ms,
        )
        for sides in ((first, later), (later, first))
    ]
    for synapses in both:
        synapses.connect(j="i")
    Network(first, later, both).run((60 / rates.min()) * second)

    # Sjöström, Turrigiano and Nelson (2001), doi:10.1016/S0896-6273(01)00542-6.
    measured = [0.1, 10, 20, 40, 50]
    experiments = {
        "10 ms": ([-0.04, 0.14, 0.29, 0.53, 0.56], [0.05, 0.10, 0.14, 0.11, 0.26]),
        "-10 ms": ([-0.29, -0.41, -0.34, 0.56, 0.75], [0.08, 0.11, 0.10, 0.32, 0.19]),
    }
    for synapses, (lag, (mean, error)) in zip(both, experiments.items(), strict=True):
        (line,) = axes.plot(rates, synapses.w, label=f"rule, {lag}")
        axes.errorbar(
            measured, mean, error, fmt="o", markersize=4, color=line.get_color(), capsize=2
        )
    axes.set(
        xlabel="pairs per second (Hz)",
        ylabel="change of weight after 60 pairs",
        title="Triplets of spikes, and measurements",
    )


def draw_dynamics(axes):
    """A train at 20 Hz and one spike half a second later, for two kinds of synapses."""
    train = trains([np.append(0.05 + 0.05 * np.arange(12), 1.1)])
    cells = NeuronGroup(2, "dg/dt = -g/(8*ms) : 1", method="exact")
    synapses = Synapses(
        train,
        cells,
        """
        du/dt = -u/tau_facil : 1 (event-driven)
        dx/dt = (1 - x)/tau_rec : 1 (event-driven)
        U : 1 (constant)
        tau_facil : second (constant)
        tau_rec : second (constant)
        """,
        on_pre="u += U*(1 - u); g += u*x; x -= u*x",
    )
    synapses.connect()
    synapses.x = 1
    synapses.U, synapses.tau_facil = [0.5, 0.04], [1, 1000] * ms
    synapses.tau_rec = [800, 130] * ms
    seen = StateMonitor(cells, "g", record=True)
    Network(train, cells, synapses, seen).run(1.25 * second)
    axes.plot(seen.t / ms, seen.g[0] + 0.3, label="depressing")
    axes.plot(seen.t / ms, seen.g[1], label="facilitating")
    axes.axhline(0.3, color="grey", linewidth=0.5, zorder=0)
    axes.set(
        xlabel="time (ms)",
        ylabel="conductance / largest",
        title="Depression and facilitation",
        yticks=[0, 0.2, 0.3, 0.5, 0.7],
        yticklabels=["0", "0.2", "0", "0.2", "0.4"],
    )


def draw_inhibition(axes):
    """Neurons whose excitation grows by half on the way; the wanted rate is 5 Hz."""
    constants = {
        "tau": 20 * ms, "tau_e": 5 * ms, "tau_i": 10 * ms, "tau_stdp": 20 * ms,
        "E_rest": -60 * mV, "E_e": 0 * mV, "E_i": -80 * mV,
        "eta": 2e-4, "alpha": 2 * 5 * Hz * 20 * ms,
    }  # fmt: skip
    n = 20
    cells = NeuronGroup(
        n,
        """
        dv/dt = (E_rest - v + g_e*(E_e - v) + g_i*(E_i - v))/tau : volt (unless refractory)
        dg_e/dt = -g_e/tau_e : 1
        dg_i/dt = -g_i/tau_i : 1
        w_e : 1
        """,
        threshold="v > -50*mV",
        reset="v = E_rest",
        refractory=5 * ms,
        method="exponential_euler",
        namespace=constants,
        dt=0.5 * ms,
    )
    cells.v, cells.w_e = -60 * mV, np.linspace(0.03, 0.05, n)
    cells.run_at("w_e *= 1.5", [20] * second)
    drive = PoissonInput(cells, "g_e", N=400, rate=10 * Hz, weight="w_e")
    inputs = PoissonGroup(400, 20 * Hz, dt=0.5 * ms)
    synapses = Synapses(
        inputs,
        cells,
        """
        w : 1
        dx/dt = -x/tau_stdp : 1 (event-driven)
        dy/dt = -y/tau_stdp : 1 (event-driven)
        """,
        on_pre="g_i += w; x += 1; w = clip(w + eta*(y - alpha), 0, 1)",
        on_post="y += 1; w = clip(w + eta*x, 0, 1)",
        namespace=constants,
        dt=0.5 * ms,
    )
    synapses.connect()
    spikes = SpikeMonitor(cells)
    Network(cells, drive, inputs, synapses, spikes).run(40 * second)

    edges = np.arange(41)
    counts, *_ = np.histogram2d(spikes.i, spikes.t / second, [np.arange(n + 1), edges])
    axes.plot(edges[:-1] + 0.5, counts.T, color="C0", alpha=0.15)
    axes.plot(edges[:-1] + 0.5, counts.mean(axis=0), color="C0", label="mean of 20 neurons")
    axes.axhline(5, color="black", linestyle="--", linewidth=1, label="wanted")
    axes.annotate("more excitation", (20.6, 25), (22, 35), arrowprops={"arrowstyle": "->"})
    axes.set(xlabel="time (s)", ylabel="rate (Hz)", title="Inhibition that finds its strength")


def draw_scaling(axes):
    """Neurons with weak and strong synapses; the wanted rate is 10 Hz."""
    constants = {"goal": 10 * Hz, "gain": 0.03, "tau_a": 1 * second}
    cells = NeuronGroup(
        6,
        """
        dv/dt = -v/(20*ms) : 1 (unless refractory)
        da/dt = -a/tau_a : Hz
        """,
        threshold="v > 1",
        reset="v = 0; a += 1/tau_a",
        refractory=2 * ms,
        method="exact",
        namespace=constants,
        dt=0.5 * ms,
    )
    cells.a = 10 * Hz
    inputs = PoissonGroup(200, 20 * Hz, dt=0.5 * ms)
    synapses = Synapses(
        inputs,
        cells,
        "dw/dt = gain*(goal - a_post)*w : 1 (clock-driven)",
        on_pre="v += w",
        method="exact",
        dt=10 * ms,
        namespace=constants,
    )
    synapses.connect()
    synapses.w = "0.005*(1.6 + j)"
    seen = StateMonitor(cells, "a", record=True, dt=200 * ms)
    Network(cells, inputs, synapses, seen).run(20 * second)
    for j, trace in enumerate(seen.a):
        label = f"weights of {0.005 * (1.6 + j):.3f} at first" if j in (0, 5) else None
        axes.plot(seen.t / second, trace / Hz, color=plt.cm.viridis(j / 6), label=label)
    axes.axhline(10, color="black", linestyle="--", linewidth=1, label="wanted")
    axes.set(xlabel="time (s)", ylabel="rate, mean of the last second (Hz)", title="Scaling")


def draw_reward(axes):
    """Two pathways that a neuron answers alike; reward follows half a second after one of them."""
    n, w_max, n_cues = 50, 0.2, 80
    rng = np.random.default_rng(1)
    cues = 1 + 2 * np.arange(n_cues)
    which = rng.permutation(np.arange(n_cues) % 2)
    volleys = trains([cues[which == pathway] for pathway in (0, 1)], dt=0.5 * ms)
    inputs = NeuronGroup(
        2 * n,
        "cued : 1",
        threshold="cued > 0.5 or rand() < 2*Hz*dt",
        reset="cued = 0",
        dt=0.5 * ms,
    )
    cueing = Synapses(volleys, inputs, on_pre="cued_post += 1", dt=0.5 * ms)
    cueing.connect("i == j // n", namespace={"n": n})
    cueing.delay = "rand()*2*ms"
    cell = NeuronGroup(
        1,
        "dv/dt = (I - v)/(20*ms) : 1 (unless refractory)\ndI/dt = -I/(5*ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=5 * ms,
        method="exact",
        dt=0.5 * ms,
    )
    noise = PoissonInput(cell, "I", N=100, rate=10 * Hz, weight=0.14)
    dopamine = NeuronGroup(1, "dlevel/dt = -level/(200*ms) : 1", method="exact", dt=0.5 * ms)
    rewards = cues[which == 0] + rng.uniform(0.3, 0.7, n_cues // 2)
    dopamine.run_at("level += 1", rewards * second)
    synapses = Synapses(
        inputs,
        cell,
        """
        dw/dt = c*d/second : 1 (clock-driven)
        dc/dt = -c/second : 1 (clock-driven)
        d : 1 (linked)
        dx/dt = -x/(20*ms) : 1 (event-driven)
        dy/dt = -y/(20*ms) : 1 (event-driven)
        """,
        on_pre="I += w; x += 1; c -= 1.5*A*y",
        on_post="y += 1; c += A*x",
        method="exact",
        namespace={"A": 0.04},
        dt=0.5 * ms,
    )
    synapses.connect()
    synapses.w, synapses.d = 0.25 * w_max, linked_var(dopamine, "level")
    limits = synapses.run_regularly("w = clip(w, 0, w_max)", dt=10 * ms)
    weights = StateMonitor(synapses, "w", record=True, dt=1 * second)
    network = Network(volleys, inputs, cueing, cell, noise, dopamine, synapses, limits, weights)
    network.run(2 * n_cues * second, namespace={"w_max": w_max})

    for pathway, label in enumerate(("followed by reward", "not rewarded")):
        part = weights.w[pathway * n : (pathway + 1) * n] / w_max
        axes.plot(weights.t / second, part.mean(axis=0), color=f"C{pathway}", label=label)
        axes.plot(weights.t / second, part[:8].T, color=f"C{pathway}", alpha=0.15)
    axes.set(xlabel="time (s)", ylabel="weight / largest weight", title="Reward", ylim=(0, 1.03))


seed(3)
figure, grid = plt.subplots(2, 3, figsize=(12, 6.8), layout="constrained")
panels = [
    draw_window,
    draw_triplets,
    draw_dynamics,
    draw_inhibition,
    draw_scaling,
    draw_reward,
]
for draw, axes in zip(panels, grid.flat, strict=True):
    draw(axes)
    axes.axhline(0, color="grey", linewidth=0.5, zorder=0)
    axes.legend(fontsize="small", frameon=False)
figure.savefig(folder / "plasticity_rules.png")
