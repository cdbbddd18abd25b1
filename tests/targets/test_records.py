"""What monitors record, whatever its shape."""

import numpy as np

from eqsim import NeuronGroup, StateMonitor, ms, run


def test_any_number_of_variables_is_recorded(target):
    names = [f"x{number}" for number in range(40)]
    group = NeuronGroup(2, "\n".join(f"{name} : 1" for name in names))
    for number, name in enumerate(names):
        setattr(group, name, number)
    monitor = StateMonitor(group, names, record=True)

    run(0.3 * ms, target=target)

    for number, name in enumerate(names):
        assert np.array_equal(getattr(monitor, name), np.full((2, 3), number))
