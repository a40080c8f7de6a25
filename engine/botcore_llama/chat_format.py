"""The prompt of Llama 3, built from ids.

A prompt is never made by gluing text together and encoding it: a role's marks are ids, and each part of
a message is encoded by itself as ordinary text. So nothing that a person types, a tool returns or a
function is called can pose as a mark. The ids are those of Meta's own `ChatFormat` (the repository
meta-llama/llama-models): nothing is stripped, and parts are encoded apart from each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botcore_llama.family import ToolFormat

if TYPE_CHECKING:  # the client's process reads messages here too, and needs no tokenizer
    from botcore_llama.tokenizer import Tokenizer

# Tools that Llama 3.1 and later know by name, with the one argument each takes.
CODE_INTERPRETER = "code_interpreter"
BUILTIN_TOOLS: Mapping[str, str] = {
    "brave_search": "query",
    "wolfram_alpha": "query",
    "photogen": "query",
    CODE_INTERPRETER: "code",
}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that an assistant made."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def builtin(self) -> bool:
        """Whether it is written in the way of the tools that the model knows by name."""
        argument = BUILTIN_TOOLS.get(self.name)
        if argument is None or argument not in self.arguments:
            return False
        return self.name != CODE_INTERPRETER or isinstance(self.arguments[argument], str)

    def text(self, form: ToolFormat = ToolFormat.JSON) -> str:
        """Return the call as the model writes it; `form`: of functions that it does not know by name."""
        if self.builtin:
            argument = self.arguments[BUILTIN_TOOLS[self.name]]
            return argument if self.name == CODE_INTERPRETER else f'{self.name}.call(query="{argument}")'
        if form is ToolFormat.PYTHON_LIST:
            return f"[{self.name}({_as_pairs(self.arguments)})]"
        if form is ToolFormat.FUNCTION_TAG:
            return f"<function={self.name}>{json.dumps(dict(self.arguments))}</function>"
        return json.dumps({"type": "function", "name": self.name, "parameters": dict(self.arguments)})


def _as_pairs(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_as_python(value)}" for name, value in arguments.items())


def _as_python(value: Any) -> str:
    """Return a value as Meta's own code writes it, which does not escape quotes and has its own dicts."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return f"{{{_as_pairs(value)}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_as_python, value))}]"
    return str(value)


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt."""

    role: str  # system, user, assistant, or tool for what a call returned
    text: str | Sequence[str]  # several parts are encoded apart from each other
    calls: Sequence[ToolCall] = ()  # of the assistant
    awaits_result: bool = False  # the assistant ended with eom: it goes on after the tool's result

    @property
    def parts(self) -> Sequence[str]:
        return [self.text] if isinstance(self.text, str) else self.text


# The model knows a tool's results under the name of the interpreter they first came from.
HEADERS = {"system": "system", "user": "user", "assistant": "assistant", "tool": "ipython"}


def prompt_ids(
    tokenizer: Tokenizer, messages: Iterable[PromptMessage], form: ToolFormat = ToolFormat.JSON
) -> list[int]:
    """Return the whole prompt, up to where the assistant begins to answer.

    `form`: in which earlier calls are written.
    """
    ids = [tokenizer.begin_of_text]
    for message in messages:
        ids += message_ids(tokenizer, message, form)
    return ids + header_ids(tokenizer, "assistant")


def message_ids(tokenizer: Tokenizer, message: PromptMessage, form: ToolFormat) -> list[int]:
    ids = header_ids(tokenizer, message.role)
    calls = message.calls if message.role == "assistant" else ()
    if calls and is_code(calls[0]) and tokenizer.python_tag is not None:
        ids.append(tokenizer.python_tag)
    for part in [*message.parts, *(call.text(form) for call in calls)]:
        ids += tokenizer.encode(part)
    if message.awaits_result and message.role == "assistant" and tokenizer.end_of_message is not None:
        return [*ids, tokenizer.end_of_message]
    return [*ids, tokenizer.end_of_turn]


def is_code(call: ToolCall) -> bool:
    return call.builtin and call.name == CODE_INTERPRETER


def header_ids(tokenizer: Tokenizer, role: str) -> list[int]:
    name = tokenizer.encode(HEADERS[role])
    return [tokenizer.start_header, *name, tokenizer.end_header, *tokenizer.encode("\n\n")]
