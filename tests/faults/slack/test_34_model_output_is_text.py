"""The model writes HTML, mrkdwn, `@channel`, `<!here>`, the names of people."""

from __future__ import annotations

from tests.fakes.slack import App, Person, Slack, Team
from tests.fakes.slack_answers import answers
from tests.fakes.slack_process import SlackProcess

TEXTS = [
    "<b>bold</b> <a href='https://example.org'>you</a> &amp; <script>",
    "@channel @here @everyone <!here> <!channel> <!everyone|x> <!subteam^S012345>",
    "&lt;!here&gt; &amp;lt;!channel&amp;gt; <\u200b!here>",
    "<@{ana}> and <@{ana}|ana>, `<@{ana}>`, **<@{ana}>**, [x](<@{ana}>)",
    "@ana and @**ana** too, <#C012345|general> <mailto:x@example.org|y>",
    "[Ana](slack://user?id={ana}) [x](javascript:alert(1)) [<!here>](https://example.org)",
    "| a | b |\n| - | - |\n| <!here> | @channel |",
    "# <!channel>\n\n> <!here>\n\n- <@{ana}>\n\n```\n<!here> @channel\n```",
]


async def test_it_stays_text_and_nobody_is_mentioned(
    slack: Slack, app: App, team: Team, ana: Person, bot: SlackProcess
) -> None:
    """Each text is asked for in a channel of its own, so that no answer waits for another."""
    await bot.start()
    asked = []
    for number, text in enumerate(TEXTS):
        room = slack.channel(f"room-{number}", ana, app)
        typed = text.format(ana=ana.id).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        asked.append(ana.write(f"{app.mention(team)} {typed} the end", room))

    for message in asked:
        await slack.until(
            lambda m=message: any("the end" in a.shown for a in answers(slack, app, m)),  # type: ignore[misc]
            f"all of {message.text!r}",
        )

    assert slack.mentioned() == []
    shown = "\n".join(answer.shown for message in asked for answer in answers(slack, app, message))
    assert "javascript:" not in _links(slack, app)
    assert "<!here>" in shown.replace("\u2060", ""), "what was written can be read"


def _links(slack: Slack, app: App) -> str:
    """Return every address that can be followed."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if value.get("type") == "link":
                found.append(str(value["url"]))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    for channel in slack.channels.values():
        for message in slack.said_by(app, channel):
            walk(message.blocks)
    return " ".join(found)
