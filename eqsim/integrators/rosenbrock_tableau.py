"""The coefficients of Rosenbrock methods.

References
----------
.. [1] Rosenbrock HH (1963). Some general implicit processes for the numerical solution of
   differential equations. The Computer Journal 5(4):329-330. doi:10.1093/comjnl/5.4.329
.. [2] Hairer E, Wanner G (1996). Solving ordinary differential equations II: stiff and
   differential-algebraic problems. Springer. doi:10.1007/978-3-642-05221-7
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eqsim.errors import IntegratorError

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RosenbrockTableau:
    """The coefficients of a Rosenbrock method with s stages.

    Parameters
    ----------
    gamma : float
        The diagonal of the implicit part.
    explicit : tuple of tuple of float
        How much of the earlier stages goes into the state of each: row i has i entries; alpha in
        the literature.
    implicit : tuple of tuple of float
        How much of the Jacobian times the earlier stages goes into each, row i has i entries;
        gamma_ij in the literature.
    weights : tuple of float
        How much of each stage goes into the result, shape (s,).
    embedded : tuple of float or None
        Weights of a second result, from which the error of the first is estimated, shape (s,).

    Raises
    ------
    IntegratorError
        If the shapes do not fit, or weights do not sum to one.
    """

    gamma: float
    explicit: tuple[Row, ...]
    implicit: tuple[Row, ...]
    weights: Row
    embedded: Row | None = None

    def __post_init__(self) -> None:
        expected = list(range(len(self.weights)))
        for rows in (self.explicit, self.implicit):
            if [len(row) for row in rows] != expected:
                raise IntegratorError(
                    "the rows of a Rosenbrock method have "
                    f"{', '.join(str(len(row)) for row in rows)} entries\n"
                    f"  expected: {', '.join(map(str, expected))}"
                )
        for weights in filter(None, (self.weights, self.embedded)):
            if len(weights) != len(expected) or abs(sum(weights) - 1) > 1e-12:
                raise IntegratorError(
                    f"the weights of a Rosenbrock method sum to {sum(weights)}\n  expected 1, of"
                    f" {len(expected)} weights"
                )

    @classmethod
    def from_transformed(
        cls,
        gamma: float,
        explicit: Sequence[Row],
        couplings: Sequence[Row],
        weights: Row,
        errors: Row,
    ) -> RosenbrockTableau:
        """Return the tableau of a method that is published for the stages ``u = Gamma k``.

        Parameters
        ----------
        gamma : float
            The diagonal of the implicit part.
        explicit, couplings, weights, errors
            As in :class:`TransformedTableau`.
        """
        matrix = _inverse(1 / gamma, [tuple(-entry for entry in row) for row in couplings])
        first, difference = _times(weights, matrix), _times(errors, matrix)
        return cls(
            gamma=gamma,
            explicit=tuple(_times(row, matrix) for row in explicit),
            implicit=tuple(tuple(row[:-1]) for row in matrix),
            weights=first,
            embedded=tuple(b - error for b, error in zip(first, difference, strict=True)),
        )

    @property
    def stages(self) -> int:
        """The number of stages."""
        return len(self.weights)

    def transformed(self) -> TransformedTableau:
        """Return the coefficients for stages from which no product with the Jacobian is needed."""
        inverse = _inverse(self.gamma, self.implicit)
        return TransformedTableau(
            explicit=tuple(_times(row, inverse) for row in self.explicit),
            couplings=tuple(tuple(-entry for entry in row[:-1]) for row in inverse),
            weights=_times(self.weights, inverse),
            errors=_times(
                [b - other for b, other in zip(self.weights, self._compared, strict=True)], inverse
            ),
            nodes=tuple(sum(row) for row in self.explicit),
            slopes=tuple(self.gamma + sum(row) for row in self.implicit),
        )

    @property
    def _compared(self) -> Row:
        return self.embedded or self.weights


@dataclass(frozen=True, slots=True)
class TransformedTableau:
    """The coefficients of a Rosenbrock method for the stages ``u = Gamma k``.

    Parameters
    ----------
    explicit, couplings : tuple of tuple of float
        How much of the earlier stages goes into the state, and divided by the step into the right
        side, of each; a and c in the literature.
    weights, errors : tuple of float
        How much of each goes into the result, and into its difference to the embedded one.
    nodes, slopes : tuple of float
        At which part of the step each stage is, and how much of the derivative by the time it
        takes.
    """

    explicit: tuple[Row, ...]
    couplings: tuple[Row, ...]
    weights: Row
    errors: Row
    nodes: Row
    slopes: Row


def _inverse(gamma: float, below: Sequence[Row]) -> list[list[float]]:
    """Return the inverse of a lower triangular matrix with one value on the diagonal."""
    rows: list[list[float]] = []
    for i, row in enumerate(below):
        inverted = [-sum(row[k] * rows[k][j] for k in range(j, i)) / gamma for j in range(i)]
        rows.append([*inverted, 1 / gamma])
    return rows


def _times(row: Sequence[float], matrix: Sequence[Sequence[float]]) -> Row:
    return tuple(sum(row[k] * matrix[k][j] for k in range(j, len(row))) for j in range(len(row)))
