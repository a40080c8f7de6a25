"""What a summary must look like, and how it is read back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from training.talk.threads import SECTIONS

BULLET = re.compile(r"- (?P<numbers>(?:\[\d+\] )+)(?P<text>.+)")
OWNED = re.compile(r"(?P<owner>[^:]+): (?P<task>.+)")
DATED = re.compile(r"(?P<task>.+) \((?P<date>[^()]+)\)")
NONE = "- none"


@dataclass(frozen=True, slots=True)
class Item:
    """One action item as a summary names it."""

    owner: str
    task: str
    date: str
    numbers: tuple[int, ...]


def sections(text: str) -> dict[str, list[str]]:
    """The lines under each heading; what stands before the first one is under the empty heading."""
    found: dict[str, list[str]] = {"": []}
    current = ""
    for line in text.strip().split("\n"):
        if line in SECTIONS and line not in found:
            current = line
            found[current] = []
        elif line:
            found[current].append(line)
    return found


def problems(text: str, last: int) -> list[str]:
    """What is wrong with a summary of messages 1 to `last`; nothing if it obeys the contract."""
    found = sections(text)
    if [name for name in found if name] != list(SECTIONS) or found[""]:
        return ["the five headings are not there in their order"]
    wrong = []
    for name, lines in found.items():
        if name and not lines:
            wrong.append(f"nothing under {name}")
        if lines == [NONE] and name != "TL;DR":
            continue
        wrong += [
            f"{line!r} is no bullet with numbers from 1 to {last}" for line in lines if not sound(line, last)
        ]
    if len(found["TL;DR"]) > 3:
        wrong.append("more than three bullets under TL;DR")
    return wrong


def sound(line: str, last: int) -> bool:
    match = BULLET.fullmatch(line)
    return (
        bool(match) and all(1 <= number <= last for number in numbers(match["numbers"])) if match else False
    )


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def items(text: str) -> list[Item]:
    """The action items of a summary, as far as they can be read."""
    found = []
    for line in sections(text).get("Action items", []):
        match = BULLET.fullmatch(line)
        if not match:
            continue
        body, date = match["text"], ""
        if dated := DATED.fullmatch(body):
            body, date = dated["task"], dated["date"]
        owned = OWNED.fullmatch(body)
        owner, task = (owned["owner"], owned["task"]) if owned else ("", body)
        found.append(Item(owner, task, date, numbers(match["numbers"])))
    return found
