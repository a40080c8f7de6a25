"""The terminal keeps the promises of every adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from botcore.testing.adapter_contract import AdapterContract
from botcore_terminal import TerminalAdapter
from botcore_terminal.live_screen import LiveScreen
from botcore_terminal.prompt import Prompt
from tests.adapters.terminal.fake_terminal import FakeTerminal


class TerminalPlatform:
    """One person, who types and looks."""

    def __init__(self, keys: PipeInput) -> None:
        self._keys = keys
        self._terminal = FakeTerminal()
        self.adapter = TerminalAdapter(
            lines=Prompt(keyboard=keys, display=DummyOutput()), screen=LiveScreen(self._terminal.console())
        )

    async def post(self, text: str) -> None:
        self._keys.send_text(text + "\r")

    def shown(self) -> list[str]:
        """Return what stands above the status line, as one message: on paper they have no borders."""
        text = "\n".join(line for line in self._terminal.text.splitlines() if "Ctrl-C" not in line).strip()
        return [text] if text else []


class TestTerminal(AdapterContract):
    @pytest.fixture
    def platform(self) -> Iterator[TerminalPlatform]:
        with create_pipe_input() as keys:
            yield TerminalPlatform(keys)
