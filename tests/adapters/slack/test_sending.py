"""What of the bot's is seen in Slack: messages, streams, files, and what one person sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from botcore import (
    ConversationKey,
    Key,
    OutcomeUnknown,
    Outgoing,
    Receipt,
    Refused,
    RetryLater,
    StreamMode,
)
from botcore_slack.connection import Clients
from botcore_slack.rendering import LONGEST
from botcore_slack.sender import Sender
from botcore_slack.settings import SlackSettings
from tests.fakes.clock import Clock
from tests.fakes.slack import App, Channel, Fault, Message, Person, Slack, Team

DELIVERY = "0123456789abcdef/0"


@pytest.fixture
async def clients(slack: Slack, app: App, team: Team) -> AsyncIterator[Clients]:
    clients = Clients(
        SlackSettings(
            token=SecretStr(app.bot_token(team)), app_token=SecretStr("xapp-1"), base_url=slack.base_url
        )
    )
    yield clients
    await clients.close()


@pytest.fixture
def urls() -> dict[tuple[str, str], str]:
    """Where Slack takes answers, by workspace and what is answered."""
    return {}


@pytest.fixture
def sender(clients: Clients, urls: dict[tuple[str, str], str]) -> Sender:
    return Sender(clients, lambda tenant, its_id: urls.get((tenant, its_id), ""), settled=0.05)


@pytest.fixture
async def asked(ana: Person, general: Channel) -> Message:
    return ana.write("hello", general)


@pytest.fixture
async def answer(team: Team, ana: Person, general: Channel, asked: Message) -> Outgoing:
    """A final answer in the thread under the question."""
    key = ConversationKey("slack", team.id, general.id, asked.ts)
    return Outgoing(key, "good day", final=True, answers=asked.ts, asker=ana.id, delivery_id=DELIVERY)


def preview(answer: Outgoing, text: str) -> Outgoing:
    return replace(answer, text=text, final=False, delivery_id="")


def saying(answer: Outgoing, text: str) -> Outgoing:
    return replace(answer, text=text)


def said(slack: Slack, app: App, asked: Message) -> list[str]:
    return [message.shown for message in slack.answers_to(app, asked)]


def methods(slack: Slack) -> list[str]:
    return [call.method for call in slack.calls if call.method != "auth.test"]


class TestMessages:
    async def test_an_answer_stands_in_its_thread_and_calls_nobody(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        text = "Hello **you**, <!here> @channel <@U123> and *more* :tada: https://e.org"
        await sender.create(saying(answer, text))

        [message] = slack.answers_to(app, asked)
        assert message.shown == "Hello you, <!here> @channel <@U123> and more :tada: https://e.org"
        assert (message.mentions, slack.mentioned()) == ([], [])
        assert message.metadata["event_payload"] == {"id": DELIVERY}

    async def test_blocks_that_slack_refuses_are_sent_as_plain_text(
        self,
        slack: Slack,
        app: App,
        sender: Sender,
        answer: Outgoing,
        asked: Message,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        wrong = [{"type": "rich_text", "elements": [{"type": "no_such_thing"}]}]
        monkeypatch.setattr("botcore_slack.rendering._elements", lambda *document: wrong[0]["elements"])

        receipt = await sender.create(saying(answer, "1 < 2 & *so* on"))
        await sender.edit(receipt, saying(answer, "<b> 1 < 2 & *so* on"))

        [message] = slack.answers_to(app, asked)
        assert [version.shown for version in message.versions] == ["1 < 2 & so on", "<b> 1 < 2 & so on"]
        assert message.mentions == []

    async def test_buttons_are_drawn_in_rows_and_go_with_an_edit(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        keys = (*(Key(f"Do {n}", id=f"b{n}") for n in range(6)), Key("Why " * 30, url="https://e.org"))
        receipt = await sender.create(replace(answer, buttons=keys))

        [message] = slack.answers_to(app, asked)
        assert message.labels[:6] == [key.label for key in keys[:6]]
        assert (message.buttons[0]["value"], message.buttons[6]["url"]) == ("b0", "https://e.org")
        assert len(message.labels[6]) == 75
        assert len({button["action_id"] for button in message.buttons}) == 7

        await sender.edit(receipt, saying(answer, "Done."))
        assert (message.shown, message.buttons) == ("Done.", [])

    async def test_what_is_too_long_for_a_message_becomes_a_file(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        code = "print('<!here>')\n" * (LONGEST // 10)
        receipt = await sender.create(saying(answer, f"```python\n{code}```"))

        [message] = slack.answers_to(app, asked)
        [file] = message.files
        assert (file.name, file.content.decode()) == ("code.py", code)
        with pytest.raises(Refused):
            await sender.edit(receipt, answer)
        await sender.delete(receipt)

    async def test_a_file_has_its_buttons_below_a_line_of_their_own(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        long = replace(answer, text="```\n" + "x\n" * LONGEST + "```", buttons=(Key("Try", id="b1"),))
        receipt = await sender.create(long)
        await sender.edit(receipt, replace(long, buttons=()))

        file, note = slack.answers_to(app, asked)
        assert file.files
        assert note.versions[0].blocks[-1]["type"] == "actions"
        assert note.buttons == []

    async def test_a_preview_that_became_too_long_makes_room_for_the_file(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        receipt = await sender.create(preview(answer, "```\nx"))
        with pytest.raises(Refused):
            await sender.edit(receipt, saying(answer, "```\n" + "x\n" * LONGEST + "```"))

        assert said(slack, app, asked) == []

    async def test_a_channel_that_is_closed_refuses(
        self, sender: Sender, answer: Outgoing, general: Channel
    ) -> None:
        general.is_archived = True

        with pytest.raises(Refused, match="archived"):
            await sender.create(answer)

    async def test_a_file_that_could_not_be_uploaded_is_tried_again(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        slack.faults.add(Fault(code=503), "files.completeUploadExternal")
        long = saying(answer, "```\n" + "x\n" * LONGEST + "```")
        with pytest.raises(RetryLater):
            await sender.create(long)
        await sender.create(long)

        assert len(slack.answers_to(app, asked)) == 1

    @pytest.mark.parametrize("status", [408, 413, 503])
    async def test_a_file_that_is_not_taken_makes_nobody_wait_for_ever(
        self,
        slack: Slack,
        app: App,
        sender: Sender,
        answer: Outgoing,
        asked: Message,
        monkeypatch: pytest.MonkeyPatch,
        status: int,
    ) -> None:
        """What there is to stay is found at once, what may pass after a while."""
        slack.faults.add(Fault(code=status), "upload", times=2)
        long = replace(answer, text="```\n" + "x\n" * LONGEST + "```", buttons=(Key("Try", id="b1"),))
        if status != 413:
            with pytest.raises(RetryLater):
                await sender.create(long)
            monkeypatch.setattr("botcore_slack.uploading.PATIENCE_SECONDS", -1.0)
        receipt = await sender.create(long)
        await sender.edit(receipt, replace(long, buttons=()))

        [message] = slack.answers_to(app, asked)
        assert message.shown.startswith("x\nx\n")
        assert "Slack took no file" in message.shown
        assert (len(message.versions[0].blocks), message.buttons) == (2, [])

    async def test_without_the_permission_for_files_a_beginning_is_shown(
        self, slack: Slack, app: App, team: Team, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        installation = app.installed_in(team)
        installation.scopes = frozenset(installation.scopes - {"files:write"})
        receipt = await sender.create(saying(answer, "```\n" + "x\n" * LONGEST + "```"))
        assert "Slack took no file" in said(slack, app, asked)[0]
        await sender.delete(receipt)

        assert said(slack, app, asked) == []


class TestStreams:
    async def test_an_answer_grows_and_is_exact_in_the_end(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        receipt = await sender.create(preview(answer, "**good"))
        for text in ("**good** d", "**good** day"):
            assert await sender.edit(receipt, preview(answer, text)) is None
        await sender.edit(receipt, saying(answer, "**good** day"))

        [message] = slack.answers_to(app, asked)
        assert message.shown == "good day"
        assert methods(slack) == [
            "chat.startstream", "chat.appendstream", "chat.appendstream", "chat.stopstream", "chat.update",
        ]  # fmt: skip

    async def test_nothing_is_found_in_what_is_streamed(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        """Not even between two pieces: a mention can't be taken back."""
        receipt = await sender.create(preview(answer, "Hi <"))
        await sender.edit(receipt, preview(answer, "Hi <!here> <@U1"))
        await sender.edit(receipt, preview(answer, "Hi <!here> <@U1> &lt;!channel&gt; https:"))
        await sender.edit(receipt, preview(answer, "Hi <!here> <@U1> &lt;!channel&gt; https://e.org"))

        [message] = slack.answers_to(app, asked)
        assert (message.mentions, slack.mentioned()) == ([], [])
        assert "https://e.org" not in message.text
        assert "&lt;" not in message.text

    async def test_a_text_that_is_no_longer_the_same_is_written_anew(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        receipt = await sender.create(preview(answer, "one"))
        await sender.edit(receipt, preview(answer, "two"))
        await sender.edit(receipt, preview(answer, "two more"))

        assert said(slack, app, asked) == ["two more"]
        assert methods(slack)[-3:] == ["chat.stopstream", "chat.update", "chat.update"]

    async def test_a_stream_that_is_over_goes_on_as_another_message(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message, clock: Clock
    ) -> None:
        receipt = await sender.create(preview(answer, "one"))
        clock.now += 301
        new = await sender.edit(receipt, preview(answer, "one two"))
        assert new
        await sender.delete(receipt)
        await sender.edit(new, preview(answer, "one two three"))
        await sender.edit(new, saying(answer, "one two three."))

        assert said(slack, app, asked) == ["one two three."]
        assert methods(slack).count("chat.startstream") == 2

    async def test_a_stream_that_is_over_when_the_answer_is_whole_keeps_its_message(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message, clock: Clock
    ) -> None:
        receipt = await sender.create(preview(answer, "one"))
        clock.now += 301
        assert await sender.edit(receipt, saying(answer, "one two")) is None

        assert said(slack, app, asked) == ["one two"]

    async def test_a_stream_of_an_earlier_process_is_ended(
        self, slack: Slack, app: App, clients: Clients, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        receipt = await sender.create(preview(answer, "one"))
        await Sender(clients, lambda tenant, its_id: "").edit(receipt, saying(answer, "one two"))

        assert said(slack, app, asked) == ["one two"]

    async def test_a_stream_of_an_earlier_process_can_be_taken_away(
        self, slack: Slack, app: App, clients: Clients, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        receipt = await sender.create(preview(answer, "one"))
        for _ in range(2):
            await Sender(clients, lambda tenant, its_id: "").delete(receipt)

        assert said(slack, app, asked) == []

    @pytest.mark.parametrize("after_effect", [False, True])
    async def test_a_piece_that_got_lost_is_not_missing_in_the_end(
        self,
        slack: Slack,
        app: App,
        sender: Sender,
        answer: Outgoing,
        asked: Message,
        after_effect: bool,
    ) -> None:
        receipt = await sender.create(preview(answer, "one"))
        fault = Fault(cut_after=True) if after_effect else Fault(cut_before=True)
        slack.faults.add(fault, "chat.appendStream")
        with pytest.raises(OutcomeUnknown):
            await sender.edit(receipt, preview(answer, "one two"))
        await sender.edit(receipt, preview(answer, "one two three"))

        assert said(slack, app, asked) == ["one two three"]

    async def test_where_slack_takes_no_stream_messages_are_edited(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        slack.faults.add(Fault(code=429, retry_after=60), "chat.startStream")
        receipt = await sender.create(preview(answer, "one"))
        await sender.edit(receipt, preview(answer, "one two"))
        again = await sender.create(preview(answer, "other"))
        await sender.edit(again, saying(answer, "another"))

        assert said(slack, app, asked) == ["one two", "another"]
        assert methods(slack).count("chat.startstream") == 1

    async def test_for_whom_slack_streams_nothing_others_still_see_streams(
        self, slack: Slack, sender: Sender, answer: Outgoing
    ) -> None:
        """A stream is refused for who is asked for: nobody else in that channel has to do without."""
        stranger = replace(answer, asker="U404")
        for asked_by in (stranger, stranger, answer):
            await sender.create(preview(asked_by, "one"))

        assert [call.error for call in slack.calls_of("chat.startStream")] == ["user_not_found", ""]

    async def test_an_asker_who_is_not_known_is_no_hindrance(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        nobody = replace(answer, asker="")
        receipt = await sender.create(preview(nobody, "one"))
        await sender.edit(receipt, saying(nobody, "one two"))

        assert said(slack, app, asked) == ["one two"]
        assert "chat.startstream" not in methods(slack)

    async def test_progress_is_shown_until_there_is_a_text(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        receipt = await sender.create(replace(preview(answer, ""), progress="Reading 200 messages"))
        assert said(slack, app, asked) == ["Reading 200 messages"]
        await sender.edit(receipt, saying(answer, "There it is."))

        assert said(slack, app, asked) == ["There it is."]

    async def test_only_threads_take_streams(
        self, sender: Sender, clients: Clients, answer: Outgoing
    ) -> None:
        edits = Sender(clients, lambda tenant, its_id: "", stream="edit")

        assert sender.stream_mode(answer.key) is StreamMode.STREAM
        assert sender.stream_mode(replace(answer.key, thread="")) is StreamMode.EDIT
        assert edits.stream_mode(answer.key) is StreamMode.EDIT


class TestOnePerson:
    async def test_others_do_not_see_it(
        self, slack: Slack, sender: Sender, answer: Outgoing, ana: Person, general: Channel
    ) -> None:
        bo = slack.person("Bo")
        general.members[bo.id] = bo.user
        receipt = await sender.create(replace(answer, only_for=ana.id, buttons=(Key("Show", id="b1"),)))

        assert [message.shown for message in ana.sees(general)] == ["hello", "good day"]
        assert [message.shown for message in bo.sees(general)] == ["hello"]
        with pytest.raises(Refused):
            await sender.edit(receipt, replace(answer, only_for=ana.id))
        await sender.delete(receipt)

    async def test_a_thread_that_only_begins_with_the_question_shows_it_in_the_channel(
        self, sender: Sender, answer: Outgoing, ana: Person, general: Channel, asked: Message
    ) -> None:
        await sender.create(replace(answer, only_for=ana.id))
        ana.write("more", general, thread=asked)
        await sender.create(replace(answer, only_for=ana.id, answers="another"))

        assert [m.thread_ts for m in ana.sees(general) if m.only_for] == ["", asked.ts]

    @pytest.mark.parametrize("answers", ["shortcut:1", "press:1", None])
    async def test_what_answers_no_message_is_shown_where_nobody_has_replied(
        self, sender: Sender, answer: Outgoing, ana: Person, general: Channel, answers: str | None
    ) -> None:
        await sender.create(replace(answer, only_for=ana.id, answers=answers))

        assert [(m.shown, m.thread_ts) for m in ana.sees(general) if m.only_for] == [("good day", "")]

    async def test_when_slack_does_not_tell_of_replies_it_is_shown_in_the_channel(
        self, slack: Slack, sender: Sender, answer: Outgoing, ana: Person, general: Channel, asked: Message
    ) -> None:
        ana.write("more", general, thread=asked)
        slack.faults.add(Fault(code=500), "conversations.replies")

        await sender.create(replace(answer, only_for=ana.id, answers="shortcut:1"))

        assert [m.thread_ts for m in ana.sees(general) if m.only_for] == [""]

    async def test_a_public_message_never_becomes_a_private_one(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, ana: Person, asked: Message
    ) -> None:
        receipt = await sender.create(preview(answer, "one"))
        with pytest.raises(Refused):
            await sender.edit(receipt, replace(answer, text="secret", only_for=ana.id))

        assert said(slack, app, asked) == ["one"]

    async def test_its_buttons_go_by_the_url_of_the_press(
        self,
        sender: Sender,
        answer: Outgoing,
        ana: Person,
        general: Channel,
        team: Team,
        urls: dict[tuple[str, str], str],
    ) -> None:
        alone = replace(answer, only_for=ana.id, buttons=(Key("Show", id="b1"),))
        receipt = await sender.create(alone)
        shown = ana.sees(general)[-1]
        urls[team.id, receipt.message_id] = ana.press(shown, "Show").payload["response_url"]
        await sender.edit(receipt, replace(alone, text="Shown.", buttons=()))

        assert (shown.shown, shown.buttons) == ("Shown.", [])

    @pytest.mark.parametrize("alone", [True, False])
    async def test_a_command_is_answered_where_the_bot_is_not(
        self,
        slack: Slack,
        app: App,
        sender: Sender,
        answer: Outgoing,
        ana: Person,
        team: Team,
        urls: dict[tuple[str, str], str],
        alone: bool,
    ) -> None:
        elsewhere = slack.channel("elsewhere", ana)
        command = ana.command(app, "/botcore", "hi", elsewhere)
        urls[team.id, "command:1"] = command.payload["response_url"]
        key = ConversationKey("slack", team.id, elsewhere.id)
        only_for = ana.id if alone else ""
        await sender.create(replace(answer, key=key, answers="command:1", only_for=only_for))

        [shown] = ana.sees(elsewhere)
        assert (shown.shown, shown.only_for is not None) == ("good day", alone)

    async def test_without_such_a_url_it_is_refused(
        self, slack: Slack, sender: Sender, answer: Outgoing, ana: Person, team: Team
    ) -> None:
        key = ConversationKey("slack", team.id, slack.channel("elsewhere", ana).id)

        with pytest.raises(Refused):
            await sender.create(replace(answer, key=key, only_for=ana.id))


class TestFinding:
    @pytest.mark.parametrize("fault", [Fault(cut_after=True), Fault(code_after=500)])
    async def test_a_message_whose_answer_got_lost_is_found(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, asked: Message, fault: Fault
    ) -> None:
        slack.faults.add(fault, "chat.postMessage")
        began = datetime.now(UTC)
        with pytest.raises(OutcomeUnknown):
            await sender.create(answer)

        [message] = slack.answers_to(app, asked)
        receipt = await sender.find_sent(answer, began)
        assert receipt == Receipt(message.ts, f"{answer.key.tenant}/{answer.key.chat}")

    async def test_one_that_never_arrived_is_not_found(self, sender: Sender, answer: Outgoing) -> None:
        await sender.create(replace(answer, delivery_id="another/0"))

        assert await sender.find_sent(answer, datetime.now(UTC)) is None

    async def test_a_direct_chat_is_looked_through_page_by_page(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, ana: Person, team: Team
    ) -> None:
        key = ConversationKey("slack", team.id, ana.channel(app).id)
        direct = replace(answer, key=key)
        receipt = await sender.create(direct)
        for number in range(250):
            ana.write(f"message {number}", app)

        assert await sender.find_sent(direct, datetime.now(UTC)) == receipt

    async def test_somebody_elses_mark_is_none(
        self, sender: Sender, answer: Outgoing, slack: Slack, team: Team, general: Channel, asked: Message
    ) -> None:
        other = slack.app(team, name="other")
        general.members[other.bot_user(team).id] = other.bot_user(team)
        client = AsyncWebClient(other.bot_token(team), base_url=slack.base_url)
        mark = {"event_type": "botcore_answer", "event_payload": {"id": DELIVERY}}
        await client.chat_postMessage(channel=general.id, thread_ts=asked.ts, text="x", metadata=mark)

        assert await sender.find_sent(answer, datetime.now(UTC)) is None

    async def test_while_the_history_is_not_reached_it_is_looked_for_again(
        self, slack: Slack, sender: Sender, answer: Outgoing
    ) -> None:
        for fault in (Fault(code=500), Fault(cut_before=True)):
            slack.faults.add(fault, "conversations.replies")
            with pytest.raises(RetryLater):
                await sender.find_sent(answer, datetime.now(UTC))

    async def test_where_the_history_can_not_be_read_it_stays_in_doubt(
        self, sender: Sender, answer: Outgoing, app: App, team: Team
    ) -> None:
        installation = app.installed_in(team)
        installation.scopes = frozenset(installation.scopes - {"channels:history"})

        with pytest.raises(OutcomeUnknown):
            await sender.find_sent(answer, datetime.now(UTC))

    async def test_a_file_and_what_one_person_sees_stay_in_doubt(
        self, sender: Sender, answer: Outgoing, ana: Person
    ) -> None:
        for message in (replace(answer, only_for=ana.id), saying(answer, "```\n" + "x\n" * LONGEST + "```")):
            with pytest.raises(OutcomeUnknown):
                await sender.find_sent(message, datetime.now(UTC))


class TestPlaces:
    async def test_a_direct_chat_is_opened(
        self, slack: Slack, app: App, sender: Sender, answer: Outgoing, ana: Person
    ) -> None:
        key = await sender.direct_chat(answer.key, ana.id)
        await sender.create(replace(answer, key=key))

        assert [message.shown for message in ana.sees(app)] == ["good day"]

    async def test_a_message_has_an_address_and_another_has_none(
        self, sender: Sender, answer: Outgoing, asked: Message
    ) -> None:
        assert asked.ts.replace(".", "") in await sender.link_to(answer.key, asked.ts)
        assert await sender.link_to(answer.key, "1.000000") == ""
