"""What of a text can be checked by rule: links, addresses, handles, numbers, dates and code.

Names of days and months are known in English; in another language a date is known by its numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from botcore.transcript import MONTHS, WEEKDAYS

AMBIGUOUS = ("March", "May")  # also other words; `March` is the month if it begins with a capital
DAYS = "|".join([*WEEKDAYS, *(month for month in MONTHS if month not in AMBIGUOUS), "tomorrow"])
# A word is tried from its beginning only: otherwise a long one would be tried from each of its letters.
FACT = re.compile(
    r"(?P<link>(?i:(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://|www\.|(?<![\w.@-])(?:[a-z0-9-]+\.)+[a-z]{2,}/)"
    r"[^\s<>()\[\]\"`“”]*[\w/=#&%+~-])"
    r"|(?P<address>(?<![A-Za-z0-9_.%+-])[A-Za-z0-9_.%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    r"|(?P<handle>(?<![\w@])@\w(?:[\w.-]*\w)?|<[@!][^<>\s]+>)"
    r"|(?P<number>\d{4}-\d{2}-\d{2}|\d+(?:[.,:/’]\d+)*)"
    rf"|(?P<day>\b(?:(?i:{DAYS})|March)s?\b)"
)
CODE = re.compile(r"```[^\n`]*\n(?P<block>.*?)\n?[ \t]*```|`(?P<span>[^`\n]+)`", re.DOTALL)
SHORT_DAY = re.compile(
    r"\b(?i:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b"
)
COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
COUNT = re.compile(rf"\b(?i:{'|'.join(COUNTS)})\b")
THOUSANDS = re.compile(r"\d{1,3}(?:[,.’]\d{3})+")
EVERYBODY = frozenset(["@channel", "@here", "@everyone", "@all", "<!channel>", "<!here>", "<!everyone>"])


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is right or wrong, and never a matter of style."""

    text: str  # as it is written
    key: str  # the same for the same thing, as for `10:30` and `10.30`
    blank: str  # what stands for it where it is not known

    @property
    def is_everybody(self) -> bool:
        """Tell whether it calls all people of a place."""
        return self.text.casefold() in EVERYBODY


def facts(text: str) -> Iterator[Fact]:
    """Return the facts of a text in order."""
    return (fact_of(match) for match in FACT.finditer(text))


def code(text: str) -> list[str]:
    """Return what stands in code spans and fences."""
    found = (match["block"] or match["span"] or "" for match in CODE.finditer(text))
    return [one for one in found if one.strip()]


def without_code(text: str) -> str:
    return CODE.sub(" ", text)


def known(text: str) -> set[str]:
    """Return the keys of all that a text tells, in words and short forms too."""
    counts = {f"number {COUNTS.index(match[0].casefold()) + 1}" for match in COUNT.finditer(text)}
    days = {f"day {match[0][:3].casefold()}" for match in SHORT_DAY.finditer(text)}
    return {fact.key for fact in facts(text)} | counts | days


def fact_of(match: re.Match[str]) -> Fact:
    """Return the fact that `FACT` found."""
    text = match[0]
    match match.lastgroup:
        case "link":
            return Fact(text, f"link {text.rstrip('/')}", "[link]")
        case "address":
            return Fact(text, f"address {text.casefold()}", "[e-mail address]")
        case "handle":
            return Fact(text, f"handle {text.casefold()}", "[name]")
        case "day":
            return Fact(text, f"day {text[:3].casefold()}", "[date]")
        case _:
            return Fact(text, f"number {_plain(text)}", _blank(text))


def _plain(number: str) -> str:
    """Return a number, time or date without what is a matter of style: signs between, leading zeros."""
    if THOUSANDS.fullmatch(number):
        return "".join(re.findall(r"\d", number))
    whole = number.removesuffix(":00")
    return ".".join(part.lstrip("0") or "0" for part in re.findall(r"\d+", whole))


def _blank(number: str) -> str:
    if ":" in number:
        return "[time]"
    return "[date]" if "-" in number or "/" in number or number.count(".") > 1 else "[number]"
