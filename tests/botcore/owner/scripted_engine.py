"""An engine whose answers follow from the question, named in botcore.toml by `module:attribute`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from botcore import EngineSetup, ModelMessage, Options
from botcore.testing.fake_engine import FakeEngine
from tests.botcore.owner.installation import slow_answer


class ScriptedEngine(FakeEngine):
    """Notes in the data folder that it was opened, so that a test can count the copies of the model."""

    def __init__(self, setup: EngineSetup) -> None:
        super().__init__(_answer, pace=0.01)
        opened = Path(setup.data_folder) / "engine_opened"
        with opened.open("a") as file:
            file.write(".")


def _answer(messages: Sequence[ModelMessage], options: Options) -> str:
    question = messages[-1].text
    if question.startswith("slow"):
        return slow_answer(int(question.removeprefix("slow")))
    return f"You asked: {question}"
