"""The published models in Brian's idiom run and draw."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "brian").glob("*.py"))


def test_there_are_the_models_that_were_promised():
    assert [example.stem for example in EXAMPLES] == [
        "adaptive_threshold", "brunel_hakim", "cobahh", "cuba", "izhikevich_2003", "jeffress",
        "rothman_manis", "song_abbott_stdp", "synfire_chain", "tsodyks_markram", "vogels_2011",
        "wang_buzsaki",
    ]  # fmt: skip


_RUN = """
import json, sys
names = {"__name__": "__main__"}
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), names)
print(json.dumps(eval(sys.argv[2], names), default=float))
"""

FINDINGS = {
    "adaptive_threshold": ("mean(rate.rate[2000:3000]/Hz)", 60, 100),
    "brunel_hakim": ("spikes.num_spikes/N/0.1", 1, 10),
    "cobahh": ("spikes.num_spikes/N/0.2", 5, 60),
    "cuba": ("spikes.num_spikes/4000/0.2", 2, 12),
    "izhikevich_2003": ("spikes.num_spikes/1000/0.5", 3, 15),
    "jeffress": ("mean(spikes.i[(spikes.t > 100*ms) & (spikes.t < 400*ms)])", 20, 27),
    "rothman_manis": ("sum(diff((traces.v > 0*mV).astype(int)) == 1, axis=1)[0]", 10, 16),
    "song_abbott_stdp": ("sum((S.w < 0.1*gmax) | (S.w > 0.9*gmax))/N", 0.25, 0.9),
    "synfire_chain": ("sum((spikes.i >= 900) & (spikes.t > 22*ms) & (spikes.t < 30*ms))", 80, 120),
    "tsodyks_markram": ("max(traces.v[0]/mV)", 0.4, 0.7),
    "vogels_2011": ("mean(rate.rate[30000:]/Hz)", 1.5, 6),
    "wang_buzsaki": ("spikes.num_spikes/N/0.2", 25, 60),
}
"""For each model a number that its paper tells of, and between which it lies."""


@pytest.mark.compiler
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_example_draws_and_finds_what_its_paper_tells(example, tmp_path):
    expression, low, high = FINDINGS[example.stem]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(example), expression],
        cwd=tmp_path, env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    assert low <= json.loads(done.stdout.splitlines()[-1]) <= high
    assert (tmp_path / f"{example.stem}.png").stat().st_size > 5000
