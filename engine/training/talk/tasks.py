"""All kinds of training conversations, as lists of (role, text) under a system prompt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from training.talk import code, drafts
from training.talk.chat import dialogue
from training.talk.summaries import answer, some_days, transcript
from training.talk.threads import SECTIONS, Bullet, Said, empty_bullets, points, thread
from training.talk.words import Words

PROMPTS = Path(__file__).resolve().parents[3] / "plugins"
PROMPT_FILES = (
    "botcore_chat/prompts/chat.md", "botcore_summarize/prompts/summarize.md",
    "botcore_summarize/prompts/combine.md", "botcore_summarize/prompts/repair.md",
    "botcore_draft/prompts/draft.md", "botcore_code/prompts/code.md",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversation:
    """One training document; the assistant's turns are what is learned."""

    system: str
    turns: tuple[tuple[str, str], ...]  # role and text; the loss lies on role "assistant"
    unlearned: int = 0  # so many assistant turns at the start carry no loss (they are bad examples)


def prompt(name: str) -> str:
    return (PROMPTS / name).read_text(encoding="utf-8").strip()


def flat(turns: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Name the roles of what person and assistant said in turn."""
    return tuple(
        (role, text) for turn in turns for role, text in zip(("user", "assistant"), turn, strict=True)
    )


def chat(words: Words, size: int) -> Conversation:
    listed, turns = dialogue(words, size)
    return Conversation(prompt(PROMPT_FILES[0]).replace("{commands}", listed), flat(turns))


def summary(words: Words, size: int) -> Conversation:
    made = thread(words, size)
    text = transcript(made.said, some_days(words, len(made.said)))
    return Conversation(prompt(PROMPT_FILES[1]), (("user", text), ("assistant", answer(points(words, made)))))


LABELS = dict(
    zip(SECTIONS, ("TL;DR", "Decision", "Action item", "Open question", "Disagreement"), strict=True)
)


def combine(words: Words, size: int) -> Conversation:
    """Points of several parts, and the one summary that they make."""
    found = empty_bullets()
    lines: list[str] = []
    heads: list[Bullet] = []
    for _ in range(words.rng.randint(2, max(2, min(5, size // 6)))):
        part = points(words, thread(words, words.rng.randint(3, max(4, size // 2))))
        for section in SECTIONS:
            for bullet in part[section]:
                if len(lines) >= 44:
                    break
                line = Said(LABELS[section], bullet.text, len(lines) + 1)
                lines.append(f"[{line.number}] {LABELS[section]}: {bullet.text}")
                (heads if section == "TL;DR" else found[section]).append(Bullet(bullet.text, [line]))
    found["TL;DR"] = [heads[0], heads[len(heads) // 2], heads[-1]] if len(heads) > 2 else heads
    return Conversation(prompt(PROMPT_FILES[2]), (("user", "\n".join(lines)), ("assistant", answer(found))))


def broken(words: Words, text: str, last: int) -> tuple[str, str]:
    """A summary that breaks its contract, and how the product names the problem."""
    kind = words.rng.randrange(5)
    lines = text.split("\n")
    if kind == 0:
        section = words.rng.choice(SECTIONS)
        return "\n".join(line for line in lines if line != section), f'the heading "{section}" is missing'
    if kind == 1:
        wrong = last + words.rng.randint(1, 9)
        return text.replace("]", "]", 1).replace(
            "[1]", f"[{wrong}]", 1
        ) if "[1]" in text else text + f" [{wrong}]", f"there is no [{wrong}]"
    if kind == 2:
        bare = [re.sub(r"^- (\[\d+\] )+", "- ", line) for line in lines]
        return "\n".join(bare), "a bullet names no number"
    if kind == 3:
        return " ".join(words.made_up() for _ in range(12)), "the five headings are missing"
    return text.replace("- ", "", 2), 'a line does not begin with "- "'


def repair(words: Words, size: int) -> Conversation:
    good = summary(words, size)
    last = good.turns[0][1].count("\n[")
    bad, problem = broken(words, good.turns[1][1], last)
    ask = prompt(PROMPT_FILES[3]).replace("{problem}", problem).replace("{last}", str(last))
    return Conversation(good.system, (good.turns[0], ("assistant", bad), ("user", ask), good.turns[1]), 1)


def drill(words: Words, size: int) -> Conversation:
    """What a summary needs, each by itself: copying, finding a line, naming its number, going on."""
    words.gather(words.rng.randint(2, 6))
    kind = words.rng.choices(("copy", "by number", "by name", "which number"), (1, 1, 3, 3))[0]
    if kind == "copy":
        text = " ".join(words.made_up() for _ in range(max(2, size * 3)))
        return Conversation("", (("user", text), ("assistant", text)))
    texts = [words.task() if words.maybe(0.6) else words.babble(9) for _ in range(max(2, size))]
    said = [Said(words.rng.choice(words.people), text, number) for number, text in enumerate(texts, 1)]
    lines = "\n".join(f"[{one.number}] {one.name}: {one.text}" for one in said)
    if kind == "by name":
        name = words.rng.choice(said).name
        of_one = "\n".join(owned(one) for one in said if one.name == name)
        return Conversation("", (("user", f"{lines}\n\n{name}"), ("assistant", of_one)))
    asked = words.rng.sample(said, min(6, len(said)))
    answers = [(f"[{one.number}]", owned(one)) for one in asked]
    if kind == "which number":
        answers = [(one.text, f"[{one.number}]") for one in asked]
    return Conversation("", (("user", lines), *flat(answers)))


def owned(one: Said) -> str:
    return f"- [{one.number}] {one.name}: {one.text}"


def draft(words: Words, size: int) -> Conversation:
    made = drafts.make(words, size)
    system = prompt(PROMPT_FILES[4])
    for field in ("kind", "tone", "length", "writer"):
        system = system.replace(f"{{{field}}}", getattr(made, field))
    return Conversation(system, (("user", made.material), ("assistant", made.text)))


def coding(words: Words, size: int) -> Conversation:
    made = code.make(words)
    system = prompt(PROMPT_FILES[5]).replace("{job}", code.JOBS[made.job])
    return Conversation(system, (("user", made.asked), ("assistant", made.answer)))


MAKERS = {
    "drill": drill, "summary": summary, "chat": chat, "combine": combine, "repair": repair, "draft": draft,
    "code": coding,
}  # fmt: skip
