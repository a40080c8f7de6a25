"""From `botcore init` to an owner who is answered, with real processes on the loopback Telegram."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from botcore.config import load_settings
from botcore.config_check import check_tables
from tests.botcore.exports.made import telegram_chat, telegram_message, write_json
from tests.fakes.operators_folder import OperatorsFolder
from tests.fakes.telegram import BotAccount, Person, Telegram

OWNER_CODE = re.compile(r"(?:[A-Z2-9]{5}-){4}[A-Z2-9]{5}")
PAIRING_CODE = re.compile(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b")


class Place(OperatorsFolder):
    """An empty folder of an operator's."""

    def __init__(self, folder: Path, telegram: Telegram) -> None:
        super().__init__(folder)
        self.telegram = telegram

    async def init(self, token: str, *more: str) -> tuple[int, str]:
        """Set the bot up by a file that holds a token."""
        file = self.folder / "token"
        file.write_text(token + "\n")
        base_url = f"base_url=http://127.0.0.1:{self.telegram.port}"
        known = ("--platform", "telegram", "--token-file", str(file), "--set", base_url)
        return await self.run("init", *known, *more)


@pytest.fixture
async def open_telegram() -> AsyncIterator[Telegram]:
    async with Telegram() as telegram:
        yield telegram


@pytest.fixture
def place(tmp_path: Path, open_telegram: Telegram) -> Place:
    return Place(tmp_path, open_telegram)


@pytest.mark.timeout(240)
async def test_an_operator_gets_from_a_token_to_an_owner_who_lets_somebody_in(place: Place) -> None:
    account = place.telegram.bot()
    olga, ana = place.telegram.person("Olga"), place.telegram.person("Ana")

    code, said = await place.init(account.token, "--yes")

    assert code == 0, said
    assert f"@{account.user.username}, https://t.me/{account.user.username}" in said
    [owner_code] = OWNER_CODE.findall(said)
    secrets = place.folder / "secrets.env"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert secrets.read_text() == f"BOTCORE_TELEGRAM__TOKEN={account.token}\n"
    assert account.token not in (place.folder / "botcore.toml").read_text()
    assert "nobody was let in yet" in (await place.run("doctor"))[1]
    async with place.up():
        await hear(place, account, olga, f"/start {owner_code}", "You are my owner now")
        [pairing_code] = PAIRING_CODE.findall(await hear(place, account, ana, "/start", "give this code"))
        await hear(place, account, olga, f"/access approve {pairing_code}", "Ana may talk to me now")
        await place.telegram.until(lambda: len(said_to(place, account, ana)) == 2, "a welcome")
        assert "You were let in" in said_to(place, account, ana)[1]
        await hear(place, account, ana, "hello", "You asked: hello")


def said_to(place: Place, account: BotAccount, who: Person) -> list[str]:
    return [message.text for message in place.telegram.said_by(account, who.chat(account))]


async def hear(place: Place, account: BotAccount, who: Person, what: str, expected: str) -> str:
    """Write something, and return the answer that holds what is expected."""

    def answers() -> list[str]:
        return [text for text in said_to(place, account, who) if expected in text]

    who.write(what, account)
    await place.telegram.until(lambda: bool(answers()), f"{expected!r} in answer to {what!r}")
    return answers()[-1]


async def test_nothing_is_written_for_a_token_that_telegram_does_not_know(place: Place) -> None:
    code, said = await place.init("123456:ABCDEFGHIJ-unknown", "--yes")

    assert code == 78, said
    assert "Telegram does not accept the token" in said
    assert not (place.folder / "botcore.toml").exists()
    assert not (place.folder / "secrets.env").exists()


async def test_what_is_there_is_not_overwritten(place: Place) -> None:
    (place.folder / "botcore.toml").write_text("# mine\n")

    code, said = await place.init(place.telegram.bot().token, "--yes")

    assert code == 78
    assert "init overwrites nothing" in said
    assert (place.folder / "botcore.toml").read_text() == "# mine\n"


async def test_questions_are_answered_by_a_pipe(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    account = place.telegram.bot()
    base_url = f"base_url=http://127.0.0.1:{place.telegram.port}"

    code, said = await place.run(
        "init", "--set", base_url, stdin=f"telegram\nwrong\n{account.token}\n/no/model\nbundled\n"
    )

    assert code == 0, said
    assert "it should look like 123456:ABC-def" in said
    assert "/no/model" in said
    monkeypatch.chdir(place.folder)
    settings = load_settings(check=check_tables)
    assert settings.adapters["telegram"]["token"] == account.token


@pytest.mark.timeout(240)
@pytest.mark.parametrize("is_up", [True, False])
async def test_what_was_said_before_comes_in_by_a_command(place: Place, is_up: bool) -> None:
    account, ana = place.telegram.bot(), place.telegram.person("Ana")
    room = place.telegram.group("Room", ana.user, account)
    said = [telegram_message(f"long ago {number}", number, from_id=f"user{ana.id}") for number in (1, 2)]
    bare = int(str(room.id).removeprefix("-100"))
    write_json(place.folder / "result.json", telegram_chat(*said, id=bare, type="private_supergroup"))
    assert (await place.init(account.token, "--yes"))[0] == 0
    async with place.up() if is_up else nullcontext():
        if is_up:
            await place.telegram.until(lambda: account.updates.polls > 0, "a poll")
        results = [await place.run("telegram", "import", "result.json", "--json") for _ in range(2)]

    told = [json.loads(output) for code, output in results if code == 0]
    assert [(one["tenant"], one["chats"], one["added"]) for one in told] == [
        (str(account.user.id), 1, 2),
        (str(account.user.id), 1, 0),
    ]


async def test_a_webhook_is_set_and_taken_away_by_a_command(place: Place) -> None:
    account, address = place.telegram.bot(), "https://bot.example.org/telegram"
    assert (await place.init(account.token, "--yes", "--set", f"webhook_url={address}"))[0] == 0

    code, output = await place.run("telegram", "set-webhook")
    assert (code, account.webhook is not None) == (0, True), output
    assert f"Telegram calls {address} for @{account.user.username}" in output
    code, output = await place.run("telegram", "set-webhook", "--remove", "--bot", str(account.user.id))

    assert (code, account.webhook) == (0, None), output


def test_secrets_that_others_can_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from botcore.errors import ConfigError

    monkeypatch.chdir(tmp_path)
    (tmp_path / "botcore.toml").write_text("")
    secrets = tmp_path / "secrets.env"
    secrets.write_text("# mine\nOTHER=1\nBOTCORE_BOT__ANSWERER=talk\n")
    secrets.chmod(0o644)

    with pytest.raises(ConfigError, match="can be read by other users"):
        load_settings()
    secrets.chmod(0o600)
    assert load_settings().bot.answerer == "talk"
    monkeypatch.setenv("BOTCORE_BOT__ANSWERER", "chat")
    assert load_settings().bot.answerer == "chat", "the environment is nearer"
