"""Small choices: made-up words, names, tasks and filled templates."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from training.talk.vocabulary import COMMON, Vocabulary

FIELD = re.compile(r"\{(\w+)\}")
SENTENCE = re.compile(r"(?<=[.:;]) +")


@dataclass(slots=True)
class Words:
    """Draws from one vocabulary with one source of chance."""

    rng: random.Random
    vocabulary: Vocabulary
    invented: float = 0.25  # how often a made-up word stands where a listed one could
    noise: float = 0.2  # how often something is said that no template foresees
    people: list[str] = field(default_factory=list)

    def pick(self, items: tuple[str, ...]) -> str:
        return self.rng.choice(items)

    def maybe(self, share: float) -> bool:
        return self.rng.random() < share

    def made_up(self) -> str:
        """A word nobody has seen, so that it can only be copied."""
        v = self.vocabulary
        if v.letters and self.maybe(0.4):
            return self.scrabbled()
        middles = "".join(self.pick(v.middle) for _ in range(self.rng.choice((0, 0, 1, 1, 1, 2))))
        return self.pick(v.start) + middles + self.pick(v.end)

    def scrabbled(self) -> str:
        """Any letters, more or less in the rhythm of words."""
        vowels, consonants = self.vocabulary.letters
        count = self.rng.randint(3, 8)
        return "".join(
            self.rng.choice(vowels if n % 2 != self.maybe(0.2) else consonants) for n in range(count)
        )

    def strange(self) -> bool:
        """Whether to say something that no template foresees, so that the form alone tells what it is."""
        return self.maybe(self.invented * 0.7)

    def phrase(self, least: int, most: int) -> str:
        """A few words without sense."""
        return " ".join(
            self.made_up() if self.maybe(0.2) else self.pick(COMMON)
            for _ in range(self.rng.randint(least, most))
        )

    def name(self) -> str:
        if not self.maybe(max(self.invented, 0.4)):
            return self.pick(self.vocabulary.names)
        if self.maybe(0.08):
            return f"{self.pick(('U', 'user', 'guest'))}{self.rng.randint(1, 99999):05}"
        name = self.made_up()
        return name if self.maybe(0.15) else name.capitalize()

    def gather(self, count: int) -> list[str]:
        """Choose who takes part; all have different names."""
        self.people = []
        while len(self.people) < count:
            name = self.name()
            if name not in self.people:
                self.people.append(name)
        return self.people

    def other(self, *without: str) -> str:
        return self.rng.choice([name for name in self.people if name not in without])

    def object(self) -> str:
        if self.strange():
            return self.phrase(1, 3)
        if self.maybe(self.invented):
            return self.rng.choice(
                (self.made_up(), f"{self.made_up()} {self.pick(self.vocabulary.objects)}", self.code())
            )
        return self.pick(self.vocabulary.objects)

    def code(self) -> str:
        """Something technical that is copied letter by letter."""
        word, number = self.made_up(), self.rng.randint(1, 9999)
        return self.rng.choice(
            (
                f"{word}.py",
                f"{word[:3].upper()}-{number}",
                f"`{word}`",
                f"#{number}",
                f"{word}-{number % 100}",
                f"{word}.example.com",
                f"{word}_{self.made_up()}",
            )
        )

    def task(self) -> str:
        """A task without owner or date, in lower case: `update the wiki page for the audit`."""
        v = self.vocabulary
        if self.maybe(0.12):
            who = self.value("name")
            return self.pick(v.errands).replace("{who}", who).replace("{object}", self.object())
        if self.strange():
            return self.phrase(2, 9)
        adjective = self.pick(v.adjectives) + " " if self.maybe(0.35) else ""
        second = f" and the {self.object()}" if self.maybe(0.12) else ""
        article = (
            "the"
            if self.maybe(0.7)
            else self.rng.choice(("our", "this", "all", "my", "every", "one", "that"))
        )
        verb = self.phrase(1, 2) if self.strange() else self.pick(v.verbs)
        return f"{verb} {article} {adjective}{self.object()}{second}{self.pick(v.details)}"

    def value(self, key: str) -> str:
        """What stands for a field of a template."""
        v = self.vocabulary
        makers = {
            "object": self.object,
            "other": self.object,
            "adjective": lambda: self.pick(v.adjectives),
            "date": lambda: self.pick(v.dates),
            "name": lambda: self.rng.choice(self.people) if self.people else self.name(),
            "number": self.number,
            "clock": lambda: f"{self.rng.randint(7, 18)}:{self.rng.choice(('00', '15', '30', '45'))}",
            "word": self.made_up,
            "word2": self.made_up,
            "verb": lambda: self.pick(v.verbs),
            "topic": lambda: self.fill(self.pick(v.topics)),
            "thing": lambda: self.fill(self.pick(v.things)),
            "thing2": lambda: self.fill(self.pick(v.things)),
            "task": self.task,
            "error": self.error,
        }
        return makers[key]()

    def number(self) -> str:
        least, most = self.rng.choice(((2, 5), (2, 20), (6, 99), (100, 9000)))
        return str(self.rng.randint(least, most))

    def error(self) -> str:
        """An error message with made-up parts."""
        a, b, n = self.made_up(), self.made_up(), self.rng.randint(1, 999)
        return self.rng.choice(
            (
                f"{a}: undefined",
                f"cannot find {a}.{b}",
                f"{a.capitalize()}Error",
                f"exit code {n}",
                f"{a}: expected {b}, got {n}",
                f"no such file: /{a}/{b}",
                f"{n} {a} failed",
                f"syntax error near {a}",
            )
        )

    def babble(self, longest: int = 24) -> str:
        """Words without sense, now and then something technical; never a question."""
        count = int(2 + (longest - 2) * self.rng.random() ** 2)
        makers = (
            self.made_up,
            self.code,
            lambda: self.fill(self.pick(self.vocabulary.things)),
            lambda: str(self.rng.randint(0, 9999)),
        )
        parts = [self.rng.choice(makers)() if self.maybe(0.1) else self.pick(COMMON) for _ in range(count)]
        for at in range(len(parts) - 1):
            if self.maybe(0.08):
                parts[at] += self.rng.choice((",", ",", ".", ":", " -", "...", ";", ")"))
        text = " ".join(parts)
        return (text[:1].upper() + text[1:] if self.maybe(0.5) else text) + self.rng.choice(
            (".", ".", "", "", "!", " :)", "...")
        )

    def prose(self, longest: int = 40) -> str:
        """A passage of real text, from the start of one of its sentences; code as a whole."""
        text = self.pick(self.vocabulary.prose)
        if text.startswith("```"):
            return text
        words = self.rng.choice(SENTENCE.split(text)).split()
        return " ".join(words[: self.rng.randint(3, longest)])

    def aside(self, longest: int = 40) -> str:
        """Something beside the point: words without sense, or a passage of real text."""
        return self.prose(longest) if self.maybe(0.5) else self.babble(longest)

    def content(self, templates: tuple[str, ...], front: str = "", end: str = "") -> str:
        """A filled template, or words that only stand where one would."""
        if self.strange():
            return front + self.phrase(2, 9) + end
        return self.fill(self.pick(templates))

    def fill(self, template: str, **given: str) -> str:
        """Fill a template's fields, first with what is given, the rest by chance."""
        return FIELD.sub(lambda match: given.get(match[1]) or self.value(match[1]), template)
