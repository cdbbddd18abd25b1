"""Linear equations with a sparse matrix of expressions, solved by statements without branches.

The pivots are those of the diagonal, in an order that is chosen by the form of the matrix alone:
the one next that fills in least. So the statements are the same for all elements, run in vectors,
and a matrix that couples each gating variable with the membrane potential only costs as many
operations as there are variables, and not their cube.

References
----------
.. [1] Markowitz HM (1957). The elimination form of the inverse and its application to linear
   programming. Management Science 3(3):255-269. doi:10.1287/mnsc.3.3.255
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eqsim.expressions.fold import ONE, ZERO, add, divide, is_zero, multiply, subtract
from eqsim.expressions.nodes import Expr, Literal, Name
from eqsim.expressions.statements import Assign, Statement

Entries = Mapping[tuple[int, int], Expr]


class Elimination:
    """The factors of a matrix, ready to solve equations with any right sides.

    Parameters
    ----------
    matrix : mapping of (int, int) to Expr
        The entries that are not zero by form, by row and column; shape (n, n).
    size : int
        n.
    """

    def __init__(self, matrix: Entries, size: int) -> None:
        self.statements: list[Statement] = []
        """Definitions of locals with the factors."""
        self._entries: dict[tuple[int, int], Expr] = {
            place: self._named(f"_w{place[0]}_{place[1]}", entry)
            for place, entry in matrix.items()
            if not is_zero(entry)
        }
        self._left = set(range(size))
        self._order: list[int] = []
        self._reciprocals: dict[int, Expr] = {}
        self._factors: dict[int, list[tuple[int, Expr]]] = {}
        self._above: dict[int, list[tuple[int, Expr]]] = {}
        while self._left:
            self._eliminate(min(sorted(self._left), key=self._fill))

    def _named(self, local: str, value: Expr) -> Expr:
        if isinstance(value, Literal | Name):
            return value
        self.statements.append(Assign(local, value))
        return Name(local)

    def _fill(self, pivot: int) -> int:
        """Return how many entries the elimination of a variable may add."""
        return len(self._column(pivot)) * len(self._row(pivot))

    def _column(self, pivot: int) -> list[int]:
        return [i for i in sorted(self._left - {pivot}) if (i, pivot) in self._entries]

    def _row(self, pivot: int) -> list[int]:
        return [j for j in sorted(self._left - {pivot}) if (pivot, j) in self._entries]

    def _eliminate(self, pivot: int) -> None:
        entry = self._entries[pivot, pivot]
        # An infinite entry must not look like a variable that stands still.
        reciprocal = add(divide(ONE, entry), subtract(entry, entry))
        reciprocal = self._named(f"_reciprocal{pivot}", reciprocal)
        rows, columns = self._column(pivot), self._row(pivot)
        self._reciprocals[pivot] = reciprocal
        self._above[pivot] = [(j, self._entries[pivot, j]) for j in columns]
        self._factors[pivot] = []
        for i in rows:
            factor = multiply(self._entries[i, pivot], reciprocal)
            factor = self._named(f"_factor{i}_{pivot}", factor)
            self._factors[pivot].append((i, factor))
            for j in columns:
                old = self._entries.get((i, j), ZERO)
                new = subtract(old, multiply(factor, self._entries[pivot, j]))
                self._entries[i, j] = self._named(f"_w{i}_{j}_after{pivot}", new)
        self._left.remove(pivot)
        self._order.append(pivot)

    def solution(self, right: Sequence[Expr], prefix: str) -> tuple[list[Statement], list[Expr]]:
        """Return the solution for one right side, and the statements that lead to it.

        Parameters
        ----------
        right : sequence of Expr
            The right side, shape (n,).
        prefix : str
            Begin of the names of new locals.
        """
        statements: list[Statement] = []

        def named(stem: str, value: Expr) -> Expr:
            if isinstance(value, Literal | Name):
                return value
            statements.append(Assign(f"{prefix}{stem}", value))
            return Name(f"{prefix}{stem}")

        values = [named(f"_right{i}", value) for i, value in enumerate(right)]
        for pivot in self._order:
            for i, factor in self._factors[pivot]:
                reduced = subtract(values[i], multiply(factor, values[pivot]))
                values[i] = named(f"_right{i}_after{pivot}", reduced)
        for pivot in reversed(self._order):
            value = values[pivot]
            for j, entry in self._above[pivot]:
                value = subtract(value, multiply(entry, values[j]))
            values[pivot] = named(f"{pivot}", multiply(value, self._reciprocals[pivot]))
        return statements, values
