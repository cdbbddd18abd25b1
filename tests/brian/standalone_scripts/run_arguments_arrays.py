"""Arrays and TimedArrays as arguments of a run."""

from brian2 import *

set_device("cpp_standalone", build_on_run=False)
stimulus = TimedArray(zeros(5), dt=2 * ms, name="stimulus")
image = TimedArray(zeros((3, 4)) * nA, dt=4 * ms, name="image")
G = NeuronGroup(4, "dx/dt = (stimulus(t) + image(t, i)/nA - x)/(3*ms) : 1", method="euler")
M = StateMonitor(G, "x", record=True)
run(10 * ms)
device.build(run=False, with_output=False)
found = []
for values in ([1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 1.0, 0.0, 1.0, 0.0]):
    device.run(
        run_args={
            stimulus: array(values),
            image: arange(12.0).reshape(3, 4) * nA,
            G.x: array([0.0, 1.0, 2.0, 3.0]),
        },
        with_output=False,
    )
    found.append(array(M.x))
device.run(with_output=False)
deterministic = dict(found=found, unchanged=M.x)
