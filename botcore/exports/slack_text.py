"""Slack's markup within a text, as people read it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

# A sign for people, channels and commands; a link begins with its scheme.
TOKEN = re.compile(
    r"<(?:(?P<sign>[@#!])|(?=[A-Za-z][\w+.-]*:))(?P<target>[^<>|\n]+)(?:\|(?P<label>[^<>\n]*))?>"
)


def resolve(text: str, names: Mapping[str, str]) -> str:
    """Replace mentions, channels and links by what they show, and unescape the rest.

    `names`: of people and channels, by their ids.
    """
    return html_unescape(TOKEN.sub(lambda match: _shown(match, names), text))


def ids_in(text: str) -> set[str]:
    """Return the people and channels that are mentioned without what they are called."""
    return {
        match["target"]
        for match in TOKEN.finditer(text)
        if match["sign"] in ("@", "#") and not match["label"]
    }


def html_unescape(text: str) -> str:
    """Undo the three escapes that Slack uses. Others are what somebody typed."""
    return re.sub("&(?:lt|gt|amp);", lambda match: html.unescape(match.group()), text)


def _shown(match: re.Match[str], names: Mapping[str, str]) -> str:
    sign, target, label = match["sign"], match["target"], match["label"] or ""
    if sign == "@":
        return "@" + (names.get(target) or label or target)
    if sign == "#":
        return "#" + (label or names.get(target) or target)
    if sign == "!":  # <!here>, <!subteam^S012|@team>, <!date^...|fallback>
        return label or "@" + target.partition("^")[0]
    return f"{label} ({target})" if label else target
