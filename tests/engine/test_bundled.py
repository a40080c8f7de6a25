"""The bundled model through the engine as a newcomer gets it, without a setting."""

from __future__ import annotations

from pathlib import Path

from botcore.engine import EngineSetup, ModelMessage
from botcore_llama import LlamaEngine

QUESTION = [ModelMessage.system("You are botcore."), ModelMessage.user("What can you do?")]


async def test_the_bundled_model_answers_and_repeats_itself(tmp_path: Path) -> None:
    async with LlamaEngine(EngineSetup(tmp_path)) as engine:
        await engine.ready()
        status, limits = await engine.status(), await engine.limits()
        first, again = await engine.complete(QUESTION), await engine.complete(QUESTION)

    assert (status.model, limits.context_tokens) == ("botcore-demo", 2048)
    assert "demonstration" in status.description
    assert first.strip()
    assert first == again  # its makers ask for the likeliest token
