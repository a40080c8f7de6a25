"""Calls are read out of answers, and what is no call stays text."""

from __future__ import annotations

import keyword
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcore_llama.call_stream import CallStream
from botcore_llama.chat_format import BUILTIN_TOOLS, ToolCall
from botcore_llama.family import ToolFormat
from botcore_llama.tool_calls import read_calls

OFFERED = {"f", "get_weather", *BUILTIN_TOOLS}
OSLO = ToolCall("get_weather", {"city": "Oslo"})
ROME = ToolCall("get_weather", {"city": "Rome", "days": 2, "hourly": True, "of": None})

CALLS: dict[str, list[ToolCall]] = {
    '{"type": "function", "name": "get_weather", "parameters": {"city": "Oslo"}}': [OSLO],
    ' {"name": "get_weather", "parameters": {"city": "Oslo"}}\n': [OSLO],
    '{"name": "get_weather", "arguments": {"city": "Oslo"}}': [OSLO],
    '{"type": "function", "function": {"name": "get_weather", "parameters": {"city": "Oslo"}}}': [OSLO],
    '{"name": "f", "parameters": {}}; {"name": "get_weather", "parameters": {"city": "Oslo"}}': [
        ToolCall("f"),
        OSLO,
    ],
    '[{"name": "get_weather", "parameters": {"city": "Oslo"}}]': [OSLO],
    '<function=get_weather>{"city": "Oslo"}</function>': [OSLO],
    '<function=get_weather>{"city": "Oslo"}': [OSLO],
    '<function=f>{"a": {"b": "}"}}</function>\n<function=f>{}</function>': [
        ToolCall("f", {"a": {"b": "}"}}),
        ToolCall("f"),
    ],
    "[get_weather(city='Oslo'), get_weather(city=\"Rome\", days=2, hourly=True, of=None)]": [OSLO, ROME],
    "[f()][f(a=1), f()]\n[f()], [f()]": [ToolCall("f"), ToolCall("f", {"a": 1}), *[ToolCall("f")] * 3],
    '[get_weather(city="Rome", days=2, hourly=true, of=null)]': [ROME],
    '[f(a=[1, -2.5], b={"c": [true]})]': [ToolCall("f", {"a": [1, -2.5], "b": {"c": [True]}})],
    r'[f(a="\d")]': [ToolCall("f", {"a": r"\d"})],
    'brave_search.call(query="gold, 1oz")': [ToolCall("brave_search", {"query": "gold, 1oz"})],
    'wolfram_alpha.call(query="say "hi"")\n': [ToolCall("wolfram_alpha", {"query": 'say "hi"'})],
    # A model that has both sorts of tools writes those it knows like functions.
    '{"name": "brave_search", "parameters": {"q": "gold"}}': [ToolCall("brave_search", {"query": "gold"})],
}

TEXTS = [
    "",
    "It is 22 degrees.",
    "{",
    "[]",
    "[1, 2]",
    "[get_weather]",
    '{"city": "Oslo"}',
    '{"name": "get_weather"}',
    '{"name": "get_weather", "parameters": "Oslo"}',
    '{"name": 5, "parameters": {}}',
    '{"name": "get_weather", "parameters": {"city": NaN}}',
    '{"name": "get_weather", "parameters": {"city": 1e999}}',
    '{"name": "not_offered", "parameters": {}}',
    '{"name": "get_weather", "parameters": {"city": "Oslo"}',
    '{"name": "get_weather", "parameters": {"city": "Oslo"}} and more',
    "<function=get_weather>",
    "<function=get_weather>{city}</function>",
    "<function=get_weather>[1]</function>",
    '<function=get_weather>{"city": "Oslo"}</function> and more',
    "[get_weather(city=)]",
    "[get_weather('Oslo')]",
    "[get_weather(**{'city': 'Oslo'})]",
    "[get_weather(city=home())]",
    "[get_weather(city=b'Oslo')]",
    "[get_weather(city=1j)]",
    "[get_weather(city='Oslo'), 42]",
    "get_weather(city='Oslo')",
    "[get_weather(city='Oslo'",
    "[not_offered(a=1)]",
    "[f()][0]",
    "[f()]) + ([f()]",
    "f()[f()]",
    "not_offered.call(query='x')",
    'brave_search.call(q="x")',
    "[" * 10_000,
    "[f(a=" + "(" * 10_000,
    '{"a":' * 10_000,
]


@pytest.mark.parametrize("text", CALLS)
def test_a_call_is_read_in_any_form(text: str) -> None:
    assert read_calls(text, OFFERED) == CALLS[text]
    assert read_calls(text, OFFERED, tagged=True) == CALLS[text]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_what_is_no_call_stays_text(text: str) -> None:
    assert read_calls(text, OFFERED) == []


def test_what_the_python_tag_marks_is_code_where_code_may_run() -> None:
    assert read_calls("print(1)", OFFERED, tagged=True) == [
        ToolCall("code_interpreter", {"code": "print(1)"})
    ]
    assert read_calls("print(1)", {"f"}, tagged=True) == []


names = st.from_regex(r"[a-z_][a-z0-9_]{0,9}", fullmatch=True).filter(
    lambda name: name not in BUILTIN_TOOLS and not keyword.iskeyword(name)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50)
@given(
    name=names,
    arguments=st.dictionaries(st.text(), values, max_size=4),
    form=st.sampled_from([ToolFormat.JSON, ToolFormat.FUNCTION_TAG]),
)
def test_a_call_that_was_written_is_read_back(name: str, arguments: dict[str, Any], form: ToolFormat) -> None:
    call = ToolCall(name, arguments)
    finite = all(math.isfinite(value) for value in numbers(arguments))

    assert read_calls(call.text(form), {name}) == ([call] if finite else [])


@given(st.lists(st.dictionaries(names, st.text("ab c,()[]") | st.integers() | st.booleans()), min_size=1))
def test_calls_in_python_that_were_written_are_read_back(several: list[dict[str, Any]]) -> None:
    calls = [ToolCall("f", arguments) for arguments in several]
    text = "".join(call.text(ToolFormat.PYTHON_LIST) for call in calls)

    assert read_calls(text, {"f"}) == calls


@given(st.text() | st.text(alphabet='[]{}()=<>,:"fa1 \\\n'))
def test_no_text_upsets_the_reader(text: str) -> None:
    assert read_calls(f"[f(a={text})]", {"g"}) == []
    read_calls(text, OFFERED)


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in numbers(inner)]
    return [value] if isinstance(value, float) else []


def stream(text: str, tag_at: int | None = None) -> tuple[list[str], str, list[ToolCall]]:
    """Push a text letter by letter; return the pieces, the rest and the calls."""
    calls = CallStream(OFFERED)
    pieces = []
    for place, letter in enumerate(text):
        if place == tag_at:
            calls.tag()
        pieces.append(calls.push(letter))
    rest, found = calls.finish()
    return pieces, rest, found


def test_text_is_given_at_once() -> None:
    assert stream("Hello.") == (list("Hello."), "", [])


@pytest.mark.parametrize("text", CALLS)
def test_a_call_is_held_back_until_it_is_whole(text: str) -> None:
    pieces, rest, calls = stream(text)

    assert "".join(pieces) == rest == ""
    assert calls == CALLS[text]


def test_text_before_a_tagged_function_is_given() -> None:
    pieces, rest, calls = stream('I look: 1 < 2 <function=get_weather>{"city": "Oslo"}</function>')

    assert ("".join(pieces), rest, calls) == ("I look: 1 < 2 ", "", [OSLO])


def test_code_after_text_is_a_call() -> None:
    pieces, rest, calls = stream("Look: print(1)", tag_at=6)

    assert ("".join(pieces), rest) == ("Look: ", "")
    assert calls == [ToolCall("code_interpreter", {"code": "print(1)"})]


@given(
    st.lists(st.sampled_from(["<function=", "{", "[", "brave_search.call(", "a", " ", "f>{}"])).map("".join)
)
def test_nothing_is_lost(text: str) -> None:
    pieces, rest, calls = stream(text)

    assert calls or "".join(pieces) + rest == text
