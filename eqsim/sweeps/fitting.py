"""Parameters that fit: losses of many points at once, for whatever optimiser asks for them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.caller import caller_names
from eqsim.sweeps.batches import SweepWarning
from eqsim.sweeps.interface import sweep
from eqsim.sweeps.recording import RunResults
from eqsim.sweeps.sampling import points
from eqsim.units.dimensions import Dimension
from eqsim.units.quantity import Quantity, dimension_of, si_value, with_dimension

Point = Mapping[str, Any]


class Optimiser(Protocol):
    """What proposes points and hears how good they are."""

    def ask(self) -> Sequence[Point]:
        """Return the points of one generation."""

    def tell(self, points: Sequence[Point], losses: NDArray[np.float64]) -> None:
        """Take the losses of these points, infinite where a run failed."""


@dataclass
class Evaluator:
    """The loss of a model as a function of its parameters.

    Parameters
    ----------
    model : Network or function
        As for :func:`eqsim.sweep`.
    bounds : mapping of str to (low, high)
        The parameters, and between what they are.
    loss : callable
        From the :class:`~eqsim.sweeps.recording.RunResults` of a run to one number, the smaller
        the better.
    duration : Quantity
        How long a run is.
    options : dict
        More options of :func:`eqsim.sweep`: ``repeats`` (losses are averaged), ``executor``,
        ``seed``, ``namespace``, ``target``.

    Examples
    --------
    >>> from eqsim import Network, NeuronGroup, ms
    >>> cells = NeuronGroup(1, 'dx/dt = rate : 1', method='euler', name='cells')
    >>> evaluator = Evaluator(Network(cells), {'rate': (0/ms, 2/ms)},
    ...                       lambda results: (results['cells'].x[0] - 3)**2, 2*ms,
    ...                       {'target': 'numpy'})
    >>> evaluator.losses([{'rate': 1/ms}, {'rate': 1.5/ms}]).round(6)
    array([1., 0.])
    >>> evaluator(np.array([[0.5, 0.75]])).round(6)
    array([1., 0.])
    """

    model: Any
    bounds: Mapping[str, tuple[Any, Any]]
    loss: Callable[[RunResults], float]
    duration: Quantity
    options: Mapping[str, Any] = field(default_factory=dict)
    evaluations: int = 0
    """How many points were asked for."""

    def __post_init__(self) -> None:
        if not self.bounds:
            raise ModelError("nothing is to be fitted\n  give 'bounds' at least one parameter")
        names = dict(caller_names()) if "namespace" not in self.options else {}
        self.options = {"namespace": names, "errors": "keep", "progress": False, **self.options}

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """The dimensions of the parameters."""
        return {name: dimension_of(high) for name, (_, high) in self.bounds.items()}

    def losses(self, asked: Sequence[Point]) -> NDArray[np.float64]:
        """Return the losses of points, infinite where a run failed.

        Parameters
        ----------
        asked : sequence of mapping
            The parameters of each point.

        Returns
        -------
        ndarray of float64
            Shape (n_points,).
        """
        with warnings.catch_warnings():
            # Losses tell it, and fit() if no point is any good.
            warnings.filterwarnings("ignore", "every run of the sweep failed", SweepWarning)
            found = sweep(
                self.model,
                points(asked),
                duration=self.duration,
                record={"loss": self.loss},
                **self.options,
            )
        self.evaluations += len(asked)
        if "loss" not in found.data_vars:
            return np.full(len(asked), np.inf)
        values = np.asarray(found["loss"].values, dtype=float).reshape(len(asked), -1)
        mean = values.mean(axis=1)
        return np.where(np.isfinite(mean), mean, np.inf)

    def point(self, unit: Sequence[float]) -> dict[str, Any]:
        """Return the parameters at a place of the unit cube."""
        made = {}
        for (name, (low, high)), place in zip(self.bounds.items(), unit, strict=True):
            value = float(si_value(low)) + float(si_value(high) - si_value(low)) * float(place)
            made[name] = with_dimension(value, self.dimensions[name])
        return made

    def __call__(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return losses at places of the unit cube: what ``scipy.optimize`` calls.

        Parameters
        ----------
        unit : ndarray
            Shape (n_parameters, n_points), or (n_parameters,) for one point.

        Returns
        -------
        ndarray of float64
            Shape (n_points,), or a number.
        """
        columns = np.atleast_2d(np.asarray(unit, dtype=float).T)
        losses = self.losses([self.point(column) for column in columns])
        return losses if np.ndim(unit) > 1 else losses[0]


def fit(
    evaluator: Evaluator, optimiser: Optimiser, generations: int
) -> tuple[dict[str, Any], float]:
    """Let an optimiser ask for points and tell it their losses.

    Parameters
    ----------
    evaluator : Evaluator
        The model.
    optimiser : Optimiser
        What has ``ask`` and ``tell``.
    generations : int
        How often it is asked.

    Returns
    -------
    point : dict of str to Quantity
        The best point.
    loss : float
        Its loss.

    Raises
    ------
    ModelError
        If it never asked for a point whose runs succeeded.
    """
    best: dict[str, Any] = {}
    least = np.inf
    for _ in range(generations):
        asked = list(optimiser.ask())
        losses = evaluator.losses(asked)
        optimiser.tell(asked, losses)
        place = int(np.argmin(losses))
        if losses[place] < least:
            best, least = dict(asked[place]), float(losses[place])
    if not best:
        raise ModelError(
            "no run of the fit gave a finite loss\n  look at the model and its bounds"
        )
    return best, least
