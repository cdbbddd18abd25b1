"""Covers: neurons-linked monitors-linked"""

from brian2 import *

driver = NeuronGroup(1, "dx/dt = 1/(10*ms) : 1", method="euler", name="a_driver")
sources = NeuronGroup(4, "dy/dt = -y/(5*ms) : 1\nz : 1", method="exact", name="b_sources")
sources.y = [1, 2, 3, 4]
followers = NeuronGroup(
    4,
    """dv/dt = (x + y - v)/(3*ms) : 1
x : 1 (linked)
y : 1 (linked)
own : 1""",
    method="euler",
    name="c_followers",
)
followers.x = linked_var(driver, "x")
followers.y = linked_var(sources, "y")
picks = NeuronGroup(
    6,
    """p : 1 (linked)
q : 1 (linked)
which : integer (constant)""",
)
picks.which = [0, 1, 2, 3, 3, 0]
picks.p = linked_var(sources, "y", index=[3, 2, 1, 0, 0, 1])
picks.q = linked_var(sources, "y", index="which")
M = StateMonitor(picks, ["p", "q"], record=True)
try:
    followers.x = 3
    refused = 0
except Exception:
    refused = 1
run(7 * ms)
sources.y = 10
deterministic = dict(
    v=followers.v[:], p=picks.p[:], q=M.q[:, ::20], x=mean(followers.x[:]), refused=refused
)
