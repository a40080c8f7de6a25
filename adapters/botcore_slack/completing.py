"""Names in the place of ids, files in the place of their addresses: what the core is told of a message."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence
from dataclasses import replace

from botcore import Author, Edited, InboundEvent
from botcore.exports import resolve_slack_text, slack_ids_in
from botcore.text_files import with_names
from botcore_slack.attachments import Attachments, name_of
from botcore_slack.events import Post, Revision, moment_of
from botcore_slack.interactions import Asked
from botcore_slack.mentions import as_command, mentioned, without
from botcore_slack.names import Names, Person, qualified
from botcore_slack.origin import Facts, Origin, Who


class Completer:
    """Asks Slack for what it tells by ids only."""

    def __init__(self, names: Names, attachments: Attachments) -> None:
        self._names = names
        self._attachments = attachments

    async def message(self, post: Post, origin: Origin, commands: Container[str]) -> InboundEvent:
        """Return a message as the core takes it; its files are only named."""
        (author, person), text = await asyncio.gather(
            self.author(post.who, origin), self.text(post.text, origin)
        )
        if post.addressed:
            text = as_command(text, commands)
        return InboundEvent(
            key=post.key,
            dedupe_key=f"{post.key.chat}:{post.ts}",
            message_id=post.ts,
            author=author,
            text=_with_names(text, post.files),
            sent_at=moment_of(post.ts),
            addressed=post.addressed and not author.is_bot,
            direct=post.direct,
            language=person.language or None if person else None,
            follow_up=post.follow_up and not author.is_bot,
        )

    async def with_files(self, event: InboundEvent, files: Sequence[Facts]) -> InboundEvent:
        """Return a message with what its files hold in the place of their names."""
        reading = await self._attachments.read(event.key.tenant, files)
        if reading.problem:
            return replace(event, unreadable=reading.problem)
        said = event.text.removesuffix(_with_names("", files)).rstrip("\n")
        return replace(event, text="\n\n".join(filter(None, (said, reading.text))))

    async def revision(self, revision: Revision, origin: Origin, commands: Container[str]) -> Edited:
        """Return the new text of a message; what was a command stays one."""
        text = await self.text(revision.text, origin)
        if origin.bot_user in mentioned(revision.text) or revision.key.chat.startswith("D"):
            text = as_command(text, commands)
        return Edited(revision.key, revision.ts, _with_names(text, revision.files), revision.edited_at)

    async def text(self, text: str, origin: Origin) -> str:
        """Return a text with names, without mentions of the bot unless that is all."""
        said = without(text, origin.bot_user) or text
        shown = await self._names.shown(origin.tenant, slack_ids_in(said))
        return resolve_slack_text(said, shown)

    async def asked(self, asked: Asked, origin: Origin) -> InboundEvent:
        """Return a command as the core takes it."""
        (author, _), text = await asyncio.gather(
            self.author(asked.who, origin), self.text(asked.text, origin)
        )
        return InboundEvent(
            key=asked.key,
            dedupe_key=asked.id,
            message_id=asked.id,
            author=author,
            text=text,
            sent_at=moment_of(""),
            direct=asked.direct,
        )

    async def author(self, who: Who, origin: Origin) -> tuple[Author, Person | None]:
        """Return who did something, and what Slack tells of them if it does in time."""
        if who.is_bot:
            return Author(who.user, who.name or "a bot", is_bot=True), None
        person = await self._names.person(origin.tenant, who.user)
        its_id = qualified(who, person, origin)
        # As long as Slack does not tell a name, people are called as they are known to the core.
        name = person.name if person else who.name or its_id
        return Author(its_id, name, person is not None and person.is_bot), person


def _with_names(text: str, files: Sequence[Facts]) -> str:
    """Return a text with the names of its files, as an import of Slack's export has them."""
    return with_names(text, map(name_of, files))
