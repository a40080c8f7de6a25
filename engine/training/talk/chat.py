"""Dialogues with the assistant: facts, small talk, remembering, rewriting and Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from training.talk import facts, snippets
from training.talk.facts import Fact
from training.talk.vocabulary import read
from training.talk.words import Words


@dataclass(frozen=True, slots=True)
class Remembered:
    """Something a person may tell and ask for later; `{}` stands for it."""

    kind: str
    tell: list[str]
    noted: str
    ask: list[str]
    answer: str
    missing: str


_DATA = read("dialogue.toml")
REMEMBERED = tuple(Remembered(**row) for row in _DATA["remembered"])
REWRITE: dict[str, list[str]] = _DATA["rewrite"]
LONG: list[str] = _DATA["long"]
CODE: list[str] = _DATA["code"]

USUAL = (  # what people can type in a bot without further plugins, and in the smallest one
    "/help, /stop, /queue, /missed, /code, /draft, /summarize",
    "/help, /stop, /summarize",
)

Turn = tuple[str, str]  # what the person says, what the assistant answers


def phrased(words: Words, text: str) -> str:
    """Question marks, capitals and a word in front come and go, as people type."""
    front = words.pick(facts.FRONTS)
    text = front + text
    if words.maybe(0.5):
        text = text[:1].upper() + text[1:]
    if text.lower().startswith(
        ("how", "what", "which", "who", "where", "can", "do", "does", "is", "are", "when", "why")
    ):
        return text + ("?" if words.maybe(0.8) else "")
    return text + words.rng.choice(("", "", ".", "!", "?"))


def asked(words: Words, fact: Fact) -> str:
    """One of the ways to ask for a fact."""
    framed = [
        (facts.WAY_FRAMES, fact.ways),
        (facts.REQUEST_FRAMES, fact.requests),
        (facts.NOUN_FRAMES, fact.nouns),
    ]
    framed = [(frames, parts) for frames, parts in framed if parts]
    if not framed or words.maybe(0.45):
        return words.pick(fact.questions)
    frames, parts = words.rng.choice(framed)
    return words.pick(frames).format(words.pick(parts))


def told(words: Words, table: tuple[Fact, ...]) -> Turn:
    fact = words.rng.choice(table)
    return phrased(words, asked(words, fact)), words.pick(fact.answers)


def unknown(words: Words) -> Turn:
    """A question about the world, with words that may not exist."""
    text = words.pick(facts.UNKNOWN)
    text = text.replace(
        "{place}", words.pick(facts.PLACES) if words.maybe(0.5) else words.made_up().capitalize()
    )
    text = text.replace("{thing}", words.pick(facts.THINGS) if words.maybe(0.5) else words.object())
    text = text.replace("{person}", f"{words.name()} {words.made_up().capitalize()}")
    text = text.replace("{year}", str(words.rng.randint(900, 2030))).replace(
        "{number}", str(words.rng.randint(2, 900))
    )
    return phrased(words, text), words.pick(facts.UNKNOWN_ANSWERS)


def commands(words: Words, listed: str) -> Turn:
    return phrased(words, words.pick(facts.COMMANDS_QUESTIONS)), words.rng.choice(
        ("You can type {}.", "The commands are {}.")
    ).format(listed)


def thing_to_remember(words: Words, kind: str) -> str:
    makers: dict[str, Callable[[], str]] = {
        "name": words.name,
        "colour": lambda: words.pick(facts.COLOURS),
        "city": lambda: words.pick(facts.CITIES) if words.maybe(0.4) else words.made_up().capitalize(),
        "project": lambda: words.made_up().capitalize(),
        "deadline": lambda: words.pick(words.vocabulary.dates),
        "code": lambda: words.made_up() if words.maybe(0.6) else str(words.rng.randint(100, 99999)),
        "pet": lambda: words.made_up().capitalize(),
    }
    return makers[kind]()


def upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def remember(words: Words, known: dict[str, str]) -> Turn:
    """Tell something, or ask for what was told before."""
    row = words.rng.choice(REMEMBERED)
    if known and words.maybe(0.7):
        wanted = words.rng.choice(list(known))
        row = next(one for one in REMEMBERED if one.kind == wanted)
    if row.kind in known and words.maybe(0.85):
        return phrased(words, words.rng.choice(row.ask)), row.answer.format(known[row.kind])
    if row.kind not in known and words.maybe(0.15):
        return phrased(words, words.rng.choice(row.ask)), row.missing
    known[row.kind] = thing_to_remember(words, row.kind)
    text = words.rng.choice(row.tell).format(known[row.kind])
    text = (upper(text) if words.maybe(0.6) else text) + words.rng.choice(("", ".", "."))
    return text, upper(row.noted.format(known[row.kind]))


def spoiled(words: Words, text: str) -> str:
    """Swap or drop a letter in two words."""
    parts = text.split(" ")
    long = [i for i, part in enumerate(parts) if len(part) > 4 and part.isalpha()]
    for i in words.rng.sample(long, min(2, len(long))):
        at = words.rng.randrange(1, len(parts[i]) - 2)
        letters = parts[i]
        parts[i] = (
            letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :]
            if words.maybe(0.6)
            else letters[:at] + letters[at + 1 :]
        )
    return " ".join(parts)


def rewrite(words: Words) -> Turn:
    """One sentence, said otherwise."""
    task, name, date = words.task(), words.name(), words.pick(words.vocabulary.dates)
    plain = f"Please {task} by {date}."
    kind = words.rng.choice(list(REWRITE))
    long = words.fill(words.rng.choice(LONG), task=task, name=name, date=date)
    second = words.task()
    source, target = {
        "shorter": (long, plain),
        "formal": (
            f"hey {name}, {task} by {date}, ok?",
            f"Dear {name}, could you please {task} by {date}? Kind regards",
        ),
        "warmer": (
            f"{name}, {task} by {date}.",
            f"Hi {name}, it would be lovely if you could {task} by {date}. Thank you so much!",
        ),
        "spelling": (spoiled(words, plain), plain),
        "bullets": (f"We have to {task} and then {second}.", f"- {upper(task)}\n- {upper(second)}"),
    }[kind]
    return upper(words.rng.choice(REWRITE[kind])) + words.rng.choice((": ", ":\n", ":\n\n")) + source, target


def python(words: Words) -> Turn:
    name, wanted, code = snippets.snippet(words)
    ask = words.rng.choice(CODE)
    if words.maybe(0.3):
        ask += f", call it {name}"
    return phrased(words, ask.format(wanted)), f"```python\n{code}\n```"


def sums(words: Words) -> Turn:
    a, b = words.rng.randint(0, 20), words.rng.randint(0, 20)
    return phrased(
        words, words.rng.choice((f"what is {a} + {b}", f"how much is {a} plus {b}"))
    ), f"{a} + {b} = {a + b}"


def repeat(words: Words) -> Turn:
    """Say something back, which trains copying in the chat's own form."""
    text = (
        words.task()
        if words.maybe(0.5)
        else " ".join(words.made_up() for _ in range(words.rng.randint(1, 6)))
    )
    return words.rng.choice(
        (f"repeat: {text}", f"Say {text}", f"please write {text}", f"repeat after me: {text}")
    ), text


def dialogue(words: Words, turns: int) -> tuple[str, list[Turn]]:
    """The command list that goes into the system prompt, and a dialogue under it."""
    chosen = words.rng.sample(facts.COMMANDS, words.rng.randint(2, 6))
    listed = words.rng.choice(USUAL) if words.maybe(0.5) else ", ".join(chosen)
    known: dict[str, str] = {}
    makers: list[tuple[Callable[[], Turn], int]] = [
        (lambda: told(words, facts.FACTS), 42),
        (lambda: told(words, facts.SMALL_TALK), 14),
        (lambda: unknown(words), 4),
        (lambda: commands(words, listed), 4),
        (lambda: remember(words, known), 14),
        (lambda: rewrite(words), 12),
        (lambda: python(words), 6),
        (lambda: sums(words), 1),
        (lambda: repeat(words), 4),
    ]
    functions, weights = zip(*makers, strict=True)
    if words.maybe(0.12):
        functions, weights = (functions[4], functions[1]), (8, 2)
    return listed, [words.rng.choices(functions, weights)[0]() for _ in range(turns)]
