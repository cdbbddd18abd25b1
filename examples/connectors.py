"""Connectors: whom one neuron of a grid reaches, and how many synapses neurons have.

Usage: python examples/connectors.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import NeuronGroup, Synapses, connect, nS, seed
from eqsim.visualize import connection_degrees, connection_map, connection_matrix, get_figure

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
figure, places = get_figure(3, 4, row_len=2.6, col_len=3.2)

seed(5)
sheet = NeuronGroup((30, 30), "v : 1")
centre = 15 * 30 + 15
on_the_grid = {
    "GridFour()": connect.GridFour(),
    "GridN(3)": connect.GridN(3),
    "FixedPostNum(60)": connect.FixedPostNum(60),
    "GaussianProb(sigma=0.15)": connect.GaussianProb(sigma=0.15),
    "GaussianWeight(0.15, 2*nS)": connect.GaussianWeight(0.15, 2 * nS),
    "DOG((0.08, 0.15), (4*nS, 2*nS))": connect.DOG((0.08, 0.15), (4 * nS, 2 * nS)),
    "the same, periodic, in a corner": connect.DOG(
        (0.08, 0.15), (4 * nS, 2 * nS), periodic_boundary=True
    ),
    "DistanceDependent(ring)": connect.DistanceDependent(
        lambda d: 0.6 * ((d > 0.2) & (d < 0.35)), reach=0.35
    ),
}
for number, (title, connector) in enumerate(on_the_grid.items()):
    synapses = Synapses(sheet, sheet, "w : siemens")
    has_weights = "weight" in title.lower() or "DOG" in title or "periodic" in title
    synapses.connect(connector, weight="w" if has_weights else None)
    neuron = 29 if "corner" in title else centre
    ax = figure.add_subplot(places[number // 4, number % 4])
    connection_map(synapses, neuron, weight="w" if has_weights else None, ax=ax, title=title)

small_world = connect.SmallWorld(10, 0.1)(60)
connection_matrix(small_world, ax=figure.add_subplot(places[2, 0]), title="SmallWorld(10, 0.1)")
connection_degrees(
    connect.FixedProb(0.1)(800), ax=figure.add_subplot(places[2, 1]), title="FixedProb(0.1)"
)
connection_degrees(
    connect.FixedPreNum(80)(800), ax=figure.add_subplot(places[2, 2]), title="FixedPreNum(80)"
)
ax = connection_degrees(
    connect.ScaleFree(3)(3000), ax=figure.add_subplot(places[2, 3]), title="ScaleFree(3)"
)
ax.set_yscale("log")
plt.savefig(folder / "connectors.png", dpi=90)
