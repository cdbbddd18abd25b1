"""A stiff oscillator: steps that follow the solution, and what happens without them.

The oscillator of van der Pol with mu = 1000, doi:10.1080/14786442608564127, moves slowly for
800 ms and then jumps within some microseconds. While it moves slowly a disturbance would vanish
at the rate mu*(x**2 - 1), which is 3000 per millisecond at x = 2.

* An explicit method diverges with a step of a thousandth of a millisecond, at once.
* A linearly implicit method follows the slow part with a step a thousand times longer.
* The jumps need short steps: ``rodas3_adaptive`` takes them where they are.

Usage: python examples/stiff_oscillator.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import Network, NeuronGroup, StateMonitor, ms, us
from eqsim.errors import IntegrationError

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

mu = 1000
OSCILLATOR = """
dx/dt = y/ms : 1
dy/dt = (mu*(1 - x**2)*y - x)/ms : 1
"""


def oscillator(method, step, **options):
    """Return an oscillator that begins on the slow part."""
    group = NeuronGroup(
        1, OSCILLATOR, method=method, method_options=options, dt=step, name="oscillator"
    )
    group.x = 2
    group.y = "x/(mu*(1 - x**2))"
    return group


try:
    Network(oscillator("rk4", 1 * us)).run(10 * ms)
except IntegrationError as error:
    print(error)

# Two periods, with steps of any length within each millisecond.
stiff = oscillator("rodas3_adaptive", 1 * ms, max_steps=10_000, save_step_count=True)
states = StateMonitor(stiff, ["x", "_step_count"], record=0)
Network(stiff, states).run(3300 * ms)
time, steps = states.t / ms, states._step_count[0]
print(f"rodas3_adaptive: {steps.sum()} steps in 3300 ms, at most {steps.max()} in one")

# The slow part alone, with steps of 1 ms.
slow = oscillator("rosenbrock", 1 * ms)
fixed = StateMonitor(slow, "x", record=0)
Network(slow, fixed).run(780 * ms)
difference = abs(fixed.x[0] - states.x[0][: len(fixed.t)]).max()
print(f"rosenbrock with dt = 1 ms, until 780 ms: largest difference of x {difference:.1e}")

figure, axes = plt.subplots(2, 1, figsize=(7, 5), sharex=True, layout="constrained")
axes[0].plot(time, states.x[0], color="C0", label="rodas3_adaptive, dt = 1 ms")
axes[0].plot(
    fixed.t[::40] / ms,
    fixed.x[0][::40],
    "o",
    markersize=4,
    color="C1",
    label="rosenbrock, dt = 1 ms",
)
axes[0].set(ylabel="x (1)", ylim=(-2.4, 3.6))
axes[0].legend(fontsize="small", loc="upper right", ncols=2)
axes[1].semilogy(time[1:], steps[1:], ".", markersize=3, color="C0")
axes[1].set(xlabel="time (ms)", ylabel="steps within dt (1)")
figure.savefig(folder / "stiff_oscillator.png")
