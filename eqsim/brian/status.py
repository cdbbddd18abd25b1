"""Which of Brian's names mean the same here, which differ, and what to use instead of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, NoReturn

from eqsim.brian.quantities import NUMPY_1
from eqsim.errors import EqsimError


class Status(Enum):
    """What became of a name."""

    SAME = "same"
    DIFFERENT = "different"
    UNSUPPORTED = "unsupported"


class UnsupportedError(EqsimError, NotImplementedError, AttributeError):
    """A script uses a name of Brian 2 that eqsim does not have.

    It is an AttributeError for those who ask what attributes a name has, as pytest does.
    """


DIFFERENT = {
    "BinomialFunction": "no `approximate=False` is needed for exact draws of small numbers",
    "BrianLogger": "switches the log `eqsim` of the module `logging`; there is no log file",
    "BrianObjectException": "is `EqsimError`: errors are raised as they are, with the user's line",
    "Equations": "`exact` takes more systems; several errors are told at once",
    "ExplicitStateUpdater": "without `custom_check`",
    "Function": "`sympy_func` and `auto_vectorise` are not needed",
    "Group": "is the class of all that has state variables",
    "MagicNetwork": "shows the network of the last `run()`",
    "NeuronGroup": "fractions are not assigned to integers in resets; random refractory times are"
    " drawn once per spike",
    "PoissonInput": "draws exact binomial numbers, where Brian approximates by normal ones",
    "Quantity": "is no subclass of `ndarray`; NumPy's functions take it all the same",
    "Synapses": "several may sum into one variable; some names of internals cannot be variables",
    "SpikeSource": "is the class of all that has state variables",
    "StateUpdateMethod": "only `register`",
    "VariableOwner": "is the class of all that has state variables",
    "brian_prefs": "the same object as `prefs`",
    "clear_cache": "empties nothing: compiled programs are found by their content",
    "utils": "has `utils.logger` only",
    "check_cache": "tells nothing: compiled programs are found by their content",
    "device": "`run_function` raises an error; `insert_code` knows no arrays",
    "euler": "is the method's name",
    "exact": "is the method's name; constant right sides and complex eigenvalues are taken",
    "exponential_euler": "is the method's name",
    "gsl_rk2": "eqsim's own adaptive method of this kind; GSL is not needed",
    "gsl_rk4": "eqsim's own adaptive method of this kind; GSL is not needed",
    "gsl_rk8pd": "eqsim's own adaptive method of this kind; GSL is not needed",
    "gsl_rkck": "eqsim's own adaptive method of this kind; GSL is not needed",
    "gsl_rkf45": "eqsim's own adaptive method of this kind; GSL is not needed",
    "heun": "is the method's name",
    "implementation": "names of Cython are accepted and do nothing",
    "independent": "is the method's name",
    "linear": "is the method's name",
    "logger": "is the log `eqsim`",
    "magic_network": "shows the network of the last `run()`",
    "milstein": "is the method's name",
    "prefs": "some set eqsim's settings, see below; the others have no effect",
    "register_new_unit": "does nothing: quantities are shown in eqsim's units",
    "rk2": "is the method's name",
    "rk4": "is the method's name",
    "seed": "the same numbers on all targets and for any number of threads; not those of Brian",
    "set_device": "programs are built by CMake into the folder; `debug`, `clean` have no effect",
}
"""Names that mean something else than in Brian 2, in a few words."""

_NO_COMPARTMENTS = "neurons have one compartment; couple groups by Synapses with summed currents"
_NO_CODE_OBJECT = "the target is chosen by prefs.codegen.target or run(..., target='numpy')"
_EQUATIONS = "Equations(...), whose attributes tell of its expressions"

UNSUPPORTED = {
    "BrianPreference": "prefs, whose names are fixed",
    "CodeRunner": "group.run_regularly",
    "Cylinder": _NO_COMPARTMENTS,
    "CythonCodeObject": _NO_CODE_OBJECT,
    "DEFAULT_CONSTANTS": "eqsim.expressions.functions.CONSTANTS",
    "DEFAULT_FUNCTIONS": "eqsim.expressions.functions.FUNCTIONS",
    "DEFAULT_UNITS": "eqsim.UNITS",
    "Expression": _EQUATIONS,
    "ImportExport": "group.get_states(format='pandas') and group.set_states",
    "Morphology": _NO_COMPARTMENTS,
    "Nameable": "the attribute 'name' of objects",
    "NumpyCodeObject": _NO_CODE_OBJECT,
    "Section": _NO_COMPARTMENTS,
    "Soma": _NO_COMPARTMENTS,
    "SpatialNeuron": _NO_COMPARTMENTS,
    "Statements": _EQUATIONS,
    "Trackable": "Network(...), which knows its objects",
    "codegen": _NO_CODE_OBJECT,
    "get_local_namespace": "namespace={...} of a group or of run()",
    "importexport": "group.get_states(format='pandas') and group.set_states",
    "memory": "lists and arrays; monitors keep what they record as such",
    "parsing": _EQUATIONS,
    "spatialneuron": _NO_COMPARTMENTS,
    "std_silent": "contextlib.redirect_stdout",
    "tests": "the tests in eqsim's repository",
}
"""Names that eqsim does not have, and what to use instead."""

MODULES_OF_BRIAN = (
    "codegen", "core", "devices", "equations", "groups", "importexport", "input", "memory",
    "monitors", "numpy_", "only", "parsing", "spatialneuron", "stateupdaters", "synapses",
    "tests", "units", "utils",
)  # fmt: skip
"""Names of Brian's own modules, which are not NumPy's."""


class Unsupported:
    """What stands for a name that eqsim does not have: any use says what to use instead.

    Parameters
    ----------
    name : str
        The name.
    instead : str
        What to use instead.
    """

    def __init__(self, name: str, instead: str) -> None:
        self._name = name
        self._instead = instead

    def _refuse(self) -> NoReturn:
        raise UnsupportedError(
            f"eqsim does not have {self._name!r} of Brian 2\n  use instead: {self._instead}"
        )

    def __call__(self, *arguments: Any, **options: Any) -> NoReturn:
        """Refuse."""
        self._refuse()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> NoReturn:
        """Refuse to be the base of a class."""
        self._refuse()

    def __repr__(self) -> str:
        return f"<{self._name}: not in eqsim; use instead: {self._instead}>"


def status_of(name: str, names: Iterable[str]) -> tuple[Status, str]:
    """Return the status of a name of Brian, and what differs or what to use instead.

    Parameters
    ----------
    name : str
        The name.
    names : iterable of str
        Those that :mod:`eqsim.brian` has.

    Examples
    --------
    >>> status_of("run", ["run"])
    (<Status.SAME: 'same'>, '')
    """
    if name in UNSUPPORTED:
        return Status.UNSUPPORTED, UNSUPPORTED[name]
    if name not in names:
        return Status.UNSUPPORTED, "what NumPy 2 has in its place"
    if name in DIFFERENT:
        return Status.DIFFERENT, DIFFERENT[name]
    if name in NUMPY_1:
        return Status.SAME, "a name of NumPy 1, kept"
    return Status.SAME, ""
