"""Chromium, as a reader of pages that tests make."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--hide-scrollbars",
]


def chromium() -> str | None:
    """Return the browser's path, if it is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def laid_out(html: str) -> str:
    """Return a page as the browser has built it."""
    return _browse(html, "--dump-dom").stdout


def draw(html: str, picture: Path, width: int) -> None:
    """Write a page as a picture of its own height, which it tells as `data-height`."""
    found = re.search(r'data-height="([0-9.]+)"', laid_out(html))
    height = round(float(found[1])) if found else 900
    size = f"--window-size={width},{height}"
    _browse(html, f"--screenshot={picture}", size, "--force-device-scale-factor=2")


def _browse(html: str, *flags: str) -> subprocess.CompletedProcess[str]:
    browser = chromium()
    assert browser
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(html)
        command = [browser, *FLAGS, f"--user-data-dir={folder}/profile", *flags, file.as_uri()]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
