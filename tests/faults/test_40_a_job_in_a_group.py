"""A summary of 10 minutes runs in a group."""

from __future__ import annotations

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform

AT_ONCE_SECONDS = 15.0  # generous, as other work may share the machine; the job takes 600


@pytest.fixture
async def job(platform: Platform, bot: BotProcess) -> str:
    """The message of the member whose job runs."""
    await bot.start()
    job = platform.post("/job 600", chat="group", author="ana")
    await platform.until(
        lambda: any("Summarizing" in m.text for m in platform.answers_to(job)), "its progress message"
    )
    return job


async def test_another_members_question_is_answered_meanwhile(
    platform: Platform, bot: BotProcess, job: str
) -> None:
    for author in ("bo", "cy", "ana"):
        asked = platform.post(f"hello from {author}", chat="group", author=author)
        assert await platform.until_answered(asked, AT_ONCE_SECONDS) == f"re: hello from {author}"

    assert platform.answer_to(job) is None


async def test_help_and_stop_come_at_once(platform: Platform, bot: BotProcess, job: str) -> None:
    asked = platform.post("/help", chat="group", author="bo")
    assert "/stop" in await platform.until_answered(asked, AT_ONCE_SECONDS)
    asked = platform.post("/queue", chat="group", author="ana")
    assert "/job 600" in await platform.until_answered(asked, AT_ONCE_SECONDS)
    assert platform.answer_to(job) is None

    platform.post("/stop", chat="group", author="ana")

    assert "Stopped" in await platform.until_answered(job, AT_ONCE_SECONDS)


@pytest.mark.slow
async def test_another_member_can_not_stop_it(platform: Platform, bot: BotProcess, job: str) -> None:
    asked = platform.post("/stop", chat="group", author="bo")

    assert "nothing to stop" in await platform.until_answered(asked, AT_ONCE_SECONDS)
    assert platform.answer_to(job) is None


async def test_it_outlives_a_kill_and_goes_on_in_its_message(
    platform: Platform, bot: BotProcess, job: str
) -> None:
    receipts, states = "select state from outbox", "select state, crashes from inbox"
    await platform.until(lambda: bot.rows(receipts) == [("created",)], "the receipt of its message")
    await bot.kill()
    await bot.start()
    await platform.until(lambda: bot.rows(states) == [("running", 1)], "another try")

    platform.post("/stop", chat="group", author="ana")

    assert "Stopped" in await platform.until_answered(job)
    assert len(platform.answers_to(job)) == 1
