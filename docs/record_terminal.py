"""Draw docs/terminal.svg: real commands, typed into a real terminal. Needs tmux.

Run it from the repository's root: `.venv/bin/python docs/record_terminal.py`.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

SESSION = "botcore-recording"
WIDTH, HEIGHT = 92, 60
SCRIPT = [  # what is typed, and how many seconds it gets
    ("botcore summarize docs/example-thread.txt", 12),
    ("botcore chat", 6),
    ("What can you do?", 4),
    ("How do I stop an answer?", 4),
    ("Write a Python function that reverses a string.", 5),
]


def tmux(*arguments: str) -> str:
    done = subprocess.run(["tmux", *arguments], check=True, capture_output=True, text=True)  # noqa: S603, S607
    return done.stdout


def record(folder: str) -> str:
    """Type the script and return the screen with its colours as escape sequences."""
    shell = f"env XDG_DATA_HOME={folder} COLORTERM=truecolor PATH=.venv/bin:$PATH PS1='$ ' bash --norc"
    tmux("new-session", "-d", "-s", SESSION, "-x", str(WIDTH), "-y", str(HEIGHT), shell)
    try:
        time.sleep(1)
        for line, seconds in SCRIPT:
            tmux("send-keys", "-t", SESSION, line, "Enter")
            time.sleep(seconds)
        screen = tmux("capture-pane", "-t", SESSION, "-p", "-e", "-S", "-200")
        tmux("send-keys", "-t", SESSION, "C-d")
        time.sleep(2)
        return screen
    finally:
        tmux("kill-session", "-t", SESSION)


def draw(screen: str) -> str:
    """Return the screen as a picture that loads nothing from anywhere."""
    console = Console(record=True, width=WIDTH, file=StringIO())
    console.print(Text.from_ansi(screen))
    picture = console.export_svg(title="botcore")
    return re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        screen = record(folder).rstrip()
    Path(__file__).with_name("terminal.svg").write_text(draw(screen), encoding="utf-8")


if __name__ == "__main__":
    main()
