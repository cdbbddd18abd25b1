"""Flags and names of equations that were written before their group was known."""

from __future__ import annotations

from collections.abc import Mapping

from eqsim.equations.declarations import EquationBlock, Flag, FlagTable, forbidden_flag
from eqsim.equations.identifiers import check_identifier
from eqsim.errors import EquationError


def check_declarations(
    block: EquationBlock,
    errors: list[EquationError],
    *,
    allowed: FlagTable,
    reserved: Mapping[str, str],
) -> None:
    """Check flags and names of a block that was parsed before its group was known.

    Parameters
    ----------
    block : EquationBlock
        The equations.
    errors : list of EquationError
        Where errors are added.
    allowed : mapping of VariableKind to frozenset of Flag
        The flags that each kind of declaration may have in the group.
    reserved : mapping of str to str
        Names that the group defines itself, with what they are.
    """
    for declaration in block.declarations:
        possible = allowed[declaration.kind]
        errors.extend(
            forbidden_flag(flag, declaration.kind, possible, declaration.span)
            for flag in sorted(declaration.flags - possible, key=lambda flag: flag.value)
        )
        if Flag.SUMMED not in declaration.flags:
            try:
                check_identifier(declaration.name, declaration.name_span, reserved=reserved)
            except EquationError as error:
                errors.append(error)
