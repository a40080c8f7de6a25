"""An engine whose answers follow from the question, for tests that start the real program."""

from __future__ import annotations

from collections.abc import Sequence

from botcore import EngineSetup, ModelMessage, Options
from botcore.errors import ModelError
from botcore.testing.fake_engine import FakeEngine


class ScriptedEngine(FakeEngine):
    """What the entry point names that `make_entry_point` writes."""

    def __init__(self, setup: EngineSetup) -> None:
        super().__init__(_answer, pace=0.01)
        self._broken = setup.settings.get("broken")

    async def ready(self) -> None:
        if self._broken:
            raise ModelError("The model's files are gone.")


def _answer(messages: Sequence[ModelMessage], options: Options) -> str:
    question = messages[-1].text
    if "slow" in question:
        return "and on " * 1000
    return f"**You** asked: {question}"
