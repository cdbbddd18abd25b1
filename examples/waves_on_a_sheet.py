"""A wave on a sheet of excitable neurons, joined to their neighbours: a film, and four frames.

Usage: python examples/waves_on_a_sheet.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import NeuronGroup, StateMonitor, Synapses, ms, run
from eqsim.connect import GridFour
from eqsim.visualize import animate_2D, get_figure

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
height, width = 40, 60

# FitzHugh-Nagumo, at rest but excitable.
sheet = NeuronGroup(
    (height, width),
    """
    dv/dt = (v - v**3/3 - w + flow)/ms : 1
    dw/dt = 0.08*(v + 0.7 - 0.8*w)/ms : 1
    flow : 1
    """,
    method="rk4",
    dt=0.1 * ms,
)
sheet.v, sheet.w = -1.2, -0.62
# A wave that begins at the left runs into cells that have not recovered in the upper half.
sheet.v["i % width < 3"] = 1.5
sheet.w["i % width >= 3 and i % width < 30 and i // width < height // 2"] = 1.2
joints = Synapses(sheet, sheet, "flow_post = 0.4*(v_pre - v_post) : 1 (summed)")
joints.connect(GridFour())
trace = StateMonitor(sheet, "v", record=True, dt=3 * ms)
run(120 * ms)

film = animate_2D(
    trace,
    val_min=-2,
    val_max=2,
    frame_delay=80,
    figsize=(5, 3.4),
    save_path=folder / "waves_on_a_sheet.gif",
    gif_dpi=60,
)
plt.close("all")

figure, places = get_figure(1, 4, row_len=2.6, col_len=3)
for column, frame in enumerate([2, 10, 20, 33]):
    ax = figure.add_subplot(places[0, column])
    picture = ax.imshow(trace.v[:, frame].reshape(height, width), vmin=-2, vmax=2)
    ax.set_title(f"{trace.t[frame] / ms:.0f} ms")
    ax.set_xlabel("column")
    ax.set_ylabel("row")
figure.colorbar(picture, ax=ax, label="v")
plt.savefig(folder / "waves_on_a_sheet.png", dpi=90)
