"""What is told about the equations of a group: structure, method, one step."""

import re
import sys

import pytest

from eqsim import Equations, Network, NeuronGroup, Synapses, TimedArray, explain, ms, mV
from eqsim.errors import IntegratorError, ModelError, UnknownNameError
from eqsim.integrators import ALL

tau, E_rest, sigma = 10 * ms, -70 * mV, 2 * mV

HODGKIN_HUXLEY = """
dv/dt = (10*mV - v - 4*m*v)/ms : volt
dm/dt = (1/(1 + exp(-v/mV)) - m)/(2*ms) : 1
"""


def test_a_linear_equation_with_the_names_and_units_of_the_user():
    group = NeuronGroup(1, "dv/dt = (E_rest - v)/tau : volt  # leak", name="leaky")
    assert str(explain(group)) == (
        "'leaky': 'exact' because the equations are linear with coefficients constant over a"
        " step\n"
        "  no error of method\n"
        "  dv/dt = (E_rest - v)/tau : volt\n"
        "    linear, constant coefficients, autonomous\n"
        "  a step from t to t + dt:\n"
        "    v_new = v * exp(-1.0 / tau * dt) + dt * exprel(-1.0 / tau * dt) * (E_rest / tau)"
    )


def test_noise_comes_with_its_orders_and_its_sense():
    group = NeuronGroup(1, "dv/dt = (E_rest - v)/tau + v*xi/tau**0.5 : volt", name="noisy")
    told = str(explain(group))
    assert told.startswith("'noisy': 'heun' (noise in the sense of Stratonovich) because 'exact'")
    assert "  order 2, strong order 1, weak order 1, noise in the sense of Stratonovich\n" in told
    assert "linear, constant coefficients, autonomous, diagonal noise" in told


def test_additive_noise_means_the_same_in_both_senses():
    group = NeuronGroup(
        1, "dv/dt = -v/tau + sigma*xi/tau**0.5 : volt", method="euler_maruyama", name="noisy"
    )
    told = str(explain(group))
    assert told.startswith("'noisy': 'euler_maruyama' because it was asked for\n")
    assert "strong order 1, weak order 1, noise in the sense of Ito = Stratonovich" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dx/dt = -x/tau : 1", "linear, constant coefficients, autonomous"),
        ("dx/dt = -x*t/tau**2 : 1", "linear, varying coefficients, not autonomous"),
        ("dx/dt = -x**2/tau : 1", "nonlinear, autonomous"),
        ("dx/dt = -x*I(t)/tau : 1", "linear, varying coefficients, not autonomous"),
        ("dx/dt = (x_0 - x)/tau : 1\nx_0 = 3*2 : 1", "linear, constant coefficients, autonomous"),
    ],
)
def test_the_structure_of_an_equation_is_told(text, words):
    I = TimedArray([1.0, 2.0], dt=0.15 * ms)  # noqa: E741 - as users write
    assert I is not None
    told = str(explain(NeuronGroup(1, text, method=["exact", "euler"])))
    assert f"\n    {words}\n" in told


def test_what_is_linear_in_itself_only_is_told_so():
    told = str(explain(NeuronGroup(1, HODGKIN_HUXLEY, method="exponential_euler")))
    assert "conditionally linear (in 'v' alone), constant coefficients, autonomous" in told


@pytest.mark.parametrize("integrator", ALL, ids=lambda each: each.name)
def test_every_method_is_explained_in_text_and_in_latex(integrator):
    texts = [HODGKIN_HUXLEY, "dv/dt = (E_rest - v)/tau : volt"]
    texts += [text.replace(" : volt", " + v*xi/tau**0.5 : volt", 1) for text in texts]
    explained = 0
    for text in texts:
        group = NeuronGroup(1, text, method=integrator.name)
        try:
            found = explain(group)
        except IntegratorError:
            continue
        explained += 1
        (system,) = found.systems
        assert system.integrator.name == integrator.name
        assert f"'{integrator.name}'" in str(found)
        assert "v_new = " in str(found)
        latex = found.latex
        assert latex.startswith("\\begin{align*}")
        assert latex.endswith("\\end{align*}")
        assert latex.count("{") == latex.count("}")
        assert found._repr_latex_() == latex
    assert explained


def test_latex_shows_units_upright_and_locals_without_underscores():
    found = explain(NeuronGroup(1, "dv/dt = -v/(5*ms) : volt", method="midpoint"))
    assert found.latex == (
        "\\begin{align*}\n"
        "\\frac{\\mathrm{d} v}{\\mathrm{d} t} &= - \\frac{v}{5 \\mathrm{ms}} \\\\\n"
        "&\\text{midpoint:} \\\\\n"
        "k_{1 v} &= - \\frac{v}{5 \\mathrm{ms}} \\\\\n"
        "x_{2 v} &= 0.5 k_{1 v} \\mathit{dt} + v \\\\\n"
        "k_{2 v} &= - \\frac{x_{2 v}}{5 \\mathrm{ms}} \\\\\n"
        "v(t + \\mathit{dt}) &= k_{2 v} \\mathit{dt} + v\n"
        "\\end{align*}"
    )


def test_explaining_in_text_does_not_import_sympy():
    import subprocess

    code = (
        "import sys; from eqsim import *; tau = 10*ms;"
        "print(explain(NeuronGroup(1, 'dv/dt = -v/tau : volt', method='rosenbrock')));"
        "print('sympy' in sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.endswith("False\n")


def test_synapses_are_explained_by_what_drives_them():
    cells = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0", name="cells")
    synapses = Synapses(
        cells,
        cells,
        """da/dt = -a/tau : 1 (event-driven)
        db/dt = (v_pre - b**2)/tau : 1 (clock-driven)""",
        name="links",
    )
    synapses.connect()
    told = str(explain(synapses))
    assert "'links': 'euler' because 'exact' cannot" in told
    assert (
        "'links', from event to event (dt): 'exact' because nothing else leads from one event to"
        " the next\n" in told
    )
    assert "da/dt = -a/tau : 1 (event-driven)\n" in told


def test_a_part_of_a_group_is_explained_as_the_group():
    group = NeuronGroup(4, "dx/dt = -x/tau : 1", name="cells")
    assert str(explain(group[1:3])) == str(explain(group))


def test_a_group_without_differential_equations_says_so():
    assert str(explain(NeuronGroup(1, "x : 1", name="cells"))) == (
        "'cells' has no differential equations"
    )


def test_explaining_changes_nothing():
    group = NeuronGroup(1, "dx/dt = -x/tau + xi/tau**0.5 : 1")
    before = {name: each.values.copy() for name, each in group.variables.items()}
    first = str(explain(group))
    Network(group).run(1 * ms, target="numpy")
    assert str(explain(group)) == first
    assert before.keys() == group.variables.keys()


def test_wrong_models_are_told_as_when_they_run():
    with pytest.raises(UnknownNameError, match="'unknown' is not defined"):
        explain(NeuronGroup(1, "dx/dt = -x/unknown : 1"))
    refused = NeuronGroup(1, "dx/dt = -x**2/tau : 1", method="exact", name="cells")
    with pytest.raises(IntegratorError, match=r"equations of 'cells'\n  dx/dt is not linear"):
        explain(refused)
    with pytest.raises(ModelError, match=re.escape("explain() takes a group of neurons")):
        explain(Equations("x : 1"))


def test_constants_can_be_given():
    group = NeuronGroup(1, "dx/dt = -x/slow : 1")
    assert "-1.0 / slow * dt" in str(explain(group, {"slow": 20 * ms}))
