"""The bridge to SymPy: an expression tree to a SymPy expression and back, and to LaTeX.

This is the only module that imports SymPy, and it does so when it is first used: the import takes
a fifth of a second, which a model without need of it does not pay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from eqsim.errors import EquationError
from eqsim.expressions.fold import ONE, ZERO, add, divide, multiply, negate, power, subtract
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Expr,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Select,
    Unary,
    UnaryOperator,
)

_SYMPY_FUNCTIONS = {
    "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "floor": "floor", "ceil": "ceiling", "abs": "Abs", "sign": "sign", "minimum": "Min",
    "maximum": "Max", "sqrt": "sqrt",
}  # fmt: skip
"""Functions that SymPy knows, with its name for them; it gets the others as unknown functions."""

_SYMPY_RELATIONS = {
    Comparison.LESS: "StrictLessThan",
    Comparison.LESS_EQUAL: "LessThan",
    Comparison.GREATER: "StrictGreaterThan",
    Comparison.GREATER_EQUAL: "GreaterThan",
    Comparison.EQUAL: "Equality",
    Comparison.NOT_EQUAL: "Unequality",
}


def to_sympy(expr: Expr) -> Any:
    """Return ``expr`` as a SymPy expression over real symbols with the same names.

    A truth value that is calculated with becomes a ``Piecewise`` of 1 and 0.

    Examples
    --------
    >>> to_sympy(multiply(Name("g"), multiply(Name("m"), Name("m"))))
    g*m**2
    """
    import sympy

    match expr:
        case Literal(value):
            return sympy.sympify(value)
        case Name(identifier):
            return sympy.Symbol(identifier, real=True)
        case Unary(operator, operand):
            if operator is UnaryOperator.NOT:
                return sympy.Not(to_sympy(operand))
            return -_number_to_sympy(operand)
        case Binary():
            return _binary_to_sympy(expr)
        case Compare(comparison, left, right):
            relation = getattr(sympy, _SYMPY_RELATIONS[comparison])
            return relation(_number_to_sympy(left), _number_to_sympy(right))
        case Logical(logical, left, right):
            join = sympy.And if logical is LogicalOperator.AND else sympy.Or
            return join(to_sympy(left), to_sympy(right))
        case Call(function, arguments):
            known = _SYMPY_FUNCTIONS.get(function)
            made = sympy.Function(function, real=True) if known is None else getattr(sympy, known)
            return made(*map(_number_to_sympy, arguments))
        case Select(condition, if_true, if_false):
            first = (_number_to_sympy(if_true), to_sympy(condition))
            return sympy.Piecewise(first, (_number_to_sympy(if_false), True))
        case _:
            assert_never(expr)


def _number_to_sympy(expr: Expr) -> Any:
    import sympy

    converted = to_sympy(expr)
    # To SymPy a symbol may be either.
    is_truth = isinstance(converted, sympy.logic.boolalg.Boolean)
    if not is_truth or isinstance(converted, sympy.Symbol):
        return converted
    return sympy.Piecewise((1, converted), (0, True))


def _binary_to_sympy(expr: Binary) -> Any:
    import sympy

    left, right = _number_to_sympy(expr.left), _number_to_sympy(expr.right)
    match expr.operator:
        case BinaryOperator.ADD:
            return left + right
        case BinaryOperator.SUBTRACT:
            return left - right
        case BinaryOperator.MULTIPLY:
            return left * right
        case BinaryOperator.DIVIDE:
            return left / right
        case BinaryOperator.FLOOR_DIVIDE:
            return sympy.floor(left / right)
        case BinaryOperator.MODULO:
            return sympy.Mod(left, right)
        case BinaryOperator.POWER:
            return left**right


def from_sympy(expression: Any) -> Expr:
    """Return a SymPy expression as one of our trees.

    Parameters
    ----------
    expression : sympy.Basic
        Made of what the language knows; unknown functions keep their names.

    Returns
    -------
    Expr
        A tree with the same value. Terms stand in SymPy's order.

    Raises
    ------
    EquationError
        If the language has no form for a part of it, such as an infinity or a complex number.

    Examples
    --------
    >>> import sympy
    >>> from eqsim.expressions.printer import to_text
    >>> to_text(from_sympy(sympy.sympify("a/b - exp(c)")))
    'a / b - exp(c)'
    """
    import sympy

    match expression:
        case sympy.Symbol():
            return Name(expression.name)
        case sympy.Number() | sympy.NumberSymbol():
            return _from_number(expression)
        case sympy.Add():
            return _from_sum(expression)
        case sympy.Mul():
            return _from_product(expression)
        case sympy.Pow():
            return _from_power(*expression.as_base_exp())
        case sympy.logic.boolalg.Boolean():
            return _from_condition(expression)
        case sympy.Piecewise():
            return _from_pieces(expression)
        case _:
            return _from_function(expression)


def _from_number(expression: Any) -> Expr:
    import sympy

    if isinstance(expression, sympy.Rational):
        return divide(Literal(int(expression.p)), Literal(int(expression.q)))
    if not expression.is_finite:
        raise _without_form(expression)
    return Literal(float(expression))


def _from_sum(expression: Any) -> Expr:
    total: Expr = ZERO
    for term in expression.as_ordered_terms():
        if term.could_extract_minus_sign():
            total = subtract(total, from_sympy(-term))
        else:
            total = add(total, from_sympy(term))
    return total


def _from_product(expression: Any) -> Expr:
    if expression.could_extract_minus_sign():
        return negate(from_sympy(-expression))
    above: Expr = ONE
    below: Expr = ONE
    for factor in expression.as_ordered_factors():
        base, exponent = factor.as_base_exp()
        if factor.is_Pow and exponent.could_extract_minus_sign():
            below = multiply(below, _from_power(base, -exponent))
        else:
            above = multiply(above, from_sympy(factor))
    return divide(above, below)


def _from_power(base: Any, exponent: Any) -> Expr:
    import sympy

    if exponent.could_extract_minus_sign():
        return divide(ONE, _from_power(base, -exponent))
    if exponent == sympy.S.Half:
        return Call("sqrt", (from_sympy(base),))
    return power(from_sympy(base), from_sympy(exponent))


def _from_condition(expression: Any) -> Expr:
    import sympy

    if expression in (sympy.true, sympy.false):
        return Literal(bool(expression))
    parts = tuple(map(from_sympy, expression.args))
    for comparison, name in _SYMPY_RELATIONS.items():
        if isinstance(expression, getattr(sympy, name)):
            return Compare(comparison, parts[0], parts[1])
    if isinstance(expression, sympy.Not):
        return Unary(UnaryOperator.NOT, parts[0])
    if not isinstance(expression, sympy.And | sympy.Or):
        raise _without_form(expression)
    operator = LogicalOperator.AND if isinstance(expression, sympy.And) else LogicalOperator.OR
    joined = parts[0]
    for part in parts[1:]:
        joined = Logical(operator, joined, part)
    return joined


def _from_pieces(expression: Any) -> Expr:
    import sympy

    *pieces, (otherwise, last) = expression.args
    if last is not sympy.true:
        raise _without_form(expression)
    value = from_sympy(otherwise)
    for piece, condition in reversed(pieces):
        value = Select(from_sympy(condition), from_sympy(piece), value)
    return value


def _from_function(expression: Any) -> Expr:
    import sympy

    arguments = tuple(map(from_sympy, expression.args))
    if isinstance(expression, sympy.Mod):
        return Binary(BinaryOperator.MODULO, arguments[0], arguments[1])
    if isinstance(expression, sympy.core.function.AppliedUndef):
        return Call(expression.func.__name__, arguments)
    for ours, theirs in _SYMPY_FUNCTIONS.items():
        if ours != "sqrt" and isinstance(expression, getattr(sympy, theirs)):
            return _nested(ours, arguments)
    raise _without_form(expression)


def _nested(function: str, arguments: tuple[Expr, ...]) -> Expr:
    if function not in ("minimum", "maximum"):
        return Call(function, arguments)
    result = arguments[0]
    for argument in arguments[1:]:
        result = Call(function, (result, argument))
    return result


def _without_form(expression: Any) -> EquationError:
    return EquationError(
        f"SymPy's {str(expression)!r} has no form in equations",
        details=(f"it is a {type(expression).__name__}",),
    )


def latex(expr: Expr, names: Mapping[str, str] | None = None) -> str:
    r"""Return ``expr`` as LaTeX for display.

    Parameters
    ----------
    expr : Expr
        What to show.
    names : mapping of str to str, optional
        LaTeX for names; the others follow SymPy's rules (``tau_m`` is shown as a Greek letter
        with a subscript).

    Examples
    --------
    >>> latex(divide(Name("v"), Name("tau_m")), {"v": "V"})
    '\\frac{V}{\\tau_{m}}'
    """
    import sympy

    shown = {sympy.Symbol(name, real=True): text for name, text in (names or {}).items()}
    return str(sympy.latex(to_sympy(expr), symbol_names=shown))
