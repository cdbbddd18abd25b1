"""The libraries on top of the language, loaded when one of their names is used first."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

NAMES = (
    "analysis", "connect", "initializers", "inputs", "measure", "models", "visualize",
)  # fmt: skip
"""The libraries' names within ``eqsim``."""


def deferred(name: str) -> ModuleType:
    """Return a library whose code runs when one of its names is used first.

    Parameters
    ----------
    name : str
        One of ``NAMES``.

    Examples
    --------
    >>> import eqsim
    >>> eqsim.models.__name__
    'eqsim.models'
    """
    full = f"eqsim.{name}"
    if full in sys.modules:
        return sys.modules[full]
    spec = importlib.util.find_spec(full)
    assert spec is not None
    assert spec.loader is not None
    loader = importlib.util.LazyLoader(spec.loader)
    spec.loader = loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    loader.exec_module(module)
    return module
