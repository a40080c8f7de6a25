"""What a message shows, in Slack's markup. What bots write may be nowhere but in blocks or attachments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from botcore_slack.origin import Facts, text_of

DEEPEST = 8  # blocks within blocks


def text_in(message: Facts) -> str:
    """Return a message's text; one without is read from what it is drawn of."""
    if (text := text_of(message.get("text"))).strip():
        return text
    drawn = [*_texts(message.get("blocks"), DEEPEST)]
    attachments = message.get("attachments")
    for one in attachments if isinstance(attachments, list) else ():
        if isinstance(one, Mapping):
            shown = [text_of(one.get(key)) for key in ("pretext", "title", "text")]
            drawn += list(filter(None, shown)) or list(filter(None, [text_of(one.get("fallback"))]))
    return "\n".join(drawn)


def _texts(value: object, deepest: int) -> Iterator[str]:
    """Yield what stands in blocks, in reading order."""
    if not deepest:
        return
    if isinstance(value, list):
        for one in value:
            yield from _texts(one, deepest - 1)
    elif isinstance(value, Mapping):
        if text := text_of(value.get("text")).strip():
            yield text
        for inner in ("text", "fields", "elements"):
            if not isinstance(value.get(inner), str):
                yield from _texts(value.get(inner), deepest - 1)
