"""What the arrays of an exported model and of its results are: ``model.json``, both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from eqsim.errors import RunError
from eqsim.units.dimensions import Dimension, base_unit_for

FILE_NAME = "model.json"
FORMAT = "eqsim model"
FORMAT_VERSION = 3


@dataclass(frozen=True, slots=True)
class StoredArray:
    """One file of the folder ``state``.

    Parameters
    ----------
    name : str
        Unique in the model: ``"neurongroup.v"``.
    file : str or None
        Name of the file; None if a rule tells the values.
    dtype : str
        NumPy's name of the type.
    shape : tuple of int
        ``()`` for a single value.
    role : str
        What it is to the model.
    extent : str or None
        Name of the size that it is as long as, None for a single value or if it is not bound.
    bound : bool
        Whether the simulation works on it; otherwise it is carried from state to results.
    """

    name: str
    file: str | None
    dtype: str
    shape: tuple[int, ...]
    role: str
    extent: str | None
    bound: bool


@dataclass(frozen=True, slots=True)
class StoredRule:
    """The rule that tells the targets of synapses, by the names of its arrays.

    Parameters
    ----------
    array : str
        The array with the targets.
    numbers : str
        What :meth:`eqsim.runtime.rules.Rule.numbers` returns.
    begin : str
        Where the synapses of each source begin.
    lengths, parameters : str or None
        What rows have of their own.
    """

    array: str
    numbers: str
    begin: str
    lengths: str | None = None
    parameters: str | None = None


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One file of the folder ``records``."""

    name: str
    file: str
    dtype: str


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """Columns of equal length: what one kernel records.

    Parameters
    ----------
    name : str
        Unique in the model: ``"statemonitor.values"``.
    extent : str or None
        Name of the size of a row; None if a row is one value.
    columns : tuple of StoredColumn
        The columns.
    """

    name: str
    extent: str | None
    columns: tuple[StoredColumn, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """What one attribute of a user's object is: an array or a column of a record.

    Parameters
    ----------
    dimension : Dimension
        Its dimension; values are in SI units.
    array : str or None
        Name of the array, if it is part of the state.
    record, column : str or None
        Names of the record and its column, if it was recorded.
    part : tuple of int or None
        First element and the one after the last, if it is a part of the array.
    size : int or None
        How many values it has where one is stored for all.
    positions : str or None
        Name of the array that says where each of its values is, if they are in another order.
    is_boolean : bool
        Whether it holds truth values, whatever they are stored as.
    end : str or None
        ``"source"`` or ``"target"`` if it is that of synapses whose targets, the array, follow
        from a rule.
    """

    dimension: Dimension
    array: str | None = None
    record: str | None = None
    column: str | None = None
    part: tuple[int, int] | None = None
    size: int | None = None
    positions: str | None = None
    is_boolean: bool = False
    end: str | None = None


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A user's object.

    Parameters
    ----------
    name : str
        The user's name for it.
    kind : str
        Its class: ``"NeuronGroup"``.
    fields : mapping of str to Field
        Its attributes.
    """

    name: str
    kind: str
    fields: Mapping[str, Field]


class ParameterKind(StrEnum):
    """What the values of a parameter are; the value is what ``model.json`` says."""

    FRACTION = "fraction"
    WHOLE = "whole"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class StoredParameter:
    """A value, or one per element, that can be set when the program runs.

    Parameters
    ----------
    name : str
        The name by which it is set: ``"tau"``, ``"cells.v"``.
    array : str
        Name of the array with its values.
    dimension : Dimension
        Its dimension; values are in SI units.
    kind : ParameterKind
        What its values are.
    is_constant : bool
        Whether no run changes it.
    is_nonnegative : bool
        Whether values below zero are refused.
    is_equal : bool
        Whether the program relies on one value for all elements.
    order : str or None
        Name of the array that says where each element is stored, if they are in another order.
    """

    name: str
    array: str
    dimension: Dimension
    kind: ParameterKind
    is_constant: bool
    is_nonnegative: bool = False
    is_equal: bool = False
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``model.json`` says.

    Parameters
    ----------
    name : str
        Name of the network.
    eqsim_version : str
        Version that wrote it.
    start, duration : float
        Begin and length of the run in seconds.
    extents : mapping of str to int
        The sizes, in the order of the program.
    arrays, rules, records, parameters, objects : tuple
        What there is.
    build : mapping of str to list of str
        What is compiled beside ``main.cpp``, and the flags before and after: ``sources``,
        ``compiling``, ``linking``.
    """

    name: str
    eqsim_version: str
    start: float
    duration: float
    extents: Mapping[str, int]
    arrays: tuple[StoredArray, ...]
    rules: tuple[StoredRule, ...]
    records: tuple[StoredRecord, ...]
    parameters: tuple[StoredParameter, ...]
    objects: tuple[StoredObject, ...]
    build: Mapping[str, list[str]]

    def to_json(self) -> str:
        """Return the text of ``model.json``; the same for the same manifest."""
        content = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}
        content["parameters"] = [
            _without_none({"unit": base_unit_for(each["dimension"]), **each})
            for each in content["parameters"]
        ]
        for stored in content["objects"]:
            stored["fields"] = {
                name: _without_none({"unit": base_unit_for(field["dimension"]), **field})
                for name, field in stored["fields"].items()
            }
        return json.dumps(content, indent=1, default=_exponents) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str) -> Manifest:
        """Return what a text says.

        Parameters
        ----------
        text : str
            Content of ``model.json``.
        where : str
            The file, for errors.

        Raises
        ------
        RunError
            If it is damaged, or of a newer version.
        """
        content = parsed(text, where, FORMAT, FORMAT_VERSION)
        try:
            return cls(
                name=content["name"],
                eqsim_version=content["eqsim_version"],
                start=float(content["start"]),
                duration=float(content["duration"]),
                extents={name: int(size) for name, size in content["extents"].items()},
                arrays=tuple(
                    StoredArray(**{**array, "shape": tuple(array["shape"])})
                    for array in content["arrays"]
                ),
                rules=tuple(StoredRule(**rule) for rule in content["rules"]),
                records=tuple(map(_record, content["records"])),
                parameters=tuple(map(_parameter, content["parameters"])),
                objects=tuple(map(_object, content["objects"])),
                build=dict(content["build"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise damaged(where) from error


def parsed(text: str, where: str, form: str, version: int) -> dict[str, Any]:
    """Return the content of a JSON file of a project after a check of its format and version.

    Raises
    ------
    RunError
        If it is damaged, something else, or of a newer version.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise damaged(where) from error
    if not isinstance(content, dict) or content.get("format") != form:
        raise damaged(where)
    found = content.get("format_version")
    if found != version:
        raise RunError(
            f"{where!r} has format version {found!r}, and this eqsim reads version {version}\n"
            f"  it was written by eqsim {content.get('eqsim_version')}: read it with that version"
        )
    return content


def damaged(where: str, found: str = "") -> RunError:
    """Return the error for a file that does not say what it should, with what was found of it."""
    return RunError(
        f"{where!r} is damaged{found}\n  run the simulation again, or export the model again"
    )


def _exponents(dimension: object) -> list[int | str]:
    assert isinstance(dimension, Dimension)
    return [e if isinstance(e, int) else str(e) for e in dimension.exponents]


def _without_none(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value is not None}


def _record(content: Mapping[str, Any]) -> StoredRecord:
    columns = tuple(StoredColumn(**column) for column in content["columns"])
    return StoredRecord(content["name"], content["extent"], columns)


def _parameter(content: Mapping[str, Any]) -> StoredParameter:
    return StoredParameter(
        name=content["name"],
        array=content["array"],
        dimension=_dimension(content["dimension"]),
        kind=ParameterKind(content["kind"]),
        is_constant=bool(content["is_constant"]),
        is_nonnegative=bool(content["is_nonnegative"]),
        is_equal=bool(content.get("is_equal", False)),
        order=content.get("order"),
    )


def _dimension(exponents: Iterable[int | str]) -> Dimension:
    return Dimension(*map(Fraction, exponents))


def _object(content: Mapping[str, Any]) -> StoredObject:
    fields = {name: _field(field) for name, field in content["fields"].items()}
    return StoredObject(content["name"], content["kind"], fields)


def _field(content: Mapping[str, Any]) -> Field:
    part = content.get("part")
    return Field(
        dimension=_dimension(content["dimension"]),
        array=content.get("array"),
        record=content.get("record"),
        column=content.get("column"),
        part=None if part is None else (int(part[0]), int(part[1])),
        size=None if content.get("size") is None else int(content["size"]),
        positions=content.get("positions"),
        is_boolean=bool(content["is_boolean"]),
        end=content.get("end"),
    )
