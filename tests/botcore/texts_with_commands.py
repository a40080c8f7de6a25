"""Every text of the core and of our plugins that names a command to people, read from the code itself."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Collection, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELVES = ("botcore", "plugins")
# What is said by other programs, on the command line or in tests.
ELSEWHERE = {"cli", "control", "testing"}
SLASH = re.compile(r"(?<![\w/])/([a-z_]+)\b(?![/.])")


def texts_with_commands(names: Collection[str], prefix: str) -> dict[str, re.Pattern[str]]:
    """Return how each looks where commands are typed behind a prefix, by where it stands in the code."""
    found = {}
    for path in sorted(path for shelf in SHELVES for path in (ROOT / shelf).rglob("*.py")):
        if not ELSEWHERE & set(path.relative_to(ROOT).parts):
            for line, parts in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                if any(match[1] in names for part in parts for match in SLASH.finditer(part)):
                    place = f"{path.relative_to(ROOT)}:{line}"
                    found[place] = _looks(parts, names, prefix)
    return found


def _texts(tree: ast.Module) -> Iterator[tuple[int, list[str]]]:
    """Yield where each text begins, and what of it is fixed."""
    told = {id(doc) for doc in _docstrings(tree, of_commands=True)}
    skipped = {id(doc) for doc in _docstrings(tree, of_commands=False)} - told
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(value) for value in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            constants = [value.value for value in node.values if isinstance(value, ast.Constant)]
            yield node.lineno, [str(one) for one in constants]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            text = inspect.cleandoc(node.value) if id(node) in told else node.value
            yield node.lineno, re.split(r"\{\w+\}", text)


def _docstrings(tree: ast.Module, *, of_commands: bool) -> Iterator[ast.expr]:
    """Yield what documents the code; `of_commands`: only what people read of a command."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        called = [one for one in getattr(node, "decorator_list", []) if isinstance(one, ast.Call)]
        is_command = any(isinstance(one.func, ast.Attribute) and one.func.attr == "command" for one in called)
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and (is_command or not of_commands):
            yield first.value


def _looks(parts: list[str], names: Collection[str], prefix: str) -> re.Pattern[str]:
    def typed(match: re.Match[str]) -> str:
        return f"{prefix}{match[1]}" if match[1] in names else match[0]

    return re.compile(".*".join(re.escape(SLASH.sub(typed, part)) for part in parts), re.DOTALL)
