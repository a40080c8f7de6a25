"""Answers that are longer than a message, written before their reader's eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from botcore import AdapterSetup
from botcore.testing import FakeEngine
from botcore_telegram import TelegramAdapter
from botcore_telegram.document import LONGEST, length
from tests.botcore.running_bot import running
from tests.fakes.telegram import BotAccount, Message, Person, Telegram

# Of `RetryAfter.retry_after`, whose type will change.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")

SENTENCES = " ".join(f"Sentence **number {number}** tells one thing or another." for number in range(60))
CODE = "\n".join(f"value_{number} = {number}  # 😀" for number in range(250))
ANSWER = f"{SENTENCES}\n\n{SENTENCES}\n\n```python values.py\n{CODE}\n```\n\n{SENTENCES}\n\nThe end."


@pytest.mark.slow
@pytest.mark.parametrize("pace", [0.0, 0.005])
async def test_an_answer_goes_on_in_the_next_message_and_code_is_a_file(
    telegram: Telegram, account: BotAccount, ana: Person, tmp_path: Path, pace: float
) -> None:
    """In this order, in messages that Telegram takes, without any that is left over."""
    setup = AdapterSetup({"token": account.token, "base_url": telegram.base_url}, tmp_path)
    adapter, chat = TelegramAdapter(setup), ana.chat(account)
    async with running(tmp_path, FakeEngine(ANSWER, pace=pace), adapter=cast("Any", adapter)) as at:
        await at.bot.access.desk.set_tenant("telegram", account.token.partition(":")[0], allowed=True)
        ana.write("Tell me", account)
        await telegram.until(lambda: _ends(telegram.said_by(account, chat)), "the end of the answer")
        said = telegram.said_by(account, chat)
    await adapter.close()

    first, *_, file, last = said
    assert [message for message in said if message.file] == [file]
    assert file.file
    assert (file.file.name, file.file.content.decode().rstrip()) == ("values.py", CODE)
    assert all(length(message.text) <= LONGEST for message in said)
    assert len(first.text) > LONGEST // 2
    written = [message.text for message in said if not message.file]
    plain = ANSWER.replace("**", "").replace(f"```python values.py\n{CODE}\n```", "")
    assert " ".join(written).split() == plain.split()
    assert last.text.endswith("The end.")


def _ends(said: list[Message]) -> bool:
    return bool(said) and said[-1].text.endswith("The end.") and any(message.file for message in said)
