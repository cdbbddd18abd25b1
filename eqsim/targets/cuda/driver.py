"""NVIDIA's driver: whether there is a device here, and whether it runs what nvcc makes."""

from __future__ import annotations

import ctypes
import re
from functools import cache

LIBRARY = "libcuda.so.1"
"""What the driver installs."""
_COMPUTE_CAPABILITY = (75, 76)
"""Numbers of the attributes with the two parts of a device's version."""


def missing_device(architecture: str, toolkit: str, number: int = 0) -> str | None:
    """Return why code does not run on a device here, None if it does.

    Parameters
    ----------
    architecture : str
        For which devices the code is: ``"sm_90"``.
    toolkit : str
        What nvcc says of itself: ``"... release 13.0, V13.0.48"``.
    number : int
        Which device, counted from 0.
    """
    driver = _loaded(LIBRARY)
    if driver is None:
        return (
            f"no driver for NVIDIA devices ({LIBRARY}) found; programs can be compiled here, and"
            " run where there is a GPU: export one with net.export(folder, target='cuda')"
        )
    status = driver.cuInit(0)
    if status != 0:
        return (
            f"NVIDIA's driver finds no device (cuInit: {status}); 'nvidia-smi' tells what it sees"
        )
    found = _number(driver, "cuDeviceGetCount")
    if found == 0:
        return "NVIDIA's driver finds no device; 'nvidia-smi' tells what it sees"
    if number >= found:
        return (
            f"there is no device {number}: NVIDIA's driver finds {found}, counted from 0;"
            " the environment variable CUDA_VISIBLE_DEVICES may hide others"
        )
    return _too_old(driver, toolkit) or _other_architecture(driver, architecture, number)


def count_devices() -> int:
    """Return how many devices this process sees, 0 if there is no driver."""
    driver = _loaded(LIBRARY)
    if driver is None or driver.cuInit(0) != 0:
        return 0
    return _number(driver, "cuDeviceGetCount")


def free_memory(number: int) -> int | None:
    """Return how many bytes of a device's memory are free, None if that is not known.

    Parameters
    ----------
    number : int
        Which device, counted from 0.
    """
    if number >= count_devices():
        return None
    driver = _loaded(LIBRARY)
    assert driver is not None
    device = _number(driver, "cuDeviceGet", number)
    context = ctypes.c_void_p()
    # That of all simulations on the device: it stays for them.
    if driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device) != 0:
        return None
    if driver.cuCtxPushCurrent_v2(context) != 0:
        return None
    free, whole = ctypes.c_size_t(0), ctypes.c_size_t(0)
    status = driver.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(whole))
    driver.cuCtxPopCurrent_v2(ctypes.byref(context))
    return None if status != 0 else free.value


@cache
def _loaded(name: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


def _number(driver: ctypes.CDLL, function: str, *arguments: int) -> int:
    value = ctypes.c_int(0)
    getattr(driver, function)(ctypes.byref(value), *arguments)
    return value.value


def _too_old(driver: ctypes.CDLL, toolkit: str) -> str | None:
    version = _number(driver, "cuDriverGetVersion")
    release = re.search(r"release (\d+)\.(\d+)", toolkit)
    if release is None or version // 1000 >= int(release.group(1)):
        return None
    return (
        f"NVIDIA's driver is too old: it runs CUDA {version // 1000}.{version % 1000 // 10}, and"
        f" nvcc makes programs for CUDA {release.group(1)}.{release.group(2)}; install a newer"
        " driver or an older toolkit"
    )


def _other_architecture(driver: ctypes.CDLL, architecture: str, number: int) -> str | None:
    device = _number(driver, "cuDeviceGet", number)
    major, minor = (
        _number(driver, "cuDeviceGetAttribute", attribute, device)
        for attribute in _COMPUTE_CAPABILITY
    )
    own, wanted = 10 * major + minor, int(re.sub(r"\D", "", architecture))
    is_bound = architecture[-1] in "af"
    if wanted == own or (wanted < own and not is_bound):
        return None
    return (
        f"the device is of architecture 'sm_{own}' and does not run code for {architecture!r};"
        f" use Cuda('sm_{own}')"
    )
