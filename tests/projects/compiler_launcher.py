"""What CMake starts compilers by in tests: the part that all programs share is compiled once.

Environment: EQSIM_CACHE_DIR, as always.
"""

import os
import shutil
import sys
from pathlib import Path


def main() -> None:
    """Compile as the command line says, or take what was compiled."""
    command = sys.argv[1:]
    source = Path(command[-1])
    if source.name != "standalone.cpp" or command[-2] != "-c":
        os.execvp(command[0], command)
    # Only here, as it takes half a second: CMake asks compilers for many small things.
    from compiled_projects import compiled_object

    flags, output = [], None
    given = iter(command[:-2])
    for argument in given:
        if argument in ("-MT", "-MF"):
            value = next(given)
            if argument == "-MF":
                Path(value).touch()
        elif argument == "-o":
            output = next(given)
        elif argument != "-MD":
            flags.append(argument)
    assert output is not None
    shutil.copyfile(compiled_object(source.parent, source.name, flags), output)


if __name__ == "__main__":
    main()
