"""Logging by structlog: to a file beside the data, so that the terminal belongs to the chat."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from botcore.config import LogSection

LARGEST = 10_000_000  # bytes
OLDER_FILES = 3

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logs(section: LogSection, file: Path) -> None:
    """Send structlog's lines and the libraries' to `file`, one line each."""
    level = logging.getLevelNamesMapping()[section.level.upper()]
    as_json = section.format == "json"
    file.touch(mode=0o600)
    handler = RotatingFileHandler(file, maxBytes=LARGEST, backupCount=OLDER_FILES, encoding="utf-8")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(as_json)],
        )
    )
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


def _rendering(as_json: bool) -> list[Any]:
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # The pretty traceback would print local variables, and with them what people wrote.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return [plain]
