"""Real conversations, with a scripted model: every one is summarized, and nothing cited is made up."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from botcore.testing.fake_engine import FakeEngine
from botcore_summarize.chat_files import read_file
from botcore_summarize.render import as_markdown
from botcore_summarize.summarizer import summarize_talk
from botcore_summarize.summary import Section, Summary
from botcore_summarize.talk import Talk
from tests.plugins.summarize.writers import honest

REPOSITORY = Path(__file__).parents[3]
DATA = Path(os.environ.get("BOTCORE_TEST_DATA", REPOSITORY.parent / "shared")) / "threads"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"there are no test data at {DATA}")


async def summarize(talk: Talk, engine: FakeEngine) -> Summary:
    return await summarize_talk(talk, engine, window_tokens=6000, on_progress=lambda progress: None)


async def check(talk: Talk, engine: FakeEngine) -> Summary:
    summary = await summarize(talk, engine)

    ids = {line.message.id for line in talk.lines}
    assert summary.cited
    assert {line.message.id for line in summary.cited} <= ids
    shown = as_markdown(summary)
    assert f"Read {len(talk.lines)} of {len(talk.lines)} messages by" in shown
    numbers = {line.number for line in talk.lines}
    cited = re.findall(r"\[(\d+)\]$", shown, re.MULTILINE)
    assert {int(number) for number in cited} <= numbers
    return summary


async def test_every_slack_thread_is_summarized() -> None:
    talks = read_file(DATA / "slack-threads.jsonl")
    assert len(talks) == 24

    for talk in talks:
        summary = await check(talk, FakeEngine(honest, context_tokens=2048))
        assert not summary.draft.is_outline
        assert summary.draft.sections[Section.ACTIONS]


async def test_every_slack_thread_is_outlined_when_the_model_writes_nonsense() -> None:
    for talk in read_file(DATA / "slack-threads.jsonl"):
        summary = await check(talk, FakeEngine("TL;DR\n- nonsense [1]", context_tokens=2048))
        assert summary.draft.is_outline
        assert "nonsense" not in as_markdown(summary)


@pytest.mark.parametrize("name", ["irc-meeting-0.json", "irc-meeting-1.json", "slack-channel.json"])
async def test_a_long_channel_is_summarized_in_parts(name: str) -> None:
    (talk,) = read_file(DATA / name)

    summary = await check(talk, FakeEngine(honest, context_tokens=2048))

    assert summary.draft.parts > 5
    assert not summary.draft.is_outline


def test_no_markup_of_slack_is_left() -> None:
    for name in ("slack-threads.jsonl", "slack-channel.json"):
        for talk in read_file(DATA / name):
            for line in talk.lines:
                assert not re.search(r"<[@#]\w|&(lt|gt|amp);(?!\w+;)", line.message.text)
