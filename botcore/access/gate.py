"""The gate: decides about each event before anything of it is stored. Denied is the default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from botcore.access.errands import Errand
from botcore.access.latest import Latest
from botcore.access.roles import UserRole
from botcore.domain import Author, ConversationKey
from botcore.fronts import Fronts
from botcore.store.access_store import AccessStore
from botcore.store.standing import PersonStanding, PlaceStanding

REMEMBERED = 10_000  # people, and chats, whose standing is kept in memory


class Reason(StrEnum):
    """Why an event was denied. It is a metric's label."""

    BOT = "bot"  # another bot's, where bots are not even remembered
    CHAT = "chat"  # a group that nobody has allowed
    CODE = "code"  # it was the owner's code, which made its author the owner and is not kept
    REPEATED = "repeated"  # it was denied when it was delivered first
    REVOKED = "revoked"  # its author was let in once, and is not any more
    STRANGER = "stranger"  # its author was never let in


@dataclass(frozen=True, slots=True)
class Admission:
    """What the gate decided."""

    denied: Reason | None = None  # None: it may be stored
    may_talk: bool = True  # its author is answered; otherwise the chat's ledger remembers it, no more
    since: datetime | None = None  # when its author or chat was let in: what is older was denied then
    untold: bool = False  # its chat has not been told yet that what is said there is remembered
    role: UserRole | None = None  # None: a member of an allowed chat whom nobody else knows
    misplaced: bool = False  # its chat was named by an operator before anybody knew of which kind it is


class Gate:
    """Knows who may come in. What it knows of the database it keeps, until it is told of a change."""

    def __init__(self, store: AccessStore, fronts: Fronts) -> None:
        self._store = store
        self._fronts = fronts
        self._people: Latest[tuple[str, str, str], PersonStanding] = Latest(REMEMBERED)
        self._places: Latest[tuple[str, str, str], PlaceStanding] = Latest(REMEMBERED)
        self._owner_code: bool | None = None  # None: not known
        self._changes = 0
        self._also: list[Callable[[], None]] = []

    def also(self, forget: Callable[[], None]) -> None:
        """Let somebody else too forget what they know of people and chats, whenever this does."""
        self._also.append(forget)

    def forget(self) -> None:
        """Look everything up anew: something was changed."""
        for forget in self._also:
            forget()
        self._changes += 1
        self._people.clear()
        self._places.clear()
        self._owner_code = None

    def is_trusted(self, key: ConversationKey) -> bool:
        """Tell whether a chat is on this machine, so that whoever writes there is the owner."""
        adapter = self._fronts.find(key)
        return adapter is not None and adapter.capabilities.trusted

    async def waits_for_owner(self) -> bool:
        """Tell whether there is a code that makes whoever types it the owner."""
        if self._owner_code is None:
            changes = self._changes
            known = await self._store.has_owner_code()
            if changes != self._changes:
                return known
            self._owner_code = known
        return self._owner_code

    async def admit(
        self, key: ConversationKey, author: Author, *, direct: bool, errand: Errand | None = None
    ) -> Admission:
        """Decide about something that somebody did somewhere, or came for."""
        if self.is_trusted(key):
            return Admission(may_talk=not author.is_bot, role=UserRole.OWNER)
        person, place = await self._standing(key, author.id)
        decide = _in_direct_chat if direct else _in_group
        admission = decide(person, place, author, errand)
        return replace(admission, misplaced=place.direct is not None and place.direct is not direct)

    async def role(self, key: ConversationKey, author_id: str) -> UserRole | None:
        """Return what somebody may do; None when nobody gave them a role."""
        if self.is_trusted(key):
            return UserRole.OWNER
        return (await self._standing(key, author_id))[0].role

    async def is_allowed(self, key: ConversationKey) -> bool:
        """Tell whether a chat's ledger may be kept, and read by its members."""
        if self.is_trusted(key):
            return True
        return (await self._standing(key, ""))[1].is_allowed

    async def _standing(self, key: ConversationKey, author_id: str) -> tuple[PersonStanding, PlaceStanding]:
        who, where = (key.platform, key.tenant, author_id), (key.platform, key.tenant, key.chat)
        person, place = self._people.get(who), self._places.get(where)
        if person is not None and place is not None:
            return person, place
        changes = self._changes
        person, place = await self._store.standing(key, author_id)
        if changes == self._changes:  # otherwise this may be how it was before
            self._people.put(who, person)
            self._places.put(where, place)
        return person, place


def _in_direct_chat(
    person: PersonStanding, place: PlaceStanding, author: Author, errand: Errand | None
) -> Admission:
    if author.is_bot:
        return Admission(Reason.BOT)
    if person.role is UserRole.REVOKED or place.allowed is False:
        return Admission(Reason.REVOKED)
    if person.role:
        return Admission(role=person.role, since=person.since)
    if place.is_allowed:
        return Admission(since=place.allowed_since)
    if person.user_id is not None and errand in (Errand.PRIVACY, Errand.FETCH):
        return Admission()
    return Admission(Reason.STRANGER)


def _in_group(
    person: PersonStanding, place: PlaceStanding, author: Author, errand: Errand | None
) -> Admission:
    if not place.is_allowed:
        if errand is Errand.ADMIT and person.role and person.role.may_admit and not author.is_bot:
            return Admission(role=person.role)
        return Admission(Reason.BOT if author.is_bot else Reason.CHAT, role=person.role)
    may_talk = not author.is_bot and person.role is not UserRole.REVOKED
    return Admission(
        may_talk=may_talk,
        since=place.allowed_since,
        untold=not place.noticed,
        role=person.role,
    )
