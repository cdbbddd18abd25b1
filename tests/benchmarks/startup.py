"""How long eqsim and Brian 2 take before a simulation runs: import, code, compiler; and memory.

Usage: python startup.py [--brian PYTHON] [--rounds R] [--json FILE]

Each measurement is a process of its own; the programs take turns. What is measured is told by
README.md.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import (
    HERE,
    Figures,
    alternate,
    brian_python,
    clean_environment,
    column,
    figures_of,
    options_of,
    print_report,
    ratio,
    rounds_of,
    save,
    summary,
    table,
    tell,
)

MODEL = ("hodgkin_huxley", "100", "1e-4")
"""One step of 100 neurons: nearly all of the time passes before it."""
MODES = ("runtime", "standalone")
"""Brian 2 with Cython, compiled while it runs, and as a project of its own."""
HEAD = ("quantity", "eqsim", "Brian 2", "Brian 2 / eqsim")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: the case and figure of eqsim's, and of Brian 2's if it has the like."""

    title: str
    ours: tuple[str, str]
    theirs: tuple[str, str] | None = None
    unit: str = "s"


_EQSIM_IMPORT, _BRIAN_IMPORT = "eqsim import", "brian import"
_STEP = "run() to first step"
ROWS = (
    Row("import", (_EQSIM_IMPORT, "import"), (_BRIAN_IMPORT, "import")),
    Row(
        "import, processor time",
        (_EQSIM_IMPORT, "import_processor"),
        (_BRIAN_IMPORT, "import_processor"),
    ),
    Row(
        "import, peak memory",
        (_EQSIM_IMPORT, "import_memory"),
        (_BRIAN_IMPORT, "import_memory"),
        "MB",
    ),
    *(
        Row(title, (f"eqsim {cache}", ours), (f"brian {mode} {cache}", theirs))
        for mode in MODES
        for cache in ("cold", "warm")
        for title, ours, theirs in (
            (f"make the objects, {cache}; {mode}", "make", "make"),
            (f"{_STEP}, {cache}; {mode}", "first_step", "total"),
            (f"{_STEP}, {cache}, processor time; {mode}", "processor", "processor"),
        )
        if not (mode == "standalone" and ours == "make")
    ),
    Row(
        "the compiler alone; standalone's make",
        ("eqsim warm", "compile"),
        ("brian build", "compile"),
    ),
)


class Startup:
    """The cases, with the folders and environments that they run in.

    Parameters
    ----------
    folder : Path
        An empty folder.
    environment : mapping of str to str
        Environment of all processes.
    brian : Path or None
        A Python with Brian 2.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], brian: Path | None) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.brian = brian

    def cases(self) -> dict[str, Callable[[], Figures]]:
        """Return what is measured, by name."""
        found: dict[str, Callable[[], Figures]] = {
            "eqsim import": lambda: self.eqsim("import"),
            "eqsim cold": lambda: self.eqsim(*MODEL, cold=True),
            "eqsim warm": lambda: self.eqsim(*MODEL, "--compile"),
        }
        if self.brian is not None:
            found["brian import"] = lambda: self.brian2("import")
            for mode in MODES:
                found[f"brian {mode} cold"] = lambda mode=mode: self.brian2(  # type: ignore[misc]
                    *MODEL, mode=mode, cold=True
                )
                found[f"brian {mode} warm"] = lambda mode=mode: self.brian2(  # type: ignore[misc]
                    *MODEL, mode=mode
                )
            found["brian build"] = lambda: self.brian2(*MODEL, mode="build", cold=True)
        return found

    def warm_up(self) -> None:
        """Fill all caches, that of byte code first."""
        self.eqsim(*MODEL, "--compile")
        if self.brian is not None:
            self.brian2(*MODEL, mode="runtime")
            self.brian2(*MODEL, mode="standalone")

    def eqsim(self, *arguments: str, cold: bool = False) -> Figures:
        """Measure eqsim once, with an empty cache if cold."""
        cache = self.folder / ("eqsim-cold" if cold else "eqsim-warm")
        if cold:
            shutil.rmtree(cache, ignore_errors=True)
        environment = {**self.environment, "EQSIM_CACHE_DIR": str(cache)}
        return figures_of([sys.executable, HERE / "eqsim_models.py", *arguments], environment)

    def brian2(self, *arguments: str, mode: str = "runtime", cold: bool = False) -> Figures:
        """Measure Brian 2 once, with an empty folder of built code if cold."""
        folder = self.folder / f"brian-{mode}-{'cold' if cold else 'warm'}"
        if cold:
            shutil.rmtree(folder, ignore_errors=True)
        options = ["--mode", mode, "--directory", str(folder)]
        command = [str(self.brian), HERE / "brian2_models.py", *arguments, *options]
        return figures_of(command, self.environment)


def report(found: Mapping[str, Sequence[Figures]]) -> str:
    """Return the table of what was measured."""
    lines = []
    for row in ROWS:
        ours = column(found[row.ours[0]], row.ours[1])
        cells = [row.title, summary(ours).text(row.unit), "-", "-"]
        if row.theirs is not None and row.theirs[0] in found:
            theirs = column(found[row.theirs[0]], row.theirs[1])
            cells[2:] = [summary(theirs).text(row.unit), ratio(ours, theirs).text("x")]
        lines.append(cells)
    return table(HEAD, lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = options_of(__doc__)
    parser.add_argument("--brian", help="a Python with Brian 2")
    options = parser.parse_args()
    brian = brian_python(options.brian)
    with clean_environment() as (folder, environment):
        startup = Startup(folder, environment, brian)
        tell("warming up")
        startup.warm_up()
        found = alternate(startup.cases(), options.rounds, tell)
    print_report(f"{rounds_of(options.rounds)}; ratios per round", [report(found)])
    save(options.json, {"startup": found})


if __name__ == "__main__":
    main()
