"""How the program of an exported project is called, and what it says when it fails."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from eqsim.units.dimensions import DIMENSIONLESS, base_unit_for
from eqsim.units.quantity import dimension_of, si_value


def command_of(
    executable: Path,
    project: Path,
    results: Path,
    values: Mapping[str, Any],
    parameters: Path,
    **options: Any,
) -> list[str]:
    """Return the command that runs a program, and write the values that it is to have.

    Parameters
    ----------
    executable : Path
        The program.
    project : Path
        The folder with its state.
    results : Path
        Where it writes.
    values : mapping of str to object
        Parameters by name: numbers, quantities or arrays.
    parameters : Path
        The file into which they are written, if there are any.
    **options
        Other options by name: ``seed=3``; those that are None are left out.
    """
    command = [str(executable.resolve()), "--results", str(results)]
    if values:
        written = {name: in_json(value) for name, value in values.items()}
        parameters.write_text(json.dumps(written), encoding="utf-8")
        command += ["--params", str(parameters)]
    for name, value in options.items():
        command += [] if value is None else [f"--{name}", str(value)]
    return [*command, "--project", str(project)]


@contextmanager
def input_of_this_process() -> Iterator[int]:
    """Yield an input for a program with the option :data:`ENDS_WITH_INPUT`.

    It ends with this process. However that ends, the system closes the input's other end, and
    the program stops.

    Examples
    --------
    >>> import subprocess
    >>> with input_of_this_process() as given:
    ...     subprocess.run(["true", ENDS_WITH_INPUT], stdin=given).returncode
    0
    """
    ours, other_end = os.pipe()
    try:
        yield ours
    finally:
        os.close(other_end)
        os.close(ours)


ENDS_WITH_INPUT = "--end-with-input"
"""The option of a program that stops when its standard input ends."""


def in_json(value: Any) -> Any:
    """Return a value as programs read it from a file.

    Examples
    --------
    >>> from eqsim import ms
    >>> in_json(5*ms), in_json(2), in_json([1, 2]*ms)
    ('0.005*second', 2, {'values': [0.001, 0.002], 'unit': 'second'})
    """
    numbers = np.asarray(si_value(value)).tolist()
    dimension = dimension_of(value)
    if dimension is DIMENSIONLESS:
        return numbers
    unit = base_unit_for(dimension)
    if isinstance(numbers, list):
        return {"values": numbers, "unit": unit}
    return f"{numbers!r}*{unit}"


def failed(program: str, status: int, said: str) -> str:
    """Return what a program that failed is told of.

    Parameters
    ----------
    program : str
        What it is called.
    status : int
        Its exit status; below zero the signal that ended it.
    said : str
        What it wrote.

    Examples
    --------
    >>> print(failed("the program", 1, "the disk is full"))
    the program failed: exit status 1
    the disk is full
    >>> failed("the program", -9, "")
    'the program failed: ended by SIGKILL'
    """
    how = f"exit status {status}" if status >= 0 else f"ended by {_signal(-status)}"
    return f"{program} failed: {how}\n{said}".rstrip()


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
