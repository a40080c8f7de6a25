"""Renders random dialogs with Meta's own code. Run with the reference environment's Python.

python meta_dialogs.py TOKENIZER.model COUNT SEED DIALOGS.json
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llama_models import datatypes
from llama_models.llama3.chat_format import ChatFormat
from llama_models.llama3.tokenizer import Tokenizer

# Marks, blanks, scripts, letters that fold oddly, what JSON and Python quote: all that may go wrong.
PIECES = (
    *["<|eot_id|>", "<|start_header_id|>", "<|python_tag|>", "<|image|>", " ", "\n", "\n\n", "\t", "\r\n"],
    *["  a ", "Hello", "Grüß", "你好", "مرحبا", "नमस्ते", "👩🏽‍💻", "🇩🇪", "1234567", "'s", "I'LL"],
    *['"', "'", "\\", "{", "}", "[f(a=1)]", "é", "\u200b", "\u00a0", "ſ", "İ", "﷽", "x" * 30],
    *["def f(x):\n\treturn x"],
)
FORMATS = ("json", "function_tag", "python_list")
TOOLS = ("get_weather", "Größe", "f", "brave_search", "wolfram_alpha", "photogen", "code_interpreter")


class RandomDialogs:
    """Makes dialogs with every kind of message and call."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def dialog(self) -> dict[str, Any]:
        messages = [self._message() for _ in range(self._random.randint(1, 6))]
        return {"format": self._random.choice(FORMATS), "messages": messages}

    def _message(self) -> dict[str, Any]:
        choose = self._random
        role = choose.choice(["system", "user", "assistant", "tool"])
        parts = [self._text() for _ in range(choose.randrange(4))]
        message: dict[str, Any] = {"role": role, "content": self._text(9) if choose.random() < 0.7 else parts}
        if role == "assistant":
            message["tool_calls"] = [self._call() for _ in range(choose.choice([0, 0, 1, 1, 2, 3]))]
        if role == "user" and choose.random() < 0.2:
            message["context"] = self._text()
        if choose.random() < 0.3:
            message["end"] = "eom"
        return message

    def _call(self) -> dict[str, Any]:
        name = self._random.choice(TOOLS)
        if name == "code_interpreter":
            return {"name": name, "arguments": {"code": self._text(9)}}
        if name in ("brave_search", "wolfram_alpha", "photogen"):
            query = self._text() if self._random.random() < 0.9 else self._scalar()
            return {"name": name, "arguments": {"query": query}}
        names = [f"{self._text(2)}{number}" for number in range(self._random.randrange(4))]
        return {"name": name, "arguments": {name: self._value() for name in names}}

    def _value(self) -> Any:
        kind = self._random.random()
        if kind < 0.6:
            return self._scalar()
        if kind < 0.8:
            return [self._scalar() for _ in range(self._random.randrange(4))]
        return {self._text(3): self._scalar() for _ in range(self._random.randrange(4))}

    def _scalar(self) -> Any:
        number = self._random.random() * 10.0 ** self._random.randrange(-8, 20)
        whole = self._random.randint(-(10**6), 10**6)
        return self._random.choice([self._text(), whole, number, True, False, None, -0.0, 10**20])

    def _text(self, most: int = 6) -> str:
        return "".join(self._random.choice(PIECES) for _ in range(self._random.randrange(most)))


def render(tokenizer: Path, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield dialogs with the ids that Meta's code gives them."""
    formatter = ChatFormat(Tokenizer(tokenizer))
    dialogs = RandomDialogs(seed)
    for _ in range(count):
        dialog = dialogs.dialog()
        raw = [raw_message(message) for message in dialog["messages"]]
        form = datatypes.ToolPromptFormat(dialog["format"])
        yield dialog | {"ids": formatter.encode_dialog_prompt(raw, form).tokens}


def raw_message(message: dict[str, Any]) -> Any:
    """Return a message as Meta's code wants it."""
    content = message["content"]
    reason = "end_of_message" if message.get("end") == "eom" else "end_of_turn"
    calls = message.get("tool_calls", [])
    return datatypes.RawMessage(
        role=message["role"],
        content=content
        if isinstance(content, str)
        else [datatypes.RawTextItem(text=part) for part in content],
        context=message.get("context"),
        stop_reason=datatypes.StopReason[reason],
        tool_calls=[
            datatypes.ToolCall(call_id="", tool_name=call["name"], arguments=call["arguments"])
            for call in calls
        ],
    )


def main(tokenizer: Path, count: int, seed: int, path: Path) -> None:
    lines = [json.dumps(dialog, ensure_ascii=False) for dialog in render(tokenizer, count, seed)]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
