"""Sources to a shared library, through the cache."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from pathlib import Path

from eqsim.build.cache import cache_directory, cached
from eqsim.build.compiler_log import last_lines
from eqsim.build.sources import Sources
from eqsim.build.toolchain import Toolchain
from eqsim.errors import BuildError, message

LIBRARY = "simulation.so"


def build_library(sources: Sources, toolchain: Toolchain) -> Path:
    """Return the path of the compiled shared library.

    Parameters
    ----------
    sources : Sources
        What to compile.
    toolchain : Toolchain
        What to compile it with.

    Raises
    ------
    BuildError
        With the command, the path of the log, the last lines of the compiler, and the user's lines
        that the code with the first error comes from.
    """
    digest = sources.digest(toolchain.identity)

    def make(directory: Path) -> None:
        sources.write(directory)
        compile_sources(sources, toolchain, directory, digest)

    return cached(digest, make, expected=LIBRARY)


def compile_sources(sources: Sources, toolchain: Toolchain, directory: Path, digest: str) -> None:
    """Compile sources that lie in a folder into a shared library beside them."""
    needed = sources.requirements
    command = [*toolchain.command, *toolchain.flags, *needed.compiling, "-shared"]
    command += [sources.main, *sources.also, *needed.linking, "-o", LIBRARY]
    try:
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BuildError(f"the compiler does not run: {error}\n  {shlex.join(command)}") from error
    output = done.stdout + done.stderr
    (directory / "compiler.log").write_text(f"{shlex.join(command)}\n{output}", encoding="utf-8")
    if done.returncode == 0 and (directory / LIBRARY).is_file():
        return
    log = cache_directory() / f"{digest}.log"
    log.write_text(f"{shlex.join(command)}\n{output}", encoding="utf-8")
    raise BuildError(_failure(sources, command, done.returncode, output, log))


def _failure(sources: Sources, command: list[str], status: int, output: str, log: Path) -> str:
    name = Path(command[0]).name
    problem = f"the compiler {name} failed with exit status {status}"
    if status == 0:
        problem = f"the compiler {name} tells no error and made no library"
    is_killed = status < 0
    if is_killed:
        problem = f"the compiler {name} was ended by {signal.Signals(-status).name}"
    return message(
        problem,
        "mostly for lack of memory: let less run beside it, and run again" if is_killed else None,
        *_origin(sources, output),
        f"command: {shlex.join(command)}",
        f"whole log: {log}",
        *last_lines(output),
    )


def _origin(sources: Sources, output: str) -> list[str]:
    """Return the comments above the function in which the first error lies."""
    foreign = re.search(r"code of (\w+)[:(](\d+)", output)
    if foreign is not None:
        return [f"in the code of the function {foreign[1]!r}, line {foreign[2]}"]
    # Compilers write "file:7:" or "file(7):".
    place = re.search(rf"{re.escape(sources.main)}[:(](\d+)", output)
    if place is None:
        return []
    before = sources.text(sources.main).splitlines()[: int(place.group(1))]
    starts = [n for n, line in enumerate(before) if re.match(r"^\w.*\)\s*\{$", line)]
    if not starts:
        return []
    comments: list[str] = []
    for line in reversed(before[: starts[-1]]):
        if not line.startswith("// "):
            break
        comments.append(line.removeprefix("// "))
    return ["in the code for", *(f"  {line}" for line in reversed(comments))] if comments else []
