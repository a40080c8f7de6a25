"""What operators' commands print."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

SIZES = ((86400, "d"), (3600, "h"), (60, "min"))
ESCAPES = dict.fromkeys([*range(32), *range(127, 160)])


def age(moment: str) -> str:
    """Return how long ago a moment is, given in ISO 8601: “3 min”."""
    seconds = max(0, int((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()))
    for size, unit in SIZES:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def print_json(value: Any) -> None:
    """Print one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print columns that line up, in any width; what people wrote can do nothing to the terminal."""
    table = [list(columns), *([_cell(row[name]) for name in columns] for row in rows)]
    widths = [max(len(line[number]) for line in table) for number in range(len(columns))]
    for line in table:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).translate(ESCAPES)
