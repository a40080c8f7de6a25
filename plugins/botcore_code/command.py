"""`/code` in a chat."""

from __future__ import annotations

from contextlib import aclosing
from importlib.resources import files

from botcore import (
    Capability,
    Context,
    ContextTooLong,
    Engine,
    Ledger,
    ModelMessage,
    Options,
    Pieces,
    Plugin,
)
from botcore_code.fences import FenceKeeper
from botcore_code.request import JOBS, Job, read_request
from botcore_code.settings import CodeSettings

SHORTEST_ANSWER = 64  # tokens; what leaves less than this free is refused
CUT = "\n\n_The code ends here, perhaps too soon: the model did not close it._"

plugin = Plugin("code", settings=CodeSettings, capabilities=[Capability.HISTORY])


@plugin.command("code")
async def help_with_code(
    ledger: Ledger,
    engine: Engine,
    context: Context,
    settings: CodeSettings,
    *,
    job: Job,
    code: str = "",
) -> Pieces:
    """Write, explain, fix or review code: `/code write a function that adds two numbers`.

    The code to explain, fix or review follows the job, best in a fence; without any it is the last code
    in a fence that was shown here. Nothing is run.
    """
    request = await read_request(job, code, ledger, last=settings.messages, language=settings.language)
    messages = [system_prompt(job), ModelMessage.user(request.text)]
    room = await free(engine, messages, as_long_again=job == "fix")
    options = Options(max_tokens=min(settings.answer_tokens, room), temperature=0.0)
    context.progress("Reading the code" if job != "write" else "Writing the code")
    keeper = FenceKeeper(request.language)
    async with aclosing(engine.stream(messages, options)) as pieces:
        async for piece in pieces:
            if text := keeper.feed(piece):
                yield text
    yield keeper.rest()
    if keeper.in_fence:
        yield CUT


async def free(engine: Engine, messages: list[ModelMessage], *, as_long_again: bool) -> int:
    """Return how many tokens are left for the answer; raise `ContextTooLong` when that is too little.

    `as_long_again`: the answer will repeat what was asked.
    """
    needed = SHORTEST_ANSWER + (await engine.count(messages[1:]) if as_long_again else 0)
    room = (await engine.limits()).context_tokens - await engine.count(messages)
    if room < needed:
        raise ContextTooLong
    return room


def system_prompt(job: Job) -> ModelMessage:
    """Return what the model is told to do; nothing that people typed stands in it."""
    text = (files("botcore_code") / "prompts" / "code.md").read_text(encoding="utf-8").strip()
    return ModelMessage.system(text.replace("{job}", JOBS[job]))
