"""The page on the architecture shows what the code does today."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"


def test_the_model_that_is_carried_through_the_stages_gives_what_the_page_shows():
    blocks = re.findall(r"```pycon\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    parser = doctest.DocTestParser()
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    test = parser.get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)

    results = doctest.DocTestRunner(optionflags=flags).run(test)

    assert len(blocks) == 6
    assert results.attempted > 20
    assert results.failed == 0
