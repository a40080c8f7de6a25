"""The app as Slack wants it described: pasted at api.slack.com/apps, it is set up as this bot needs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from botcore import Capability, InputError, Plugin
from botcore_slack.http_server import EVENTS_PATH, REDIRECT_PATH
from botcore_slack.scopes import Scope, needed_events, needed_scopes

NEW_APP = "https://api.slack.com/apps"
NAME = "botcore"
DESCRIPTION = "Answers, summarizes threads and drafts texts, with a model that your team runs itself."
LONGEST_NAME, LONGEST_SHORTCUT, LONGEST_SHORTCUT_TEXT = 35, 24, 150
MOST_SHORTCUTS, MOST_COMMANDS = 5, 50
# Slack's own: it takes no manifest that has one of them. `/botcore help` is.
SLACKS_OWN = frozenset(
    "archive away call collapse commands debug dm dnd expand feed feedback help invite invite_people join "  # noqa: SIM905  # a list would be a page
    "kill leave me msg mute open part pro remind remove rename search send shortcuts shrug star status topic "
    "unarchive who".split()
)
START = "start"  # leads from a group into a direct chat, where there are links for that
TAKEN = re.compile(r"[a-z][a-z0-9-]{0,31}")  # names that Slack takes for commands
GENERAL = "Ask something, or use any of my commands: help, stop, usage, settings …"
NEEDS_URL = (
    "Slack has to know where to call: name the address of your proxy with --public-url "
    "https://bot.example.org, or as public_url under [adapters.slack]."
)


@dataclass(frozen=True, slots=True)
class AppWish:
    """What the app is to be like."""

    name: str = NAME
    by_http: bool = False  # Slack calls the bot, instead of the bot listening on sockets
    public_url: str = ""  # where the bot is reached, for HTTP and for OAuth
    many: bool = False  # workspaces install it themselves
    one_command: bool = False  # everything is typed behind /botcore, as other apps have commands too
    assistant: bool = True  # it is in the assistant pane, which needs one of Slack's paid plans


def manifest(wish: AppWish, commands: Mapping[str, str], plugins: Iterable[Plugin]) -> dict[str, Any]:
    """Return an app's manifest; `InputError` when an address is missing that Slack needs.

    `commands`: what people can type, and what it does. `plugins`: what may be in the menu of a message.
    """
    if (wish.by_http or wish.many) and not wish.public_url:
        raise InputError(NEEDS_URL)
    if not 1 <= len(wish.name) <= LONGEST_NAME:
        raise InputError(f"Slack lets an app's name have up to {LONGEST_NAME} characters.")
    return {
        "display_information": {"name": wish.name, "description": DESCRIPTION},
        "features": _features(wish, commands, plugins),
        "oauth_config": {
            **({"redirect_urls": [f"{wish.public_url}{REDIRECT_PATH}"]} if wish.many else {}),
            "scopes": {"bot": [scope.name for scope in scopes_of(wish)]},
        },
        "settings": {
            "event_subscriptions": {**_called(wish), "bot_events": needed_events(scopes_of(wish))},
            "interactivity": {"is_enabled": True, **_called(wish)},
            "org_deploy_enabled": wish.many,
            "socket_mode_enabled": not wish.by_http,
            "token_rotation_enabled": wish.many,
        },
    }


def scopes_of(wish: AppWish) -> list[Scope]:
    """Return what such an app asks for."""
    return list(needed_scopes(assistant=wish.assistant))


def as_json(described: Mapping[str, Any]) -> str:
    return json.dumps(described, indent=2, ensure_ascii=False)


def as_yaml(described: Mapping[str, Any]) -> str:
    """Return the same as YAML, in which every text of JSON's is one too."""
    return "\n".join(_yaml_lines(described, ""))


def as_link(described: Mapping[str, Any]) -> str:
    """Return the address at which Slack has it filled in already."""
    packed = json.dumps(described, separators=(",", ":"), ensure_ascii=False)
    return f"{NEW_APP}?new_app=1&manifest_json={quote(packed, safe='')}"


def _features(wish: AppWish, commands: Mapping[str, str], plugins: Iterable[Plugin]) -> dict[str, Any]:
    readers = [plugin for plugin in plugins if Capability.HISTORY in plugin.capabilities]
    menu = sorted({name for plugin in readers for name in plugin.commands})
    typed = [] if wish.one_command else sorted(name for name in commands if _may_be_typed(name))
    features = {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": wish.name, "always_online": True},
        "shortcuts": [_shortcut(name, _brief(name, commands)) for name in menu[:MOST_SHORTCUTS]],
        "slash_commands": [
            _command(NAME, GENERAL, wish),
            *(_command(name, _brief(name, commands), wish) for name in typed),
        ][:MOST_COMMANDS],
    }
    if wish.assistant:
        features["assistant_view"] = {"assistant_description": DESCRIPTION}
    return features


def _may_be_typed(name: str) -> bool:
    return name not in SLACKS_OWN | {NAME, START} and TAKEN.fullmatch(name) is not None


def _brief(name: str, commands: Mapping[str, str]) -> str:
    """Return what a command does, without an example and the marks for one."""
    does, _, _ = commands.get(name, "").replace("`", "").partition(": /")
    return does.rstrip(".") or name


def _shortcut(name: str, text: str) -> dict[str, Any]:
    """Return an entry of a message's menu: the command, about the thread of that message."""
    return {
        "name": name.replace("_", " ").capitalize()[:LONGEST_SHORTCUT],
        "type": "message",
        "callback_id": name,
        "description": text[:LONGEST_SHORTCUT_TEXT],
    }


def _command(name: str, text: str, wish: AppWish) -> dict[str, Any]:
    url = {"url": f"{wish.public_url}{EVENTS_PATH}"} if wish.by_http else {}
    return {"command": f"/{name}", "description": text, "should_escape": True, **url}


def _called(wish: AppWish) -> dict[str, str]:
    return {"request_url": f"{wish.public_url}{EVENTS_PATH}"} if wish.by_http else {}


def _yaml_lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _yaml_entry(f"{indent}{key}:", item, indent)
    else:
        for item in value:
            if isinstance(item, Mapping):
                first, *rest = _yaml_lines(item, f"{indent}  ")
                yield f"{indent}- {first.strip()}"
                yield from rest
            else:
                yield f"{indent}- {json.dumps(item, ensure_ascii=False)}"


def _yaml_entry(key: str, item: Any, indent: str) -> Iterator[str]:
    if isinstance(item, Mapping | list) and item:
        yield key
        yield from _yaml_lines(item, f"{indent}  ")
    else:
        yield f"{key} {json.dumps(item, ensure_ascii=False)}"
