"""Run the scripts in Brian 2 itself and store what they found, for machines that do not have it.

    python tests/brian/brian_reference.py PYTHON FOLDER

``PYTHON`` is the interpreter of an environment with ``brian2==2.9.0``, ``numpy<2``, ``matplotlib``
and ``pandas``; ``FOLDER`` is ``scripts`` or ``standalone_scripts``, for which Brian needs make and
a C++ compiler. The numbers go to a file beside this one, with the versions.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
REFERENCES = {
    "scripts": HERE / "reference.json",
    "standalone_scripts": HERE / "standalone_reference.json",
}
"""Where the numbers of each folder are."""
_VERSIONS = "import brian2, numpy; print(brian2.__version__, numpy.__version__)"


def found_by(python, module, folder):
    """Return what the scripts of a folder find where another interpreter runs them."""
    names = sorted(path.stem for path in (HERE / folder).glob("*.py"))
    # Brian's device keeps what it ran: each program of its own has a process of its own.
    parts = [[name] for name in names] if folder == "standalone_scripts" else [names]
    found = {}
    for part in parts:
        with tempfile.TemporaryDirectory() as place:
            output = Path(place) / "found.json"
            command = [python, "-W", "ignore", str(HERE / "scripts_running.py"), module]
            command += [str(output), folder, *part]
            subprocess.run(command, cwd=place, check=True, capture_output=True)
            found |= json.loads(output.read_text(encoding="utf-8"))
    return found


def main(python, folder):
    """Write the reference."""
    asked = subprocess.run([python, "-c", _VERSIONS], check=True, capture_output=True, text=True)
    brian, numpy = asked.stdout.split()
    scripts = found_by(python, "brian2", folder)
    for script, found in scripts.items():
        del found["seconds"]
        if "failed" in found:
            raise SystemExit(f"{script} failed:\n{found['failed']}")
    told = {
        "brian2": brian,
        "numpy": numpy,
        "command": f"python tests/brian/brian_reference.py PYTHON {folder}",
        "scripts": scripts,
    }
    lines = json.dumps(told, indent=0, sort_keys=True, default=float)
    REFERENCES[folder].write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
