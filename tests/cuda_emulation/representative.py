"""Which tests of the language run on emulated CUDA unless all are asked for."""

REPRESENTATIVE = ()
"""Beginnings of names of tests: at least one for each kind of kernel, binding and statement."""


def is_representative(name):
    """Return whether a test is one of those that always run."""
    return name.startswith(REPRESENTATIVE)
