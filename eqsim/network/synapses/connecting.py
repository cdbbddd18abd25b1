"""Placeholder while the real module is written (task 'connect' replaces this file).

The caller is Synapses.connect in synapses.py: keep this signature or change the call there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsim.network.groups import StateOwner
from eqsim.network.synapses.connectivity import NewSynapses


def new_synapses(
    source: StateOwner,
    target: StateOwner,
    condition: Any,
    i: Any,
    j: Any,
    p: Any,
    n: Any,
    *,
    skip_if_invalid: bool,
    around: Mapping[str, Any],
    namespace: Mapping[str, Any],
    name: str,
) -> NewSynapses:
    if i is None:
        counts = np.full(source.N, target.N, dtype=np.int64)
        return NewSynapses(np.tile(np.arange(target.N), source.N).astype(np.int32), None, counts)
    i, j = np.broadcast_arrays(np.atleast_1d(i), np.atleast_1d(j))
    return NewSynapses(j.astype(np.int32), i.astype(np.int32), None)
