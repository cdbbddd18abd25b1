"""Where files are, and that they are deleted."""

import os

from brian2 import *

set_device("cpp_standalone", build_on_run=False)
G = NeuronGroup(2, "dx/dt = 1/ms : 1", method="euler")
run(1 * ms)
device.build(directory="project", with_output=False)
folder = device.project_dir
seen = [os.path.exists(folder), os.path.isdir(os.path.join(folder, "results"))]
device.run(results_directory="other", with_output=False)
seen += [os.path.isdir(os.path.join(folder, "other")), device.has_been_run]
x = array(G.x[:])
device.delete(code=False, directory=False, data=True)
seen += [os.path.exists(folder)]
device.delete(force=True)
seen += [os.path.exists(folder)]
deterministic = dict(seen=seen, x=x, name=len(get_device().__class__.__name__) > 0)
