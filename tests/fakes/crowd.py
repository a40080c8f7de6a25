"""People on a loopback platform that tells of no message which one it answers, as `Traffic` knows one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

from botcore.endings import OFFER
from tests.fakes.faults import Fault
from tests.fakes.platform import NO_FAULT, BotMessage, Json, Post, Version
from tests.fakes.platform import Fault as PlatformFault
from tests.fakes.script import is_question, whole_answer


class Asked(Protocol):
    """What somebody wrote to the bot."""

    @property
    def text(self) -> str: ...


A = TypeVar("A", bound=Asked)


class Server(Protocol):
    """A loopback platform."""

    faults: Any

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = ...) -> None: ...


class Crowd(ABC, Generic[A]):
    """Everybody has a place of their own, where an answer is told by its words.

    Whatever else comes after a command is the answer to that.
    """

    def __init__(self, server: Server, sends: Collection[str], offer: str = OFFER) -> None:
        """`sends`: the methods that a fault may meet. `offer`: how that of a lost answer reads there."""
        self._server = server
        self._sends = sends
        self._offer = offer
        self._asked: dict[str, A] = {}  # by message id

    @property
    @abstractmethod
    def unacknowledged(self) -> int: ...

    @abstractmethod
    def post(self, text: str, *, chat: str, author: str) -> str:
        """Write something; return the message's id."""

    @abstractmethod
    def answers_to(self, message_id: str) -> list[BotMessage]:
        """Return what is shown as the answer to a message."""

    @abstractmethod
    def _name(self, asked: A) -> str:
        """Return who wrote it."""

    @property
    def posts(self) -> Mapping[str, Post]:
        """What was asked, by message id."""
        return {number: self._post(number, asked) for number, asked in self._asked.items()}

    @property
    def choose_fault(self) -> Callable[[Json], PlatformFault]:
        return lambda call: NO_FAULT

    @choose_fault.setter
    def choose_fault(self, choose: Callable[[Json], PlatformFault]) -> None:
        def of(method: str) -> Fault:
            return _fault(choose({"op": method})) if method in self._sends else Fault()

        self._server.faults.choose = of

    def answer_to(self, message_id: str) -> str | None:
        """Return the whole answer to a message; None when there is none yet."""
        whole = [message.text for message in self.answers_to(message_id) if message.is_final]
        return "\n\n".join(whole) if whole else None

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        await self._server.until(condition, what, seconds)

    async def until_answered(self, message_id: str, seconds: float = 60.0) -> str:
        """Wait for the whole answer to a message and return it."""
        await self.until(
            lambda: self.answer_to(message_id) is not None,
            f"an answer to {self._asked[message_id].text!r}; shown is {self.answers_to(message_id)}",
            seconds,
        )
        return self.answer_to(message_id) or ""

    def _told(self, its_id: str, chat: str, answers: str, versions: list[Version], asked: A) -> BotMessage:
        """Return one of the bot's messages, as a bot on the plain platform would have sent it."""
        versions = [replace(one, text=self._as_sent(one.text), final=False) for one in versions]
        text = versions[-1].text
        whole = text.removesuffix(f"\n\n{OFFER}") == whole_answer(asked.text)
        versions[-1] = replace(versions[-1], final=not is_question(asked.text) or whole)
        return BotMessage(its_id, chat, "", answers, versions)

    def _as_sent(self, shown: str) -> str:
        """Return a text with its Markdown: of what this bot says, only the offer has any."""
        whole = shown.removesuffix(self._offer.strip("_"))
        return shown if whole == shown else f"{whole.rstrip()}\n\n{OFFER}"

    def _post(self, number: str, asked: A) -> Post:
        name = self._name(asked)
        return Post(number, number, name, "", name, is_bot=False, addressed=True, text=asked.text, sent_at="")


def _fault(fault: PlatformFault) -> Fault:
    if fault.error == "retry_later":
        return Fault(code=429, retry_after=1)
    return Fault(
        seconds_before=fault.seconds_before,
        cut_before=fault.cut_before,
        seconds_after=fault.seconds_after,
        cut_after=fault.cut_after,
    )
