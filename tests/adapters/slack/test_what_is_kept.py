"""What the adapter keeps in memory: names for an hour, what Slack gives for a moment no longer than that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from botcore_slack.connection import Clients
from botcore_slack.interactions import Handle
from botcore_slack.names import Names
from botcore_slack.settings import SlackSettings
from botcore_slack.short_lived import ShortLived
from tests.fakes.clock import Clock
from tests.fakes.faults import Fault
from tests.fakes.slack import App, Channel, Person, Slack, Team

HANDLE = Handle("trigger", "https://hooks.slack.com/1", "U1")


@pytest.fixture
async def names(slack: Slack, app: App, team: Team, clock: Clock) -> AsyncIterator[Names]:
    table = {"token": app.bot_token(team), "app_token": app.app_token, "base_url": slack.base_url}
    clients = Clients(SlackSettings.model_validate(table))
    yield Names(clients, clock)
    await clients.close()


async def test_a_name_is_asked_for_again_after_an_hour(
    slack: Slack, team: Team, ana: Person, names: Names, clock: Clock
) -> None:
    for _ in range(3):
        assert (person := await names.person(team.id, ana.id)) and person.name == "ana"
    ana.user.display_name = "Ana Maria"
    clock.now += 3601

    assert (person := await names.person(team.id, ana.id)) and person.name == "Ana Maria"
    assert len(slack.calls_of("users.info")) == 2


async def test_many_who_ask_for_the_same_ask_once(
    slack: Slack, team: Team, ana: Person, names: Names
) -> None:
    await asyncio.gather(*(names.person(team.id, ana.id) for _ in range(20)))

    assert len(slack.calls_of("users.info")) == 1


async def test_a_name_that_slack_does_not_tell_is_what_it_was(
    slack: Slack, team: Team, ana: Person, names: Names, clock: Clock
) -> None:
    await names.person(team.id, ana.id)
    clock.now += 3601
    slack.faults.add(Fault(code=500), "users.info")

    assert (person := await names.person(team.id, ana.id)) and person.name == "ana"
    assert await names.person(team.id, "U0NOBODY") is None
    assert await names.person("T0NOWHERE", ana.id) is None


async def test_a_change_is_asked_for_at_once(team: Team, ana: Person, names: Names) -> None:
    await names.person(team.id, ana.id)
    ana.user.display_name = "Ana Maria"

    names.forget(team.id, ana.id)

    assert (person := await names.person(team.id, ana.id)) and person.name == "Ana Maria"


async def test_only_so_many_names_are_kept(
    slack: Slack, team: Team, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_slack.names.REMEMBERED", 3)
    people = [slack.person(f"P{number}", team) for number in range(5)]
    for person in (*people, people[4], people[0]):
        await names.person(team.id, person.id)

    assert len(slack.calls_of("users.info")) == 6, "the first was forgotten, the last was not"


async def test_a_slow_answer_is_not_waited_for(
    slack: Slack, team: Team, ana: Person, general: Channel, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_slack.names.PATIENCE_SECONDS", 0.05)
    slack.faults.add(Fault(seconds_before=0.2), "users.info")

    assert await names.shown(team.id, {ana.id, general.id}) == {general.id: "general"}
    await asyncio.sleep(0.3)
    assert (await names.shown(team.id, {ana.id}))[ana.id] == "ana", "it came later, and was kept"


def test_a_trigger_lives_for_three_seconds_and_an_address_for_half_an_hour() -> None:
    clock = Clock()
    kept = ShortLived(clock)
    kept.remember("T1", "press:1", HANDLE)

    assert kept.trigger("T1", "press:1") == "trigger"
    assert kept.trigger("T2", "press:1") == ""
    clock.now += 3
    assert kept.trigger("T1", "press:1") == ""
    assert kept.response_url("T1", "press:1")
    clock.now += 30 * 60
    assert kept.response_url("T1", "press:1") == ""
    assert kept.handle("T1", "press:1") is None


def test_an_address_is_good_for_five_times() -> None:
    kept = ShortLived(Clock())
    kept.remember("T1", "press:1", HANDLE)

    assert [bool(kept.response_url("T1", "press:1")) for _ in range(6)] == [True] * 5 + [False]
    kept.remember("T1", "press:1", HANDLE)  # another press of the same message's buttons
    assert kept.response_url("T1", "press:1")


def test_only_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore_slack.short_lived.REMEMBERED", 2)
    kept = ShortLived(Clock())
    for number in range(3):
        kept.remember("T1", f"press:{number}", HANDLE)

    assert [bool(kept.handle("T1", f"press:{number}")) for number in range(3)] == [False, True, True]
