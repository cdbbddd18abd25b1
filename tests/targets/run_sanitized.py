"""Runs compiled programs in a process in which a sanitizer watches, and says what came out.

Usage: python run_sanitized.py CASES THREADS

CASES is a file of pickled dictionaries, one for each program: what ``LibrarySimulation`` takes.
"""

import hashlib
import pickle
import sys
from pathlib import Path

import numpy as np

from eqsim.program.nodes import PROFILE
from eqsim.runtime.engine import Library, LibrarySimulation


def outcome(library, case, threads):
    """Run one program to its end; return a digest of all that it leaves."""
    arrays = [np.array(array) for array in case["arrays"]]
    simulation = LibrarySimulation(
        library, case["instances"], case["extents"], arrays, case["records"], threads,
        case["pauses"], case["buffers"], case["problems"],
    )  # fmt: skip
    digest = hashlib.sha256()
    while (done := simulation.advance(7)) or simulation.paused:
        for record in case["records"]:
            for columns in simulation.take(record):
                for column in columns:
                    digest.update(column.tobytes())
        for elements in simulation.events().values():
            for rows in elements:
                digest.update(rows.tobytes())
        digest.update(str((done, simulation.paused)).encode())
    simulation.close()
    for name, array in zip(case["names"], arrays, strict=True):
        # The seconds that kernels took.
        digest.update(b"" if name == PROFILE else array.tobytes())
    return digest.hexdigest()


def main():
    for case in pickle.loads(Path(sys.argv[1]).read_bytes()):
        found = outcome(Library(case["library"]), case, int(sys.argv[2]))
        sys.stdout.write(f"{case['name']} {found}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
