"""The line under a draft: what was checked, and what its writer has to do yet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from botcore.transcript import one_line
from botcore_draft.checking import Checker, missing
from botcore_draft.facts import facts, without_code
from botcore_draft.material import Material

# Neither a link's text nor a box to tick nor a number of a list.
BLANK = re.compile(r"(?<![\]\w])\[(?=[^\[\]\n]*[^\W\d_]{2})[^\[\]\n]{2,40}\](?!\()")
LONGEST_QUOTE = 60  # characters


def report(material: Material, checker: Checker, *, is_reply: bool, cut_at: int | None) -> str:
    """Return one line of Markdown. `cut_at`: the tokens at which the model was stopped, if it was."""
    text = checker.text
    given = "your notes" if material.notes else "the messages"
    if material.notes and material.messages:
        given = "your notes and the messages"
    changed = [f"{_marked(fact.text)} → {fact.blank}" for fact in checker.replaced.values()]
    everybody = sorted({_marked(fact.text) for fact in facts(text) if fact.is_everybody})
    lost = [_marked(one) for one in missing("\n".join(material.notes), text)]
    sentences = [
        _answers(material) if is_reply and material.messages else "",
        _list("To fill in", blanks(text)),
        _list(f"Replaced, as it is not in {given}", changed),
        _list("In your notes but not in the draft", lost),
        _list("This calls everybody", everybody),
        f"The draft ends at {cut_at} tokens, its longest." if cut_at else "",
        _left_out(material.left_out),
        f"Checked against {given}: numbers, dates, links, handles, code.",
    ]
    return " ".join(filter(None, sentences))


def blanks(text: str) -> list[str]:
    """Return the blanks that are to be filled in, each once."""
    return list(dict.fromkeys(BLANK.findall(without_code(text))))


def _marked(text: str) -> str:
    return f"`{_shortened(text).replace('`', '')}`"


def _shortened(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1].rstrip() + "…"


def _list(name: str, items: Iterable[str]) -> str:
    listed = ", ".join(items)
    return f"{name}: {listed}." if listed else ""


def _answers(material: Material) -> str:
    message = material.messages[-1]
    return f"Replies to {one_line(message.author)}: “{_shortened(message.text)}”."


def _left_out(count: int) -> str:
    were = "message was" if count == 1 else "messages were"
    return f"{count} older {were} not read: too long for the model." if count else ""
