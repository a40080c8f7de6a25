"""What must hold when the bot's process is killed, at every point between the platform and the database.

The processes are real and die by SIGKILL. Each test takes two starts of a bot, a second or two each.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from botcore.adapter import Drafts, FindsSent
from botcore.testing.conformance.answering import answer, question
from botcore.testing.conformance.meeting import lacks
from botcore.testing.conformance.mortal import Moment
from botcore.testing.conformance.process import BotProcess
from botcore.testing.platform import HasButtons, Platform, StartsBots
from botcore.testing.troubles import Acknowledges, Hangs

LONG = question("word", words=40, pace=0.05)
SAME_MESSAGE = "The answer went on in another message: `edit` must work with a receipt of an earlier process"
KILLS, KILL_SECONDS = 4, 2.5
RECEIPT_SECONDS = 0.5  # after which the database has that of a message that is shown


class KilledContract:
    """Part of `AdapterContract`. What people see is judged, not what the database holds."""

    @pytest.fixture
    async def bot(self, platform: Platform) -> AsyncIterator[BotProcess]:
        if not isinstance(platform, StartsBots):
            lacks(platform, StartsBots)
        table = platform.bot_table()
        with TemporaryDirectory(prefix="bot-", ignore_cleanup_errors=True) as folder:
            bot = BotProcess(Path(folder), platform.adapter.name, table)
            yield bot
            if bot.is_running:
                await bot.kill()
            told = bot.logs + bot.output
        leaked = [key for key, secret in table.secrets.items() if secret in told]
        assert leaked == [], f"{leaked} can be read in the bot's log: make its setting a pydantic SecretStr"

    async def test_kills_before_the_acknowledgement_lose_nothing_and_double_nothing(
        self, platform: Platform, bot: BotProcess
    ) -> None:
        """One before the commit, and one between the commit and the acknowledgement."""
        for moment in (Moment.RECEIVED, Moment.COMMITTED):
            await bot.start(dies_at=moment, answers="whole")
            if moment is Moment.RECEIVED:
                await platform.post("hello")
            await bot.until_dead(f"a message is {moment}: it is delivered until it is acknowledged")
            if isinstance(platform, Acknowledges):
                assert platform.unacknowledged() == 1, (
                    "It was acknowledged too early: acknowledge an event when `receive` has returned"
                )

        await bot.start(answers="whole")
        await platform.post("again")
        await bot.until(lambda: "re: again" in platform.shown(), "an answer to a later message")

        assert platform.shown() == ["re: hello", "re: again"], (
            "A message that is delivered again needs the same `dedupe_key`, also by another process"
        )

    @pytest.mark.parametrize(
        "moment", [pytest.param(Moment.CREATING, marks=pytest.mark.slow), Moment.CREATED]
    )
    async def test_a_kill_while_an_answer_is_sent_never_sends_it_twice(
        self, platform: Platform, bot: BotProcess, moment: Moment
    ) -> None:
        """Nobody knows whether it arrived. Where the platform can't be asked, the next answer says so."""
        await bot.start(dies_at=moment, answers="whole")
        await platform.post("hello")
        await bot.until_dead("an answer is sent")
        arrived = platform.shown().count("re: hello")
        assert arrived == (moment is Moment.CREATED), "`create` returns when the platform has the message"

        await bot.start(answers="whole")
        await platform.post("again")
        await bot.until(lambda: _begins(platform, "re: again") == 1, "an answer to a later message")

        if isinstance(platform.adapter, FindsSent):
            assert platform.shown() == ["re: hello", "re: again"], (
                "`find_sent` finds what was sent, only that"
            )
            return
        assert platform.shown().count("re: hello") == arrived, "it was sent once more, unasked"
        assert "/missed" in platform.shown()[-1]
        await platform.post("/missed")
        await bot.until(lambda: platform.shown().count("re: hello") == arrived + 1, "what /missed shows")

    @pytest.mark.slow
    async def test_a_kill_while_the_platform_keeps_its_answer_to_a_call_sends_nothing_twice(
        self, platform: Platform, bot: BotProcess
    ) -> None:
        if not isinstance(platform, Hangs):
            lacks(platform, Hangs)
        await bot.start(answers="whole")
        await platform.post("first")
        await bot.until(lambda: platform.shown() == ["re: first"], "an answer")
        platform.hang()
        await platform.post("hello")
        await bot.until(lambda: "re: hello" in platform.shown(), "an answer that nobody confirms")
        await bot.kill()

        await bot.start(answers="whole")
        await platform.post("again")
        await bot.until(lambda: _begins(platform, "re: again") == 1, "an answer to a later message")

        assert platform.shown().count("re: hello") == 1

    @pytest.mark.slow
    async def test_an_answer_that_is_cut_by_kills_at_every_step_goes_on_in_the_same_message(
        self, platform: Platform, bot: BotProcess
    ) -> None:
        """A first fragment may stay: its receipt was lost, and it held no whole answer."""

        def is_whole() -> bool:
            return answer(LONG) in platform.shown()

        await platform.post(LONG)
        for moment, count in (
            (Moment.CREATED, 1),
            (Moment.CREATING, 1),
            (Moment.EDITING, 2),
            (Moment.EDITED, 2),
        ):
            await bot.start(dies_at=moment)
            if not await bot.until_dead(f"{moment} a message", or_until=is_whole):
                pytest.fail(SAME_MESSAGE)
            if moment is Moment.CREATED and is_whole():
                pytest.skip("nothing is shown there before an answer is whole")
            assert len(platform.shown()) == count, f"{platform.shown()} is shown after a kill while {moment}"

        await bot.start()
        await bot.until(is_whole, "the whole answer")

        assert len(platform.shown()) == 2, SAME_MESSAGE

    @pytest.mark.slow
    async def test_a_kill_while_a_draft_is_shown_leaves_one_whole_answer(
        self, platform: Platform, bot: BotProcess
    ) -> None:
        if not isinstance(platform.adapter, Drafts):
            lacks(platform, Drafts)
        await bot.start(dies_at=Moment.DRAFTED)
        await platform.post(LONG)
        if not await bot.until_dead("a draft", or_until=lambda: answer(LONG) in platform.shown()):
            pytest.skip("answers are not drafted there")

        await bot.start()
        await bot.until(lambda: answer(LONG) in platform.shown(), "the whole answer")

        assert platform.shown() == [answer(LONG)]

    @pytest.mark.slow
    async def test_a_press_that_was_committed_before_a_kill_is_done_once(
        self, platform: Platform, bot: BotProcess
    ) -> None:
        if not isinstance(platform, HasButtons):
            lacks(platform, HasButtons)
        await bot.start(dies_at=Moment.PRESSED, answers="offering")
        await platform.post("shall you?")
        await bot.until(lambda: platform.shown() == ["Shall I?"], "a message with a button")
        await asyncio.sleep(RECEIPT_SECONDS)
        await platform.press("Do it")
        await bot.until_dead("a press is committed")

        await bot.start(answers="offering")
        await bot.until(lambda: "done" in platform.shown()[-1], "what the button stands for")
        offers = _begins(platform, "Shall I?")
        await platform.post("again")
        await bot.until(lambda: _begins(platform, "Shall I?") > offers, "an answer to a later message")

        assert sum("done" in text for text in platform.shown()) == 1

    @pytest.mark.slow
    async def test_kills_at_random_points_leave_every_question_answered_once_or_to_be_called_up(
        self, platform: Platform, bot: BotProcess
    ) -> None:
        dice = random.Random(7)
        asked = [question(f"q{number}x", words=8, pace=0.03) for number in range(3 * KILLS)]
        for kill in range(KILLS):
            await bot.start()
            for text in asked[3 * kill : 3 * kill + 3]:
                await platform.post(text)
            await asyncio.sleep(dice.uniform(0.8, KILL_SECONDS))
            await bot.kill()
        await bot.start()
        await platform.post("the end")
        await bot.until(lambda: _begins(platform, "re: the end") == 1, "an answer to the last message")
        shown = platform.shown()
        whole = [text for text in asked for one in shown if one.startswith(answer(text))]
        assert len(set(whole)) == len(whole), f"an answer came twice: {shown}"
        assert whole == [text for text in asked if text in whole]
        in_doubt = [text for text in asked if text not in whole]
        if in_doubt:
            await platform.post("/missed")
            await bot.until(
                lambda: all(answer(text) in "\n".join(platform.shown()) for text in in_doubt),
                f"what /missed shows: {in_doubt}",
            )


def _begins(platform: Platform, text: str) -> int:
    """How many messages are this text, maybe with the word that an earlier one is in doubt."""
    return sum(shown.startswith(text) for shown in platform.shown())
