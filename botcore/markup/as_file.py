"""What does not fit into a message goes as a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from botcore.markup.tree import Code, Document

# The endings of files in a language, where its name is not the ending itself.
ENDINGS = {
    "bash": "sh", "c++": "cpp", "c#": "cs", "csharp": "cs", "golang": "go", "haskell": "hs",
    "javascript": "js", "kotlin": "kt", "markdown": "md", "objective-c": "m", "perl": "pl",
    "plaintext": "txt", "powershell": "ps1", "python": "py", "python3": "py", "ruby": "rb",
    "rust": "rs", "shell": "sh", "text": "txt", "typescript": "ts", "zsh": "sh",
}  # fmt: skip
FILES = {"dockerfile": "Dockerfile", "makefile": "Makefile"}
_ENDING = re.compile(r"[a-z0-9]{1,8}")
_NAME = re.compile(r"[\w .+-]{1,100}\.\w{1,10}")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file to be sent."""

    name: str
    content: bytes


def as_file(document: Document, markdown: str) -> TextFile:
    """Return code as a file of its language, anything else as the Markdown that it is."""
    if len(document) == 1 and isinstance(code := document[0], Code):
        return TextFile(_name_of(code), f"{code.text}\n".encode())
    return TextFile("answer.md", f"{markdown.rstrip()}\n".encode())


def _name_of(code: Code) -> str:
    titled = PurePosixPath(code.title.strip().strip("`\"'")).name
    if _NAME.fullmatch(titled):
        return titled
    language = code.language.lower()
    if language in FILES:
        return FILES[language]
    ending = ENDINGS.get(language, language)
    return f"code.{ending if _ENDING.fullmatch(ending) else 'txt'}"
