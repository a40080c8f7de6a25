"""A summary as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from pydantic import JsonValue

from botcore import Message
from botcore.transcript import MONTHS, in_utc
from botcore_summarize.coverage import coverage_line
from botcore_summarize.outline import quote
from botcore_summarize.summary import Bullet, Section, Summary
from botcore_summarize.talk import Line

KEYS = {
    Section.TLDR: "tldr",
    Section.DECISIONS: "decisions",
    Section.ACTIONS: "action_items",
    Section.QUESTIONS: "open_questions",
    Section.DISAGREEMENTS: "disagreements",
}


def as_markdown(summary: Summary) -> str:
    """Return the summary for people. A citation [12] is the chat's twelfth message."""
    body = _outline(summary) if summary.draft.is_outline else _sections(summary)
    return "\n\n".join([*body, coverage_line(summary)])


def _sections(summary: Summary) -> list[str]:
    draft = summary.draft
    nothing = "none in the parts that could be summarized" if draft.outlined else "none"
    sections = [_section(section, draft.sections.get(section, ()), nothing) for section in Section]
    sources = "\n".join(f"- {_source(line)}" for line in summary.cited)
    return [*sections, f"**Sources**\n\n{sources}"]


def _section(section: Section, bullets: Sequence[Bullet], nothing: str) -> str:
    lines = "\n".join(_bullet(bullet) for bullet in bullets)
    return f"**{section}**\n\n{lines or f'- {nothing}'}"


def _bullet(bullet: Bullet) -> str:
    return f"- {bullet.sentence} " + " ".join(f"[{line.number}]" for line in bullet.lines)


def _source(line: Line) -> str:
    moment = in_utc(line.message.sent_at) if line.message.sent_at else None
    when = f"{moment.day} {MONTHS[moment.month - 1][:3]} {moment:%H:%M} " if moment else ""
    return f"[{line.number}] {when}{quote(line)}"


def _outline(summary: Summary) -> list[str]:
    bullets = "\n".join(_bullet(bullet) for _, bullet in summary.draft.bullets())
    note = (
        f"This is an outline, not a summary: {summary.draft.outlined[0]}. It quotes messages that stand out. "
        "Decisions, action items, open questions and disagreements were not looked for."
    )
    return [f"**Outline**\n\n{note}", bullets]


def as_json(summary: Summary) -> dict[str, JsonValue]:
    """Return the summary for programs.

    `sections` has a list for each of `tldr`, `decisions`, `action_items`, `open_questions` and
    `disagreements`, of objects with `text` and `citations`, which are keys of `messages`; an action item
    has `task`, `owner` and `date` besides, null where nobody named them. In an outline only `tldr` is
    filled, with quotations, and `outline_reason` tells why. `coverage` has its counts and, as `text`, its
    sentences.
    """
    draft = summary.draft
    return {
        "thread": summary.talk.name,
        "model": summary.model,
        "outline": draft.is_outline,
        "outline_reason": draft.outlined[0] if draft.is_outline else None,
        "sections": {
            key: [_bullet_json(section, bullet) for bullet in draft.sections.get(section, ())]
            for section, key in KEYS.items()
        },
        "messages": {line.message.id: _message_json(line) for line in summary.cited},
        "coverage": _coverage_json(summary),
    }


def _bullet_json(section: Section, bullet: Bullet) -> dict[str, JsonValue]:
    said: dict[str, JsonValue] = {
        "text": bullet.sentence,
        "citations": [line.message.id for line in bullet.lines],
    }
    if section is Section.ACTIONS:
        said |= {"task": bullet.text, "owner": bullet.owner or None, "date": bullet.date or None}
    return said


def _message_json(line: Line) -> dict[str, JsonValue]:
    message = line.message
    return {
        "number": line.number,
        "author": message.author,
        "sent_at": _moment(message),
        "text": message.text,
    }


def _coverage_json(summary: Summary) -> dict[str, JsonValue]:
    talk, draft = summary.talk, summary.draft
    moments = sorted(filter(None, (_moment(line.message) for line in talk.lines)))
    return {
        "messages": len(talk.lines),
        "earlier_messages": talk.earlier,
        "people": len({line.message.author for line in talk.lines}),
        "first": moments[0] if moments else None,
        "last": moments[-1] if moments else None,
        "left_out": dict(talk.left_out),
        "parts": draft.parts,
        "outlined_parts": len(draft.outlined),
        "merged_by_rule": draft.merged,
        "cut_messages": draft.cut,
        "dropped": _counts(asdict(draft.dropped)),
        "text": coverage_line(summary),
    }


def _counts(counts: Mapping[str, int]) -> dict[str, JsonValue]:
    return dict(counts)


def _moment(message: Message) -> str | None:
    return in_utc(message.sent_at).isoformat() if message.sent_at else None
