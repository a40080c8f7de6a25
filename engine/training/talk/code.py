"""Help with short Python functions, as the code plugin asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from training.talk import snippets
from training.talk.words import Words

# Equal to JOBS of plugins/botcore_code, which the recipe does not import; a test compares them.
JOBS = {
    "write": "write the code that is asked for, then one sentence on what it does.",
    "explain": "say in plain words what the code does.",
    "fix": "say in one sentence what is wrong, then write the whole code as it should be.",
    "review": 'list what should change, most important first, as "- line: what"; "- nothing" if it is fine.',
}

REMARKS = ("", "", "\n\nIt does not work.", "\n\nWhat is wrong?", "\n\nI get an error.")


@dataclass(frozen=True, slots=True)
class Help:
    job: str
    asked: str
    answer: str


def fenced(code: str) -> str:
    return f"```python\n{code.strip()}\n```"


def broken(words: Words, code: str, first: str) -> tuple[str, int, str]:
    """The code with one mistake, its line, and what to say about it."""
    lines = code.strip().split("\n")
    number = len(lines)
    kinds = ["colon"]
    if "return " in lines[-1]:
        kinds.append("return")
    if first in lines[-1]:
        kinds.append("name")
    if "(" in lines[-1] and lines[-1].endswith(")"):
        kinds.append("bracket")
    match words.rng.choice(kinds):
        case "colon":
            lines[0] = lines[0].removesuffix(":")
            return "\n".join(lines), 1, "the colon at the end is missing"
        case "return":
            lines[-1] = lines[-1].replace("return ", "", 1)
            return "\n".join(lines), number, "the result is not returned"
        case "bracket":
            lines[-1] = lines[-1][:-1]
            return "\n".join(lines), number, "a closing bracket is missing"
        case _:
            wrong = words.made_up()
            lines[-1] = lines[-1].replace(first, wrong, 1)
            return "\n".join(lines), number, f"`{wrong}` is not defined, it should be `{first}`"


def make(words: Words) -> Help:
    """One job on one function."""
    name, wanted, code = snippets.snippet(words)
    first = snippets.parameters(wanted)[0]
    job = words.rng.choice(tuple(JOBS))
    does = f"`{name}` {wanted}."
    if job == "write":
        ask = words.rng.choice(
            ("a function that {}", "a Python function that {}", "function that {}", "something that {}")
        ).format(wanted)
        return Help(job, ask + (f", named {name}" if name not in code_names() or words.maybe(0.3) else ""),
                    f"{fenced(code)}\n\n{does}")  # fmt: skip
    if job == "explain":
        return Help(job, fenced(code), does)
    bad, line, wrong = broken(words, code, first)
    if job == "fix":
        error = words.rng.choice(
            ("", "", "\n\nIt does not work.", "\n\nWhat is wrong?", "\n\nI get an error.")
        )
        return Help(job, fenced(bad) + error, f"Line {line}: {wrong}.\n\n{fenced(code)}")
    if words.maybe(0.35):
        return Help(job, fenced(code), "- nothing")
    return Help(job, fenced(bad), f"- line {line}: {wrong}")


def code_names() -> set[str]:
    return {name for name, _, _ in snippets.SNIPPETS}
