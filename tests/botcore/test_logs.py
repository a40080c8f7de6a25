"""The log: a line for each event, and nothing of what people wrote."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from urllib.parse import quote_plus

import pytest
import structlog

from botcore.config import LogSection
from botcore.logs import configure_logs
from botcore.redaction import Mask


def fail_over(text: str) -> None:
    raise RuntimeError(f"about {text}")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_where_and_not_what(tmp_path: Path, form: str) -> None:
    configure_logs(LogSection.model_validate({"format": form}), tmp_path / "botcore.log")
    try:
        fail_over(" ".join(["in", "confidence"]))
    except RuntimeError:
        structlog.get_logger().error("turn_failed", turn="t1", exc_info=True)

    written = (tmp_path / "botcore.log").read_text()
    assert "turn_failed" in written
    assert "RuntimeError" in written
    assert "fail_over" in written
    assert "in confidence" not in written


def test_json_lines_carry_the_turn_and_the_libraries_lines_too(tmp_path: Path) -> None:
    configure_logs(LogSection(format="json"), tmp_path / "botcore.log")
    with structlog.contextvars.bound_contextvars(turn="t1"):
        structlog.get_logger().info("turn_closed", parts=2)
        logging.getLogger("some.library").warning("careful")

    lines = [json.loads(line) for line in (tmp_path / "botcore.log").read_text().splitlines()]
    assert [(line["event"], line["level"], line["turn"]) for line in lines] == [
        ("turn_closed", "info", "t1"),
        ("careful", "warning", "t1"),
    ]


def test_what_is_below_the_level_is_not_written(tmp_path: Path) -> None:
    configure_logs(LogSection(level="warning"), tmp_path / "botcore.log")
    structlog.get_logger().info("turn_closed")

    assert (tmp_path / "botcore.log").read_text() == ""


def test_libraries_are_heard_from_warnings_on_as_they_tell_of_requests_below(tmp_path: Path) -> None:
    configure_logs(LogSection(level="debug"), tmp_path / "botcore.log")
    logging.getLogger("some.library").info("POST https://platform.example/bot-canary-token/send")
    logging.getLogger("some.library").debug("message: canary")
    structlog.get_logger().debug("ours")

    written = (tmp_path / "botcore.log").read_text()
    assert "ours" in written
    assert "canary" not in written


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("secret", ["12345:AAH-canary", 'a "canary"/\\ of ümlauts\n'])
def test_a_secret_is_masked_wherever_it_stands(tmp_path: Path, form: str, secret: str) -> None:
    section = LogSection.model_validate({"format": form})
    configure_logs(section, tmp_path / "botcore.log", Mask([secret, "longer " + secret]))
    log = logging.getLogger("some.library")
    log.warning("GET https://platform.example/bot%s/send", secret)
    log.warning("GET https://platform.example/?token=%s", quote_plus(secret))
    log.warning("headers: %r", {"Authorization": secret})
    log.warning("longer %s", secret)
    structlog.get_logger().error("planned", token=secret, nested={"token": [secret]})

    written = (tmp_path / "botcore.log").read_text()
    assert "canary" not in written
    assert written.count("***") == 6
    assert "longer" not in written


def test_a_short_secret_masks_no_words() -> None:
    assert Mask(["it", ""])("it waits") == "it waits"


def test_a_log_that_is_too_large_goes_on_in_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.logs.LARGEST", 500)
    configure_logs(LogSection(format="json"), tmp_path / "botcore.log")
    for number in range(40):
        structlog.get_logger().info("turn_closed", number=number)

    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["botcore.log", "botcore.log.1", "botcore.log.2", "botcore.log.3"]
    assert all(file.stat().st_size < 700 for file in tmp_path.iterdir())
    kept = "".join((tmp_path / name).read_text() for name in ("botcore.log.1", "botcore.log"))
    assert json.loads(kept.splitlines()[-1])["number"] == 39
