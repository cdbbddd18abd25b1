"""Checks of code blocks: what may be written, and what new names mean."""

from __future__ import annotations

from collections.abc import Mapping

from eqsim.equations.check import check_names, fitting, kind_error, not_shared, random_functions
from eqsim.equations.code import Assignment, CodeBlock
from eqsim.equations.identifiers import NEURON_RESERVED, check_identifier
from eqsim.equations.scope import Origin, Scope, Symbol, functions_of, kinds_of
from eqsim.errors import EquationError
from eqsim.expressions.dimensions import unknown_identifier
from eqsim.expressions.kinds import Kind, kind_of
from eqsim.expressions.nodes import Binary, Expr, Name
from eqsim.units.dimensions import DIMENSIONLESS


def check_code(
    code: CodeBlock,
    scope: Scope,
    errors: list[EquationError],
    *,
    reserved: Mapping[str, str] = NEURON_RESERVED,
) -> dict[str, Symbol]:
    """Check a code block; append what is wrong to ``errors``.

    Parameters
    ----------
    code : CodeBlock
        The statements.
    scope : mapping of str to Symbol
        What names mean; names that are assigned and not in it become locals.
    errors : list of EquationError
        Where errors are added, in the order of the text.
    reserved : mapping of str to str, optional
        Names that cannot be given to locals, with what they are.

    Returns
    -------
    dict of str to Symbol
        The locals. The kind is the highest of all values assigned, the dimension that of the
        first; a local is shared if it is the same for all elements.

    Examples
    --------
    >>> from eqsim.equations.code import parse_code
    >>> from eqsim.source import Source
    >>> errors = []
    >>> check_code(parse_code(Source("x = 2*mV")), {}, errors)["x"].value_kind
    <Kind.FLOAT: 'float'>
    """
    check = _CodeCheck(scope, errors, reserved)
    check.local_kinds = _local_kinds(code, scope)
    for statement in code.statements:
        check.statement(statement)
    return check.locals


def assigned_value(statement: Assignment) -> Expr:
    """Return the new value of the target: ``x + 1`` for ``x += 1``."""
    if statement.operator is None:
        return statement.value
    target = Name(statement.target, statement.target_span)
    return Binary(statement.operator, target, statement.value, statement.span)


def _local_kinds(code: CodeBlock, scope: Scope) -> dict[str, Kind]:
    """Return the highest kind that each local is ever given.

    Kinds only rise, and there are three, so that this comes to an end.
    """
    kinds, functions = kinds_of(scope), functions_of(scope)
    found: dict[str, Kind] = {}
    changed = True
    while changed:
        changed = False
        for statement in code.statements:
            if statement.target in scope:
                continue
            try:
                kind = kind_of(assigned_value(statement), {**kinds, **found}, functions)
            except EquationError:
                # Reported by the check that follows, with everything else.
                continue
            highest = max(kind, found.get(statement.target, kind))
            changed = changed or found.get(statement.target) is not highest
            found[statement.target] = highest
    return found


class _CodeCheck:
    """What is known after each statement of one code block."""

    def __init__(
        self,
        scope: Scope,
        errors: list[EquationError],
        reserved: Mapping[str, str],
    ) -> None:
        self.scope = scope
        self.errors = errors
        self.reserved = reserved
        self.locals: dict[str, Symbol] = {}
        self.local_kinds: dict[str, Kind] = {}
        self.first_per_element: str | None = None

    def statement(self, statement: Assignment) -> None:
        known = {**self.scope, **self.locals}
        target = known.get(statement.target)
        names_known = check_names(statement.value, known, self.errors)
        if target is None:
            self.new_local(statement, known, names_known)
        elif self.check_writable(statement, target) and names_known:
            self.check_value(statement, target, known)

    def new_local(
        self, statement: Assignment, known: Mapping[str, Symbol], names_known: bool
    ) -> None:
        name = statement.target
        if statement.operator is not None:
            self.errors.append(unknown_identifier(name, statement.target_span, known))
            return
        try:
            check_identifier(name, statement.target_span, reserved=self.reserved)
        except EquationError as error:
            self.errors.append(error)
            return
        found = None
        if names_known:
            found = fitting(statement.value, known, self.errors)
        kind, dimension = (Kind.FLOAT, None) if found is None else found
        highest = self.local_kinds.get(name, kind)
        if found is not None:
            wrong = kind_error(name, highest, statement.value, kind)
            self.errors.extend([wrong] if wrong else [])
        self.locals[name] = Symbol(
            name,
            highest,
            DIMENSIONLESS if dimension is None else dimension,
            Origin.LOCAL,
            writable=True,
            shared=self.is_shared(statement.value, known),
        )
        if not self.locals[name].shared and self.first_per_element is None:
            self.first_per_element = name

    def is_shared(self, value: Expr, known: Mapping[str, Symbol]) -> bool:
        # A random number is drawn for each element.
        return not not_shared(value, known) and not random_functions(value, known)

    def check_writable(self, statement: Assignment, target: Symbol) -> bool:
        if target.writable:
            return True
        reasons = {
            Origin.VARIABLE: ("is constant", "leave the flag out in its declaration"),
            Origin.SUBEXPRESSION: ("is a subexpression", "it follows from its right side"),
            Origin.BUILTIN: ("is set by the simulator", "use another name"),
            Origin.CONSTANT: ("is a constant from outside", "use another name"),
            Origin.LOCAL: ("is fixed", "use another name"),
            Origin.FUNCTION: ("is a function", "use another name"),
        }
        reason, hint = reasons[target.origin]
        if target.origin is Origin.VARIABLE and target.shared:
            reason, hint = "is shared", "a shared variable has one value for all elements"
        self.errors.append(
            EquationError(
                f"{target.name!r} {reason} and cannot be assigned",
                statement.target_span,
                hint=hint,
            )
        )
        return False

    def check_value(
        self, statement: Assignment, target: Symbol, known: Mapping[str, Symbol]
    ) -> None:
        value = assigned_value(statement)
        found = fitting(
            value,
            known,
            self.errors,
            dimension=target.dimension,
            left=target.name,
        )
        if found is not None:
            error = kind_error(target.name, target.value_kind, value, found[0])
            self.errors.extend([error] if error else [])
        if target.origin is Origin.LOCAL:
            shared = target.shared and self.is_shared(statement.value, known)
            self.locals[target.name] = Symbol(
                target.name,
                target.value_kind,
                target.dimension,
                Origin.LOCAL,
                writable=True,
                shared=shared,
            )
        elif target.shared:
            self.check_shared(statement, known)
        elif self.first_per_element is None:
            self.first_per_element = target.name

    def check_shared(self, statement: Assignment, known: Mapping[str, Symbol]) -> None:
        """Check a write to a shared variable, which happens once and not for each element."""
        for name in not_shared(statement.value, known):
            self.errors.append(
                EquationError(
                    f"{statement.target!r} is shared, but {name.identifier!r} is not",
                    name.span,
                    hint="a shared variable has one value, so it can only be set from such values",
                )
            )
        if self.first_per_element is not None:
            self.errors.append(
                EquationError(
                    f"the shared {statement.target!r} is written after {self.first_per_element!r}",
                    statement.span,
                    details=(f"{self.first_per_element!r} has a value for each element",),
                    hint="write shared variables first",
                )
            )
