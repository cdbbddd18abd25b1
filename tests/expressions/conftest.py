import hypothesis.strategies as st
import pytest

from eqsim.expressions.functions import FUNCTIONS
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
    Unary,
    UnaryOperator,
)


def _calls(inner):
    return st.sampled_from(sorted(FUNCTIONS.values(), key=lambda f: f.name)).flatmap(
        lambda f: st.tuples(*[inner] * f.n_arguments).map(lambda args: Call(f.name, args))
    )


@pytest.fixture(scope="session")
def expression_trees():
    """Strategy for trees that a text can stand for; kinds and dimensions are anything."""
    literals = st.one_of(
        st.booleans(),
        st.integers(0, 2**63 - 1),
        st.floats(0, allow_nan=False).map(abs),
    ).map(Literal)
    names = st.sampled_from(["v", "w", "tau", "g_Na", "x1", "E", "mV", "t", "dt", "i"]).map(Name)
    return st.recursive(
        literals | names,
        lambda inner: st.one_of(
            st.builds(Unary, st.sampled_from(UnaryOperator), inner),
            st.builds(Binary, st.sampled_from(BinaryOperator), inner, inner),
            st.builds(Compare, st.sampled_from(Comparison), inner, inner),
            st.builds(Logical, st.sampled_from(LogicalOperator), inner, inner),
            _calls(inner),
        ),
        max_leaves=25,
    )
