"""Says what a summary rests on: what was read, what was left out, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from botcore.transcript import in_utc, spoken_date
from botcore_summarize.summary import Draft, Summary
from botcore_summarize.talk import Talk


def coverage_line(summary: Summary) -> str:
    """Return the whole account, in sentences."""
    draft = summary.draft
    sentences = [
        _what_was_read(summary.talk),
        _left_out(summary.talk),
        f"Read in {draft.parts} parts." if draft.parts > 1 else "",
        counted(draft.cut, "1 message was too long and was read only up to a point.",
                "{} messages were too long and were read only up to a point."),
        *_dropped(draft),
        *_without_model(draft),
    ]  # fmt: skip
    return " ".join(filter(None, sentences))


def counted(count: int, one: str, many: str) -> str:
    """Return the sentence for a count; nothing for zero."""
    return "" if count == 0 else one if count == 1 else many.format(count)


def _what_was_read(talk: Talk) -> str:
    people = len({line.message.author for line in talk.lines})
    when = time_range(line.message.sent_at for line in talk.lines)
    by = f"{people} {'person' if people == 1 else 'people'}"
    return f"Read {_how_many(talk)} by {by}{f', {when}' if when else ''}."


def _how_many(talk: Talk) -> str:
    count, earlier = len(talk.lines), talk.earlier
    if not talk.is_whole:
        return f"{count} message{'' if count == 1 else 's'}"
    if earlier is None:
        return f"the last {count} messages"
    return f"{'the last ' if earlier else ''}{count} of {count + earlier} messages"


def time_range(moments: Iterable[datetime | None]) -> str:
    """Return `27 May 2018 10:02 to 11:40 UTC`; nothing when no time is known."""
    known = [in_utc(moment) for moment in moments if moment]
    if not known:
        return ""
    first, last = min(known), max(known)
    begin, end = f"{spoken_date(first.date())} {first:%H:%M}", f"{last:%H:%M} UTC"
    if first.date() != last.date():
        end = f"{spoken_date(last.date())} {end}"
    return f"{begin} UTC" if f"{first:%H:%M} UTC" == end else f"{begin} to {end}"


def _left_out(talk: Talk) -> str:
    reasons = [f"{count} {reason}" for reason, count in talk.left_out.items() if count]
    return f"Left out: {', '.join(reasons)}." if reasons else ""


def _dropped(draft: Draft) -> list[str]:
    dropped = draft.dropped
    return [
        counted(dropped.outside, "1 citation pointed outside and was dropped.",
                "{} citations pointed outside and were dropped."),
        counted(dropped.uncited, "1 point without a valid citation was dropped.",
                "{} points without a valid citation were dropped."),
        counted(dropped.unsupported, "1 point was dropped because the messages it cited don't speak of it.",
                "{} points were dropped because the messages they cited don't speak of them."),
        counted(dropped.owners, "1 owner was dropped because the cited messages don't name them.",
                "{} owners were dropped because the cited messages don't name them."),
        counted(dropped.dates, "1 date was dropped because the cited messages don't name it.",
                "{} dates were dropped because the cited messages don't name them."),
        counted(dropped.for_length, "1 point was left out for length.",
                "{} points were left out for length."),
    ]  # fmt: skip


def _without_model(draft: Draft) -> list[str]:
    sentences = ["Parts were put together by rule, not by the model."] if draft.merged else []
    if draft.outlined and not draft.is_outline:
        reasons = "; ".join(f"{reason}: {count}" for reason, count in Counter(draft.outlined).most_common())
        sentences.append(f"Only outlined were {len(draft.outlined)} of {draft.parts} parts ({reasons}).")
    return sentences
