"""The templates, and where they are: in an installed eqsim, or in a checkout beside it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from eqsim.errors import TargetError

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def template_directory() -> Path:
    """Return the folder that holds the templates."""
    package = Path(__file__).parents[1]
    for candidate in (package / "templates", package.parent / "templates"):
        if (candidate / "common" / "interface.h").is_file():
            return candidate
    raise TargetError(
        f"the templates of eqsim are missing from {str(package / 'templates')!r}\n"
        "  they are part of the package: install eqsim again"
    )


@cache
def environment() -> Environment:
    """Return the template environment; a name that a template misspells is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(template_directory()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render(template: str, **context: object) -> str:
    """Return the text of a template."""
    return environment().get_template(template).render(**context)


def header(path: str) -> str:
    """Return the text of a header that needs no rendering."""
    return (template_directory() / path).read_text(encoding="utf-8")
