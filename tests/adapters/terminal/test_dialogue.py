"""A form in the terminal is a row of prompts."""

from __future__ import annotations

import io
from pathlib import Path

from botcore.bot import Bot
from botcore.config import BotSection
from botcore.store import Database, Store
from botcore.testing import FakeEngine
from botcore.testing.databases import make_database
from botcore_terminal import TerminalAdapter
from botcore_terminal.lines import OneQuestion
from botcore_terminal.plain_screen import PlainScreen
from tests.botcore.forms.ordering import ordering_plugin
from tests.botcore.running_bot import talking_plugin


class Script(OneQuestion):
    """Types one line after the other, each when the one before is answered."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)

    async def read(self) -> str | None:
        return self._lines.pop(0) if self._lines else None


async def test_each_line_answers_the_question_before_it(tmp_path: Path) -> None:
    make_database(tmp_path / "botcore.db")
    store = Store(Database(tmp_path / "botcore.db"))
    out, notes = io.StringIO(), io.StringIO()
    lines = Script("/order", "pizza", "soup", "2", "bread, cake", "/skip", "hello")
    bot = Bot(
        store=store,
        epoch=await store.take_over(),
        engine=FakeEngine("old pond"),
        plugins=[talking_plugin(), ordering_plugin()],
        adapters=[TerminalAdapter(lines=lines, screen=PlainScreen(out, notes))],
        settings_of=lambda plugin: None,
        rules=BotSection(answerer="talk", grace_seconds=0.0),
    )
    await bot.run()
    await store.close()

    shown = out.getvalue()
    expected = ["**What would you like?**", "Please choose one of these", "**Portions**", "**Extras**"]
    places = [
        shown.index(text) for text in [*expected, "**Day**", "2 soup with bread, cake, today.", "old pond"]
    ]
    assert places == sorted(places)
    assert "`/cancel` is understood too." in shown
