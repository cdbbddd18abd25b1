"""Run scripts of a folder with one import changed, and write what they found as JSON.

    python scripts_running.py MODULE OUTPUT FOLDER [SCRIPT ...]

``MODULE`` is ``brian2`` or ``eqsim.brian``, ``FOLDER`` the one beside this file that
holds them. The program imports neither itself, so that it runs with the interpreter of either;
scripts run one after the other, each in a scope of its own.
"""

import importlib
import json
import re
import sys
import time
import traceback
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
STANDALONE = HERE / "standalone_scripts"
"""Scripts that run in the process, and those that make programs of their own."""


def plain(value):
    """Return numbers that JSON has, without units."""
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    values = np.asarray(value)
    if values.dtype == object:
        return [plain(inner) for inner in value]
    if values.dtype.kind == "b":
        values = values.astype(int)
    return values.tolist()


def run(module, path):
    """Run a script; return what it says is deterministic and what is stochastic."""
    package = importlib.import_module(module)
    package.start_scope()
    package.defaultclock.dt = 0.1 * package.ms
    package.seed(1)
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\bbrian2\b(?=[. ])", module, text)
    names = {"__name__": path.stem}
    if module == "brian2":
        package.prefs["codegen.target"] = "numpy"
        package.prefs["codegen.cpp.extra_compile_args_gcc"] = ["-w", "-O0"]
    exec(compile(text, path.name, "exec"), names)
    kinds = ("deterministic", "stochastic")
    return {kind: plain(names[kind]) for kind in kinds if kind in names}


def main(module, output, folder, *scripts):
    """Run scripts, all of the folder by default."""
    chosen = scripts or sorted(path.stem for path in (HERE / folder).glob("*.py"))
    found = {}
    for script in chosen:
        began = time.perf_counter()
        try:
            found[script] = run(module, HERE / folder / f"{script}.py")
        except Exception:
            found[script] = {"failed": traceback.format_exc()}
        found[script]["seconds"] = round(time.perf_counter() - began, 2)
    Path(output).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
