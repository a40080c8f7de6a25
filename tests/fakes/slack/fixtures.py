"""A workspace with an app in it, a person and a channel, for tests that have a fixture `slack`."""

from __future__ import annotations

import pytest

from tests.fakes.slack.accounts import Team
from tests.fakes.slack.app import App
from tests.fakes.slack.model import Channel
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import Slack

__all__ = ["ana", "app", "general", "team"]


@pytest.fixture
def team(slack: Slack) -> Team:
    return slack.team("Acme")


@pytest.fixture
def app(slack: Slack, team: Team) -> App:
    return slack.app(team)


@pytest.fixture
def ana(slack: Slack, team: Team) -> Person:
    return slack.person("Ana", team)


@pytest.fixture
def general(slack: Slack, ana: Person, app: App) -> Channel:
    return slack.channel("general", ana, app)
