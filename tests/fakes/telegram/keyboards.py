"""Inline keyboards, as Telegram checks them."""

from __future__ import annotations

from typing import Any

from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.model import Json
from tests.fakes.telegram.parameters import Parameters

LONGEST_DATA = 64  # bytes
MOST_BUTTONS = 100
KINDS = ("url", "callback_data", "switch_inline_query", "web_app", "login_url", "copy_text")


def read_keyboard(parameters: Parameters) -> list[list[Json]]:
    """Return the rows of `reply_markup`; markups that show no inline buttons have none."""
    markup = parameters.data("reply_markup", {})
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = [[_checked(button) for button in row] for row in markup.get("inline_keyboard", [])]
    rows = [row for row in rows if row]
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return rows


def _checked(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not button.get("text"):
        raise bad_request("inline keyboard button text must be non-empty")
    if not any(kind in button for kind in KINDS):
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= LONGEST_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not str(button["url"]).startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return dict(button)
