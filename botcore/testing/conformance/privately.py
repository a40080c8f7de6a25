"""What one person of a group is told alone, and what only members of a group may know."""

from __future__ import annotations

from dataclasses import replace

from botcore.adapter import AnswersAlone, HandsOver, Key, PrivateAnswers, TellsMembership
from botcore.domain import InboundEvent
from botcore.testing.conformance.meeting import lacks, must_be, reply, running, soon
from botcore.testing.platform import FollowsLinks, HasGroups, HasMembers, Platform, ShowsToOne

TOKEN = "abc-DEF_0123456789" * 3  # as the core may make it


class PrivatelyContract:
    """Part of `AdapterContract`."""

    async def test_membership_is_that_of_now(self, platform: Platform) -> None:
        adapter = platform.adapter
        if not isinstance(adapter, TellsMembership):
            lacks(platform, TellsMembership)
        if not (isinstance(platform, HasMembers) and isinstance(platform, HasGroups)):
            must_be(platform, HasMembers)
        async with running(platform) as events:
            await platform.post_in_group("hello", addressed=True)
            event = await soon(events)

            assert await adapter.is_member(event.key, event.author.id)
            await platform.leave()
            assert not await adapter.is_member(event.key, event.author.id), (
                "ask the platform, remember nothing"
            )
            assert not await _is_member_or_error(adapter, event, "4711")

    async def test_a_link_leads_from_a_group_into_the_direct_chat(self, platform: Platform) -> None:
        adapter = platform.adapter
        if adapter.capabilities.private is not PrivateAnswers.HAND_OVER or not isinstance(adapter, HandsOver):
            lacks(platform, HandsOver)
        if not (isinstance(platform, FollowsLinks) and isinstance(platform, HasGroups)):
            must_be(platform, FollowsLinks)
        async with running(platform) as events:
            await platform.post_in_group("weigh it", addressed=True)
            asked = await soon(events)
            url = adapter.link_to_start(asked.key, TOKEN)
            await adapter.create(replace(reply(asked, "It is ready."), buttons=(Key("Read it", url=url),)))
            await platform.follow(url)
            started = await soon(events)

        assert started.text == f"/start {TOKEN}"
        assert started.direct
        assert started.author.id == asked.author.id

    async def test_what_is_for_one_person_is_seen_by_nobody_else(self, platform: Platform) -> None:
        adapter = platform.adapter
        if not isinstance(adapter, AnswersAlone):
            lacks(platform, AnswersAlone)
        if not (isinstance(platform, ShowsToOne) and isinstance(platform, HasGroups)):
            must_be(platform, ShowsToOne)
        async with running(platform) as events:
            await platform.post_in_group("weigh it", addressed=True)
            asked = await soon(events)
            who = asked.author.id
            await adapter.create(replace(reply(asked, "72 kg"), only_for=who, asker=who))

            assert platform.shown_alone() == ["72 kg"]
            assert platform.shown_in_group() == [], "what is `only_for` one must reach nobody else"

    async def test_a_person_of_a_group_can_be_written_to_alone(self, platform: Platform) -> None:
        adapter = platform.adapter
        if not isinstance(adapter, AnswersAlone):
            lacks(platform, AnswersAlone)
        if not isinstance(platform, HasGroups):
            must_be(platform, HasGroups)
        async with running(platform) as events:
            await platform.post_in_group("weigh it", addressed=True)
            asked = await soon(events)
            key = await adapter.direct_chat(asked.key, asked.author.id)
            await adapter.create(replace(reply(asked, "72 kg"), key=key, answers=None))
            link = await adapter.link_to(asked.key, asked.message_id)

        assert (key.platform, key.tenant) == (asked.key.platform, asked.key.tenant)
        assert key.chat != asked.key.chat
        assert platform.shown() == ["72 kg"]
        assert link == "" or "://" in link


async def _is_member_or_error(adapter: TellsMembership, event: InboundEvent, user_id: str) -> bool:
    """Ask about somebody nobody knows: an error counts as no."""
    try:
        return await adapter.is_member(event.key, user_id)
    except Exception:
        return False
