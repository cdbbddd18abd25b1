"""Probabilities and weights that depend on the distance between two places."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.connect.arguments import flag, positive, probability
from eqsim.connect.chance import portion
from eqsim.connect.lattices import Lattice
from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.synapses.connectors import Connections, Connector, Sides
from eqsim.network.synapses.random_pairs import All, ByChance
from eqsim.targets.numpy import mathematics
from eqsim.units import arguments
from eqsim.units.dimensions import dimension_name
from eqsim.units.quantity import dimension_of, si_value, with_dimension

_NEGLIGIBLE = 2.0**-64
"""Probabilities below are 0: of 1e19 such pairs, one would be made."""


def _check_geometry(connector: Any) -> None:
    name = type(connector).__name__
    for what in ("normalize", "include_self", "periodic_boundary"):
        flag(getattr(connector, what), what, name)


class DistanceDependent(Connector):
    """Connect pairs with a probability that is a function of their distance.

    Parameters
    ----------
    prob : callable
        Takes distances, shape (n,), and returns probabilities from 0 to 1, shape (n,).
    reach : float, optional
        Pairs farther apart than this are not connected.
    normalize : bool
        Whether positions go from 0 to 1 along each axis of the groups' shapes; otherwise
        neighbours are 1 apart.
    include_self : bool
        Whether elements connect with themselves, or with the one at the same place.
    periodic_boundary : bool
        Whether places at an edge are neighbours of those at the opposite edge.
    seed : int, optional
        Where chance comes from; by default :func:`eqsim.seed`.

    Notes
    -----
    The function is called once, with the different distances of the lattice. Positions that are
    no lattice are written as variables, and ``p`` as an expression over them:
    ``S.connect(p='exp(-abs(x_pre - x_post)/(100*um))')``.

    Examples
    --------
    >>> near = DistanceDependent(lambda d: 0.5*(d <= 2), normalize=False, seed=1)
    >>> near((20, 20)).n_outgoing.mean()
    np.float64(6.1375)
    """

    def __init__(
        self,
        prob: Callable[[NDArray[np.float64]], Any],
        reach: float | None = None,
        normalize: bool = True,
        include_self: bool = True,
        periodic_boundary: bool = False,
        *,
        seed: int | None = None,
    ) -> None:
        super().__init__(seed=seed)
        name = type(self).__name__
        if not callable(prob):
            raise ModelError(
                f"prob of {name} is {prob!r}\n"
                "  expected: a function of distances, such as lambda d: np.exp(-d/0.1)"
            )
        self.prob = prob
        self.reach = math.inf if reach is None else positive(reach, "reach", name)
        self.normalize = normalize
        self.include_self = include_self
        self.periodic_boundary = periodic_boundary
        _check_geometry(self)

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return connections chosen at random."""
        lattice = Lattice.of(
            sides,
            type(self).__name__,
            normalize=self.normalize,
            is_periodic=self.periodic_boundary,
            reach=self.reach,
        )
        distances = lattice.distances()
        p = np.where(distances <= self.reach, self._probabilities(distances), 0.0)
        possible = p > _NEGLIGIBLE
        selection = ByChance(key, None, portion)
        chosen = lattice.kept(possible)
        return chosen.connections(selection, p[possible], include_self=self.include_self)

    def _probabilities(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        p = arguments.array(
            self.prob(distances), "what prob of DistanceDependent returned", "probabilities"
        ).astype(np.float64)
        if p.shape != distances.shape:
            raise ModelError(
                f"prob of DistanceDependent returned the shape {p.shape} for distances of the"
                f" shape {distances.shape}\n  expected: one probability for each distance"
            )
        wrong = np.flatnonzero(~((p >= 0.0) & (p <= 1.0)))
        if len(wrong):
            raise ModelError(
                f"the probability is {p[wrong[0]]:.6g} at the distance {distances[wrong[0]]:.6g}\n"
                "  expected: numbers from 0 to 1; np.clip(..., 0, 1) keeps them there"
            )
        return p


class GaussianProb(DistanceDependent):
    r"""Connect pairs with a probability that falls with their distance like a Gaussian.

    .. math:: p = \exp\left(-\frac{d^2}{2\sigma^2}\right)

    Parameters
    ----------
    sigma : float
        Width of the Gaussian.
    p_min : float
        Pairs of a lower probability are not connected.
    normalize : bool
        Whether positions go from 0 to 1 along each axis of the groups' shapes; otherwise
        neighbours are 1 apart.
    include_self : bool
        Whether elements connect with themselves, or with the one at the same place.
    periodic_boundary : bool
        Whether places at an edge are neighbours of those at the opposite edge.
    seed : int, optional
        Where chance comes from; by default :func:`eqsim.seed`.

    Notes
    -----
    The time needed is proportional to the connections made.

    Examples
    --------
    >>> made = GaussianProb(sigma=2.0, normalize=False, seed=1)((30, 30))
    >>> int(made.n_outgoing.max()), int(made.n_outgoing.min())
    (36, 6)
    """

    def __init__(
        self,
        sigma: float,
        p_min: float = 0.0,
        normalize: bool = True,
        include_self: bool = True,
        periodic_boundary: bool = False,
        *,
        seed: int | None = None,
    ) -> None:
        self.sigma = positive(sigma, "sigma", "GaussianProb")
        self.p_min = probability(p_min, "p_min", "GaussianProb")
        farthest = self.sigma * math.sqrt(-2.0 * math.log(max(self.p_min, _NEGLIGIBLE)))
        # A little more, so that what is rounded away there is decided by p_min alone.
        reach = farthest + 1e-9 * self.sigma
        geometry = normalize, include_self, periodic_boundary
        super().__init__(self._probability, reach, *geometry, seed=seed)

    def _probability(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        p = _gaussian(distances, self.sigma)
        return np.where(p >= self.p_min, p, 0.0)


class _Weighted(Connector):
    """All pairs whose weight, a function of their distance, is large enough."""

    normalize: bool
    include_self: bool
    periodic_boundary: bool
    w_min: Any

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the connections, with weights."""
        del key
        lattice = Lattice.of(
            sides,
            type(self).__name__,
            normalize=self.normalize,
            is_periodic=self.periodic_boundary,
        )
        weights = self._weights(lattice.distances())
        large = np.abs(weights) >= abs(float(si_value(self.w_min)))
        made = lattice.kept(large)
        every = np.ones(len(made.sizes))
        found = made.connections(
            All(portion), every, include_self=self.include_self, weights=weights[large]
        )
        united = with_dimension(found.weights, dimension_of(self.w_min))
        return Connections(sides, found.post, found.begin, united)

    def _weights(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weights at distances, in SI units."""
        raise NotImplementedError


class GaussianWeight(_Weighted):
    r"""Connect pairs with weights that fall with their distance like a Gaussian.

    .. math:: w = w_{max} \exp\left(-\frac{d^2}{2\sigma^2}\right)

    Parameters
    ----------
    sigma : float
        Width of the Gaussian.
    w_max : float or Quantity
        The weight at distance 0.
    w_min : float or Quantity, optional
        Pairs of a weight below, in absolute value, are not connected; by default
        ``0.01*w_max``.
    normalize : bool
        Whether positions go from 0 to 1 along each axis of the groups' shapes; otherwise
        neighbours are 1 apart.
    include_self : bool
        Whether elements connect with themselves, or with the one at the same place.
    periodic_boundary : bool
        Whether places at an edge are neighbours of those at the opposite edge.

    Examples
    --------
    >>> from eqsim import mV
    >>> pre, post, weights = GaussianWeight(sigma=0.5, w_max=2*mV)(3)
    >>> weights[:3]
    array([2.        , 1.21306132, 0.27067057])*mV
    """

    def __init__(
        self,
        sigma: float,
        w_max: Any,
        w_min: Any = None,
        normalize: bool = True,
        include_self: bool = True,
        periodic_boundary: bool = False,
    ) -> None:
        super().__init__()
        self.sigma = positive(sigma, "sigma", "GaussianWeight")
        self.w_max = w_max
        arguments.number(w_max, "w_max of GaussianWeight")
        self.w_min = 0.01 * w_max if w_min is None else w_min
        _check_weights("GaussianWeight", w_max=w_max, w_min=self.w_min)
        self.normalize = normalize
        self.include_self = include_self
        self.periodic_boundary = periodic_boundary
        _check_geometry(self)

    def _weights(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        return float(si_value(self.w_max)) * _gaussian(distances, self.sigma)


class DOG(_Weighted):
    r"""Connect pairs with weights that are a difference of two Gaussians of their distance.

    .. math::
        w = w_1 \exp\left(-\frac{d^2}{2\sigma_1^2}\right)
            - w_2 \exp\left(-\frac{d^2}{2\sigma_2^2}\right)

    Parameters
    ----------
    sigmas : pair of float
        Widths of the two.
    ws_max : pair of float or Quantity
        Their values at distance 0.
    w_min : float or Quantity, optional
        Pairs of a weight below, in absolute value, are not connected; by default 0.01 of the
        difference of ``ws_max``.
    normalize : bool
        Whether positions go from 0 to 1 along each axis of the groups' shapes; otherwise
        neighbours are 1 apart.
    include_self : bool
        Whether elements connect with themselves, or with the one at the same place.
    periodic_boundary : bool
        Whether places at an edge are neighbours of those at the opposite edge.

    Examples
    --------
    >>> pre, post, weights = DOG(sigmas=(0.2, 0.4), ws_max=(1.0, 0.5))(5)
    >>> weights[:4].round(4)
    array([ 0.5   ,  0.0465, -0.185 , -0.0853])
    """

    def __init__(
        self,
        sigmas: Sequence[float],
        ws_max: Sequence[Any],
        w_min: Any = None,
        normalize: bool = True,
        include_self: bool = True,
        periodic_boundary: bool = False,
    ) -> None:
        super().__init__()
        for what, pair in (("sigmas", sigmas), ("ws_max", ws_max)):
            expected = "a pair, such as (1, 2)"
            if arguments.array(pair, f"{what} of DOG", expected).shape != (2,):
                raise ModelError(f"{what} of DOG is {pair!r}\n  expected: {expected}")
        self.sigmas = tuple(positive(sigma, "sigmas", "DOG") for sigma in sigmas)
        self.ws_max = tuple(ws_max)
        _check_weights("DOG", **{"ws_max[0]": ws_max[0], "ws_max[1]": ws_max[1]})
        self.w_min = 0.01 * (ws_max[0] - ws_max[1]) if w_min is None else w_min
        _check_weights("DOG", ws_max=ws_max[0], w_min=self.w_min)
        self.normalize = normalize
        self.include_self = include_self
        self.periodic_boundary = periodic_boundary
        _check_geometry(self)

    def _weights(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        first, second = (
            float(si_value(w)) * _gaussian(distances, sigma)
            for w, sigma in zip(self.ws_max, self.sigmas, strict=True)
        )
        return first - second


def _gaussian(distances: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # very far away is at infinity
        exponent = -0.5 * (distances / sigma) ** 2
    # Not NumPy's, whose last digits depend on the processor.
    return np.asarray(mathematics.exp(exponent))


def _check_weights(of: str, **weights: Any) -> None:
    """Refuse weights that are no numbers, or of different units."""
    for what, weight in weights.items():
        arguments.number(weight, f"{what} of {of}")
    dimensions = [dimension_of(weight) for weight in weights.values()]
    if dimensions[0] is not dimensions[1]:
        first, second = weights
        raise DimensionMismatchError(
            f"{first} of {of} has the unit {dimension_name(dimensions[0])}, and {second} has"
            f" {dimension_name(dimensions[1])}\n  give both in one unit"
        )
