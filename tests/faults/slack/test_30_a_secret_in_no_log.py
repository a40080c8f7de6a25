"""The bot's tokens, and what people write, are in no log, whatever fails."""

from __future__ import annotations

import pytest

from tests.fakes.plugin import CANARY
from tests.fakes.slack import App, Channel, Fault, Person, Slack
from tests.fakes.slack_answers import until_answered
from tests.fakes.slack_process import SlackProcess


@pytest.mark.parametrize("form", ["text", pytest.param("json", marks=pytest.mark.slow)])
async def test_no_token_appears_in_a_log(
    slack: Slack, app: App, ana: Person, general: Channel, bot: SlackProcess, form: str
) -> None:
    """They stand in the head of every call; what opens a socket and answers a command, in its address."""
    bot.settings["log"] = {"level": "debug", "format": form}
    for fault in (Fault(code=502), Fault(cut_after=True), Fault(code=429)):
        slack.faults.add(fault, "apps.connections.open")
    for fault in (Fault(code=500), Fault(code=429)):
        slack.faults.add(fault, "chat.postMessage", "chat.startStream")
    slack.faults.add(Fault(cut_before=True), "chat.update", "chat.appendStream")
    await bot.start()
    asked = ana.write(CANARY, app)
    await until_answered(slack, app, asked, f"re: {CANARY}")
    slack.faults.add(Fault(code=500), "response_url")
    await ana.command(app, "/botcore", CANARY, general).taken()
    ana.uninstall(app)
    await slack.until(lambda: not app.deliveries.pending, "the bot hears of its end")
    await bot.kill()

    secrets = {one.token for one in app.installations} | {app.app_token, app.deliveries.signing_secret}
    written = bot.logs + bot.output
    assert "socket_opened" in written
    assert [secret for secret in secrets if secret in written] == []
    assert CANARY not in written
    assert "ticket=" not in written
    assert "/actions/" not in written
