"""Speeds are those of real answers, and outlive the server that measured them."""

from __future__ import annotations

from pathlib import Path

from botcore.engine import ModelMessage, Options
from botcore_llama.request import Request, Sampling
from botcore_llama.speeds import Speed, SpeedRecord, forget_speed, read_speed, speed_file
from tests.engine.conftest import OpenEngine

MODEL = Path("/models/tiny")


def answered(prompt: int, seconds: float, tokens: int, each: float) -> Request:
    """Return an answer whose first token came after so many seconds, and each other after so many more."""
    request = Request([1] * prompt, Sampling(max_tokens=tokens))
    request.start(100.0)
    for number in range(tokens):
        request.advance(100.0 + seconds + number * each)
    return request


def test_speeds_are_means_over_all_tokens(tmp_path: Path) -> None:
    record = SpeedRecord(tmp_path / "speed.json", MODEL, "int8")

    record.note(answered(prompt=100, seconds=1.0, tokens=11, each=0.1))
    record.note(answered(prompt=300, seconds=1.0, tokens=31, each=0.1))
    record.save()

    speed = read_speed(tmp_path / "speed.json", MODEL)
    assert speed
    assert speed.answers == 2
    assert round(speed.reads) == 200
    assert round(speed.writes, 6) == 10.0


def test_another_server_goes_on_counting(tmp_path: Path) -> None:
    file = tmp_path / "speed.json"
    for _ in range(2):
        record = SpeedRecord(file, MODEL, "int8")
        record.note(answered(10, 1.0, 20, 0.1))
        record.save()
    SpeedRecord(file, Path("/models/other"), "int8").note(answered(10, 1.0, 20, 0.1))

    speed = read_speed(file, MODEL)
    assert speed and speed.answers == 2


def test_another_setup_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "speed.json"
    for setup in ("int8, 2 threads", "int8, 4 threads"):
        SpeedRecord(file, MODEL, setup).note(answered(10, 1.0, 20, 0.1))

    speed = read_speed(file, MODEL)
    assert speed and (speed.setup, speed.answers) == ("int8, 4 threads", 1)


def test_a_short_answer_says_nothing(tmp_path: Path) -> None:
    record = SpeedRecord(tmp_path / "speed.json", MODEL, "int8")
    record.note(answered(10, 1.0, 3, 0.1))
    record.save()

    assert read_speed(tmp_path / "speed.json", MODEL) is None


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    file = tmp_path / "speed.json"
    for text in ("{", "[]", '{"/models/tiny": {"other": 1}}', '{"/models/tiny": 3}'):
        file.write_text(text)
        assert read_speed(file, MODEL) is None

    SpeedRecord(file, MODEL, "int8").note(answered(10, 1.0, 20, 0.1))

    assert read_speed(file, MODEL)
    forget_speed(file, MODEL)
    assert read_speed(file, MODEL) is None


def test_nothing_measured_is_no_speed() -> None:
    assert Speed().reads == Speed().writes == 0


async def test_the_server_measures_its_answers(
    open_engine: OpenEngine, tiny_model: Path, tmp_path: Path
) -> None:
    async with open_engine() as engine:
        await engine.complete([ModelMessage.user("hello there")], Options(max_tokens=20))

    speed = read_speed(speed_file(tmp_path), tiny_model)
    assert speed and speed.answers == 1
    assert speed.tokens == 19
    assert speed.reads > 0 and speed.writes > 0
