"""Two workspaces install the app of a bot that runs, and are answered; one takes it out."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from botcore_slack.keys import new_key
from tests.adapters.slack.connected import free_address, install, listening
from tests.adapters.slack.test_init import Place
from tests.fakes.slack import App, Person, Slack, Team


@pytest.fixture
def clock() -> Callable[[], float]:
    return time.time


@pytest.fixture
def app(slack: Slack, team: Team) -> App:
    return slack.app()  # installed nowhere yet


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_they_are_served_by_one_process(
    slack: Slack, app: App, team: Team, ana: Person, tmp_path: Path
) -> None:
    place, listen = Place(tmp_path, slack, app), free_address()
    other = slack.team("Other")
    eve = slack.person("Eve", other)
    configure(place, listen)
    async with place.up():
        await listening(listen)
        for person in (ana, eve):
            assert (await install(person, f"http://{listen}"))[0] == 200
            code, said = await place.run("access", "allow-tenant", f"slack:{person.team.id}")
            assert code == 0, said
            hello = f"hello from {person.team.name}"
            await place.hear(person, hello, f"You asked: {hello}")
        said = (await place.run("doctor"))[1]
        assert f"Acme ({team.id})" in said and f"Other ({other.id})" in said

        channel = eve.channel(app)
        eve.uninstall(app)
        for delivery in app.deliveries.all:
            await delivery.taken()

        assert f"Other ({other.id})" not in (await place.run("doctor"))[1]
        await place.hear(ana, "still there?", "You asked: still there?")
        assert [m.shown for m in slack.said_by(app, channel)] == ["You asked: hello from Other"]
    written = (tmp_path / "data" / "botcore.log").read_text()
    assert [one.token for one in app.installations if one.token in written] == []


def configure(place: Place, listen: str) -> None:
    """Write what an operator of many workspaces writes."""
    (place.folder / "botcore.toml").write_text(
        f"""
[adapters.slack]
client_id = "{place.app.client_id}"
public_url = "http://{listen}"
listen = "{listen}"
base_url = "{place.slack.base_url}"
"""
    )
    secrets = place.folder / "secrets.env"
    secrets.write_text(
        f"BOTCORE_SLACK__CLIENT_SECRET={place.app.client_secret}\n"
        f"BOTCORE_SLACK__APP_TOKEN={place.app.app_token}\n"
        f"BOTCORE_SLACK__INSTALLATION_KEY={new_key()}\n"
    )
    secrets.chmod(0o600)
