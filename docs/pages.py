"""The pages as they should be: every code block run, every output and every table written anew.

``python docs/pages.py`` rewrites the pages in place; ``--show PAGE`` prints one of them
as it should be, which is what the tests compare it with. In a page

* the blocks marked ``python`` run in order, in one namespace, in an empty folder;
* a block ``text`` right after one shows what it printed;
* a block marked ``python raises`` ends with an error of eqsim, which the block ``text`` shows;
* what stands between ``<!-- table: NAME -->`` and ``<!-- end of table -->`` is made by ``TABLES``.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import pylab

import eqsim
from eqsim import initializers, models
from eqsim.errors import EqsimError
from eqsim.expressions.functions import FUNCTIONS, DimensionRule, Function, KindRule
from eqsim.integrators import ALL as INTEGRATORS
from eqsim.integrators import Integrator, NoiseType

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(
    r"^```python(?P<raises> raises)?\n(?P<code>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)

MEANINGS = {
    "exp": "exponential",
    "log": "natural logarithm",
    "log10": "logarithm to base 10",
    "log1p": "log(1 + x), accurate for small x",
    "expm1": "exp(x) - 1, accurate for small x",
    "exprel": "(exp(x) - 1)/x, with the value 1 at 0",
    "inverse_exprel": "x/(exp(x) - 1), with the value 1 at 0",
    "sin": "sine of an angle in radians",
    "cos": "cosine of an angle in radians",
    "tan": "tangent of an angle in radians",
    "sinh": "hyperbolic sine",
    "cosh": "hyperbolic cosine",
    "tanh": "hyperbolic tangent",
    "arcsin": "inverse sine, in radians",
    "arccos": "inverse cosine, in radians",
    "arctan": "inverse tangent, in radians",
    "floor": "largest whole number not above x",
    "ceil": "smallest whole number not below x",
    "rand": "random number, uniform from 0 to 1",
    "randn": "random number, normal with mean 0 and standard deviation 1",
    "poisson": "random whole number, Poisson with the given mean",
    "binomial": "random whole number, successes in x trials with probability y each",
    "sqrt": "square root",
    "abs": "absolute value",
    "sign": "-1, 0 or 1",
    "clip": "first argument, limited to the range from the second to the third",
    "minimum": "smaller of two values",
    "maximum": "larger of two values",
    "int": "whole number: truncates numbers, turns a condition into 0 or 1",
    "timestep": "how many whole steps of the second argument fit into a time",
}
"""What the functions of the language mean, in one line each."""

_DIMENSIONS = {
    DimensionRule.NUMBER: ("plain numbers", "plain number"),
    DimensionRule.SAME: ("one unit for all", "the same unit"),
    DimensionRule.RATIO: ("one unit for all", "plain number"),
    DimensionRule.SQUARE_ROOT: ("any unit", "root of the unit"),
}
_KINDS = {
    KindRule.FLOAT: "",
    KindRule.INTEGER: ", whole",
    KindRule.HIGHEST: ", whole if the arguments are",
}


def function_row(function: Function) -> str:
    """Return the row of a function in the table of functions."""
    call = f"{function.name}({', '.join('xyz'[: function.n_arguments])})"
    if not isinstance(function.dimensions, DimensionRule):
        raise TypeError(f"the table has no words for the units of {function.name!r}")
    taken, returned = _DIMENSIONS[function.dimensions]
    taken = taken if function.n_arguments else "-"
    kind = _KINDS[function.kind]
    return f"| `{call}` | {MEANINGS[function.name]} | {taken} | {returned}{kind} |"


def function_table() -> str:
    """Return the table of the functions of the language."""
    head = "| function | meaning | takes | returns |\n|---|---|---|---|\n"
    return head + "\n".join(map(function_row, FUNCTIONS.values())) + "\n"


_NOISES = {
    NoiseType.NONE: "no noise",
    NoiseType.ADDITIVE: "additive noise",
    NoiseType.DIAGONAL: "one noise in each equation",
    NoiseType.COMMUTATIVE: "noises that commute",
    NoiseType.GENERAL: "any noise",
}


def integrator_row(integrator: Integrator) -> str:
    """Return the row of a method in the table of methods."""
    names = ", ".join(f"`'{name}'`" for name in (integrator.name, *integrator.aliases))
    accepted = f"{integrator.accepts}; {_NOISES[integrator.noise]}"
    order = "no error" if integrator.order == float("inf") else f"{integrator.order:g}"
    strong = "-" if integrator.strong_order is None else f"{integrator.strong_order:g}"
    if integrator.additive_order is not None:
        strong += f" ({integrator.additive_order:g})"
    sense = "-" if integrator.interpretation is None else integrator.interpretation.value
    references = " ".join(integrator.references)
    links = [
        f"[{number}](https://doi.org/{doi.rstrip('.')})"
        for number, doi in enumerate(re.findall(r"doi:(\S+)", references), start=1)
    ]
    cells = [names, accepted, order, strong, sense, integrator.cost, ", ".join(links)]
    return f"| {' | '.join(cells)} |"


def integrator_table() -> str:
    """Return the table of the integration methods."""
    head = (
        "| name | accepts | order | strong order | noise in the sense of | one step takes |"
        " literature |\n|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(map(integrator_row, INTEGRATORS)) + "\n"


def brian_names() -> list[str]:
    """Return the names of Brian 2's star import."""
    return (ROOT / "tests" / "brian" / "names.txt").read_text(encoding="utf-8").split()


def brian_table() -> str:
    """Return the table of Brian's names: all that differ or are not there, the others in a row."""
    from eqsim import brian
    from eqsim.brian.status import MODULES_OF_BRIAN, Status, status_of
    from eqsim.units.allunits import __all__ as units

    # NumPy 1 and Matplotlib as they are where Brian is installed: what else there is, is Brian's.
    foreign = {*dir(np), *dir(pylab)} - {*eqsim.__all__, *MODULES_OF_BRIAN}
    names = [name for name in brian_names() if name not in units]
    found = {name: status_of(name, vars(brian)) for name in names}
    rows = [
        f"| `{name}` | {status.value} | {text} |"
        for name, (status, text) in found.items()
        if status is not Status.SAME and hasattr(brian, name)
    ]
    gone = [name for name in names if not hasattr(brian, name)]
    same = [n for n, (s, _) in found.items() if s is Status.SAME and n not in foreign]
    others = sum(s is Status.SAME for s, _ in found.values()) - len(same)
    return "\n".join(
        [
            "| name | here | what differs, or what to use instead |\n|---|---|---|",
            *rows,
            f"| {', '.join(f'`{name}`' for name in same)} | same | |",
            f"| {others} names of NumPy and Matplotlib, and all units | same | |",
            f"| {', '.join(f'`{name}`' for name in gone)} | unsupported | names of NumPy 1 and of"
            " Python's modules: use what NumPy 2 has |\n",
        ]
    )


def brian_preference_table() -> str:
    """Return the table of Brian's preferences."""
    from eqsim.brian.preferences import WITHOUT_EFFECT, prefs

    setting = [name for name in prefs if name not in WITHOUT_EFFECT]
    rows = [f"| `{name}` | sets it here too |" for name in setting]
    rows += [f"| `{name}` | no effect |" for name in WITHOUT_EFFECT]
    return "| preference | here |\n|---|---|\n" + "\n".join(rows) + "\n"


def references_cell(references: tuple[str, ...]) -> str:
    """Return numbered links to literature."""
    dois = re.findall(r"doi:(\S+)", " ".join(references))
    return ", ".join(f"[{n}](https://doi.org/{doi.rstrip('.')})" for n, doi in enumerate(dois, 1))


def model_table(kind: str, listed: Iterable[Any]) -> str:
    """Return the table of models of a kind."""
    rows = (
        f"| `{model.name}` | {model.describes} |"
        f" {', '.join(f'`{name}`' for name in names_of(model))} |"
        f" {references_cell(model.references)} |"
        for model in listed
    )
    head = f"| {kind} | what is modelled | parameters | literature |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def names_of(model: Any) -> tuple[str, ...]:
    """Return the parameters of a model, its inputs and the strength of synapses before them."""
    weight = (model.weight,) if isinstance(model, models.SynapseModel) else ()
    return (*getattr(model, "inputs", ()), *weight, *model.parameters)


def initializer_table() -> str:
    """Return the table of the initializers."""
    head = "| initializer | values |\n|---|---|\n"
    rows = []
    for kind in initializers.ALL:
        first = (inspect.getdoc(kind) or "").splitlines()[0].rstrip(".")
        names = [name for name in inspect.signature(kind).parameters if name != "seed"]
        rows.append(f"| `{kind.__name__}({', '.join(names)})` | {first[0].lower()}{first[1:]} |")
    return head + "\n".join(rows) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    "brian_names": brian_table,
    "brian_preferences": brian_preference_table,
    "functions": function_table,
    "integrators": integrator_table,
    "neurons": lambda: model_table("model", models.NEURONS),
    "channels": lambda: model_table("channel", models.CHANNELS),
    "synapses": lambda: model_table("model", models.SYNAPSES),
    "plasticity": lambda: model_table("rule", models.RULES),
    "initializers": initializer_table,
}


def pages() -> list[Path]:
    """Return the pages: the README and everything in ``docs``."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def refreshed(page: Path) -> str:
    """Return the text of a page with the outputs and tables that it should have."""
    printed = io.StringIO()
    namespace: dict[str, object] = {"__name__": "__main__"}
    text = page.read_text(encoding="utf-8")

    def run(match: re.Match[str]) -> str:
        start = printed.tell()
        line = text.count("\n", 0, match.start("code"))
        code = compile("\n" * line + match["code"], str(page), "exec")
        try:
            exec(code, namespace)  # the pages are ours
        except (EqsimError, AttributeError) as error:
            if match["raises"] is None:
                raise
            printed.write(f"{type(error).__name__}: {error}\n")
        else:
            if match["raises"] is not None:
                raise AssertionError(f"{page.name}, line {line}: the block raises nothing")
        output = printed.getvalue()[start:]
        block = f"```python{match['raises'] or ''}\n{match['code']}```\n"
        return f"{block}\n```text\n{output}```\n" if output else block

    with _empty_folder(), contextlib.redirect_stdout(printed):
        shown = _BLOCK.sub(run, text)
    return _TABLE.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], shown)


@contextlib.contextmanager
def _empty_folder() -> Iterator[None]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def main(arguments: list[str]) -> None:
    """Print one page, or rewrite those that changed."""
    matplotlib.use("Agg")
    if arguments[:1] == ["--show"]:
        sys.stdout.write(refreshed(Path(arguments[1]).resolve()))
        return
    for page in map(Path, arguments) if arguments else pages():
        page = page.resolve()
        # In a process of its own, where objects without a name are numbered from the first.
        command = [sys.executable, __file__, "--show", str(page)]
        text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        if text != page.read_text(encoding="utf-8"):
            page.write_text(text, encoding="utf-8")
            sys.stdout.write(f"rewrote {page.name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
