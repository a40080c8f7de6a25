"""`/summarize` in a chat."""

from __future__ import annotations

from botcore import Capability, Context, Engine, InputError, Ledger, Plugin
from botcore_summarize.outline import quote
from botcore_summarize.render import as_markdown
from botcore_summarize.settings import SummarizeSettings
from botcore_summarize.summarizer import summarize_talk
from botcore_summarize.talk import NO_TEXT, Line, Talk

FEWEST = 2

plugin = Plugin("summarize", settings=SummarizeSettings, capabilities=[Capability.HISTORY])


@plugin.command("summarize", job=True, private=True)
async def summarize(
    ledger: Ledger,
    engine: Engine,
    context: Context,
    settings: SummarizeSettings,
    *,
    last: int | None = None,
    chat: str = "",
) -> str:
    """Summarize what was said here: `/summarize`, or `/summarize 50` for the last 50 messages.

    `/summarize --chat ID` summarizes another chat that you are in.
    """
    count = settings.last if last is None else last
    if count < FEWEST:
        raise InputError(f"A summary needs at least {FEWEST} messages.")
    # The bot's own answers stay in: in a conversation with it they are half of what was said.
    there = chat.strip() or None
    # One more tells whether there is more. What is said in a channel is said in its threads, too.
    read = await ledger.read(last=count + 1, chat=there, threads=True)
    said = [message for message in read[-count:] if message.text.strip()]
    unheard = await ledger.unheard(chat=there)
    if len(said) < FEWEST:
        where = "there" if there else "here"
        nothing = f"There is nothing to summarize yet: fewer than two messages were said {where}."
        return "\n\n".join(filter(None, (nothing, unheard)))
    talk = Talk(
        "that chat" if there else "this conversation",
        tuple(Line(number, message) for number, message in enumerate(said, 1)),
        {NO_TEXT: min(count, len(read)) - len(said)},
        earlier=None if len(read) > count else 0,
        is_whole=not unheard,
    )
    summary = await summarize_talk(
        talk,
        engine,
        window_tokens=settings.window_tokens,
        on_progress=lambda progress: context.progress(progress.text),
    )
    for line in summary.cited:
        context.cite(line.number, line.message, quote=quote(line))
    return "\n\n".join(filter(None, (as_markdown(summary), unheard)))
