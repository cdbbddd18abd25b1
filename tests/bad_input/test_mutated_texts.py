"""Texts with one slip: they mean something, or give an error at the place of the slip.

The slips are drawn with a fixed seed; each text stands in a script that runs for some steps.
"""

from __future__ import annotations

import itertools
import random
import re
import warnings
from typing import Any

import pytest

from eqsim import (
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeGeneratorGroup,
    Synapses,
    TimedArray,
    ms,
    mV,
)
from eqsim.errors import EqsimError, EquationError, EquationsError, IntegratorError

FOREIGN = [*"()[]{}+-*/%^&|!~<>=,;:.#@$\\'\"`? \t\n_0aZ", "µ", "μ", "−", "“", "\u00a0", "\u200b",
           "\r", "×", "²", "π", "≤", "\x00", "\u2028", "é", "０"]  # fmt: skip
TOKEN = re.compile(r"[A-Za-z_]\w*|\d+\.?\d*|\*\*|//|[<>=!+\-*/]=|\s+|.", re.DOTALL)
WORDS = ["int", "class", "lambda", "double", "__import__('os')", "v.x", "f(x)", "None", "True",
         "inf", "if", "N", "t", "dt", "i", "xi", "rand()", "3*mV", "1e400", "0x10",
         "'a'", "9" * 30]  # fmt: skip
INTERNAL = re.compile(r"_scalar|_invariant|_new_|object at 0x|Traceback|<class|eqsim\.network")
"""What no message shows."""

TEXTS = {
    "equations": """dv/dt = (El - v + I)/tau + 0.1*sqrt(2/tau)*mV*xi : volt (unless refractory)
I = drive(t)*mV : volt
w : 1
on = v > El and w >= 0 : boolean""",
    "threshold": "v > El + 10*mV and not (w > 1 or i < 0)",
    "reset": "v = El; w = clip(w + 1, 0, 5)\nv += 0.1*mV  # more",
    "refractory": "1*ms + 0.1*ms*i",
    "regular": "w = w*0.9 + int(v > El)",
    "values": "El + (rand() - 0.5)*2*mV",
    "index": "i % 2 == 0 and w < 1",
    "rates": "100*Hz*(1 + sin(2*pi*t/ms))",
    "synapses": """u : volt
da/dt = -a/tau : 1 (event-driven)
x_post = 0.1*u/mV : 1 (summed)""",
    "on_pre": "a += 0.1; y_post += u*a",
    "condition": "i != j and abs(i - j) < 3",
    "generator": "k for k in range(i, N_post, 2) if k != i",
    "delay": "0.1*ms + rand()*0.2*ms",
}


def simulate(texts: dict[str, str]) -> None:
    """Run a model in which all texts are used."""
    namespace = {
        "El": -70 * mV, "tau": 10 * ms, "drive": TimedArray([1.0, 2.0], dt=0.2 * ms, name="drive"),
    }  # fmt: skip
    cells = NeuronGroup(
        3, texts["equations"], threshold=texts["threshold"], reset=texts["reset"],
        refractory=texts["refractory"], method="euler", namespace=namespace, name="cells",
    )  # fmt: skip
    cells.run_regularly(texts["regular"], dt=0.2 * ms)
    El = -70 * mV  # noqa: F841 - the texts name it
    cells.v = texts["values"]
    cells.w[texts["index"]] = 0.5
    inputs = PoissonGroup(2, rates=texts["rates"], name="inputs")
    given = SpikeGeneratorGroup(3, [0, 1], [0.1, 0.2] * ms, name="given")
    targets = NeuronGroup(3, "x : 1\ny : volt", name="targets")
    between = Synapses(
        given, targets, texts["synapses"], on_pre=texts["on_pre"], namespace=namespace,
        name="between",
    )  # fmt: skip
    between.connect(texts["condition"])
    between.connect(j=texts["generator"])
    between.delay = texts["delay"]
    Network(cells, inputs, given, targets, between).run(0.3 * ms, target="numpy")


def slips(text: str, chance: random.Random, n: int) -> list[str]:
    """Return a text with one slip each: of a character, of a word, of two that change places."""
    found = []
    words = [match for match in TOKEN.finditer(text) if match.group().strip()]
    for _ in range(n):
        at, sign = chance.randrange(len(text)), chance.choice(FOREIGN)
        word, (first, second) = chance.choice(words), sorted(chance.sample(range(len(words)), 2))
        one, other = words[first], words[second]
        before, after = text[: word.start()], text[word.end() :]
        found += [
            text[:at] + sign + text[at:],
            text[:at] + text[at + 1 :],
            text[:at] + sign + text[at + 1 :],
            text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
            before + after,
            before + word.group() + " " + word.group() + after,
            before + chance.choice(WORDS) + after,
            text[: one.start()] + other.group() + text[one.end() : other.start()]
            + one.group() + text[other.end() :],
        ]  # fmt: skip
    return [slip for slip in dict.fromkeys(found) if slip != text]


def parts(error: EqsimError) -> tuple[EqsimError, ...]:
    return error.errors if isinstance(error, EquationsError) else (error,)


def problem(texts: dict[str, str]) -> str | None:
    """Return what is wrong with how a run ends, None if nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            simulate(texts)
    except EqsimError as error:
        for part in parts(error):
            told = str(part)
            if INTERNAL.search(told):
                return f"it shows what is internal: {told}"
            if len(told.splitlines()[0]) > 200 or len(told) < 20:
                return f"too long or too short: {told}"
            is_text = isinstance(part, EquationError) and not isinstance(part, IntegratorError)
            if is_text and (part.span is None or not marked(part)):
                return f"no caret: {told}"
    except (AttributeError, IndexError) as error:
        if "has no variable" not in str(error):
            return f"{type(error).__name__}: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def marked(error: EquationError) -> str | None:
    """Return what stands above the carets of a message, None if there are none."""
    lines = str(error).splitlines()
    for above, below in itertools.pairwise(lines):
        if re.fullmatch(r"[ \t]+\^+", below):
            return above[below.index("^") :][: below.count("^")] or " "
    return None


@pytest.mark.parametrize("place", TEXTS)
def test_a_slip_means_something_or_is_told(place: str) -> None:
    assert problem(TEXTS) is None
    found = {}
    for slip in slips(TEXTS[place], random.Random(place), 5):
        wrong = problem({**TEXTS, place: slip})
        if wrong is not None:
            found[slip] = wrong
    assert not found


USED = "El|v|w|tau|mV|ms|Hz|rand|sin|sqrt|clip|abs|u|a"
NAMES = [
    (place, match.start(), match.group())
    for place, text in TEXTS.items()
    for match in re.finditer(rf"(?<![\w/])(?:{USED})\b", text)
    if not re.match(r"\s*[:=]|\s*[-+]=", text[match.end() :])
]  # fmt: skip


@pytest.mark.parametrize(("place", "start", "name"), NAMES)
def test_carets_stand_under_the_very_name(place: str, start: int, name: str) -> None:
    text = TEXTS[place]
    wrong = f"{text[:start]}qqq{text[start + len(name) :]}"
    with pytest.raises(EqsimError) as caught:
        simulate({**TEXTS, place: wrong})
    (error,) = parts(caught.value)
    assert isinstance(error, EquationError)
    assert error.span is not None
    assert error.span.start == start
    assert error.span.source.text == wrong
    told = marked(error)
    assert told is not None
    assert told.startswith("qqq")


def test_planted_faults_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise ValueError("of NumPy")

    with monkeypatch.context() as patch:
        patch.setattr(Network, "run", failing)
        assert problem(TEXTS) == "ValueError: of NumPy"

    def without_place(*_: Any, **__: Any) -> None:
        raise EquationError("something is wrong with this text")

    with monkeypatch.context() as patch:
        patch.setattr(Network, "run", without_place)
        assert "no caret" in str(problem(TEXTS))
