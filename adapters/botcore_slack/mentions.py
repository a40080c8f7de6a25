"""Mentions in Slack's markup, before they are turned into names."""

from __future__ import annotations

import re
from collections.abc import Container

from botcore_slack.prompts import MESSAGES as SUGGESTED

MENTION = re.compile(r"<@(?P<user>[A-Z0-9]+)(?:\|[^<>\n]*)?>")
FIRST_WORD = re.compile(r"/?(?P<name>[A-Za-z][A-Za-z0-9_]*)(?P<rest>(?:\s.*)?)", re.DOTALL)
# Behind the name of a command that was typed without its slash: a number, or an option.
ARGUMENTS = re.compile(r"\s+(?:\d+|--[a-z].*)\s*", re.DOTALL)


def mentioned(text: str) -> set[str]:
    """Return who is mentioned in a text."""
    return {match["user"] for match in MENTION.finditer(text)}


def without(text: str, user: str) -> str:
    """Return a text without the mentions of somebody; a sign behind the first goes with it."""
    mention = rf"<@{re.escape(user)}(?:\|[^<>\n]*)?>"
    begun = re.sub(rf"^\s*(?:{mention}\s*)+[,:]?\s*", "", text)
    return re.sub(rf"[ \t]*{mention}", "", begun).strip()


def as_command(text: str, commands: Container[str]) -> str:
    """Return what is meant as a command with its slash: Slack keeps a slash at the beginning for itself.

    That is the name of a command alone, as “stop”, or followed by a number or options: “summarize 50”, and
    what is suggested in the assistant's pane. In any other text such a word is a word.
    """
    match = FIRST_WORD.fullmatch(text.strip())
    if match is None or text.strip().startswith("/") or match["name"].lower() not in commands:
        return text
    is_meant = (
        not match["rest"].strip()
        or ARGUMENTS.fullmatch(match["rest"]) is not None
        or text.strip() in SUGGESTED
    )
    return f"/{match['name'].lower()}{match['rest']}" if is_meant else text


def typed_command(command: str, text: str, commands: Container[str]) -> str:
    """Return what somebody has typed behind a slash of Slack's: a command of its own, or one of ours in it.

    `/summarize 50` and `/botcore summarize 50` are the same; `/botcore how are you?` is no command.
    """
    own, said = command.strip().lstrip("/").lower(), text.strip()
    if own in commands:
        return f"/{own} {said}".rstrip()
    if not said:
        return "/help"
    match = FIRST_WORD.fullmatch(said)
    if match and match["name"].lower() in commands:
        return f"/{match['name'].lower()}{match['rest']}"
    return said
