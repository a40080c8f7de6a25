"""What an operator does with bots of Telegram's: the doctor, webhooks, imports."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botcore import UserError
from botcore.checks import Finding, Health
from botcore.config import load_settings
from botcore.errors import ConfigError, InputError
from botcore_telegram import checks
from botcore_telegram.checks import check_telegram
from botcore_telegram.importing import import_history
from botcore_telegram.operating import change_webhook
from tests.adapters.telegram.meeting import meeting
from tests.botcore.exports.made import telegram_chat, telegram_message, write_json
from tests.fakes.clock import Clock
from tests.fakes.telegram import BotAccount, Fault, Person, Telegram

WEBHOOK = "https://bot.example.org/telegram"


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC).timestamp())


@pytest.fixture(autouse=True)
def configured(
    telegram: Telegram, account: BotAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Write a configuration, and return its file."""
    file = tmp_path / "botcore.toml"
    configure(file, base_url=telegram.base_url)
    monkeypatch.setenv("BOTCORE_CONFIG", str(file))
    monkeypatch.setenv("BOTCORE_TELEGRAM__TOKEN", account.token)
    return file


def configure(file: Path, **keys: str) -> None:
    """Write the table of the adapter."""
    lines = [f'{name} = "{value}"' for name, value in keys.items()]
    file.write_text("\n".join([f'bot.data_folder = "{file.parent}/data"', "[adapters.telegram]", *lines]))


async def findings() -> list[Finding]:
    """Run the check as the doctor does, beside the server."""
    return await asyncio.to_thread(lambda: list(check_telegram(load_settings())))


def texts(found: list[Finding], health: Health) -> str:
    return "\n".join(f"{one.text} → {one.advice}" for one in found if one.health is health)


async def test_the_doctor_explains_privacy_mode(account: BotAccount) -> None:
    found = await findings()

    assert "privacy mode" in texts(found, Health.WARNING)
    assert "/setprivacy" in texts(found, Health.WARNING)
    assert "fetches its messages itself" in texts(found, Health.OK)
    assert texts(found, Health.PROBLEM) == ""


async def test_the_doctor_finds_all_well(account: BotAccount) -> None:
    account.reads_all = True

    assert {one.health for one in await findings()} == {Health.OK}


async def test_the_doctor_tells_of_a_wrong_token_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOTCORE_TELEGRAM__TOKEN", "123:AAFcanarycanarycanary")

    [found] = await findings()

    assert (found.health, "not accepted" in found.text) == (Health.PROBLEM, True)
    assert "canary" not in f"{found.text}{found.advice}"


async def test_the_doctor_tells_of_another_program_that_polls(
    telegram: Telegram, account: BotAccount
) -> None:
    telegram.faults.add(Fault(code=409), "getUpdates")

    assert "another program fetches" in texts(await findings(), Health.PROBLEM)


async def test_the_doctor_confirms_nothing(telegram: Telegram, account: BotAccount, ana: Person) -> None:
    ana.write("hello", account)

    await findings()

    assert len(account.updates.pending) == 1


async def test_the_doctor_tells_of_a_server_that_is_not_there(configured: Path) -> None:
    configure(configured, base_url="http://127.0.0.1:9")

    assert "gives no answer" in texts(await findings(), Health.PROBLEM)


async def test_the_doctor_compares_clocks(account: BotAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ahead:
        """A clock that is wrong by a day."""

        @staticmethod
        def time() -> float:
            return datetime.now(UTC).timestamp() + 86_400

    monkeypatch.setattr(checks, "time", Ahead)

    assert re.search(r"86,[34]\d\d s ahead", texts(await findings(), Health.WARNING))


async def test_a_webhook_is_set_told_and_removed(
    telegram: Telegram, configured: Path, account: BotAccount
) -> None:
    configure(configured, base_url=telegram.base_url, webhook_url=WEBHOOK)
    assert "Telegram calls nobody" in texts(await findings(), Health.PROBLEM)

    [line] = await change_webhook(None, remove=False)

    assert line == f"Telegram calls {WEBHOOK} for @helper_bot; the bot listens on 127.0.0.1:8443."
    assert account.webhook is not None and account.webhook.url == WEBHOOK
    assert f"is called at {WEBHOOK}" in texts(await findings(), Health.OK)
    [line] = await change_webhook(None, remove=True)
    assert account.webhook is None
    assert "calls nobody for @helper_bot any more" in line


async def test_a_webhook_needs_an_address() -> None:
    with pytest.raises(ConfigError, match="no webhook_url"):
        await change_webhook(None, remove=False)


async def test_an_address_that_telegram_does_not_call_is_told_so(
    telegram: Telegram, account: BotAccount, configured: Path
) -> None:
    configure(configured, base_url=telegram.base_url, webhook_url="http://bot.example.org/telegram")

    with pytest.raises(UserError, match="Telegram calls no such address: it has to begin with https"):
        await change_webhook(None, remove=False)


async def test_a_bot_that_is_not_configured_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="no bot “sales”"):
        await change_webhook("sales", remove=True)
    monkeypatch.delenv("BOTCORE_TELEGRAM__TOKEN")
    with pytest.raises(UserError, match="token is missing"):
        await change_webhook(None, remove=True)


def rows(folder: Path) -> list[tuple[str, str, str, int]]:
    """Return the chat, author, text and whether it is a bot's, of every message."""
    with closing(sqlite3.connect(folder / "data" / "botcore.db")) as connection:
        return connection.execute(
            "SELECT c.platform_chat_id, i.platform_user_id, m.text, i.is_bot FROM message m "
            "JOIN chat c ON c.id = m.chat_id JOIN identity i ON i.id = m.identity_id ORDER BY m.id"
        ).fetchall()


async def test_an_import_belongs_to_the_bots_chats_and_knows_bots(
    telegram: Telegram, account: BotAccount, ana: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = telegram.bot("other_bot")
    room = telegram.group("Room", ana.user, account, other)
    me, her, it = (f"user{one.user.id}" for one in (account, ana, other))
    bare = int(str(room.id).removeprefix("-100"))
    group = telegram_chat(
        telegram_message("long ago", 1, from_id=her),
        telegram_message("I am a bot", 2, from_id=it),
        telegram_message("me too", 3, from_id=me),
        id=bare,
        type="private_supergroup",
    )
    direct = telegram_chat(
        telegram_message("hello", 4, from_id=her),
        telegram_message("hi", 5, from_id=me),
        id=account.user.id,
        type="bot_chat",
    )
    private = telegram_chat(telegram_message("secret", 6, from_id=her), id=99, type="personal_chat")
    export = write_json(tmp_path / "result.json", {"chats": {"list": [group, direct, private]}})

    await import_history(export, chat=None, bot=None, as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert (told["tenant"], told["added"], told["chats"]) == (str(account.user.id), 5, 2)
    assert rows(tmp_path) == [
        (str(room.id), str(ana.id), "long ago", 0),
        (str(room.id), str(other.user.id), "I am a bot", 1),
        (str(room.id), str(account.user.id), "me too", 1),
        (str(ana.id), str(ana.id), "hello", 0),
        (str(ana.id), str(account.user.id), "hi", 1),
    ]


async def test_an_import_works_without_telegram(
    telegram: Telegram, account: BotAccount, ana: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    telegram.faults.add(Fault(code=502), "getMe")
    group = telegram_chat(telegram_message("long ago", 1, from_id=f"user{ana.id}"), type="private_group")
    export = write_json(tmp_path / "result.json", group)

    await import_history(export, chat=None, bot=None, as_json=True)

    told = capsys.readouterr()
    assert json.loads(told.out)["added"] == 1
    assert told.err.startswith("Telegram was not asked which authors are bots. That did not work: ")
    assert [text for _, _, text, _ in rows(tmp_path)] == ["long ago"]


async def test_only_telegrams_exports_are_imported(tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("10:42 Ana: hello\n")

    with pytest.raises(InputError, match="`botcore import` reads it"):
        await import_history(lines, chat=None, bot=None, as_json=True)


async def test_the_adapter_and_the_doctor_agree_on_the_webhook(
    telegram: Telegram, account: BotAccount, configured: Path
) -> None:
    async with meeting(telegram, account, webhook_url="http://127.0.0.1:1/x", webhook_listen="127.0.0.1:0"):
        await telegram.until(lambda: account.webhook is not None, "a webhook", 15)

    assert "though no webhook_url is configured" in texts(await findings(), Health.WARNING)
