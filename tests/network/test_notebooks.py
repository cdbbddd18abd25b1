"""Cells of a notebook: shown values are remembered, cells run again, names mean new objects."""

from __future__ import annotations

import copy
import linecache
import pickle
import weakref
from pathlib import Path

import numpy as np
import pytest

import eqsim
from eqsim import NeuronGroup, PopulationRateMonitor, ms
from eqsim.errors import MagicError, ModelError

START = "from eqsim import *\nseed(1)\ntau = 10*ms\n"


class Notebook:
    """Runs cells as IPython does, which keeps what a cell shows in ``_12``, ``_`` and ``_oh``."""

    def __init__(self, remembers=True):
        self.names = {"__name__": "__main__", "_oh": {}} if remembers else {}
        self.number = 0

    def run(self, cell, shows=None):
        self.number += 1
        place = f"<ipython-input-{self.number}>"
        linecache.cache[place] = (len(cell), None, cell.splitlines(keepends=True), place)
        exec(compile(cell, place, "exec"), self.names)
        if shows is None:
            return None
        value = eval(shows, self.names)
        for name in ("_", f"_{self.number}"):
            self.names[name] = value
        # The shell formats the value, in a frame that has none of the user's names.
        return eval("repr(value)", {"value": value})


@pytest.fixture
def notebook():
    eqsim.start_scope()
    made = Notebook()
    made.run(START)
    return made


GROUP = "G = NeuronGroup(2, 'dv/dt = (1 - v)/tau : 1', method='exact')"


def test_a_group_that_a_cell_showed_does_not_outlive_its_name(notebook):
    for _ in range(2):
        notebook.run(GROUP, shows="G")
        notebook.run("run(2*ms, target='numpy')")

    assert notebook.names["G"].v[:] == pytest.approx(1 - np.exp(-0.2))


def test_names_that_no_notebook_gave_count_with_and_without_underscores():
    eqsim.start_scope()
    script = Notebook(remembers=False)
    script.run(START + GROUP.replace("G", "_1", 1) + "\nrun(2*ms, target='numpy')")

    assert script.names["_1"].v[0] > 0


def test_cells_that_make_and_run_a_model_can_be_run_again(notebook):
    cell = f"{GROUP}\nM = StateMonitor(G, 'v', record=True)\nrun(2*ms, target='numpy')"
    traces = []
    for _ in range(2):
        notebook.run(cell, shows="M")
        traces.append(notebook.names["M"].v)

    np.testing.assert_array_equal(*traces)


def test_a_monitor_of_a_group_that_was_replaced_is_told(notebook):
    notebook.run(f"{GROUP}\nM = StateMonitor(G, 'v', record=True)")
    notebook.run(GROUP)
    with pytest.raises(ModelError, match="if a new group took its place, make what uses it anew"):
        notebook.run("run(2*ms, target='numpy')")


def test_a_new_group_beside_one_that_ran_is_still_refused(notebook):
    notebook.run(f"{GROUP}\nrun(1*ms, target='numpy')")
    with pytest.raises(MagicError, match="was part of the last run"):
        notebook.run(GROUP.replace("G", "H", 1) + "\nrun(1*ms, target='numpy')")


def test_a_subexpression_is_shown_with_the_constants_of_the_cell(notebook):
    shown = notebook.run("G = NeuronGroup(2, 'y = i*tau : second', name='G')", shows="G.y")

    assert shown == "<G.y: array([ 0., 10.])*ms>"


def test_views_of_subexpressions_follow_the_constants_where_they_were_made(notebook):
    notebook.run("G = NeuronGroup(2, 'y = i*tau : second')\nview = G.y\ntau = 5*ms")

    assert (notebook.names["view"][:] == [0, 5] * ms).all()


def test_constants_of_a_function_are_known_after_it_returned():
    def made(rate):
        return NeuronGroup(2, "y = i*rate : 1").y

    assert made(3)[:].tolist() == [0, 3]


def test_views_in_a_function_follow_its_constants():
    gain = 2
    view = NeuronGroup(2, "y = gain*i : 1").y
    before = view[:]
    gain += 1

    assert before.tolist() == [0, 2]
    assert view[:].tolist() == [0, 3]
    assert eval("repr(view)", {"view": view}).endswith("array([0., 3.])>")


def test_a_function_that_asks_has_its_own_constants():
    def asked(view):
        gain = 7
        assert gain
        return view[:].tolist()

    gain = 2
    view = NeuronGroup(2, "y = gain*i : 1").y
    elsewhere = eval("lambda view: [gain for gain in [9]] and view[:].tolist()", {})

    assert asked(view) == [0, 7]
    assert elsewhere(view) == [0, 2]
    del gain


def test_views_keep_of_a_function_only_what_may_be_a_constant():
    class Large:
        pass

    def made():
        gain, large = 3, Large()
        assert gain
        return NeuronGroup(2, "y = gain*i : 1").y, weakref.ref(large)

    view, kept = made()

    assert kept() is None
    assert view[:].tolist() == [0, 3]


def test_views_of_subexpressions_can_be_copied_and_kept():
    def made():
        gain = 3
        with Path(__file__).open() as file:  # of what no copy can be made
            view = NeuronGroup(2, "y = gain*i : 1").y
            return [copy.copy(view), copy.deepcopy(view), gain, file]

    for view in made()[:2]:
        assert view[:].tolist() == [0, 3]
    gain = 5
    place = pickle.loads(pickle.dumps(NeuronGroup(2, "y = gain*i : 1").y._place))
    assert place.names()["gain"] == 5
    del gain


def test_pictures_of_subexpressions_need_no_copies():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    gain = 2
    G = NeuronGroup(3, "y = gain*i : 1")
    (line,) = pyplot.figure().subplots().plot(G.y)
    pyplot.close("all")

    assert line.get_ydata().tolist() == [0, 2, 4]
    del gain


def test_a_rate_monitor_is_no_reason_to_keep_an_old_group(notebook):
    notebook.run(f"{GROUP[:-1]}, threshold='v > 0.5', reset='v = 0')", shows="G")
    notebook.run("R = PopulationRateMonitor(G)\nrun(1*ms, target='numpy')", shows="R")
    notebook.run(f"{GROUP[:-1]}, threshold='v > 0.5', reset='v = 0')", shows="G")
    notebook.run("R = PopulationRateMonitor(G)\nrun(1*ms, target='numpy')")

    assert isinstance(notebook.names["R"], PopulationRateMonitor)
    assert len(notebook.names["R"].t) == 10
