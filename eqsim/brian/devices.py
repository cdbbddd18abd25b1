"""Brian's devices: where runs happen, ``set_device`` and the active ``device``."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from eqsim.brian.functions import restore_initial_state
from eqsim.brian.process import Device
from eqsim.brian.standalone import StandaloneDevice
from eqsim.errors import ModelError, did_you_mean, message
from eqsim.targets.cpp.target import Cpp
from eqsim.targets.cuda.target import Cuda


class CurrentDevice:
    """The device that is active; its attributes are those of that device."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_active.device, name)

    def __repr__(self) -> str:
        return f"<device {_active.device.name!r}>"


class _Active:
    def __init__(self) -> None:
        self.device: Device = all_devices["runtime"]


class DeviceModule:
    """Brian's module of devices, as scripts see it that set its ``active_device``.

    A process to which a device travels makes it active so.
    """

    @property
    def active_device(self) -> Device:
        """The active device."""
        return _active.device

    @active_device.setter
    def active_device(self, chosen: Device) -> None:
        _active.device.deactivate()
        chosen.resume()
        _active.device = chosen


all_devices: dict[str, Device] = {
    "runtime": Device("runtime"),
    "cpp_standalone": StandaloneDevice("cpp_standalone", Cpp()),
    "cuda_standalone": StandaloneDevice("cuda_standalone", Cuda()),
}
_active = _Active()
device = CurrentDevice()
device_module = DeviceModule()


def set_device(name: str, build_on_run: bool = True, **options: Any) -> None:
    """Set where runs happen.

    Parameters
    ----------
    name : str
        ``'runtime'``: in this process. ``'cpp_standalone'``: in a program of its own.
        ``'cuda_standalone'``: in a program for a graphics processor, built by nvcc.
    build_on_run : bool
        Whether a program is built and run when ``run`` is called; otherwise ``device.build()``
        does it, after several runs.
    **options
        What ``device.build`` is given.

    Examples
    --------
    >>> set_device('runtime')
    >>> get_device().name
    'runtime'
    """
    if name not in all_devices:
        raise ModelError(
            message(
                f"there is no device {name!r}",
                f"known: {', '.join(map(repr, all_devices))}",
                did_you_mean(str(name), all_devices),
            )
        )
    chosen = all_devices[name]
    _active.device.deactivate()
    chosen.activate(build_on_run, **options)
    _active.device = chosen


def get_device() -> Device:
    """Return the active device."""
    return _active.device


def reset_device(device: str | None = None) -> None:
    """Go back to running in this process, or to a device by name."""
    set_device(device or "runtime")


def reinit_devices() -> None:
    """Let a script begin anew: no device has recorded anything, see restore_initial_state."""
    for each in all_devices.values():
        each.reinit()
    _active.device.activate()
    restore_initial_state()


def reinit_and_delete() -> None:
    """Delete the project of the active device, if there is one, and let the script begin anew."""
    with suppress(ModelError):
        _active.device.delete()
    reinit_devices()
