from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botcore import Message, ModelMessage, Options, Priority, Role
from botcore.errors import ContextTooLong, EngineDown
from botcore.testing.fake_engine import FakeEngine
from botcore_summarize.coverage import coverage_line
from botcore_summarize.render import as_markdown
from botcore_summarize.summarizer import Progress, summarize_talk
from botcore_summarize.summary import Section, Summary
from tests.plugins.summarize.writers import GOOD, RELEASE, honest, is_combine, long_chat, said, talk_of


async def summarize(
    messages: Sequence[Message], engine: FakeEngine, steps: list[Progress] | None = None
) -> Summary:
    seen = steps if steps is not None else []
    return await summarize_talk(talk_of(messages), engine, window_tokens=6000, on_progress=seen.append)


async def test_a_short_chat_takes_one_request_at_temperature_zero() -> None:
    engine = FakeEngine(GOOD)

    summary = await summarize(RELEASE, engine)

    (request,) = engine.requests
    assert [message.role for message in request.messages] == [Role.SYSTEM, Role.USER]
    assert request.prompt.splitlines()[:2] == ["--- Monday 2 March 2026", "[1] Ana: is the release ready?"]
    assert request.options.temperature == 0
    assert request.options.priority is Priority.JOB
    assert [line.message.id for line in summary.cited] == ["m2", "m3", "m4"]
    assert summary.model == "fake"
    assert not summary.draft.is_outline


async def test_prompt_and_answer_together_fit_the_model() -> None:
    engine = FakeEngine(honest, context_tokens=900)

    await summarize(long_chat(100), engine)

    for request in engine.requests:
        assert request.options.max_tokens
        assert await engine.count(request.messages) + request.options.max_tokens <= 900


async def test_a_broken_answer_goes_back_once_with_its_problem() -> None:
    engine = FakeEngine([GOOD.replace("Decisions\n", ""), GOOD])

    summary = await summarize(RELEASE, engine)

    broken, asked = engine.requests[1].messages[2:]
    assert (broken.role, asked.role) == (Role.ASSISTANT, Role.USER)
    assert broken.text.startswith("TL;DR")
    assert 'the heading "Decisions" is missing' in asked.text
    assert "from [1] to [4]" in asked.text
    assert not summary.draft.is_outline


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "I am a teapot <|eot_id|>",
        GOOD.replace("[2]", "[99]"),
        GOOD.replace("The release moves to Friday.", "Everybody loves pancakes."),
        "TL;DR\nDecisions\nAction items\nOpen questions\nDisagreements",
    ],
)
async def test_an_answer_that_stays_broken_is_never_shown(raw: str) -> None:
    engine = FakeEngine(raw)

    summary = await summarize(RELEASE, engine)
    shown = as_markdown(summary)

    assert len(engine.requests) == 2
    assert summary.draft.is_outline
    assert "This is an outline, not a summary: the model's text could not be used" in shown
    assert "pancakes" not in shown
    assert "teapot" not in shown
    assert "- Ana: let's move the release to Friday [2]" in shown


async def test_an_outline_is_the_same_each_time() -> None:
    first = await summarize(long_chat(40), FakeEngine(""))
    second = await summarize(long_chat(40), FakeEngine(""))

    assert as_markdown(first) == as_markdown(second)


async def test_no_repair_is_tried_that_does_not_fit() -> None:
    engine = FakeEngine("word " * 500, context_tokens=800)

    summary = await summarize(RELEASE, engine)

    assert len(engine.requests) == 1
    assert summary.draft.is_outline


async def test_a_long_chat_is_read_in_parts_that_are_put_together() -> None:
    engine = FakeEngine(honest, context_tokens=1200)
    steps: list[Progress] = []

    summary = await summarize(long_chat(200), engine, steps)

    parts = summary.draft.parts
    assert parts > 3
    assert [step.text for step in steps[:2]] == [f"Reading part 1 of {parts}", f"Reading part 2 of {parts}"]
    assert steps[-1].text == f"Putting {parts} parts together"
    assert any(is_combine(request.messages) for request in engine.requests)
    assert f"Read in {parts} parts." in coverage_line(summary)
    for _, bullet in summary.draft.bullets():
        numbers = {line.number for line in bullet.lines}
        assert {int(n) for n in re.findall(r"topic(\d+)", bullet.text)} == {n - 1 for n in numbers}


async def test_the_numbers_of_points_are_mapped_to_all_messages_behind_them() -> None:
    def model(messages: Sequence[ModelMessage], options: Options) -> str:
        if not is_combine(messages):
            return honest(messages)
        return re.sub(r"- none", "- The parts need widgets and gadgets. [1] [3]", honest(messages), count=1)

    summary = await summarize(long_chat(100), FakeEngine(model, context_tokens=1600))

    decision = summary.draft.sections[Section.DECISIONS][0]
    assert len(decision.lines) == 2


async def test_an_action_item_that_got_lost_on_the_way_is_put_back() -> None:
    def model(messages: Sequence[ModelMessage], options: Options) -> str:
        answer = honest(messages)
        return re.sub(r"- Bo: topic4 .*\n", "", answer) if is_combine(messages) else answer

    summary = await summarize(long_chat(100), FakeEngine(model, context_tokens=1600))

    actions = summary.draft.sections[Section.ACTIONS]
    assert [bullet.owner for bullet in actions if "topic4 " in bullet.text] == ["Bo"]
    numbers = [bullet.lines[0].number for bullet in actions]
    assert numbers == sorted(set(numbers))


async def test_a_combination_that_stays_broken_is_done_by_rule() -> None:
    def model(messages: Sequence[ModelMessage], options: Options) -> str:
        return "gibberish" if is_combine(messages) else honest(messages)

    summary = await summarize(long_chat(200), FakeEngine(model, context_tokens=1200))

    assert not summary.draft.is_outline
    assert summary.draft.merged
    assert len(summary.draft.sections[Section.TLDR]) == 3
    assert "put together by rule" in coverage_line(summary)
    assert "gibberish" not in as_markdown(summary)


async def test_a_part_that_can_only_be_outlined_is_told() -> None:
    def model(messages: Sequence[ModelMessage], options: Options) -> str:
        return "gibberish" if "topic3 " in messages[1].text and not is_combine(messages) else honest(messages)

    summary = await summarize(long_chat(100), FakeEngine(model, context_tokens=1200))

    assert len(summary.draft.outlined) == 1
    assert "- none in the parts that could be summarized" in as_markdown(summary)
    assert f"Only outlined were 1 of {summary.draft.parts} parts" in coverage_line(summary)


async def test_a_message_longer_than_the_model_reads_is_cut_and_counted() -> None:
    messages = said("Ana: the release " + "is late " * 3000, "Bo: ok")

    summary = await summarize(messages, FakeEngine(honest, context_tokens=1000))

    assert summary.draft.cut == 1
    assert "1 message was too long and was read only up to a point." in coverage_line(summary)


async def test_few_counts_are_asked_for() -> None:
    class CountingEngine(FakeEngine):
        counts = 0

        async def count(self, messages: Sequence[ModelMessage]) -> int:
            CountingEngine.counts += 1
            return await super().count(messages)

    summary = await summarize(long_chat(1000), CountingEngine(honest, context_tokens=2048))

    # Each request is counted when it is admitted by this engine, too.
    assert CountingEngine.counts < 8 * summary.draft.parts


async def test_an_engine_that_is_wrong_about_what_fits_leads_to_an_outline() -> None:
    summary = await summarize(RELEASE, FakeEngine(ContextTooLong()))

    assert "did not fit the model" in as_markdown(summary)


async def test_an_engine_that_is_down_is_no_summary() -> None:
    with pytest.raises(EngineDown):
        await summarize(RELEASE, FakeEngine(EngineDown()))


@given(st.lists(st.text(max_size=300), min_size=1, max_size=6), st.integers(20, 90))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
async def test_whatever_the_model_writes_every_citation_points_into_the_chat(
    answers: list[str], count: int
) -> None:
    messages = long_chat(count)
    engine = FakeEngine([*answers, GOOD])

    summary = await summarize(messages, engine)

    assert summary.cited
    assert {line.message.id for line in summary.cited} <= {message.id for message in messages}
    assert as_markdown(summary)
