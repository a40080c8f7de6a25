"""Files with text or code that people send: what they hold, as a message that a model can read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

PLAIN_TYPES = re.compile(
    r"text/.*|application/(.*\+)?(json|xml|javascript|typescript|toml|yaml|x-yaml|sql|x-sh|x-httpd-php)"
)
# By the ending of a file's name: the language that a fence names.
SAME = (
    *("c", "cpp", "cs", "css", "csv", "diff", "go", "html", "ini", "java", "js", "json", "kt", "lua", "md"),
    *("php", "pl", "py", "r", "rb", "rs", "scala", "sh", "sql", "swift", "tex", "toml", "ts", "tsx", "vue"),
    *("xml", "yaml", "yml", "zig"),
)
LANGUAGES = {**{name: name for name in SAME}, "bash": "bash", "h": "c", "hpp": "cpp"}
LANGUAGES |= dict.fromkeys(("conf", "env", "log", "rst", "txt"), "")
WITHOUT_ENDING = {"dockerfile": "dockerfile", "makefile": "makefile", "readme": "", "license": ""}

# At the end of a text: the files that are only named there.
NAMES = re.compile(r"(?:\A|(?<=\n))\[file: (?P<first>[^\n]+)\](?:\n\[file: [^\n]+\])*\Z")

ONLY_TEXT = "I can only read text, and files with text or code."
NO_SOUND = "I can't listen to voice messages or other sound. Please write to me instead."
NO_PICTURES = "I can't see pictures. Please describe in words what you need."
NO_VIDEOS = "I can't see stickers or videos. Please write to me instead."
OTHER_KIND = f"I can't read files of this kind. {ONLY_TEXT}"


def language_of(name: str, mime_type: str = "") -> str | None:
    """Return the language of a file as its name tells it, perhaps none; None when it is no text."""
    path = PurePosixPath(name.lower())
    ending = path.suffix.removeprefix(".")
    if ending in LANGUAGES:
        return LANGUAGES[ending]
    if not ending and path.name in WITHOUT_ENDING:
        return WITHOUT_ENDING[path.name]
    return "" if PLAIN_TYPES.fullmatch(mime_type) else None


def decoded(content: bytes) -> str | None:
    """Return a file's text; None when it is none."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.replace("\r\n", "\n")


def fenced(name: str, text: str, language: str) -> str:
    """Return a file as Markdown: its name, and below it what it holds, whatever that is."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{name}:\n{fence}{language}\n{text.rstrip()}\n{fence}"


def with_names(text: str, names: Iterable[str]) -> str:
    """Return a text with the names of its files, which nobody has read."""
    return "\n".join([text] * bool(text.strip()) + [f"[file: {name}]" for name in names])


def keeping_read(before: str, text: str) -> str:
    """Return the new text of a message; what was read of its files stays behind it, in the place of names."""
    named = NAMES.search(text)
    if named is None:
        return text
    first = re.escape(named["first"])
    read = re.search(rf"(?:\A|\n\n)(?P<files>{first}:\n```.*)", before, re.DOTALL)
    if read is None:
        return text
    return "\n\n".join(filter(None, (text[: named.start()].rstrip("\n"), read["files"])))


def too_large(name: str, largest: int) -> str:
    """Return what to tell of a file of more than so many bytes."""
    return (
        f"“{name}” is too large for me: I read files of up to {largest // 1024:,} KB. "
        "Please send the part that matters."
    )


def not_text(name: str) -> str:
    """Return what to tell of a file that is called like a text and is none."""
    return f"“{name}” is no text in UTF-8. {ONLY_TEXT}"
