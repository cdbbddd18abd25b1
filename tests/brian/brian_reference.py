"""Run the scripts in Brian 2 itself and store what they found, for machines that do not have it.

    python tests/brian/brian_reference.py PYTHON

``PYTHON`` is the interpreter of an environment with ``brian2==2.9.0``, ``numpy<2``, ``matplotlib``
and ``pandas``. The numbers go to ``reference.json`` beside this file, with the versions.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
_VERSIONS = "import brian2, numpy; print(brian2.__version__, numpy.__version__)"


def found_by(python, module, *scripts):
    """Return what scripts find where another interpreter runs them."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "found.json"
        command = [python, "-W", "ignore", str(HERE / "scripts_running.py"), module, str(output)]
        subprocess.run([*command, *scripts], cwd=folder, check=True, capture_output=True)
        return json.loads(output.read_text(encoding="utf-8"))


def main(python):
    """Write the reference."""
    asked = subprocess.run([python, "-c", _VERSIONS], check=True, capture_output=True, text=True)
    brian, numpy = asked.stdout.split()
    scripts = found_by(python, "brian2")
    for script, found in scripts.items():
        del found["seconds"]
        if "failed" in found:
            raise SystemExit(f"{script} failed:\n{found['failed']}")
    told = {
        "brian2": brian,
        "numpy": numpy,
        "command": "python tests/brian/brian_reference.py PYTHON",
        "scripts": scripts,
    }
    lines = json.dumps(told, indent=0, sort_keys=True, default=float)
    (HERE / "reference.json").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
