"""The table `[adapters.slack]`, and what Slack's errors mean."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import ValidationError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from botcore import DeliveryError, OutcomeUnknown, Refused, RetryLater
from botcore_slack.errors import reason_of, translate, translated
from botcore_slack.keys import new_key
from botcore_slack.settings import SlackSettings

ONE: dict[str, Any] = {"token": "xoxb-1", "app_token": "xapp-1"}
MANY: dict[str, Any] = {"client_id": "1.2", "client_secret": "s", "installation_key": new_key()}


class TestSettings:
    def test_a_single_workspace_needs_two_tokens(self) -> None:
        settings = SlackSettings.model_validate(ONE)

        assert (settings.transport, settings.sockets, settings.has_many) == ("socket", 2, False)
        assert settings.base_url == "https://slack.com/api/"
        assert settings.address == ("127.0.0.1", 3000)

    def test_a_signing_secret_is_enough_for_http(self) -> None:
        settings = SlackSettings.model_validate({"token": "xoxb-1", "signing_secret": "s"})

        assert settings.transport == "http"

    def test_another_server_may_have_other_tokens(self) -> None:
        told = {"token": "its own", "app_token": "another", "base_url": "http://127.0.0.1:9/api"}
        token = SlackSettings.model_validate(told).token

        assert token and token.get_secret_value() == "its own"

    @pytest.mark.parametrize("given", ["http://127.0.0.1:9/api", "http://127.0.0.1:9/api/"])
    def test_an_address_may_end_either_way(self, given: str) -> None:
        assert SlackSettings.model_validate(ONE | {"base_url": given}).base_url == "http://127.0.0.1:9/api/"

    @pytest.mark.parametrize(
        ("table", "expected"),
        [
            ({}, "BOTCORE_SLACK__TOKEN"),
            ({"token": "xoxb-1"}, "how events come in: set BOTCORE_SLACK__APP_TOKEN"),
            ({"token": "xoxb-1", "mode": "socket"}, "BOTCORE_SLACK__APP_TOKEN"),
            (ONE | {"mode": "http"}, "BOTCORE_SLACK__SIGNING_SECRET"),
            (ONE | {"token": "xapp-1"}, "begin with xoxb-"),
            (ONE | {"token": "xoxe.xoxb-1"}, "turn token rotation off"),
            (ONE | {"app_token": "xoxb-1"}, "begin with xapp-"),
            (ONE | {"client_id": "1.2"}, "set one of them"),
            (MANY, "BOTCORE_SLACK__SIGNING_SECRET"),
            (MANY | {"mode": "http"}, "set BOTCORE_SLACK__SIGNING_SECRET to it"),
            (MANY | {"signing_secret": "s", "client_secret": None}, "BOTCORE_SLACK__CLIENT_SECRET"),
            (MANY | {"signing_secret": "s", "installation_key": None}, "BOTCORE_SLACK__INSTALLATION_KEY"),
            (MANY | {"signing_secret": "s", "installation_key": "canary"}, "new-key"),
            (ONE | {"base_url": "slack.com"}, "an address like"),
            (ONE | {"public_url": "bot.example.org"}, "https://bot.example.org"),
            (ONE | {"listen": "3000"}, "127.0.0.1:3000"),
            (ONE | {"listen": "127.0.0.1:99999"}, "127.0.0.1:3000"),
            (ONE | {"sockets": 11}, "less than or equal to 10"),
            (ONE | {"socket": 1}, "Extra inputs"),
        ],
    )
    def test_what_can_t_be_used_is_explained(self, table: dict[str, Any], expected: str) -> None:
        with pytest.raises(ValidationError) as error:
            SlackSettings.model_validate(table)

        [mistake] = error.value.errors()
        assert expected in mistake["msg"]
        assert "canary" not in mistake["msg"]


def answered(status: int, body: dict[str, Any], **headers: str) -> SlackApiError:
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="https://slack.com/api/chat.postMessage",
        req_args={},
        data=body,
        headers=headers,
        status_code=status,
    )
    return SlackApiError("canary", response)  # type: ignore[no-untyped-call]


def refused_by_a_proxy(status: int) -> aiohttp.ClientHttpProxyError:
    url = URL("https://slack.com/api/chat.postMessage")
    asked = aiohttp.RequestInfo(url, "CONNECT", CIMultiDictProxy(CIMultiDict()), url)
    return aiohttp.ClientHttpProxyError(asked, (), status=status)


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "meaning"),
        [
            (answered(200, {"ok": False, "error": "channel_not_found"}), Refused),
            (answered(200, {"ok": False, "error": "token_revoked"}), Refused),
            (answered(200, {"ok": False, "error": "something_new"}), Refused),
            (answered(429, {"ok": False, "error": "ratelimited"}, **{"Retry-After": "7"}), RetryLater),
            (answered(200, {"ok": False, "error": "service_unavailable"}), RetryLater),
            (answered(503, {}), RetryLater),
            (answered(503, {"ok": False, "error": "internal_error"}), OutcomeUnknown),
            (answered(500, {"ok": False, "error": "internal_error"}), OutcomeUnknown),
            (answered(500, {}), OutcomeUnknown),
            (answered(502, {}), OutcomeUnknown),
            (answered(404, {"message": "Not Found"}), Refused),
            (answered(407, {}), RetryLater),
            (answered(408, {}), RetryLater),
            (answered(408, {"ok": False, "error": "request_timeout"}), OutcomeUnknown),
            (answered(200, {"ok": False, "error": "internal_error"}), OutcomeUnknown),
            (answered(200, {}), OutcomeUnknown),
            (aiohttp.ServerDisconnectedError(), OutcomeUnknown),
            (TimeoutError(), OutcomeUnknown),
            (aiohttp.ConnectionTimeoutError(), RetryLater),
            (refused_by_a_proxy(403), RetryLater),
        ],
    )
    def test_what_an_error_means(self, error: Exception, meaning: type[DeliveryError]) -> None:
        with pytest.raises(meaning) as translation, translated():
            raise error

        assert "canary" not in str(translation.value)

    def test_slack_says_how_long_to_wait(self) -> None:
        asked = translate(answered(429, {"error": "ratelimited"}, **{"Retry-After": "7"}))
        vague = translate(answered(429, {"error": "ratelimited"}))

        assert isinstance(asked, RetryLater) and asked.after == 7.0
        assert isinstance(vague, RetryLater) and vague.after is None

    def test_reasons_are_for_people(self) -> None:
        assert (
            reason_of(answered(200, {"error": "not_in_channel"}))
            == "the bot is not in the channel; invite it"
        )
        assert reason_of(answered(502, {})) == "Slack can't be reached (it answered 502)"
        assert reason_of(TimeoutError()) == "Slack can't be reached (TimeoutError)"
