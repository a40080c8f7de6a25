"""Short Python functions, with made-up names so that they are understood rather than recited."""

from __future__ import annotations

import re

from training.talk.vocabulary import read
from training.talk.words import Words

SNIPPETS: tuple[tuple[str, str, str], ...] = tuple(
    (row["name"], row["wanted"], row["code"]) for row in read("snippets.toml")["snippets"]
)
FIELD = re.compile(r"\{\{a\}\}|\{[ab]\}|\{\{|\}\}|NAME")
PARAMETERS = {
    "list": "values", "text": "text", "string": "text", "file": "path", "number": "n", "words": "words",
}  # fmt: skip


def snippet(words: Words) -> tuple[str, str, str]:
    """The function's name, what it does, its code."""
    name, wanted, code = words.rng.choice(SNIPPETS)
    if words.maybe(0.3):
        name = words.made_up()
    first, second = parameters(wanted)
    fields = {"{{a}}": f"{{{first}}}", "{a}": first, "{b}": second, "{{": "{", "}}": "}", "NAME": name}
    return name, wanted, FIELD.sub(lambda match: fields[match[0]], code)


def parameters(wanted: str) -> tuple[str, str]:
    """Names that say what the function takes."""
    first = next((value for key, value in PARAMETERS.items() if key in wanted), "a")
    if "two" in wanted:
        first = "a"
    if "file" in wanted:
        first = "path"
    return first, "text" if "a text to" in wanted else "b"
