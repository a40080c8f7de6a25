"""Drafts as the draft plugin asks for them: notes or messages, and the text that follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from training.talk.summaries import some_days, transcript
from training.talk.threads import BARE, Said, upper
from training.talk.vocabulary import read
from training.talk.words import Words

_DATA = read("drafts.toml")
NOTES: dict[str, list[str]] = _DATA["notes"]
SENTENCES: dict[str, str] = _DATA["sentences"]
TONES = ("neutral", "neutral", "formal", "friendly")
LENGTHS = ("short", "medium", "medium", "long")
KINDS = ("reply", "email", "announcement")


@dataclass(frozen=True, slots=True)
class Draft:
    """What fills the prompt, what the person gives, and the text."""

    kind: str
    tone: str
    length: str
    writer: str
    material: str
    text: str


def note(words: Words, tone: str) -> tuple[str, str, str]:
    """A note, its sentence, and what an email about it is called."""
    kind = words.rng.choices(
        ("asking", "promise", "meeting", "meeting_no_clock", "meeting_no_date", "late", "plain"),
        (4, 3, 2, 1, 1, 1, 4),
    )[0]
    v = words.vocabulary
    date = words.pick(v.dates)
    if kind == "plain":
        clause = words.content(v.clauses, words.rng.choice(("we ", "the ", "")))
        return clause, upper(clause) + ".", clause
    given = {
        "task": words.task(),
        "by": f" by {date}" if words.maybe(0.5) else " ",
        "date": date,
        "on": date if date.startswith(BARE) else f"on {date}",
        "clock": words.value("clock"),
        "object": words.object(),
        "thing": words.content(v.things),
    }
    sentence = _DATA["asking"][tone] if kind == "asking" else SENTENCES[kind]
    told = tuple(words.fill(text, **given) for text in (words.rng.choice(NOTES[kind]), sentence))
    about = {"asking": given["task"], "promise": given["task"], "late": "delay"}.get(kind, "meeting")
    return told[0].replace("  ", " ").strip(), told[1].replace(" .", ".").replace(" ?", "?"), about


def letter(draft: Callable[[str], str], tone: str, length: str, to: str, writer: str) -> str:
    """Greeting, body and name; a long text has a friendly sentence more at both ends."""
    mark = "," if tone != "friendly" else "!"
    parts = [f"{_DATA['opening'][tone]} {to}{mark}", draft(length)]
    if length != "short":
        parts.append(f"{_DATA['closing'][tone]},\n{writer}")
    else:
        parts.append(writer)
    return "\n\n".join(parts)


def body(tone: str, sentences: list[str]) -> Callable[[str], str]:
    def write(length: str) -> str:
        if length != "long":
            return " ".join(sentences)
        return "\n\n".join([_DATA["pleasantry"][tone], *sentences, _DATA["thanks"][tone]])

    return write


def from_notes(words: Words, size: int) -> Draft:
    """Notes in any order of kinds; who it goes to is named in one of them, or left blank."""
    kind, tone, length = (words.rng.choice(choices) for choices in (KINDS, TONES, LENGTHS))
    writer, to = words.name(), words.name()
    found = [note(words, tone) for _ in range(words.rng.randint(1, max(1, min(5, size))))]
    lines = [one[0] for one in found]
    if kind == "announcement":
        to = "everyone"
    elif words.maybe(0.75):
        lines.insert(0, words.rng.choice((f"to {to}", f"for {to}", f"it goes to {to}", f"{to}")))
    else:
        to = "[name]"
    text = letter(body(tone, [one[1] for one in found]), tone, length, to, writer)
    if kind == "email":
        text = f"Subject: {upper(found[0][2])}\n\n{text}"
    return Draft(kind, tone, length, writer, "Notes:\n" + "\n".join(f"- {line}" for line in lines), text)


def answering(words: Words, size: int) -> Draft:
    """A reply to the last message of a conversation, with notes or with a blank for the answer."""
    tone, length = words.rng.choice(TONES), words.rng.choice(LENGTHS)
    words.gather(words.rng.randint(2, 4))
    writer = words.rng.choice(words.people)
    to = words.other(writer)
    said = [
        Said(words.rng.choice(words.people), words.fill(words.pick(words.vocabulary.chatter)))
        for _ in range(words.rng.randint(0, max(0, size)))
    ]
    date = f" by {words.pick(words.vocabulary.dates)}" if words.maybe(0.5) else ""
    task = words.task()
    wish = words.maybe(0.5)
    question = words.content(words.vocabulary.questions, "How ", "?")
    said.append(Said(to, f"{writer}, can you {task}{date}?" if wish else question))
    for number, one in enumerate(said, 1):
        one.number = number
    material = "Messages:\n" + transcript(said, some_days(words, len(said)))
    choice = words.rng.choice(("agree", "decline", "", "more")) if wish else words.rng.choice(("", "more"))
    sentences = []
    if choice in ("agree", "decline"):
        material += f"\n\nNotes:\n- {words.rng.choice(NOTES[choice])}"
        sentences = [f"I will {task}{date}." if choice == "agree" else SENTENCES["decline"]]
    elif choice == "more":
        told, sentence, _ = note(words, tone)
        material += f"\n\nNotes:\n- {told}"
        sentences = [sentence]
    else:
        sentences = [f"You asked me to {task}{date}. [answer]" if wish else "About your question: [answer]"]
    text = letter(body(tone, sentences), tone, length, to, writer)
    return Draft("reply", tone, length, writer, material, text)


def make(words: Words, size: int) -> Draft:
    return answering(words, size) if words.maybe(0.35) else from_notes(words, size)
