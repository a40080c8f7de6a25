from __future__ import annotations

import json

from botcore.testing.fake_engine import FakeEngine
from botcore_summarize.coverage import coverage_line, time_range
from botcore_summarize.render import as_json, as_markdown
from botcore_summarize.summarizer import summarize_talk
from botcore_summarize.summary import Draft, Dropped, Section, Summary
from botcore_summarize.talk import Talk
from tests.plugins.summarize.writers import GOOD, RELEASE, said, talk_of


async def summary_of(talk: Talk, answer: str = GOOD) -> Summary:
    return await summarize_talk(
        talk, FakeEngine(answer), window_tokens=6000, on_progress=lambda progress: None
    )


async def test_a_summary_reads_like_this() -> None:
    assert as_markdown(await summary_of(talk_of(RELEASE))) == (
        "**TL;DR**\n\n- The release moves to Friday. [2]\n\n"
        "**Decisions**\n\n- The release moves to Friday. [2]\n\n"
        "**Action items**\n\n- Bo: update the changelog (Thursday) [3]\n\n"
        "**Open questions**\n\n- Who tells the customers? [4]\n\n"
        "**Disagreements**\n\n- none\n\n"
        "**Sources**\n\n"
        "- [2] 2 Mar 10:43 Ana: let's move the release to Friday\n"
        "- [3] 2 Mar 10:44 Bo: ok, I'll update the changelog by Thursday\n"
        "- [4] 2 Mar 10:45 Cy: who tells the customers?\n\n"
        "Read 4 of 4 messages by 3 people, 2 March 2026 10:42 to 10:45 UTC."
    )


async def test_numbers_are_those_of_the_whole_chat_when_only_its_end_is_summarized() -> None:
    earlier = said(*["Zoe: something else"] * 10)
    talk = talk_of([*earlier, *RELEASE]).last(4)

    text = as_markdown(await summary_of(talk))

    assert "- Bo: update the changelog (Thursday) [13]" in text
    assert "- [13] 2 Mar 10:44 Bo: ok" in text
    assert "Read the last 4 of 14 messages by 3 people" in text


async def test_json_names_ids_authors_and_texts() -> None:
    summary = await summary_of(talk_of(RELEASE), GOOD.replace("Friday. [2]", "Friday. [2] [99]", 1))
    result = json.loads(json.dumps(as_json(summary)))

    assert result["sections"]["action_items"] == [
        {
            "text": "Bo: update the changelog (Thursday)",
            "task": "update the changelog",
            "owner": "Bo",
            "date": "Thursday",
            "citations": ["m3"],
        }
    ]
    assert result["sections"]["disagreements"] == []
    assert result["messages"]["m3"] == {
        "number": 3,
        "author": "Bo",
        "sent_at": "2026-03-02T10:44:00+00:00",
        "text": "ok, I'll update the changelog by Thursday",
    }
    assert (result["model"], result["outline"], result["outline_reason"]) == ("fake", False, None)
    assert result["coverage"]["messages"] == 4
    assert result["coverage"]["dropped"]["outside"] == 1
    assert "1 citation pointed outside and was dropped." in result["coverage"]["text"]


async def test_json_tells_an_outline_from_a_summary() -> None:
    result = as_json(await summary_of(talk_of(RELEASE), "no"))

    assert result["outline"] is True
    assert "the five headings are missing" in str(result["outline_reason"])


def test_coverage_names_all_that_was_left_out() -> None:
    talk = Talk("team", talk_of(RELEASE).lines, {"by bots": 3, "joins and leaves": 1})
    draft = Draft(
        dict.fromkeys(Section, ()),
        Dropped(outside=2, uncited=1, unsupported=3, owners=1, dates=2, for_length=4),
        parts=5,
        cut=1,
        outlined=("the model slept",),
    )

    assert coverage_line(Summary(talk, draft, "fake")) == (
        "Read 4 of 4 messages by 3 people, 2 March 2026 10:42 to 10:45 UTC. "
        "Left out: 3 by bots, 1 joins and leaves. "
        "Read in 5 parts. "
        "1 message was too long and was read only up to a point. "
        "2 citations pointed outside and were dropped. "
        "1 point without a valid citation was dropped. "
        "3 points were dropped because the messages they cited don't speak of them. "
        "1 owner was dropped because the cited messages don't name them. "
        "2 dates were dropped because the cited messages don't name them. "
        "4 points were left out for length. "
        "Only outlined were 1 of 5 parts (the model slept: 1)."
    )


def test_times_are_told_as_shortly_as_is_clear() -> None:
    first, *_, last = [message.sent_at for message in said(*["Ana: hi"] * 3000)]

    assert time_range([None]) == ""
    assert time_range([first, None]) == "2 March 2026 10:42 UTC"
    assert time_range([last, first]) == "2 March 2026 10:42 to 4 March 2026 12:41 UTC"
