"""`/draft` in a chat."""

from __future__ import annotations

from contextlib import aclosing
from importlib.resources import files

from botcore import (
    Capability,
    Context,
    Engine,
    EngineError,
    Ledger,
    ModelMessage,
    Options,
    Part,
    Pieces,
    Plugin,
    User,
)
from botcore.transcript import one_line
from botcore_draft.checking import Checker
from botcore_draft.facts import known
from botcore_draft.material import fit, gather
from botcore_draft.notes import read_notes
from botcore_draft.report import report
from botcore_draft.settings import DraftSettings, Kind, Length, Tone

TOKENS: dict[Length, int] = {"short": 256, "medium": 512, "long": 1024}
LONGEST_NAME = 80  # characters

plugin = Plugin("draft", settings=DraftSettings, capabilities=[Capability.HISTORY])


@plugin.command("draft")
async def draft(
    ledger: Ledger,
    engine: Engine,
    user: User,
    context: Context,
    settings: DraftSettings,
    *,
    kind: Kind,
    tone: Tone | None = None,
    length: Length | None = None,
    notes: str = "",
) -> Pieces:
    """Draft a reply, an email or an announcement from notes or from what was said here.

    `/draft reply` answers the last message of somebody else, `/draft reply yes, Friday suits me` says how.
    `/draft email --tone formal to Bo; we meet on Friday` writes from notes, which may also be lines.
    What is missing becomes a [blank]. Nothing is sent.
    """
    tone, length = tone or settings.tone, length or settings.length
    system = system_prompt(kind, tone, length, user.name)
    found = await gather(kind, read_notes(notes), ledger, user, last=settings.messages)
    material, room = await fit(engine, system, found, TOKENS[length])
    checker = Checker(material.known | known(user.name))
    context.progress("Writing a draft")
    options = Options(max_tokens=room, temperature=0.0)
    tokens = 0
    async with aclosing(engine.stream([system, ModelMessage.user(material.text)], options)) as pieces:
        async for piece in pieces:
            tokens += 1
            if text := checker.feed(piece):
                yield text
    yield checker.rest()
    if not checker.text:
        raise EngineError("The model wrote nothing. Please try again, or with other notes.")
    yield Part(report(material, checker, is_reply=kind == "reply", cut_at=room if tokens >= room else None))


def system_prompt(kind: Kind, tone: Tone, length: Length, writer: str) -> ModelMessage:
    """Return what the model is told to do; nothing of the material stands in it."""
    text = (files("botcore_draft") / "prompts" / "draft.md").read_text(encoding="utf-8").strip()
    for key, value in (("kind", kind), ("tone", tone), ("length", length)):
        text = text.replace(f"{{{key}}}", value)
    return ModelMessage.system(text.replace("{writer}", one_line(writer)[:LONGEST_NAME]))
