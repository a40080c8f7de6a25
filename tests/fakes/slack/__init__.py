"""A Slack on loopback: Web API, Socket Mode, signed events, OAuth, the people on it, and faults on demand."""

from tests.fakes.faults import Fault
from tests.fakes.slack.accounts import Enterprise, Team
from tests.fakes.slack.app import App, Installation
from tests.fakes.slack.deliveries import Delivery
from tests.fakes.slack.model import Channel, File, Message
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import Slack
from tests.fakes.slack.views import View

__all__ = [
    "App",
    "Channel",
    "Delivery",
    "Enterprise",
    "Fault",
    "File",
    "Installation",
    "Message",
    "Person",
    "Slack",
    "Team",
    "View",
]
