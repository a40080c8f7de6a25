"""A page that lays out messages, a text with entities each, as Telegram's clients do. Needs Chromium."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from botcore.markup import parse, split
from botcore_telegram import TelegramAdapter
from botcore_telegram.rendering import render

PAGE = Path(__file__).parent / "page.html"
WIDTH = 460
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--hide-scrollbars",
]


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message of a chat, in Markdown."""

    markdown: str
    time: str = "9:41"
    mine: bool = False  # written by the person who looks at the chat


def chromium() -> str | None:
    """Return the browser's path, if it is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def page(bubbles: Sequence[Bubble]) -> str:
    """Return the page with these messages, those of the bot cut and rendered as its adapter does."""
    limits = TelegramAdapter.capabilities.limits
    messages = []
    for bubble in bubbles:
        for part in split(bubble.markdown, limits):
            rendered = render(parse(part))
            entities = [entity.to_dict() for entity in rendered.entities]
            messages.append(
                {"text": rendered.text, "entities": entities, "time": bubble.time, "mine": bubble.mine}
            )
    return PAGE.read_text().replace("MESSAGES", json.dumps(messages).replace("</", "<\\/"))


def laid_out(html: str) -> str:
    """Return the page as the browser has built it."""
    return _browse(html, "--dump-dom").stdout


def draw(html: str, picture: Path) -> None:
    """Write the page as a picture of its own height."""
    found = re.search(r'data-height="([0-9.]+)"', laid_out(html))
    height = round(float(found[1])) if found else 900
    _browse(
        html, f"--screenshot={picture}", f"--window-size={WIDTH},{height}", "--force-device-scale-factor=2"
    )


def _browse(html: str, *flags: str) -> subprocess.CompletedProcess[str]:
    browser = chromium()
    assert browser
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(html)
        command = [browser, *FLAGS, f"--user-data-dir={folder}/profile", *flags, file.as_uri()]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
