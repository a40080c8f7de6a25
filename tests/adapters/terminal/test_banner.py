"""A chat begins with what one should know."""

from __future__ import annotations

from botcore import EngineState, EngineStatus
from botcore_terminal.banner import banner


def test_the_model_and_the_way_out_are_named() -> None:
    text = banner(EngineStatus(EngineState.READY, model="llama3-8b"))

    assert "llama3-8b" in text
    assert "Ctrl-D" in text


def test_what_its_makers_say_of_a_model_is_told() -> None:
    status = EngineStatus(EngineState.READY, model="demo", description="A small demonstration.")

    assert "A small demonstration." in banner(status)


def test_a_model_that_is_still_loading_is_no_reason_to_wait() -> None:
    assert "you can write already" in banner(EngineStatus(EngineState.LOADING))


def test_it_is_told_why_there_is_no_model() -> None:
    assert "model.bin is cut off" in banner(EngineStatus(EngineState.DOWN, detail="model.bin is cut off"))
