"""The prompt of Llama 3, built from ids.

A prompt is never made by gluing text together and encoding it: a role's marks are ids, a message's
text is encoded by itself as ordinary text. So nothing that a person types can pose as a mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the client's process reads messages here too, and needs no tokenizer
    from botcore_llama.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that an assistant made."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    builtin: bool = False  # one of those that Llama 3.1 writes as `name.call(key="value")`

    def text(self) -> str:
        """Return the call as the model writes it."""
        if self.builtin:
            arguments = ", ".join(f"{key}={json.dumps(value)}" for key, value in self.arguments.items())
            return f"{self.name}.call({arguments})"
        call = {"type": "function", "name": self.name, "parameters": dict(self.arguments)}
        return json.dumps(call, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt."""

    role: str  # system, user, assistant, or tool for what a call returned
    text: str
    calls: Sequence[ToolCall] = ()
    awaits_result: bool = False  # ends with eom: the assistant goes on after the tool's result


# The model knows a tool's results under the name of the interpreter they first came from.
HEADERS = {"system": "system", "user": "user", "assistant": "assistant", "tool": "ipython"}


def prompt_ids(tokenizer: Tokenizer, messages: Iterable[PromptMessage]) -> list[int]:
    """Return the whole prompt, up to where the assistant begins to answer."""
    ids = [tokenizer.begin_of_text]
    for message in messages:
        ids += message_ids(tokenizer, message)
    return ids + header_ids(tokenizer, "assistant")


def message_ids(tokenizer: Tokenizer, message: PromptMessage) -> list[int]:
    text = message.text + "".join(call.text() for call in message.calls)
    end = tokenizer.end_of_message if message.awaits_result else tokenizer.end_of_turn
    return [*header_ids(tokenizer, message.role), *tokenizer.encode(text), end]


def header_ids(tokenizer: Tokenizer, role: str) -> list[int]:
    name = tokenizer.encode(HEADERS[role])
    return [tokenizer.start_header, *name, tokenizer.end_header, *tokenizer.encode("\n\n")]
