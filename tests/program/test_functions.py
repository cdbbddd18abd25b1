"""Functions from outside and gathered elements in programs: rules, types, passes, order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eqsim.errors import TargetError
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Compare,
    Comparison,
    Kind,
    Literal,
    Name,
)
from eqsim.expressions.statements import Assign, Branch, Gather, Invoke
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
from eqsim.program.partition import is_serial
from eqsim.program.passes import optimise
from eqsim.program.passes.hoisting import hoist_invariants
from eqsim.program.passes.sharing import share_subexpressions
from eqsim.program.passes.unused import remove_unused
from eqsim.program.printer import program_text
from eqsim.program.types import name_types
from eqsim.program.verify import InvalidProgramError, verify
from eqsim.runtime.memory import Memory, replicate
from eqsim.targets import Cpp, Numpy

CLOCK = Clock("clock")
SIZE = 9
X = Array("group.x", DType.FLOAT64, "group", True, Role.STATE)
K = Array("group.k", DType.INT32, "group", True, Role.STATE)
G = Array("namespace.g", DType.FLOAT64, None, True, Role.CONSTANT)
TABLE = Array("table", DType.FLOAT64, "table", False, Role.CONSTANT)
OWN = Array("own", DType.INT32, "table", True, Role.CONSTANT)
TRUTH = Array("truth", DType.BOOLEAN, None, False, Role.CONSTANT)
SPIKES = Buffer("spikes", (Column("i", DType.INT32),), Lifetime.STEP, "group")


def text(body):
    return (("cpp", ForeignCode(body)),)


TWICE = ProgramFunction(
    "twice", "twice", (Kind.FLOAT,), Kind.FLOAT, python=lambda x: 2 * x,
    code=text("double twice(double x) { return 2*x; }"),
)  # fmt: skip


def counting(start):
    calls = [start]

    def following():
        calls[0] += 1
        return calls[0]

    source = f"int64_t following() {{ static int64_t n = {start}; return ++n; }}"
    return ProgramFunction(
        "following", "following", (), Kind.INTEGER, is_stateless=False, python=following,
        code=text(source),
    )  # fmt: skip


def program_of(*body, functions=(TWICE,), real=DType.FLOAT64, prologue=(), space=None):
    kernel = Kernel(
        name="update",
        space=space or Elements("group"),
        index="i",
        clock="clock",
        real=real,
        bindings=(
            Binding("x", "group.x", real),
            Binding("k", "group.k", DType.INT64),
            Binding("g", "namespace.g", real),
        ),
        prologue=tuple(prologue),
        body=tuple(body),
    )
    return Program(
        name="program",
        extents=("group", "table"),
        clocks=(CLOCK,),
        arrays=(*CLOCK.arrays, X, K, G, TABLE, OWN, TRUTH),
        buffers=(SPIKES,),
        streams=(),
        kernels=(kernel,),
        launches=(Launch("update", "groups", 0),),
        functions=tuple(functions),
    )


def memory(instances=1):
    arrays = {
        "clock.dt": np.array([1e-3]),
        "clock.timestep": np.zeros(1, dtype=np.int64),
        "clock.end": np.array([1], dtype=np.int64),
        "group.x": np.arange(SIZE) + 0.5,
        "group.k": np.arange(SIZE, dtype=np.int32)[::-1].copy(),
        "namespace.g": np.array([3.0]),
        "table": np.linspace(10, 11, 20),
        "own": np.arange(100, 120, dtype=np.int32),
        "truth": np.array([True]),
    }
    made = Memory(1, {"group": SIZE, "table": 20}, arrays)
    return made if instances == 1 else replicate(program_of(), made, instances)


def run(program, target, instances=1):
    held = memory(instances)
    simulation = target.open(optimise(verify(program)), held)
    simulation.advance(10)
    simulation.close()
    return {name: np.atleast_2d(values) for name, values in held.arrays.items()}


def product(left, right):
    return Binary(BinaryOperator.MULTIPLY, left, right)


@pytest.fixture(params=[Numpy(), Cpp(threads=1), Cpp(threads=2)], ids=["numpy", "cpp", "threads"])
def target(request):
    if request.param.unavailable() is not None:
        pytest.skip("there is no compiler")
    return request.param


# ---------------------------------------------------------------------------------------- runs


def test_elements_are_gathered_from_arrays_of_any_extent(target):
    program = program_of(
        Gather("_a", "table", Name("k")),
        Gather("_b", "own", Name("i"), Kind.INTEGER),
        Gather("_c", "truth", Literal(0), Kind.BOOLEAN),
        Assign("x", Binary(BinaryOperator.ADD, Name("_a"), product(Name("_b"), Name("_c")))),
    )
    found = run(program, target)

    table = np.linspace(10, 11, 20)
    assert found["group.x"][0].tolist() == (table[8::-1] + np.arange(100, 109)).tolist()


def test_each_instance_gathers_from_its_own_array(target):
    program = program_of(Gather("_b", "own", Name("k"), Kind.INTEGER), Assign("x", Name("_b")))
    held = memory(3)
    held.arrays["own"].reshape(3, 20)[:] += np.array([[0], [1000], [2000]], dtype=np.int32)
    simulation = target.open(optimise(verify(program)), held)
    simulation.advance(1)
    simulation.close()

    expected = np.arange(108, 99, -1) + np.array([[0], [1000], [2000]])
    assert np.array_equal(held.arrays["group.x"].reshape(3, SIZE), expected)


def test_functions_are_invoked_in_branches_for_some_elements_only(target):
    seen = []

    def watched(x):
        seen.append(len(x))
        return 2 * x

    program = program_of(
        Branch(
            Compare(Comparison.LESS, Name("k"), Literal(3)),
            (Invoke("_y", "twice", (Name("x"),)), Assign("x", Name("_y"))),
        ),
        functions=(replace(TWICE, python=watched),),
    )
    found = run(program, target)

    x = np.arange(SIZE) + 0.5
    assert found["group.x"][0].tolist() == [*x[:6], *(2 * x[6:])]
    assert seen in ([], [3])


@pytest.mark.parametrize("instances", [1, 3])
def test_functions_with_a_state_are_called_in_order(target, instances):
    start = 1000 * (1 + instances) + 7 * (target.name == "numpy") + (target == Cpp(threads=2))
    program = program_of(
        Invoke("_first", "following", (), Kind.INTEGER),
        Invoke("_second", "following", (), Kind.INTEGER),
        Assign("k", product(Name("_first"), Literal(1))),
        Assign("x", Name("_second")),
        functions=(counting(start),),
    )
    found = run(program, target, instances)

    first = start + 1 + 2 * np.arange(instances * SIZE).reshape(instances, SIZE)
    assert np.array_equal(found["group.k"].reshape(instances, SIZE), first)
    assert np.array_equal(found["group.x"].reshape(instances, SIZE), first + 1)


def test_a_kernel_with_a_state_is_for_one_worker():
    program = program_of(Invoke("_n", "following", (), Kind.INTEGER), functions=(counting(0),))
    (kernel,) = program.kernels

    assert is_serial(program, kernel)
    other = program_of(Invoke("_y", "twice", (Name("x"),)))
    assert not is_serial(other, other.kernels[0])


def test_no_element_is_no_call():
    program = program_of(
        Invoke("_y", "twice", (Name("x"),)), Assign("x", Name("_y")),
        functions=(replace(TWICE, python=lambda x: 1 / 0),),
    )  # fmt: skip
    held = memory()
    empty = Memory(1, {"group": 0, "table": 20}, {
        **held.arrays, "group.x": np.zeros(0), "group.k": np.zeros(0, dtype=np.int32),
    })  # fmt: skip
    Numpy().open(verify(program), empty).advance(1)


def test_a_function_without_python_is_refused_by_the_interpreter():
    with pytest.raises(TargetError, match="'twice'\n  it has no implementation in Python"):
        Numpy().open(program_of(functions=(replace(TWICE, python=None),)), memory())


# --------------------------------------------------------------------------------------- types


@pytest.mark.parametrize("real", [DType.FLOAT32, DType.FLOAT64])
def test_locals_have_the_kind_that_was_gathered_or_returned(real):
    program = program_of(
        Gather("_a", "table", Name("k")),
        Gather("_b", "own", Name("k"), Kind.INTEGER),
        Gather("_c", "truth", Literal(0), Kind.BOOLEAN),
        Invoke("_d", "twice", (Name("x"),)),
        real=real,
    )
    types = name_types(verify(program).kernels[0])

    assert [types[name] for name in ("_a", "_b", "_c", "_d")] == [
        real, DType.INT64, DType.BOOLEAN, real,
    ]  # fmt: skip


# -------------------------------------------------------------------------------------- passes


def test_what_does_not_depend_on_the_element_moves_before_the_loop():
    program = program_of(
        Gather("_a", "table", Literal(3)),
        Invoke("_b", "twice", (product(Name("_a"), Name("g")),)),
        Gather("_c", "table", Name("i")),
        Assign("x", product(Name("_b"), Name("_c"))),
    )
    (kernel,) = verify(hoist_invariants(program)).kernels

    assert [s.target for s in kernel.prologue] == ["_a", "_b"]
    assert [s.target for s in kernel.body] == ["_c", "x"]


def test_calls_with_a_state_stay_where_they_are():
    program = program_of(
        Invoke("_n", "following", (), Kind.INTEGER),
        Invoke("_m", "following", (), Kind.INTEGER),
        Assign("x", Name("_n")),
        functions=(counting(0),),
    )
    for change in (hoist_invariants, remove_unused, share_subexpressions):
        assert change(program).kernels[0].body == program.kernels[0].body


def test_what_nothing_reads_is_neither_gathered_nor_invoked():
    program = program_of(
        Gather("_a", "table", Name("k")),
        Invoke("_b", "twice", (Name("_a"),)),
        Assign("x", Name("g")),
    )
    (kernel,) = remove_unused(program).kernels

    assert [s.target for s in kernel.body] == ["x"]


def test_one_place_is_read_once_unless_its_number_changes():
    again = Binary(BinaryOperator.ADD, Name("k"), Literal(1))
    program = program_of(
        Gather("_a", "table", Name("k")),
        Gather("_b", "table", Name("k")),
        Invoke("_c", "twice", (Name("x"),)),
        Invoke("_d", "twice", (Name("x"),)),
        Assign("k", again),
        Assign("x", Name("_b")),
        Gather("_e", "table", Name("k")),
        Invoke("_f", "twice", (Name("x"),)),
    )
    (kernel,) = verify(share_subexpressions(program)).kernels
    kinds = {s.target: type(s) for s in kernel.body}

    assert kinds["_a"] is kinds["_e"] is Gather
    assert kinds["_c"] is kinds["_f"] is Invoke
    assert kinds["_b"] is kinds["_d"] is Assign


def test_the_text_for_people_shows_both():
    shown = program_text(
        program_of(Gather("_a", "table", Name("k")), Invoke("_b", "twice", (Name("_a"),)))
    )

    assert "_a = element k of table\n" in shown
    assert shown.endswith("_b = twice(_a), from outside")


# --------------------------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        (program_of(Gather("_a", "nowhere", Name("k"))),
         "gathers from the unknown array 'nowhere'"),
        (program_of(Gather("_a", "group.x", Name("k")), Assign("x", Literal(1.0))),
         "update: changes 'group.x', from which it gathers elements"),
        (program_of(Gather("_a", "table", Name("k"), Kind.INTEGER)),
         "gathers integer from 'table', which is float64"),
        (program_of(Gather("_a", "own", Name("k"))), "gathers float from 'own', which is int32"),
        (program_of(Gather("x", "table", Name("k"))), "'x' is bound and no local"),
        (program_of(Gather("_a", "table", Name("x"))), "the index x is no integer"),
        (program_of(Gather("_a", "table", Name("_b"))), "uses '_b' before it is defined"),
        (program_of(Invoke("_a", "none", ())), "invokes the unknown function 'none'"),
        (program_of(Invoke("_a", "twice", ())), "invokes 'twice' with 0 arguments"),
        (program_of(Invoke("_a", "twice", (Name("x"),), Kind.INTEGER)),
         "takes integer from 'twice'"),
        (program_of(Invoke("x", "twice", (Name("g"),))), "'x' is bound and no local"),
        (program_of(functions=(TWICE, TWICE)), "'twice' appears twice among the functions"),
        (program_of(prologue=(Invoke("_n", "following", (), Kind.INTEGER),),
                    functions=(counting(0),)),
         "the prologue invokes a function whose calls depend on their order"),
        (program_of(functions=(replace(TWICE, code=(
            ("cpp", ForeignCode("", values=(("a", "nowhere"),))),)),)),
         "'twice' reads the unknown array 'nowhere' on 'cpp'"),
        (program_of(functions=(replace(TWICE, code=(
            ("cpp", ForeignCode("", dependencies=(("f", "later"),))),)),)),
         "'twice' needs 'later', which is not before it"),
    ],
)  # fmt: skip
def test_each_rule_refuses_a_program_that_breaks_it(program, problem):
    with pytest.raises(InvalidProgramError) as caught:
        verify(program)
    assert problem in str(caught.value)


def test_what_follows_the_rules_is_accepted():
    program = program_of(
        Gather("_a", "table", Name("k")), Invoke("_b", "twice", (Name("_a"),)),
        prologue=(Gather("_c", "table", Literal(2)), Invoke("_d", "twice", (Name("_c"),))),
    )  # fmt: skip
    assert verify(program) is program
