"""Changes the JSON files that stand beside a model's weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def change_json(path: Path, **fields: Any) -> None:
    """Give fields other values, or put new ones in."""
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | fields), encoding="utf-8")
