"""Texts that users write by mistake, each with the first line of what they are told."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from eqsim.equations.block_parser import parse_block
from eqsim.equations.check import check_block
from eqsim.equations.check_code import check_code
from eqsim.equations.code import parse_code, parse_condition
from eqsim.equations.equations import Equations
from eqsim.equations.scope import NEURON_SYMBOLS
from eqsim.errors import EquationError
from eqsim.expressions.parser import parse_expression
from eqsim.source import Source

EXPRESSIONS = [
    ("", "the expression is empty"),
    ("  # nothing", "the expression is empty"),
    ("(a + b", "a bracket is never closed"),
    ("a + b)", "a bracket is closed that was never opened"),
    ("()", "there is nothing in the brackets"),
    ("a +", "a value is missing after '+'"),
    ("a * / b", "a value is missing after '*'"),
    ("* a", "a value is missing before '*'"),
    ("(a -)", "a value is missing after '-'"),
    ("exp(,a)", "a value is missing before ','"),
    ("clip(a,,b)", "a value is missing after ','"),
    ("a b", "an operator is missing between 'a' and 'b'"),
    ("2 v", "an operator is missing between '2' and 'v'"),
    ("2v", "an operator is missing after the number '2'"),
    ("2(v)", "an operator is missing between '2' and '('"),
    ("(a)(b)", "an operator is missing between ')' and '('"),
    ("(a) b", "an operator is missing between ')' and 'b'"),
    ("a^2", "'^' is not an operator"),
    ("a & b", "expressions have no bit operations"),
    ("a && b", "'&&' is not an operator"),
    ("a | b", "expressions have no bit operations"),
    ("a || b", "'||' is not an operator"),
    ("~a", "expressions have no bit operations"),
    ("!a", "'!' is not an operator"),
    ("a << 2", "expressions have no bit operations"),
    ("a >> 2", "expressions have no bit operations"),
    ("a <> b", "'<>' is not an operator"),
    ("a => b", "'=>' is not an operator"),
    ("a =< b", "'=<' is not an operator"),
    ("a = b", "an expression cannot assign"),
    ("a := b", "an expression cannot assign"),
    ("a += b", "an expression cannot assign"),
    ("a @ b", "'@' is not an operator"),
    ("a if b else c", "expressions have no conditional value"),
    ("a ? b : c", "expressions have no conditional value"),
    ("lambda: 1", "expressions cannot define functions"),
    ("a is b", "'is' is not an operator"),
    ("a in b", "'in' is not an operator"),
    ("a not in b", "an operator is missing between 'a' and 'not'"),
    ("None", "expressions have no 'None'"),
    ("yield", "'yield' is a word of Python that expressions do not have"),
    ("a[0]", "expressions have no indexing or lists"),
    ("[a, b]", "expressions have no indexing or lists"),
    ("{a}", "expressions have no curly brackets"),
    ("a.b", "expressions have no attributes"),
    ("'a'", "expressions have no strings"),
    ('f"{a}"', "expressions have no strings"),
    ("exp(x=1)", "arguments of functions have no names"),
    ("exp(*a)", "a value is missing before '*'"),
    ("a, b", "a comma outside of the arguments of a function"),
    ("0,5", "a comma outside of the arguments of a function"),
    ("a + not b", "'not' cannot follow '+'"),
    ("exp", "'exp' is a function and is not called"),
    ("2*rand", "'rand' is a function and is not called"),
    ("exp()", "'exp' takes 1 argument, not 0"),
    ("rand(3)", "'rand' takes no arguments, not 1"),
    ("clip(a)", "'clip' takes 3 arguments, not 1"),
    ("ex(a)", "'ex' is not a function"),
    ("v(t)", "'v' is not a function"),
    ("τ + 1", "the character 'τ' (greek small letter tau) cannot be used here"),
    ("a²", "the character '²' (superscript two) cannot be used here"),
    ("a − b", "the character '−' (minus sign) cannot be used here"),
    ("a\x00b", "the character '\\x00' cannot be used here"),
    ("a\\\n+ b", "a backslash has no meaning here"),
    ("a; b", "';' cannot be used here"),
    ("0x1F", "'0x1F' is not a decimal number"),
    ("0b11", "'0b11' is not a decimal number"),
    ("007", "the number '007' starts with a zero"),
    ("1_000", "the number '1_000' contains an underscore"),
    ("3j", "the number '3j' is complex"),
    ("1.2.3", "'1.2.3' is not a number"),
    ("99999999999999999999", "a whole number is larger than 2**63 - 1"),
    ("0 < rand() < 1", "a random number in the middle of a chain of comparisons"),
    ("__import__('os').system('touch x')", "expressions have no strings"),
]

BLOCKS = [
    ("x", "the unit of 'x' is missing"),
    ("x = 3", "the unit of 'x' is missing"),
    ("x : ", "the unit of 'x' is missing"),
    ("x = 3 : # volt", "the unit of 'x' is missing"),
    ("dv/dt = -v/ms", "the unit of 'v' is missing"),
    ("dv/dt = -v/ms\nx : 1", "the unit of 'v' is missing"),
    ("dv/dt = -v/ms\nx = 3 : 1", "the unit of 'v' is missing"),
    ("x\ny : 1", "the unit of 'x' is missing"),
    ("x : (constant)", "the unit of 'x' is missing before the flags"),
    ("x = : 1", "the right side of 'x' is empty"),
    ("x = # 3\n : 1", "the expression is empty"),
    ("dv/dt : volt", "the differential equation of 'v' has no right side"),
    ("dv/dt = 1/ms : boolean", "'v' is boolean and cannot have a differential equation"),
    ("dv/dt = 1/ms : integer", "'v' is integer and cannot have a differential equation"),
    ("v' = 1 : 1", "derivatives are not written with a prime"),
    ("dv/dx = 1 : 1", "'dv/dx' is not a derivative by time"),
    ("v(t) = 1 : 1", "the left side 'v' cannot have arguments"),
    ("v += 1 : 1", "equations define a variable with '=', not with '+='"),
    ("v == 1 : 1", "equations define a variable with '=', not with '=='"),
    ("v := 1", "equations define a variable with '=', not with ':='"),
    ("v = w = 1 : 1", "an expression cannot assign"),
    ("v w : 1", "'=' or ':' is missing after 'v'"),
    ("2v : 1", "a name cannot start with a digit"),
    ("= 3 : 1", "a line of equations cannot start with '='"),
    ("(v) : 1", "a line of equations cannot start with '('"),
    ("τ : second", "the character 'τ' (greek small letter tau) cannot be used here"),
    ("x : mV", "variables are declared in unscaled units, not in 'mV'"),
    ("x : siemens/cm**2", "variables are declared in unscaled units, not in 'cm'"),
    ("x : bool", "'bool' is not a unit"),
    ("x : float", "'float' is not a unit"),
    ("x : int", "'int' is not a unit"),
    ("x : vlt", "'vlt' is not a unit"),
    ("x : volt amp", "an operator is missing between 'volt' and 'amp'"),
    ("x : 2*volt", "a unit is a product of powers of units"),
    ("x : volt + amp", "a unit is a product of powers of units"),
    ("x : volt**second", "the exponent of a unit must be a number"),
    ("x : boolean*volt", "'boolean' cannot be part of a product of units"),
    ("x : volt/(amp", "a bracket after the unit is never closed"),
    ("x : volt)", "a bracket is closed that was never opened"),
    ("x : 1; y : 1", "';' cannot separate equations"),
    ("x : 1;", "';' cannot separate equations"),
    ("x : 1 : 2", "':' cannot follow the unit"),
    ("x : 1 = 2", "'=' cannot follow the unit"),
    ("x : 1 (constant", "a bracket after the unit is never closed"),
    ("x : 1 (constant) shared", "this cannot be read as a unit with flags"),
    ("x : 1 (constat)", "'constat' is not a flag"),
    ("x : 1 (unless refractory)", "a parameter cannot be 'unless refractory'"),
    ("x = 1 : 1 (constant)", "a subexpression cannot be 'constant'"),
    ("dx/dt = 1/ms : 1 (shared)", "a differential equation cannot be 'shared'"),
    ("x : 1 (constant, constant)", "the flag 'constant' is given twice"),
    ("x : 1 (linked, shared)", "the flags 'linked' and 'shared' exclude each other"),
    ("x : 1 (linked, constant)", "the flags 'constant' and 'linked' exclude each other"),
    (
        "dx/dt = 1/ms : 1 (event-driven, clock-driven)",
        "the flags 'clock-driven' and 'event-driven' exclude each other",
    ),
    ("x_post = 1 : 1 (summed, shared)", "the flags 'shared' and 'summed' exclude each other"),
    ("x = 1 : 1 (summed)", "the target 'x' of a summed variable has no side"),
    ("x : 1\nx : volt", "'x' is declared twice"),
    ("t : second", "'t' cannot be the name of a variable: it is the time"),
    ("dt : second", "'dt' cannot be the name of a variable: it is the time step"),
    ("xi : 1", "'xi' cannot be the name of a variable: it is white noise"),
    ("mV : 1", "'mV' cannot be the name of a variable: it is a unit"),
    ("e : 1", "'e' cannot be the name of a variable: it is a constant"),
    ("exp : 1", "'exp' cannot be the name of a variable: it is a function"),
    ("lambda : 1", "'lambda' cannot be the name of a variable: it is a word of Python"),
    ("new : 1", "'new' cannot be the name of a variable: it is a word of C++"),
    ("_x : 1", "'_x' cannot be the name of a variable: a leading underscore"),
    ("x_pre : 1", "'x_pre' cannot be the name of a variable: '_pre' stands for the source"),
]

CODES = [
    ("v", "a statement must assign"),
    ("v + 1", "a statement must assign"),
    ("v =", "a value is missing after 'v ='"),
    ("v == 1", "'==' compares and does not assign"),
    ("v := 1", "an assignment is written '=', not ':='"),
    ("v : 1 = 2", "code has no types or units"),
    ("v = w = 1", "one statement assigns to one variable"),
    ("v, w = 1, 2", "one statement assigns to one variable"),
    ("(v, w) = (1, 2)", "one statement assigns to one variable"),
    ("v = 1, 2", "a comma outside of the arguments of a function"),
    ("v++", "'++' and '--' are not operators"),
    ("v &= w", "this is not an operator for assignments"),
    ("v @= w", "this is not an operator for assignments"),
    ("if v > 1: v = 0", "code has no 'if'"),
    ("for i in range(3): v = 0", "code has no 'for'"),
    ("while True: v = 0", "code has no 'while'"),
    ("import os", "code has no 'import'"),
    ("def f(): pass", "code has no 'def'"),
    ("return v", "code has no 'return'"),
    ("lambda = 1", "code has no 'lambda'"),
    ("print(v)", "a call by itself does nothing"),
    ("v[0] = 1", "code has no indexing"),
    ("v.x = 1", "code has no attributes"),
    ("dv/dt = 1", "code cannot hold a differential equation"),
    ("1v = 1", "a name cannot start with a digit"),
    ("v = 1 w = 2", "an operator is missing between '1' and 'w'"),
    ("v = (1\nw = 2", "an operator is missing between '1' and 'w'"),
    ("v = 1 if w else 2", "expressions have no conditional value"),
    ("τ = 1", "the character 'τ' (greek small letter tau) cannot be used here"),
    ("__import__('os').system('touch x')", "a call by itself does nothing"),
    ("v = __import__('os').system('touch x')", "expressions have no strings"),
]

CONDITIONS = [
    ("v = 3", "a condition cannot assign"),
    ("", "the expression is empty"),
    ("v >", "a value is missing after '>'"),
    ("v > 3 && w", "'&&' is not an operator"),
]


def _first_line(function, text):
    with pytest.raises(EquationError) as error:
        function(Source(text))
    assert "^" in str(error.value)
    return str(error.value).splitlines()[0]


@pytest.mark.parametrize(("text", "message"), EXPRESSIONS)
def test_wrong_expressions(text, message):
    assert _first_line(parse_expression, text) == message


@pytest.mark.parametrize(("text", "message"), BLOCKS)
def test_wrong_blocks(text, message):
    assert _first_line(parse_block, text).startswith(message)


@pytest.mark.parametrize(("text", "message"), CODES)
def test_wrong_code(text, message):
    assert _first_line(parse_code, text) == message


@pytest.mark.parametrize(("text", "message"), CONDITIONS)
def test_wrong_conditions(text, message):
    assert _first_line(parse_condition, text) == message


def test_first_lines_of_messages_are_short_and_plain():
    for text, message in (*EXPRESSIONS, *BLOCKS, *CODES, *CONDITIONS):
        assert len(message) <= 80, text
        assert not message.endswith("."), text
        assert message[0].islower() or not message[0].isalpha(), text


MODEL = """dv/dt = (gl*(El - v) - g_na*(m*m*m)*h*(v - ENa)  # currents: all
    + I)/Cm : volt (unless refractory)
alpha = 0.32*(mV**-1)*4*mV/exprel((13*mV - v + VT)/(4*mV))/ms : hertz
b = v >= 3*mV and not (m < .5) : boolean
n : integer (constant, shared)
"""
CODE = "v = El; w += (b +\n 2*rand())  # up\nx = clip(w, 0, 1) ; total *= 2"

_WORDS = """a v dv/dt d / dt exp( ( ) + - * ** % < > == = += != , . : ; 1 2.5 0x1 and or not if
    else ' " # \\ τ ² ^ & ~ volt mV boolean constant (shared) xi rand() [ ] { }"""
_PIECES = st.sampled_from([*_WORDS.split(), " ", "\n", "\t", "\r", "\x0c", "\x00"])


@st.composite
def _mutations(draw, text):
    """Texts that differ from a good one in a few places."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        removed = draw(st.integers(0, 6))
        text = text[:at] + draw(st.one_of(_PIECES, st.text(max_size=3))) + text[at + removed :]
    return text


def _assert_readable(error):
    assert 0 < len(str(error).splitlines()[0]) <= 100


ANY_TEXT = st.one_of(
    st.text(max_size=80),
    st.lists(_PIECES, max_size=25).map(" ".join),
    _mutations(MODEL),
    _mutations(CODE),
)


@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_any_block_is_read_or_refused(text):
    try:
        block = parse_block(Source(text))
    except EquationError as error:
        _assert_readable(error)
        return
    errors = []
    check_block(block, NEURON_SYMBOLS, errors)
    assert Equations(str(Equations(block))) == Equations(block)


@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_any_code_is_read_or_refused(text):
    try:
        code = parse_code(Source(text))
    except EquationError as error:
        _assert_readable(error)
        return
    errors = []
    check_code(code, NEURON_SYMBOLS, errors)


@given(ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_any_condition_is_read_or_refused(text):
    try:
        parse_condition(Source(text))
    except EquationError as error:
        _assert_readable(error)
