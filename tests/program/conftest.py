"""Random programs over all types, operators and functions of the language, and how to run them."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace

import numpy as np
import pytest

from eqsim.expressions.functions import FUNCTIONS, KindRule
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Select,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.statements import (
    Assign,
    Branch,
    Distribution,
    Draw,
    Emit,
    Gather,
    Invoke,
    While,
)
from eqsim.program.dtypes import DType
from eqsim.program.functions import ForeignCode, ProgramFunction
from eqsim.program.nodes import (
    Array,
    Binding,
    Buffer,
    Clock,
    Column,
    Elements,
    Kernel,
    Launch,
    Lifetime,
    Program,
    Role,
)
from eqsim.program.types import expression_type
from eqsim.program.verify import verify
from eqsim.runtime.memory import Memory

SIZE = 67
"""Not a multiple of any vector's width."""
INPUTS = {
    "x": (DType.FLOAT64, DType.FLOAT64),
    "y": (DType.FLOAT64, DType.FLOAT64),
    "u": (DType.FLOAT32, DType.FLOAT32),
    "w": (DType.FLOAT32, DType.FLOAT32),
    "m": (DType.INT32, DType.INT64),
    "n": (DType.INT64, DType.INT64),
    "b": (DType.BOOLEAN, DType.BOOLEAN),
    "c": (DType.FLOAT64, DType.BOOLEAN),
    # Stored in one precision, computed with in the other.
    "z": (DType.FLOAT64, DType.FLOAT32),
}
"""Types of the inputs as stored and as computed with."""
SCALARS = {"s": DType.FLOAT64, "k": DType.INT64, "r": DType.FLOAT32}
NAMES = {
    Kind.FLOAT: ("x", "y", "u", "w", "z", "s", "r"),
    Kind.INTEGER: ("m", "n", "k", "i"),
    Kind.BOOLEAN: ("b", "c"),
}
TABLES = {
    Kind.FLOAT: ("table.x", DType.FLOAT64),
    Kind.INTEGER: ("table.n", DType.INT32),
    Kind.BOOLEAN: ("table.b", DType.BOOLEAN),
}
"""Arrays from which elements are gathered."""
FUNCTION = ProgramFunction(
    "mixed",
    "mixed",
    (Kind.FLOAT, Kind.INTEGER, Kind.BOOLEAN),
    Kind.FLOAT,
    python=lambda x, n, b: np.where(b, x + n, x - 0.5),
    code=(
        (
            "cpp",
            ForeignCode(
                "double mixed(double x, int64_t n, bool b) { return b ? x + (double)n : x - 0.5; }"
            ),
        ),
    ),
)
TYPES = {
    **{name: loaded for name, (_, loaded) in INPUTS.items()},
    **SCALARS,
    "i": DType.INT64,
}
# No 0.0: GCC 12 makes 0.0 - i the negative of i, which has the other sign where i is 0.
_FLOATS = (1.0, 0.5, 0.1, 3.0, 2.5, 1e-3, 7.0, 1e10, 1e-30, 709.5, 1.0000001)
_INTEGERS = (0, 1, 2, 3, 5, 7, 10, 64, 1000, 2**31, 2**53 + 1)
_CLOCK = Clock("clock")
_KEY = Array("random.key", DType.INT64, None, True, Role.BUILTIN)


def _number(random, depth, names):
    kind = random.choice((Kind.FLOAT, Kind.FLOAT, Kind.INTEGER))
    return expression(random, kind, depth, names)


def _leaf(random, kind, names):
    if random.random() < 0.75:
        return Name(random.choice(names[kind]))
    if kind is Kind.FLOAT:
        return Literal(random.choice(_FLOATS))
    return Literal(random.choice(_INTEGERS) if kind is Kind.INTEGER else random.random() < 0.5)


def _floating(random, depth, names):
    choice = random.random()
    if choice < 0.4:
        operator = random.choice(tuple(BinaryOperator))
        sides = [_number(random, depth, names), expression(random, Kind.FLOAT, depth, names)]
        random.shuffle(sides)
        return Binary(operator, *sides)
    if choice < 0.5:
        operator = random.choice((BinaryOperator.DIVIDE, BinaryOperator.POWER))
        sides = [expression(random, Kind.INTEGER, depth, names) for _ in range(2)]
        return Binary(operator, *sides)
    if choice < 0.6:
        power = Literal(random.choice((1, 2, 3, 4, 5, 8, 9, 0.5, -0.5, -1, -2, -3, 2.0, 0)))
        return Binary(BinaryOperator.POWER, expression(random, Kind.FLOAT, depth, names), power)
    if choice < 0.65:
        return Unary(UnaryOperator.NEGATE, expression(random, Kind.FLOAT, depth, names))
    if choice < 0.7:
        return _select(random, Kind.FLOAT, depth, names)
    rules = (KindRule.FLOAT, KindRule.HIGHEST)
    known = [f for f in FUNCTIONS.values() if f.kind in rules and f.distribution is None]
    function = random.choice(known)
    first = expression(random, Kind.FLOAT, depth, names)
    rest = [_number(random, depth, names) for _ in range(function.n_arguments - 1)]
    return Call(function.name, (first, *rest))


def _integer(random, depth, names):
    choice = random.random()
    if choice < 0.5:
        operator = random.choice(
            [o for o in BinaryOperator if o not in (BinaryOperator.DIVIDE, BinaryOperator.POWER)]
        )
        other = random.choice((Kind.INTEGER, Kind.INTEGER, Kind.BOOLEAN))
        sides = [
            expression(random, other, depth, names),
            expression(random, Kind.INTEGER, depth, names),
        ]
        random.shuffle(sides)
        return Binary(operator, *sides)
    if choice < 0.6:
        return Unary(UnaryOperator.NEGATE, expression(random, Kind.INTEGER, depth, names))
    if choice < 0.65:
        return _select(random, Kind.INTEGER, depth, names)
    if choice < 0.75:
        kind = random.choice(tuple(Kind))
        return Call("int", (expression(random, kind, depth, names),))
    if choice < 0.8:
        return Call("timestep", tuple(_number(random, depth, names) for _ in range(2)))
    known = [f for f in FUNCTIONS.values() if f.kind is KindRule.HIGHEST]
    function = random.choice(known)
    arguments = [
        expression(random, Kind.INTEGER, depth, names) for _ in range(function.n_arguments)
    ]
    return Call(function.name, tuple(arguments))


def _boolean(random, depth, names):
    choice = random.random()
    if choice < 0.5:
        operator = random.choice(tuple(Comparison))
        return Compare(operator, *(_number(random, depth, names) for _ in range(2)))
    if choice < 0.6:
        operator = random.choice((Comparison.EQUAL, Comparison.NOT_EQUAL))
        sides = [expression(random, Kind.BOOLEAN, depth, names) for _ in range(2)]
        return Compare(operator, *sides)
    if choice < 0.7:
        return Unary(UnaryOperator.NOT, expression(random, Kind.BOOLEAN, depth, names))
    sides = [expression(random, Kind.BOOLEAN, depth, names) for _ in range(2)]
    return Logical(random.choice(tuple(LogicalOperator)), *sides)


def _select(random, kind, depth, names):
    condition = expression(random, Kind.BOOLEAN, depth, names)
    return Select(condition, *(expression(random, kind, depth, names) for _ in range(2)))


_MADE = {Kind.FLOAT: _floating, Kind.INTEGER: _integer, Kind.BOOLEAN: _boolean}


def expression(random, kind, depth, names=NAMES):
    """Return a random expression of a kind that follows the rules of kinds."""
    if depth == 0 or random.random() < 0.1:
        return _leaf(random, kind, names)
    return _MADE[kind](random, depth - 1, names)


def statements(random, count):
    """Return random statements over the inputs, over locals, and into ``x``, ``u``, ``n``, ``b``.

    Some come in branches or loops, some draw, some repeat what was computed; names change in
    between.
    """
    names = {kind: list(known) for kind, known in NAMES.items()}
    written = {Kind.FLOAT: ["x", "u"], Kind.INTEGER: ["n"], Kind.BOOLEAN: ["b"]}
    seen = {kind: [] for kind in Kind}
    made = []
    for number in range(count):
        kind = random.choice((Kind.FLOAT, Kind.FLOAT, Kind.INTEGER, Kind.BOOLEAN))
        if random.random() < 0.1:
            name = f"_draw_{number}"
            distribution = random.choice((Distribution.UNIFORM, Distribution.NORMAL))
            made.append(Draw(name, distribution, (), f"stream_{random.getrandbits(64)}"))
            names[Kind.FLOAT].append(name)
        elif random.random() < 0.1:
            name = f"_gathered_{number}"
            place = expression(random, Kind.INTEGER, 2, names)
            index = Call("clip", (place, Literal(0), Literal(SIZE - 1)))
            made.append(Gather(name, TABLES[kind][0], index, kind))
            names[kind].append(name)
        elif random.random() < 0.1:
            name = f"_invoked_{number}"
            arguments = (expression(random, each, 2, names) for each in FUNCTION.arguments)
            made.append(Invoke(name, FUNCTION.name, tuple(arguments)))
            names[Kind.FLOAT].append(name)
        elif random.random() < 0.1:
            made += _loop(random, number, names, written)
        elif random.random() < 0.2:
            condition = expression(random, Kind.BOOLEAN, 2, names)
            value = expression(random, kind, 2, names)
            made.append(Branch(condition, (Assign(random.choice(written[kind]), value),)))
        else:
            value = expression(random, kind, 3, names)
            if seen[kind] and random.random() < 0.4:
                value = random.choice(seen[kind])
            seen[kind].append(value)
            fresh = random.random() < 0.4
            target = f"local_{number}" if fresh else random.choice(written[kind])
            made.append(Assign(target, value))
            if fresh:
                names[kind].append(target)
                written[kind].append(target)
    return tuple(made)


def _loop(random, number, names, written):
    """Return a loop of up to four passes, another number for each element."""
    count = f"_count_{number}"
    passes = Call("clip", (expression(random, Kind.INTEGER, 1, names), Literal(0), Literal(4)))
    body = []
    own = {kind: list(known) for kind, known in names.items()}
    for part in range(random.randrange(1, 5)):
        kind = random.choice((Kind.FLOAT, Kind.FLOAT, Kind.INTEGER, Kind.BOOLEAN))
        value = expression(random, kind, 2, own)
        if random.random() < 0.4:
            local = f"_inner_{number}_{part}"
            body.append(Assign(local, value))
            own[kind].append(local)
            continue
        changed = Assign(random.choice(written[kind]), value)
        if random.random() < 0.3:
            changed = Branch(expression(random, Kind.BOOLEAN, 1, own), (changed,))
        body.append(changed)
    body.append(Assign(count, Binary(BinaryOperator.ADD, Name(count), Literal(1))))
    condition = Compare(Comparison.LESS, Name(count), passes)
    return Assign(count, Literal(0)), While(condition, tuple(body))


def _arrays(outputs):
    inputs = [
        Array(f"group.{name}", stored, "group", True, Role.STATE)
        for name, (stored, _) in INPUTS.items()
    ]
    inputs += [
        Array(f"namespace.{name}", dtype, None, True, Role.CONSTANT)
        for name, dtype in SCALARS.items()
    ]
    inputs += [Array(f"out.{n}", t, "group", True, Role.STATE) for n, t in outputs.items()]
    inputs += [Array(name, t, "group", False, Role.CONSTANT) for name, t in TABLES.values()]
    return (*_CLOCK.arrays, _KEY, *inputs)


def _kernel(name, body, real, outputs):
    bindings = [Binding(n, f"group.{n}", loaded) for n, (_, loaded) in INPUTS.items()]
    bindings += [Binding(n, f"namespace.{n}", dtype) for n, dtype in SCALARS.items()]
    bindings += [Binding(n, f"out.{n}", dtype) for n, dtype in outputs.items()]
    return Kernel(name, Elements("group"), "i", "clock", real, tuple(bindings), (), tuple(body))


def _program(kernels, outputs, streams=(), buffers=()):
    return verify(
        Program(
            name="random",
            extents=("group",),
            clocks=(_CLOCK,),
            arrays=_arrays(outputs),
            buffers=tuple(buffers),
            streams=tuple(streams),
            kernels=tuple(kernels),
            launches=tuple(Launch(kernel.name, "groups", 0) for kernel in kernels),
            functions=(FUNCTION,),
        )
    )


def program_of_expressions(expressions, per_kernel=25):
    """Return a program that computes each expression, every second kernel in single precision.

    The value of expression ``k`` goes to the array ``out.value_k``, of the type that it has.
    """
    outputs, kernels = {}, []
    for start in range(0, len(expressions), per_kernel):
        real = DType.FLOAT32 if (start // per_kernel) % 2 else DType.FLOAT64
        own, body = {}, []
        for number, expr in enumerate(expressions[start : start + per_kernel], start):
            own[f"value_{number}"] = expression_type(expr, TYPES, real)
            body.append(Assign(f"value_{number}", expr))
        kernels.append(_kernel(f"kernel_{start}", body, real, own))
        outputs |= own
    return _program(kernels, outputs)


def program_of_statements(bodies):
    """Return a program with a kernel for each body; single and double precision take turns.

    Each kernel also records ``x`` and ``n`` of the elements where ``b`` holds.
    """
    buffer = Buffer("record", (Column("x", DType.FLOAT64), Column("n", DType.INT64)), Lifetime.RUN)
    record = Branch(Name("b"), (Emit("record", (Name("x"), Name("n"))),))
    kernels = [
        _kernel(f"kernel_{k}", (*body, record), (DType.FLOAT64, DType.FLOAT32)[k % 2], {})
        for k, body in enumerate(bodies)
    ]
    drawn = (statement for body in bodies for statement in body if isinstance(statement, Draw))
    return _program(kernels, {}, [draw.stream for draw in drawn], (buffer,))


def memory_of(program, random, steps=1):
    """Return memory for one instance with values that include the awkward ones."""
    numbers = np.random.default_rng(random.getrandbits(32))
    arrays = {}
    for array in program.arrays:
        size = SIZE if array.extent else 1
        if array.dtype.is_float:
            values = numbers.normal(size=size) * numbers.choice((0.01, 1, 1, 100, 1e5), size)
            values[: size // 3] = np.round(values[: size // 3])
            if size > 1:
                values[:9] = (0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 2.0**70, 5e-324)
        else:
            values = numbers.integers(-20, 20, size) * numbers.choice((1, 1, 1, 10**6), size)
            if size > 1 and array.dtype is not DType.BOOLEAN:
                limits = np.iinfo(array.dtype.numpy)
                values[:4] = (0, limits.min, limits.max, -1)
        truth = array.name in ("group.b", "group.c", "table.b")
        arrays[array.name] = (values > 0 if truth else values).astype(array.dtype.numpy)
    arrays["clock.dt"][:] = 1e-4
    arrays["clock.timestep"][:] = 0
    arrays["clock.end"][:] = steps
    return Memory(1, {"group": SIZE}, arrays)


def run(program, memory, target):
    """Run to the end on copies; return all arrays, and rows of records instance by instance."""
    arrays = {name: values.copy() for name, values in memory.arrays.items()}
    simulation = target.open(program, Memory(memory.instances, memory.extents, arrays))
    while simulation.advance(10) == 10:
        pass
    records = {
        buffer.name: [[column.copy() for column in rows] for rows in simulation.take(buffer.name)]
        for buffer in program.buffers
        if buffer.lifetime is Lifetime.RUN
    }
    simulation.close()
    return arrays, records


def same_bits(left, right):
    """Return where two arrays are the same, which all values that are no number are."""
    assert left.dtype == right.dtype
    assert left.shape == right.shape
    if left.dtype.kind != "f":
        return left == right
    integers = left.dtype.str.replace("f", "i")
    return (left.view(integers) == right.view(integers)) | (np.isnan(left) & np.isnan(right))


@pytest.fixture(scope="session")
def programs():
    """Makers of random programs."""
    return SimpleNamespace(
        Random=Random,
        expression=expression,
        statements=statements,
        of_expressions=program_of_expressions,
        of_statements=program_of_statements,
        memory=memory_of,
        run=run,
        same_bits=same_bits,
    )
