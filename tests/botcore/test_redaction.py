"""Which of the configuration's values are secrets, and where they must not be seen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from botcore.config import load_settings
from botcore.redaction import Mask, mask_tracebacks, secrets_of

GUARDED = '[adapters.loopback]\nuse = "tests.fakes.adapter:GuardedAdapter"\nport = 1\n'


def test_what_is_declared_to_be_secret_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "botcore.toml").write_text(GUARDED)
    monkeypatch.setenv("BOTCORE_ADAPTERS__LOOPBACK__TOKEN", "the-token")
    monkeypatch.setenv("BOTCORE_ADAPTERS__LOOPBACK__STREAM_MODE", "final")
    monkeypatch.setenv("BOTCORE_STORE__URL", "postgresql://me:pass%20word@localhost/bots")

    found = secrets_of(load_settings(tmp_path / "botcore.toml"))

    assert sorted(found) == ["pass word", "postgresql://me:pass%20word@localhost/bots", "the-token"]


def test_of_an_adapter_that_can_not_be_loaded_everything_from_outside_is_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "botcore.toml").write_text('[adapters.gone]\nuse = "nothing:here"\n')
    monkeypatch.setenv("BOTCORE_ADAPTERS__GONE__TOKEN", "the-token")

    assert secrets_of(load_settings(tmp_path / "botcore.toml")) == ["the-token"]


def test_the_traceback_that_ends_a_process_is_masked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    mask_tracebacks(Mask(["the-token"]))
    error = RuntimeError("https://example.org/botthe-token/send can't be reached")

    sys.excepthook(RuntimeError, error, None)

    assert "RuntimeError: https://example.org/bot***/send" in capsys.readouterr().err
