"""Covers: running-seed"""

from brian2 import *

seed(3)
x = rand(5)
G = NeuronGroup(50, "dv/dt = xi*ms**-0.5 : 1\nu : 1", method="euler")
G.u = "rand()"
first_u = array(G.u[:])
store()
run(2 * ms)
first = array(G.v[:])
restore()
run(2 * ms)
other = array(G.v[:])
seed(3)
y = rand(5)
G.u = "rand()"
restore(restore_random_state=True)
run(2 * ms)
again = array(G.v[:])
seed()
z = rand(5)
deterministic = dict(
    numpy=allclose(x, y),
    differs=not allclose(first, other),
    again=allclose(first, again),
    random=not allclose(x, z),
)
