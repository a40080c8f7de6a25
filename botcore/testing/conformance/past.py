"""What an adapter whose platform tells what was said before must do with that."""

from __future__ import annotations

from dataclasses import replace

from botcore.adapter import FetchesHistory, PastMessage
from botcore.testing.conformance.meeting import lacks, must_be, reply, running, soon
from botcore.testing.platform import HasGroups, Platform


class PastContract:
    """Part of `AdapterContract`."""

    async def test_what_was_said_before_is_what_was_heard(self, platform: Platform) -> None:
        """Page by page, each message once, called as when it was said, and nothing of the bot's own."""
        adapter = platform.adapter
        if not isinstance(adapter, FetchesHistory):
            lacks(platform, FetchesHistory)
        if not isinstance(platform, HasGroups):
            must_be(platform, HasGroups)
        found: list[PastMessage] = []
        async with running(platform) as events:
            heard = []
            for number in range(5):
                await platform.post_in_group(f"message {number}", addressed=False)
                heard.append(await soon(events))
            await adapter.create(replace(reply(heard[-1], "so I hear"), answers=None))
            page = await adapter.fetch_history(heard[0].key, "")
            found += page.messages
            while page.has_more:
                page = await adapter.fetch_history(heard[0].key, page.cursor)
                found += page.messages

        told = {message.message_id: (message.text, message.author.id) for message in found}
        assert len(told) == len(found), "a message is on one page only"
        expected = {event.message_id: (event.text, event.author.id) for event in heard}
        assert expected.items() <= told.items(), "more may have been said there, before all that"
        assert "so I hear" not in {text for text, _ in told.values()}, "the bot knows what it said itself"
