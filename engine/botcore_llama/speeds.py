"""How fast each model has really answered on this machine: counted by the server, shown by `model info`.

Sums are kept, not samples, so that the file stays small and says nothing about who asked what.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from botcore_llama.models_folder import models_folder
from botcore_llama.request import Request

FILE = "speed.json"
FEWEST_TOKENS = 8  # a shorter answer says little about speed
SAVE_SECONDS = 5.0  # between writes


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured of one model as it is set up. Times are seconds."""

    setup: str = ""  # what else the speed hangs on: how it computes, and in how many threads
    answers: int = 0
    prompt_tokens: int = 0
    prompt_seconds: float = 0.0  # to the first token
    tokens: int = 0
    seconds: float = 0.0  # from the first token to the last
    latest: str = ""  # the day of the last answer

    @property
    def reads(self) -> float:
        """How many tokens of a prompt are read each second; 0 when nobody knows."""
        return self.prompt_tokens / self.prompt_seconds if self.prompt_seconds else 0.0

    @property
    def writes(self) -> float:
        """How many tokens of one answer are written each second; 0 when nobody knows."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def with_answer(self, request: Request) -> Speed:
        return replace(
            self,
            answers=self.answers + 1,
            prompt_tokens=self.prompt_tokens + len(request.prompt),
            prompt_seconds=self.prompt_seconds + request.first_at - request.started_at,
            tokens=self.tokens + request.generated - 1,
            seconds=self.seconds + request.progress_at - request.first_at,
            latest=f"{datetime.now(UTC):%Y-%m-%d}",
        )


class SpeedRecord:
    """Counts the answers of one model, and writes down from time to time what came out."""

    def __init__(self, file: Path, model: Path, setup: str) -> None:
        self._file = file
        self._model = model
        known = read_speed(file, model)
        self._speed = known if known and known.setup == setup else Speed(setup)
        self._saved_at = float("-inf")
        self._saved = self._speed

    def note(self, request: Request) -> None:
        """Count an answer that has ended. No file is worth a failure here."""
        if request.generated < FEWEST_TOKENS:
            return
        self._speed = self._speed.with_answer(request)
        if monotonic() - self._saved_at > SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        if self._speed is self._saved:
            return
        self._saved_at, self._saved = monotonic(), self._speed
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            everything = {**_read(self._file), str(self._model): asdict(self._speed)}
            new = self._file.with_name(f".{self._file.name}.{secrets.token_hex(4)}")
            new.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
            new.replace(self._file)


def speed_file(data_folder: Path) -> Path:
    """Return where the speeds of a data folder's models stand."""
    return models_folder(data_folder) / FILE


def read_speed(file: Path, model: Path) -> Speed | None:
    """Return what is known of the model in that folder; None: nothing."""
    entry = _read(file).get(str(model))
    try:
        return Speed(**entry) if isinstance(entry, dict) else None
    except TypeError:  # another version's
        return None


def forget_speed(file: Path, model: Path) -> None:
    """Forget a model that is not there any more."""
    everything = dict(_read(file))
    if everything.pop(str(model), None):
        with suppress(OSError):
            file.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


def _read(file: Path) -> Mapping[str, Any]:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
