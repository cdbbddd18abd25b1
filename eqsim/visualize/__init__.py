"""Pictures and animations of results, with axes labelled by their units."""

from __future__ import annotations

from eqsim.visualize.animations import animate_1D, animate_2D
from eqsim.visualize.connectivity import connection_degrees, connection_map, connection_matrix
from eqsim.visualize.figures import get_figure, publication_style
from eqsim.visualize.lines import line_plot, rate_plot, spectrum_plot
from eqsim.visualize.rasters import raster_plot

__all__ = [
    "animate_1D",
    "animate_2D",
    "connection_degrees",
    "connection_map",
    "connection_matrix",
    "get_figure",
    "line_plot",
    "publication_style",
    "raster_plot",
    "rate_plot",
    "spectrum_plot",
]
