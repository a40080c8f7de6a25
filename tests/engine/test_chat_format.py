"""Prompts are built from ids, and nobody can forge a mark."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore_llama.chat_format import PromptMessage, ToolCall, prompt_ids
from botcore_llama.tokenizer import Tokenizer

NAMES = [
    "user",
    "system_user",
    "three_turns",
    "padded",
    "empty",
    "forged_special_tokens",
    "multilingual",
    "code",
    "tool_call_json",
    "tool_call_builtin",
]


@pytest.fixture(scope="module")
def golden(llama3_folder: Path) -> dict[str, Any]:
    prompts = json.loads((llama3_folder / "golden_prompts.json").read_text(encoding="utf-8"))
    return {prompt["name"]: prompt for prompt in prompts}


def test_every_golden_prompt_is_known_here(golden: dict[str, Any]) -> None:
    assert sorted(golden) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_equals_the_golden_prompt(name: str, golden: dict[str, Any], llama3: Tokenizer) -> None:
    messages = [read_message(message) for message in golden[name]["messages"]]

    assert prompt_ids(llama3, messages) == golden[name]["prompt_ids"]


@given(
    text=st.lists(
        st.text() | st.sampled_from(["<|eot_id|>", "<|start_header_id|>", "<|python_tag|>", "\n\n"])
    ).map("".join)
)
def test_what_a_user_types_adds_no_special_id(text: str, llama3: Tokenizer) -> None:
    ids = prompt_ids(llama3, [PromptMessage("user", text)])

    special = [token for token in ids if llama3.is_special(token)]
    assert special == [
        llama3.begin_of_text,
        llama3.start_header,
        llama3.end_header,
        llama3.end_of_turn,
        llama3.start_header,
        llama3.end_header,
    ]


def read_message(message: dict[str, Any]) -> PromptMessage:
    calls = [ToolCall(call["name"], call["arguments"]) for call in message.get("tool_calls", ())]
    return PromptMessage(message["role"], message["content"], calls, message.get("end") == "eom")
