"""Takes `Owner: task (date)` apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

OWNED = re.compile(r"(?P<owner>[^:()\[\]]{1,60}):\s+(?P<task>.+)")
DATED = re.compile(r"(?P<task>.*\S)\s*\((?P<date>[^()]{1,40})\)[.!]?")
LONGEST_NAME = 5  # words
NOBODY = frozenset(
    ["all", "everybody", "everyone", "n/a", "nobody", "none", "owner", "somebody", "someone", "tbd", "team",
     "todo", "unassigned", "unknown", "we"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Action:
    """Who does what until when. What nobody named is empty."""

    task: str
    owner: str = ""
    date: str = ""


def split_action(text: str) -> Action:
    """Return the parts of an action item."""
    task, owner, date = text, "", ""
    if (owned := OWNED.fullmatch(task)) and len(owned["owner"].split()) <= LONGEST_NAME:
        owner, task = owned["owner"].strip(" *@`"), owned["task"].lstrip("* ")
    if dated := DATED.fullmatch(task):
        task, date = dated["task"], dated["date"].strip()
    if owner.casefold().removeprefix("the ") in NOBODY:
        owner = ""
    return Action(task, owner, date)
