"""A botcore of its own in a temporary folder, run as real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fakes.bot_process import SOURCES
from tests.fakes.forked import Forked, fork_server

PATIENCE = 40.0  # seconds
ENGINE = "tests.botcore.owner.scripted_engine:ScriptedEngine"
ADAPTER = "tests.botcore.owner.folder_adapter:FolderAdapter"
ECHO = "tests.botcore.owner.echo_plugin:plugin"


class Installation:
    """A data folder, a configuration, and platforms made of files."""

    def __init__(self, folder: Path, data_folder: Path | None = None) -> None:
        self.folder = folder
        self.data_folder = data_folder or folder / "data"
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "BOTCORE_BOT__DATA_FOLDER": str(self.data_folder),
            "BOTCORE_ENGINE__USE": ENGINE,
        }

    def configure(self, *platforms: str, more: str = "", trusted: bool = True) -> None:
        """Write a botcore.toml with a platform of files for each name."""
        its_keys = f'use = "{ADAPTER}"\ntrusted = {str(trusted).lower()}\n'
        tables = [
            f'[adapters.{name}]\n{its_keys}name = "{name}"\nfolder = "{self.platform(name)}"\n'
            for name in platforms
        ]
        (self.folder / "botcore.toml").write_text("\n".join([more, *tables]))

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return fork_server(SOURCES).run(
            *arguments, environment=self.environment, folder=self.folder, stdin=stdin, timeout=PATIENCE
        )

    def start(self, *arguments: str) -> Forked:
        return fork_server(SOURCES).start_piped(*arguments, environment=self.environment, folder=self.folder)

    @contextmanager
    def up(self) -> Iterator[Forked]:
        """Have `botcore run` at work; at the end it is asked to leave, if it has not left already."""
        bot = self.start("run")
        try:
            assert bot.stdout
            assert bot.stdout.readline(), bot.communicate()[1]
            yield bot
        finally:
            end(bot)

    def platform(self, name: str) -> Path:
        return self.folder / "platforms" / name

    def post(self, platform: str, message_id: str, text: str) -> None:
        """Write a message to the bot."""
        inbox = self.platform(platform) / "in"
        inbox.mkdir(parents=True, exist_ok=True)
        draft = inbox / f"{message_id}.draft"
        draft.write_text(text)
        draft.rename(inbox / f"{message_id}.txt")

    def shown(self, platform: str) -> list[dict[str, Any]]:
        """Return the bot's messages as they look now, oldest first."""
        try:
            lines = (self.platform(platform) / "out.jsonl").read_text().split("\n")[:-1]
        except FileNotFoundError:
            return []
        messages: dict[str, dict[str, Any]] = {}
        for line in map(json.loads, lines):
            messages[line["id"]] = line
        return list(messages.values())

    def finals(self, platform: str) -> list[str]:
        """Return the texts of the final messages."""
        return [message["text"] for message in self.shown(platform) if message["final"]]

    @property
    def models_loaded(self) -> int:
        """How often an engine was opened over this data folder."""
        return len((self.data_folder / "engine_opened").read_text())

    @property
    def log(self) -> str:
        return (self.data_folder / "botcore.log").read_text()


def end(bot: Forked) -> int:
    """Ask a process to leave, and return its exit code."""
    if bot.poll() is None:
        bot.send_signal(signal.SIGTERM)
    try:
        bot.communicate(timeout=PATIENCE)
    finally:
        bot.kill()
    assert bot.returncode is not None
    return bot.returncode


def eventually(what: Callable[[], object], within: float = PATIENCE) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + within
    while not what():
        assert time.monotonic() < ends, "it did not become so"
        time.sleep(0.02)


def slow_answer(words: int) -> str:
    """Return what the engine answers to `slow WORDS`, a hundred words in a second."""
    return " ".join(f"word{n}" for n in range(words))
