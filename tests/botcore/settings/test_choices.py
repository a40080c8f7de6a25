"""Which settings of the installed plugins people may choose."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, SecretStr

from botcore import Choosable, Plugin
from botcore.discovery import load_plugins
from botcore.errors import PluginError
from botcore.settings.choices import form_for, holdings
from botcore.settings.layers import layered
from botcore.settings.marks import choosable
from botcore.store.setting_store import Chosen


class Words(BaseModel):
    """Of a plugin that asks another server."""

    language: Annotated[str, Choosable()] = "en"
    url: str = "https://words.example"


class Sly(BaseModel):
    """What nobody should be asked for in a chat."""

    key: Annotated[SecretStr, Choosable()] = SecretStr("")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("chat", ["history_turns"]),
        ("code", ["language", "messages"]),
        ("draft", ["tone", "length", "messages"]),
        ("summarize", ["last"]),
    ],
)
def test_people_choose_what_is_not_the_operator_s(name: str, fields: list[str]) -> None:
    [plugin] = [one for one in load_plugins() if one.name == name]
    assert plugin.settings is not None
    found = choosable(plugin.settings)

    assert [field.name for field in found] == fields
    assert all(field.label for field in found)


def test_only_what_a_plugin_offers_can_be_chosen() -> None:
    once = [Chosen("url", "https://evil.example", of_chat=True), Chosen("language", "de", of_chat=True)]

    assert [field.name for field in choosable(Words)] == ["language"]
    assert layered(Words(), once) == Words(language="de")


def test_a_plugin_that_offers_what_can_not_be_asked_for_is_refused() -> None:
    with pytest.raises(PluginError, match=r"Sly\.key can't be asked for"):
        Plugin("sly", settings=Sly)


def test_a_form_opens_though_the_operator_has_set_what_none_can_hold() -> None:
    form = form_for("words", holdings(Words(language="x" * 4000), []))

    assert form.by_name["language"].default is None
