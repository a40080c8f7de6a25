"""A Telegram on loopback: the Bot API with its semantics, the people on it, and faults on demand."""

from tests.fakes.faults import Fault
from tests.fakes.telegram.bot import BotAccount
from tests.fakes.telegram.model import Chat, Message, Topic
from tests.fakes.telegram.people import Person
from tests.fakes.telegram.server import Telegram

__all__ = ["BotAccount", "Chat", "Fault", "Message", "Person", "Telegram", "Topic"]
