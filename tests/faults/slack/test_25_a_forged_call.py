"""A call with a forged signature, an old one, or none."""

from __future__ import annotations

import time

import aiohttp
import pytest

from tests.fakes.slack import App, Person, Slack
from tests.fakes.slack.http_delivery import body_of, sign
from tests.fakes.slack_answers import texts, until_answered
from tests.fakes.slack_process import SlackProcess


@pytest.fixture
def url(bot: SlackProcess) -> str:
    return bot.use_http()


async def test_it_is_refused_and_nothing_is_persisted(
    slack: Slack, app: App, ana: Person, bot: SlackProcess, url: str
) -> None:
    await bot.start()
    asked = ana.write("hello", app)
    await until_answered(slack, app, asked, "re: hello")
    payload = {**app.deliveries.all[0].payload, "event_id": "Ev1"}
    payload["event"] = {**payload["event"], "text": "forged", "ts": "1700000000.000001"}
    body, _ = body_of("events_api", payload)
    secret, now = app.deliveries.signing_secret, int(time.time())
    good = sign(secret, now, body)
    forged = {
        "none": {},
        "no signature": {"X-Slack-Request-Timestamp": str(now)},
        "no time": {"X-Slack-Signature": good},
        "another secret": _headers(now, sign("x" * 32, now, body)),
        "another body": _headers(now, sign(secret, now, body + b" ")),
        "another time": _headers(now + 1, good),
        "old": _headers(now - 301, sign(secret, now - 301, body)),
        "from the future": _headers(now + 600, sign(secret, now + 600, body)),
        "not a number": _headers("now", sign(secret, "now", body)),
        "not a signature": _headers(now, "v0=ä"),
        "one sign off": _headers(now, good[:-1] + ("0" if good[-1] != "0" else "1")),
    }

    statuses = {name: await _post(url, body, headers) for name, headers in forged.items()}

    assert {name: status for name, status in statuses.items() if status not in (401, 403)} == {}
    assert bot.rows("select count(*) from message where text = 'forged'") == [(0,)]
    assert bot.rows("select count(*) from inbox") == [(1,)]
    assert texts(slack, app, asked) == ["re: hello"]
    assert await _post(url, body, _headers(now, good)) == 200


@pytest.mark.slow
async def test_what_can_not_be_read_is_no_end(
    slack: Slack, app: App, ana: Person, bot: SlackProcess, url: str
) -> None:
    await bot.start()
    now = int(time.time())
    for body in (b"", b"no JSON", b"[]", b'{"type": 5}', b'{"type": "event_callback"}', b"\xff\xfe"):
        status = await _post(url, body, _headers(now, sign(app.deliveries.signing_secret, now, body)))
        assert status < 500

    asked = ana.write("hello", app)

    await until_answered(slack, app, asked, "re: hello")


def _headers(timestamp: int | str, signature: str) -> dict[str, str]:
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": signature}


async def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    headers = {"Content-Type": "application/json", **headers}
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as response:
        return response.status
