"""Calls of tools, read out of what a model wrote.

Models write them in several forms, and not always in the one they were asked for: JSON objects,
`<function=name>{…}</function>`, Python's `[name(a=1)]`, `brave_search.call(query="…")`, and bare code
after the python tag. What only looks like a call, or calls what was not offered, stays text.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from botcore_llama.chat_format import BUILTIN_TOOLS, CODE_INTERPRETER, ToolCall

BUILTIN_CALL = re.compile(r'\s*(?P<name>\w+)\.call\(query="(?P<query>.*)"\)\s*', re.DOTALL)
FUNCTION_TAG = re.compile(r"\s*<function=(?P<name>[^>{]+)>\s*")
END_OF_FUNCTION = re.compile(r"\s*(</function>)?\s*")
BETWEEN_OBJECTS = re.compile(r"[\s;,]*")
CONSTANTS = {"true": True, "false": False, "null": None}  # JSON's, which models write in Python too


def read_calls(text: str, offered: Collection[str], *, tagged: bool = False) -> list[ToolCall]:
    """Return the calls that an answer consists of; none if it is text.

    `offered`: the names of the tools that may be called. `tagged`: the python tag came before it.
    """
    for read in (_tags, _objects, _python_list, _builtin):
        try:
            calls = [_as_known(call) for call in read(text)]
            json.dumps([call.arguments for call in calls], allow_nan=False)  # else they can't be passed on
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
        if calls and all(call.name in offered for call in calls):
            return calls
    if tagged and CODE_INTERPRETER in offered:
        return [ToolCall(CODE_INTERPRETER, {"code": text})]
    return []


def _as_known(call: ToolCall) -> ToolCall:
    """Bring the call of a tool that the model knows to its own form.

    A model that was offered both sorts writes it like that of a function.
    """
    argument = BUILTIN_TOOLS.get(call.name)
    if argument is None or call.builtin or len(call.arguments) != 1:
        return call
    (value,) = call.arguments.values()
    return ToolCall(call.name, {argument: value}) if isinstance(value, str) else call


def _tags(text: str) -> Iterator[ToolCall]:
    place = 0
    while place < len(text):
        found = FUNCTION_TAG.match(text, place)
        if not found:
            raise ValueError(text[place:])
        arguments, place = _object(text, found.end())
        yield ToolCall(found["name"].strip(), arguments)
        place = END_OF_FUNCTION.match(text, place).end()  # type: ignore[union-attr]  # it matches nothing too


def _object(text: str, place: int) -> tuple[dict[str, Any], int]:
    """Read a JSON object at a place of a text; return it with the place behind it."""
    value, end = json.JSONDecoder().raw_decode(text, place)
    if not isinstance(value, dict):
        raise ValueError(text[place:end])
    return value, end


def _objects(text: str) -> Iterator[ToolCall]:
    """Read JSON objects one after the other, or in a list."""
    inner = text.strip()
    if inner.startswith("["):
        for value in json.loads(inner):
            yield _call(value)
        return
    place = 0
    while place < len(inner):
        value, place = _object(inner, place)
        yield _call(value)
        place = BETWEEN_OBJECTS.match(inner, place).end()  # type: ignore[union-attr]  # it matches nothing too


def _call(value: Any) -> ToolCall:
    if not isinstance(value, Mapping):
        raise ValueError(str(value))
    inner = value.get("function")
    told = inner if isinstance(inner, Mapping) else value
    name, arguments = told.get("name"), told.get("parameters", told.get("arguments"))
    if not isinstance(name, str) or not isinstance(arguments, Mapping):
        raise ValueError(str(value))
    return ToolCall(name, dict(arguments))


def _python_list(text: str) -> Iterator[ToolCall]:
    """Read a list of calls, or several: earlier calls stand in the prompt as one list each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what the model wrote, such as "\\d" in a string
        tree = ast.parse(f"({text}\n)", mode="eval").body
    for element in _elements(tree):
        if not isinstance(element, ast.Call) or element.args:
            raise ValueError(text)
        arguments = {keyword.arg: _value(keyword.value) for keyword in element.keywords if keyword.arg}
        if len(arguments) < len(element.keywords):
            raise ValueError(text)
        yield ToolCall(ast.unparse(element.func), arguments)


def _elements(tree: ast.expr) -> list[ast.expr]:
    """Return what lists contain. Python reads a list behind a list as an index into the first one."""
    if isinstance(tree, ast.List):
        return tree.elts
    if isinstance(tree, ast.Tuple):
        return [element for part in tree.elts for element in _elements(part)]
    if isinstance(tree, ast.Subscript):
        inner = tree.slice
        return [*_elements(tree.value), *(inner.elts if isinstance(inner, ast.Tuple) else [inner])]
    raise ValueError("no list")


def _value(node: ast.expr) -> Any:
    """Return a literal's value; JSON's true, false and null are taken for Python's."""
    if isinstance(node, ast.Name) and node.id in CONSTANTS:
        return CONSTANTS[node.id]
    if isinstance(node, ast.List):
        return [_value(element) for element in node.elts]
    if isinstance(node, ast.Dict) and all(node.keys):
        return {
            str(_value(key)): _value(value) for key, value in zip(node.keys, node.values, strict=True) if key
        }
    return ast.literal_eval(node)


def _builtin(text: str) -> Iterator[ToolCall]:
    found = BUILTIN_CALL.fullmatch(text)
    if found and found["name"] in BUILTIN_TOOLS:
        yield ToolCall(found["name"], {"query": found["query"]})
