"""Whether two simulators found the same."""

import numpy as np

RELATIVE = 1e-6
STANDARD_ERRORS = 3


def differences(expected, found):
    """Return what differs between what a script found here and there, one text for each value.

    What is deterministic agrees to 1e-6 of the largest value, whole numbers exactly; means agree
    within three standard errors of their difference.
    """
    told = []
    for kind, compare in (("deterministic", _deterministic), ("stochastic", _stochastic)):
        here, there = found.get(kind, {}), expected.get(kind, {})
        if here.keys() != there.keys():
            told.append(f"other names: {sorted(here.keys() ^ there.keys())}")
        shared = sorted(here.keys() & there.keys())
        told += [
            f"{name}: {text}" for name in shared if (text := compare(there[name], here[name]))
        ]
    return told


def _deterministic(expected, found):
    if _is_ragged(expected) or _is_ragged(found):
        texts = (_deterministic(*pair) for pair in zip(expected, found, strict=True))
        return next(filter(None, texts), None)
    one, other = (np.atleast_1d(np.asarray(values)) for values in (expected, found))
    if one.shape != other.shape:
        return f"shape {other.shape} instead of {one.shape}"
    if "f" in (one.dtype.kind, other.dtype.kind):
        scale = np.max(np.abs(one), where=np.isfinite(one), initial=0.0)
        same = np.isclose(other, one, rtol=RELATIVE, atol=RELATIVE * scale, equal_nan=True)
    else:
        same = one == other
    if np.all(same):
        return None
    return f"{np.sum(~same)} of {one.size} differ: {other[~same][:3]} instead of {one[~same][:3]}"


def _is_ragged(values):
    if not isinstance(values, list):
        return False
    return len({np.shape(each) for each in values if not _is_ragged(each)}) > 1


def _stochastic(expected, found):
    (one, one_error), (other, other_error) = expected, found
    distance = abs(one - other) / np.hypot(one_error, other_error)
    if distance <= STANDARD_ERRORS:
        return None
    return f"{other} instead of {one}: {distance:.1f} standard errors"
