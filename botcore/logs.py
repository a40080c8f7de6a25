"""Logging by structlog: to a file beside the data, so that the terminal belongs to the chat."""

from __future__ import annotations

import logging
import sys
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import stamina.instrumentation
import structlog
from structlog.typing import EventDict

from botcore.config import LogSection
from botcore.redaction import Mask

LARGEST = 10_000_000  # bytes
OLDER_FILES = 3

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class LogFile(RotatingFileHandler):
    """Begins a new file after the line that makes it too large."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802  # the library's name
        # The library's own renders every line a second time to know its length before it is written.
        return self.stream is not None and self.stream.tell() >= self.maxBytes


class MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks secrets in whole lines: a library may put one anywhere, as in the address of a request."""

    def __init__(self, mask: Mask, **options: Any) -> None:
        super().__init__(**options)
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(super().format(record))


def configure_logs(section: LogSection, file: Path, mask: Mask | None = None) -> None:
    """Send structlog's lines and the libraries' to `file`, one line each, without what `mask` hides."""
    level = logging.getLevelNamesMapping()[section.level.upper()]
    as_json = section.format == "json"
    file.touch(mode=0o600)
    handler = LogFile(file, maxBytes=LARGEST, backupCount=OLDER_FILES, encoding="utf-8")
    handler.setFormatter(
        MaskingFormatter(
            mask or Mask(),
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(as_json)],
        )
    )
    handler.addFilter(_is_ours_or_a_warning)
    stamina.instrumentation.set_on_retry_hooks([])  # they would log an exception with its text
    root = logging.getLogger()
    for old in root.handlers:
        old.close()
    root.handlers = [handler]
    root.setLevel(level)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def silence_logs() -> None:
    """Log nothing: the log belongs to the process that owns the data folder, the terminal to its user."""
    logging.getLogger().addHandler(logging.NullHandler())
    structlog.configure(processors=[_drop])


def _drop(logger: object, method: str, event: EventDict) -> EventDict:
    raise structlog.DropEvent


def _is_ours_or_a_warning(record: logging.LogRecord) -> bool:
    """Let only warnings of libraries pass: below, they tell of requests, with tokens and texts."""
    return isinstance(record.msg, dict) or record.levelno >= logging.WARNING


def _where_it_broke(logger: object, method: str, event: EventDict) -> EventDict:
    """Tell an exception's kind and place. Its text may hold what people wrote, so it stays out."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
        event["exception"] = f"{''.join(frames)}{type(error).__module__}.{type(error).__qualname__}"
    return event


def _rendering(as_json: bool) -> list[Any]:
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    return [_where_it_broke, renderer]
