"""Logging by structlog: to a file beside the data, so that the terminal belongs to the chat."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import structlog

from botcore.config import LogSection

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logs(section: LogSection, file: Path) -> None:
    """Send structlog's lines and the libraries' to `file`, one line each."""
    level = logging.getLevelNamesMapping()[section.level.upper()]
    as_json = section.format == "json"
    render: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(render, as_json)],
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


def _last(render: Any, as_json: bool) -> list[Any]:
    return [structlog.processors.format_exc_info, render] if as_json else [render]
