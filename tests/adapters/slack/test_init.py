"""From `botcore init` to an owner who is answered, with real processes on the loopback Slack."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.operators_folder import OperatorsFolder
from tests.fakes.slack import App, Person, Slack, Team

OWNER_CODE = re.compile(r"(?:[A-Z2-9]{5}-){4}[A-Z2-9]{5}")
PAIRING_CODE = re.compile(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b")


@pytest.fixture
def clock() -> Callable[[], float]:
    return time.time


class Place(OperatorsFolder):
    """An empty folder of an operator's."""

    def __init__(self, folder: Path, slack: Slack, app: App) -> None:
        super().__init__(folder)
        self.slack = slack
        self.app = app

    async def init(self, *typed: str, more: Sequence[str] = ()) -> tuple[int, str]:
        base_url = f"base_url={self.slack.base_url}"
        answers = "".join(f"{line}\n" for line in typed)
        return await self.run(
            *("init", "--platform", "slack", "--set", base_url, "--yes", *more), stdin=answers
        )

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        async with super().up():
            await self.slack.until(lambda: len(self.app.deliveries.sockets.open) == 2, "two sockets")
            yield

    async def hear(self, person: Person, text: str, expected: str) -> str:
        """Write something to the bot, and return the answer that holds what is expected."""
        person.write(text, self.app)

        def answers() -> list[str]:
            said = self.slack.said_by(self.app, person.channel(self.app))
            return [message.shown for message in said if expected in message.shown]

        await self.slack.until(lambda: bool(answers()), f"{expected!r} in answer to {text!r}")
        return answers()[-1]


@pytest.fixture
def place(tmp_path: Path, slack: Slack, app: App) -> Place:
    return Place(tmp_path, slack, app)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_an_operator_gets_from_two_tokens_to_an_owner_who_lets_somebody_in(
    place: Place, team: Team, ana: Person
) -> None:
    app, olga = place.app, place.slack.person("Olga", team)

    code, said = await place.init(app.bot_token(team), app.app_token)

    assert code == 0, said
    assert f"in the workspace Acme ({team.url})" in said
    [owner_code] = OWNER_CODE.findall(said)
    secrets = place.folder / "secrets.env"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert secrets.read_text().splitlines() == [
        f"BOTCORE_SLACK__TOKEN={app.bot_token(team)}",
        f"BOTCORE_SLACK__APP_TOKEN={app.app_token}",
    ]
    assert "xoxb" not in (place.folder / "botcore.toml").read_text()
    async with place.up():
        await place.hear(olga, owner_code, "You are my owner now")
        [pairing_code] = PAIRING_CODE.findall(await place.hear(ana, "hello", "give this code"))
        assert "may talk to the bot now" in (await place.run("access", "approve", pairing_code))[1]
        await place.hear(ana, "hello", "You asked: hello")


async def test_nothing_is_written_for_a_token_that_slack_does_not_know(place: Place) -> None:
    code, said = await place.init("xoxb-canary", "xapp-canary")

    assert code == 78, said
    assert "Slack does not accept the bot's token" in said
    assert "canary" not in said
    assert not (place.folder / "botcore.toml").exists()
    assert not (place.folder / "secrets.env").exists()


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_slack_is_added_to_what_is_there(place: Place, team: Team) -> None:
    file, secrets = place.folder / "botcore.toml", place.folder / "secrets.env"
    tokens = (place.app.bot_token(team), place.app.signing_secret)
    by_http = ("--set", "mode=http")
    assert "Leave --add out" in (await place.init(*tokens, more=("--add", *by_http)))[1]
    file.write_text("[adapters.telegram]\nstream = 'final'\n")
    secrets.write_text("BOTCORE_TELEGRAM__TOKEN=123456:ABC-def")
    secrets.chmod(0o600)
    assert "`botcore init --add`" in (await place.init(*tokens))[1]

    code, said = await place.init(*tokens, more=("--add", *by_http))

    assert code == 0, said
    begins = "[adapters.telegram]\nstream = 'final'\n\n[adapters.slack]\n"
    assert file.read_text().startswith(begins)
    assert secrets.read_text().splitlines() == [
        "BOTCORE_TELEGRAM__TOKEN=123456:ABC-def",
        f"BOTCORE_SLACK__TOKEN={tokens[0]}",
        f"BOTCORE_SLACK__SIGNING_SECRET={tokens[1]}",
    ]
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert "init changes nothing" in (await place.init(*tokens, more=("--add",)))[1]
