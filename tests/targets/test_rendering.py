"""Rendered programs: how many are kept, and what the templates of two targets share."""

from __future__ import annotations

import re

import pytest

from eqsim import Network, NeuronGroup
from eqsim.targets.cpp.target import render_cpp
from eqsim.targets.cuda.target import render_cuda
from eqsim.targets.environment import template_directory


@pytest.mark.parametrize("render", [render_cpp, render_cuda])
def test_only_the_last_sources_are_kept(render):
    render.cache_clear()
    for number in range(20):
        group = NeuronGroup(1, f"dx/dt = {number}/second : 1", method="euler", name="cells")
        render(Network(group).lower({}).program)

    assert 1 <= render.cache_info().currsize <= 16


def test_targets_share_no_function_that_is_not_included():
    folder = template_directory()
    functions = [
        set(
            re.findall(
                r"^\w[^\n]*\{\n.*?^\}$", (folder / file).read_text(), re.DOTALL | re.MULTILINE
            )
        )
        for file in ("cpp/simulation.cpp.j2", "cuda/simulation.cu.j2")
    ]

    assert functions[0]
    assert functions[1]
    assert not functions[0] & functions[1]


def test_every_common_part_is_included():
    folder = template_directory()
    texts = [path.read_text() for path in folder.glob("c*/simulation.*.j2")]

    assert len(texts) == 2
    for part in folder.glob("common/*.j2"):
        assert all(f'{{% include "common/{part.name}" %}}' in text for text in texts)
