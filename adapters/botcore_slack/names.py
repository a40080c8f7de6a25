"""What people and channels are called. Slack tells it when it is asked; it is kept for a while."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from botcore import DeliveryError
from botcore_slack.connection import Clients
from botcore_slack.errors import translated
from botcore_slack.origin import Facts, Origin, Who, text_of

log = structlog.get_logger(__name__)
T = TypeVar("T")

KEPT_SECONDS, UNKNOWN_SECONDS = 3600.0, 60.0
PATIENCE_SECONDS = 1.5  # for all names of a message: Slack waits three for an answer
REMEMBERED = 10_000  # people, and channels
MOST_MENTIONS = 30  # of one message that are asked for
SLACKBOT = "USLACKBOT"  # not marked as a bot in Slack's own lists


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as Slack knows them, also when their account is deactivated by now."""

    name: str
    team: str = ""  # their workspace
    enterprise: str = ""  # the organisation that belongs to, if any
    is_bot: bool = False
    language: str = ""


class Names:
    """Knows the people and channels of every workspace, each by the bot that hears them there."""

    def __init__(self, clients: Clients, clock: Callable[[], float] = time.monotonic) -> None:
        self._clients = clients
        self._people: _Kept[Person] = _Kept(clock)
        self._channels: _Kept[str] = _Kept(clock)

    async def person(self, tenant: str, user: str) -> Person | None:
        """Return who somebody is; None when Slack does not tell now."""
        return await self._people.get((tenant, user), lambda: self._ask_for_person(tenant, user))

    async def shown(self, tenant: str, ids: Collection[str]) -> Mapping[str, str]:
        """Return what people and channels are called, of those that Slack tells in time."""
        some = sorted(ids)[:MOST_MENTIONS]
        names = await asyncio.gather(*(self._name(tenant, one) for one in some))
        return {one: name for one, name in zip(some, names, strict=True) if name}

    def forget(self, tenant: str, its_id: str) -> None:
        """Ask for a name anew: it has changed."""
        self._people.forget((tenant, its_id))
        self._channels.forget((tenant, its_id))

    async def _name(self, tenant: str, its_id: str) -> str:
        if its_id[:1] in ("C", "D", "G"):
            asked = self._channels.get((tenant, its_id), lambda: self._ask_for_channel(tenant, its_id))
            return await asked or ""
        person = await self.person(tenant, its_id)
        return person.name if person else ""

    async def _ask_for_person(self, tenant: str, user: str) -> Person:
        client = await self._clients.client(tenant)
        with translated(repeatable=True):
            told = await client.users_info(user=user, include_locale=True)
        return _person(told.get("user") or {}, user)

    async def _ask_for_channel(self, tenant: str, channel: str) -> str:
        client = await self._clients.client(tenant)
        with translated(repeatable=True):
            told = await client.conversations_info(channel=channel)
        return text_of((told.get("channel") or {}).get("name"))


def qualified(who: Who, person: Person | None, origin: Origin) -> str:
    """Return the id that the core knows somebody by: that of another organisation's tells which.

    Slack's ids of people are unique within an organisation, and not beyond.
    """
    team, enterprise = (person.team, person.enterprise) if person and person.team else (who.team, "")
    is_ours = team in ("", origin.tenant) or (
        bool(origin.enterprise) and origin.enterprise in (team, enterprise)
    )
    if is_ours or (person is None and not origin.is_shared):
        return who.user
    return f"{team}:{who.user}"


def user_of(author_id: str) -> str:
    """Return Slack's own id of somebody from the core's."""
    return author_id.rpartition(":")[2]


class _Kept(Generic[T]):
    """The latest answers, and those that are being waited for: two that ask for the same ask once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[T | None, float]] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[T | None]] = {}

    async def get(self, place: tuple[str, str], ask: Callable[[], Awaitable[T]]) -> T | None:
        known, until = self._known.get(place, (None, 0.0))
        if self._clock() < until:
            return known
        task = self._asking.get(place) or asyncio.create_task(self._ask(place, ask))
        self._asking[place] = task
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asyncio.shield(task)
        except TimeoutError:
            return known  # as it was; when the answer comes, it is kept for the next time

    def forget(self, place: tuple[str, str]) -> None:
        self._known.pop(place, None)

    async def _ask(self, place: tuple[str, str], ask: Callable[[], Awaitable[T]]) -> T | None:
        try:
            known: T | None = await ask()
            self._keep(place, known, KEPT_SECONDS)
        except DeliveryError as error:
            log.info("name_not_told", error=str(error))
            known = self._known.get(place, (None, 0.0))[0]  # as it was
            self._keep(place, known, UNKNOWN_SECONDS)
        finally:
            self._asking.pop(place, None)
        return known

    def _keep(self, place: tuple[str, str], known: T | None, seconds: float) -> None:
        self._known[place] = (known, self._clock() + seconds)
        self._known.move_to_end(place)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _person(user: Facts, its_id: str) -> Person:
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    name = next((" ".join(one.split()) for one in names if isinstance(one, str) and one.strip()), its_id)
    organisation = user.get("enterprise_user") or {}
    return Person(
        name=name,
        team=text_of(user.get("team_id")),
        enterprise=text_of(organisation.get("enterprise_id")),
        is_bot=bool(user.get("is_bot")) or its_id == SLACKBOT,
        language=text_of(user.get("locale")).lower(),
    )
