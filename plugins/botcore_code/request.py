"""What is asked for: a job, and the code it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from botcore import InputError, Ledger
from botcore_code.fences import Code, read_fences

Job = Literal["write", "explain", "fix", "review"]

# What the model is told; the bundled one learned exactly these.
JOBS: dict[Job, str] = {
    "write": "write the code that is asked for, then one sentence on what it does.",
    "explain": "say in plain words what the code does.",
    "fix": "say in one sentence what is wrong, then write the whole code as it should be.",
    "review": 'list what should change, most important first, as "- line: what"; "- nothing" if it is fine.',
}
NO_TASK = "Say what to write, as in: /code write a Python function that adds two numbers"
NO_CODE = (
    "There is no code here to {job}. Put it behind the command, best in a fence:\n\n"
    "    /code {job}\n    ```python\n    print(1)\n    ```"
)


@dataclass(frozen=True, slots=True)
class Request:
    """What the model is asked, as its user message."""

    text: str
    language: str  # of the code in it; empty if nobody said


async def read_request(job: Job, typed: str, ledger: Ledger, *, last: int, language: str) -> Request:
    """Return the request; raise `InputError` when there is nothing to work on.

    `typed`: what follows the job. `last`: how many messages of the conversation are looked through for
    code when none was typed. `language`: of code that names none.
    """
    codes, around = read_fences(typed)
    if job == "write":
        if not typed.strip():
            raise InputError(NO_TASK)
        return Request(typed.strip(), next((code.language for code in codes if code.language), language))
    remark = around if codes else ""
    if not codes:
        codes = await _unfenced(around, ledger, last)
    if not codes:
        raise InputError(NO_CODE.format(job=job))
    codes = [Code(code.text, code.language or language) for code in codes]
    return Request("\n\n".join(filter(None, [*(code.fenced for code in codes), remark])), codes[0].language)


async def _unfenced(typed: str, ledger: Ledger, last: int) -> list[Code]:
    """Return what was typed as code, or else the last code that was shown here."""
    if typed.strip():
        return [Code(typed.strip("\n").rstrip())]
    for message in reversed(await ledger.read(last=last, commands=True)):
        if codes := read_fences(message.text)[0]:
            return codes[-1:]
    return []
