"""The table of the adapter, and what Telegram's refusals mean."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError, TimedOut

from botcore import DeliveryError, OutcomeUnknown, Refused
from botcore_telegram.errors import is_unchanged, reason_of, translate
from botcore_telegram.settings import TelegramSettings

TOKEN, OTHER = "123:AAFone", "456:AAFtwo"


def settings(**table: Any) -> TelegramSettings:
    return TelegramSettings.model_validate(table)


def test_a_token_is_enough() -> None:
    [bot] = settings(token=TOKEN).all_bots

    assert (bot.tenant, bot.stream, bot.webhook_url) == ("123", "edit", "")


def test_several_bots_have_tables_and_the_first_may_be_unnamed() -> None:
    both = settings(token=TOKEN, bots={"sales": {"token": OTHER, "stream": "draft"}})

    assert [(bot.tenant, bot.stream) for bot in both.all_bots] == [("123", "edit"), ("456", "draft")]


@pytest.mark.parametrize(
    "url", ["https://tg.example.org", "https://tg.example.org/", "https://tg.example.org/bot"]
)
def test_a_server_is_named_with_or_without_what_comes_behind(url: str) -> None:
    assert settings(token=TOKEN, base_url=url).base_url == "https://tg.example.org"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, "token is missing"),
        ({"token": "abc"}, "like 123456:ABC"),
        ({"token": TOKEN, "stream": "fast"}, "'edit', 'draft' or 'final'"),
        ({"token": TOKEN, "base_url": "example.org"}, "server's address"),
        ({"token": TOKEN, "webhook_url": "example.org"}, "address like https://"),
        ({"token": TOKEN, "webhook_listen": "8443"}, "127.0.0.1:8443"),
        ({"token": TOKEN, "webhook_listen": "localhost:99999"}, "127.0.0.1:8443"),
        ({"token": TOKEN, "file_kilobytes": 0}, "greater than or equal to 1"),
        ({"token": TOKEN, "bots": {"a": {"token": TOKEN}}}, "same token"),
        (
            {
                "token": TOKEN,
                "webhook_url": "https://e.org/x",
                "bots": {"a": {"token": OTHER, "webhook_url": "https://f.org/x"}},
            },
            "same path",
        ),
        ({"token": TOKEN, "nonsense": 1}, "nonsense"),
    ],
)
def test_a_mistake_is_told_and_the_token_is_not(table: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as raised:
        settings(**table)

    messages = "\n".join(f"{error['loc']} {error['msg']}" for error in raised.value.errors())
    assert told in messages
    assert "AAF" not in messages


def test_secrets_of_webhooks_differ_and_show_nothing_of_the_token() -> None:
    one, two = settings(token=TOKEN, bots={"b": {"token": OTHER}}).all_bots

    assert one.webhook_secret != two.webhook_secret
    assert len(one.webhook_secret) == 64
    assert "AAF" not in one.webhook_secret
    assert settings(token=TOKEN).all_bots[0].webhook_secret == one.webhook_secret


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), "blocked the bot"),
        (Forbidden("Forbidden: user is deactivated"), "deleted their account"),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), "removed from the chat"),
        (Forbidden("Forbidden: something new"), "may not do that"),
        (BadRequest("Bad Request: chat not found"), "does not exist"),
        (BadRequest("Bad Request: TOPIC_CLOSED"), "topic is closed"),
        (BadRequest("Bad Request: message thread not found"), "topic was deleted"),
        (BadRequest("Bad Request: not enough rights to send text messages to the chat"), "may not write"),
        (BadRequest("Bad Request: message to edit not found"), "was deleted"),
        (BadRequest("Bad Request: message can't be edited"), "can't be edited"),
        (BadRequest("Bad Request: what a person wrote"), "Telegram refuses it"),
    ],
)
def test_a_refusal_has_a_reason_that_quotes_nobody(error: TelegramError, reason: str) -> None:
    told = translate(error)

    assert isinstance(told, Refused)
    assert reason in reason_of(error)
    assert "what a person wrote" not in str(told)


@pytest.mark.parametrize(
    ("error", "kind"), [(TimedOut(), OutcomeUnknown), (NetworkError("reset"), OutcomeUnknown)]
)
def test_what_nobody_knows_is_unknown(error: TelegramError, kind: type[DeliveryError]) -> None:
    assert type(translate(error)) is kind


def test_what_is_as_it_should_be_is_no_error() -> None:
    text = (
        "Bad Request: message is not modified: specified new message content and reply markup are "
        "exactly the same as a current content and reply markup of the message"
    )

    assert is_unchanged(BadRequest(text))
    assert not is_unchanged(BadRequest("Bad Request: message can't be edited"))
