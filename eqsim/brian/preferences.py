"""Brian's preferences: those that mean something here set eqsim's settings."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, MutableMapping
from copy import copy
from typing import Any

import numpy as np

from eqsim.errors import EqsimError, ModelError, did_you_mean
from eqsim.network.caller import stack_level
from eqsim.network.messages import LOGGER
from eqsim.network.preferences import set_default_dtype, set_default_schedule, set_target


class PreferenceError(EqsimError, AttributeError):
    """A preference cannot have this value, or there is none of this name."""


class UnknownPreferenceWarning(UserWarning):
    """A script sets a preference that Brian does not have."""


_TARGETS = {"auto": None, "cython": None, "cpp": None, "numpy": "numpy"}


def _set_code_target(value: Any) -> None:
    # Brian's compiled target is eqsim's default one where there is a compiler.
    if value not in _TARGETS:
        raise PreferenceError(
            f"codegen.target cannot be {value!r}\n  known: {', '.join(map(repr, _TARGETS))}"
        )
    set_target(_TARGETS[value])


def _set_float(value: Any) -> None:
    try:
        set_default_dtype(value)
    except ModelError as error:
        raise PreferenceError(f"core.default_float_dtype: {error}") from None


def _set_integer(value: Any) -> None:
    if np.dtype(value) != np.int32:
        raise PreferenceError(
            f"core.default_integer_dtype cannot be {value!r}\n"
            "  integers are int32; give single variables another: dtype={'n': int64}"
        )


def _set_threads(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PreferenceError(f"openmp_threads is a whole number, not {value!r}")


def _set_refractory_timing(value: Any) -> None:
    if value:
        raise PreferenceError(
            "legacy.refractory_timing cannot be True\n"
            "  a neuron is refractory for as many steps as the period has"
        )


def _set_level(value: Any) -> None:
    level = str(value).upper()
    LOGGER.setLevel("DEBUG" if level == "DIAGNOSTIC" else level)


def _nothing(value: Any) -> None:
    """Keep the value, which means nothing here."""


FOR_FUNCTIONS = ("define_macros", "headers", "include_dirs", "libraries", "library_dirs")
"""What ``codegen.cpp`` has for the C++ code of the user's functions."""

_MEANINGS: dict[str, tuple[Any, Callable[[Any], None]]] = {
    **{f"codegen.cpp.{name}": ([], _nothing) for name in FOR_FUNCTIONS},
    "codegen.target": ("auto", _set_code_target),
    "core.default_float_dtype": (np.float64, _set_float),
    "core.default_integer_dtype": (np.int32, _set_integer),
    "core.network.default_schedule": (
        ["start", "groups", "thresholds", "synapses", "resets", "end"],
        set_default_schedule,
    ),
    "devices.cpp_standalone.openmp_threads": (0, _set_threads),
    "legacy.refractory_timing": (False, _set_refractory_timing),
    "logging.console_log_level": ("INFO", _set_level),
}
"""For each preference that sets something its default and what sets it."""

WITHOUT_EFFECT: dict[str, Any] = {
    "GSL.directory": None,
    "codegen.cpp.compiler": "",
    "codegen.cpp.extra_compile_args": None,
    "codegen.cpp.extra_compile_args_gcc": [],
    "codegen.cpp.extra_compile_args_msvc": [],
    "codegen.cpp.extra_link_args": [],
    "codegen.cpp.msvc_architecture": "",
    "codegen.cpp.msvc_vars_location": "",
    "codegen.cpp.runtime_library_dirs": [],
    "codegen.generators.cpp.flush_denormals": False,
    "codegen.generators.cpp.restrict_keyword": "__restrict",
    "codegen.loop_invariant_optimisations": True,
    "codegen.max_cache_dir_size": 1000,
    "codegen.runtime.cython.cache_dir": None,
    "codegen.runtime.cython.delete_source_files": True,
    "codegen.runtime.cython.multiprocess_safe": True,
    "codegen.runtime.numpy.discard_units": False,
    "codegen.string_expression_target": "numpy",
    "core.outdated_dependency_error": True,
    "core.stop_on_keyboard_interrupt": True,
    "devices.cpp_standalone.extra_make_args_unix": [],
    "devices.cpp_standalone.extra_make_args_windows": [],
    "devices.cpp_standalone.make_cmd_unix": "make",
    "devices.cpp_standalone.openmp_spatialneuron_strategy": None,
    "devices.cpp_standalone.run_cmd_unix": "./main",
    "devices.cpp_standalone.run_environment_variables": {},
    "logging.delete_log_on_exit": True,
    "logging.display_brian_error_message": True,
    "logging.file_log": False,
    "logging.file_log_level": "DEBUG",
    "logging.file_log_max_size": 10_000_000,
    "logging.save_script": False,
    "logging.std_redirection": False,
    "logging.std_redirection_to_file": False,
}
"""Brian's preferences about things that eqsim does in its own way: accepted, without effect."""


class Preferences(MutableMapping[str, Any]):
    """Preferences by name: ``prefs["codegen.target"]`` or ``prefs.codegen.target``.

    Parameters
    ----------
    prefix : str
        What all names begin with.
    """

    def __init__(self, prefix: str = "") -> None:
        object.__setattr__(self, "_prefix", prefix)

    def _names(self) -> list[str]:
        return [name for name in (*_MEANINGS, *WITHOUT_EFFECT) if name.startswith(self._prefix)]

    def __getitem__(self, name: str) -> Any:
        full = self._prefix + name
        if full not in _values and full in (*_MEANINGS, *WITHOUT_EFFECT):
            default = _MEANINGS[full][0] if full in _MEANINGS else WITHOUT_EFFECT[full]
            if not isinstance(default, list | dict):
                return default
            # Scripts add to them: prefs.codegen.cpp.libraries.append(...).
            _values[full] = copy(default)
        if full in _values:
            return _values[full]
        if any(known.startswith(f"{full}.") for known in self._names()):
            return Preferences(f"{full}.")
        hint = did_you_mean(full, self._names())
        raise PreferenceError(f"there is no preference {full!r}" + (f"; {hint}" if hint else ""))

    def __setitem__(self, name: str, value: Any) -> None:
        full = self._prefix + name
        if full not in (*_MEANINGS, *WITHOUT_EFFECT):
            hint = did_you_mean(full, self._names())
            warnings.warn(
                f"{full!r} is no preference of Brian 2: it has no effect"
                + (f"; {hint}" if hint else ""),
                UnknownPreferenceWarning,
                stacklevel=stack_level(),
            )
        else:
            _MEANINGS.get(full, (None, _nothing))[1](value)
        _values[full] = value

    def __delitem__(self, name: str) -> None:
        _values.pop(self._prefix + name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(name.removeprefix(self._prefix) for name in self._names())

    def __len__(self) -> int:
        return len(self._names())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def reset_to_defaults(self) -> None:
        """Give all preferences the values that they have at first."""
        for name in [name for name in _values if name in _MEANINGS]:
            default, setter = _MEANINGS[name]
            setter(default)
        _values.clear()

    def read_preference_file(self, file: Any) -> None:
        """Refuse a file of preferences."""
        raise PreferenceError(
            f"the file {str(file)!r} is not read\n"
            "  set preferences in the script: prefs[...] = ..."
        )

    def __repr__(self) -> str:
        return f"<preferences: {', '.join(self)}>"


_values: dict[str, Any] = {}
prefs = Preferences()
