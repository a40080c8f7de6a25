"""Prompts are built from ids, and nobody can forge a mark."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcore_llama.chat_format import (
    BUILTIN_TOOLS,
    HEADERS,
    PromptMessage,
    ToolCall,
    is_code,
    prompt_ids,
)
from botcore_llama.family import Family, ToolFormat
from botcore_llama.special_tokens import special_token_names
from botcore_llama.tokenizer import Tokenizer
from botcore_llama.tools import Tool, with_tools

DIALOGS = Path(__file__).parent / "dialogs_of_meta.json"
BYTES = {bytes([byte]): byte for byte in range(256)}

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


def test_equals_dialogs_that_metas_own_code_rendered(llama3: Tokenizer) -> None:
    """Random ones with every kind of message and call, rendered by the package llama-models 0.3.0."""
    dialogs = json.loads(DIALOGS.read_text(encoding="utf-8"))

    wrong = [
        dialog["messages"]
        for dialog in dialogs
        if prompt_ids(llama3, map(read_message, dialog["messages"]), ToolFormat(dialog["format"]))
        != dialog["ids"]
    ]

    assert len(dialogs) > 50
    assert wrong == []


def test_the_first_generation_has_no_end_of_message() -> None:
    tokenizer = Tokenizer(BYTES, special_token_names(Family.LLAMA_3))
    code = ToolCall("code_interpreter", {"code": "1"})

    ids = prompt_ids(tokenizer, [PromptMessage("assistant", "", [code], awaits_result=True)])

    assert {token for token in ids if tokenizer.is_special(token)} == {
        tokenizer.begin_of_text,
        tokenizer.start_header,
        tokenizer.end_header,
        tokenizer.end_of_turn,
    }


TRICKS = ["<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|python_tag|>", "\n\n", "\ud800"]
texts = st.lists(st.text(max_size=9) | st.sampled_from(TRICKS), max_size=6).map("".join)
arguments = st.dictionaries(texts, texts | st.lists(texts, max_size=2), max_size=3)
calls = st.builds(ToolCall, texts | st.sampled_from(sorted(BUILTIN_TOOLS)), arguments)
code = st.builds(ToolCall, st.just("code_interpreter"), st.fixed_dictionaries({"code": texts}))
messages = st.builds(
    PromptMessage,
    st.sampled_from(sorted(HEADERS)),
    texts | st.lists(texts, max_size=3),
    st.lists(calls | code, max_size=2),
    st.booleans(),
)
tools = st.builds(Tool, texts, texts, st.fixed_dictionaries({"properties": arguments}))


@settings(max_examples=50)
@given(
    dialog=st.lists(messages, max_size=4),
    offered=st.lists(tools, max_size=2),
    form=st.sampled_from(ToolFormat),
    demand=texts,
)
def test_no_text_of_anybody_adds_a_special_id(
    dialog: list[PromptMessage], offered: list[Tool], form: ToolFormat, demand: str
) -> None:
    """Not what people or tools say, nor names, arguments and descriptions of functions."""
    tokenizer = Tokenizer(BYTES)
    prompt = with_tools(dialog, offered, form, date(2024, 7, 23), demand)

    ids = prompt_ids(tokenizer, prompt, form)

    header = [tokenizer.start_header, tokenizer.end_header]
    wanted = [tokenizer.begin_of_text]
    for message in prompt:
        runs_code = message.role == "assistant" and any(map(is_code, message.calls[:1]))
        waits = message.role == "assistant" and message.awaits_result
        wanted += header
        wanted += [tokenizer.special["<|python_tag|>"]] if runs_code else []
        wanted += [tokenizer.special["<|eom_id|>"] if waits else tokenizer.end_of_turn]
    assert [token for token in ids if tokenizer.is_special(token)] == wanted + header


def read_message(message: dict[str, Any]) -> PromptMessage:
    calls = [ToolCall(call["name"], call["arguments"]) for call in message.get("tool_calls", ())]
    text = message["content"]
    if "context" in message:  # Meta's code puts it behind what the user said
        text = [*([text] if isinstance(text, str) else text), "\n\n", message["context"]]
    return PromptMessage(message["role"], text, calls, message.get("end") == "eom")
