"""What goes along with a converted model: where it comes from, and under which conditions it may be used."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botcore_llama.model_files import METADATA, read_json

CONDITIONS = ("LICENSE*", "LICENCE*", "USE_POLICY*", "NOTICE*")  # they must go along with the weights
LARGEST_TEXT = 1 << 20  # bytes; what is longer is no licence
CARD = "README.md"  # the hub's, which begins with fields between two lines of dashes

_FIELD = re.compile(r"^(license|license_name):[ \t]*[\"']?([^\"'\s#]+)", re.MULTILINE)


def write_provenance(source: Path, adapter: Path | None, folder: Path) -> None:
    """Write `botcore-model.json` and copy the texts of the licence into a converted model's `folder`.

    What the source says in a `botcore-model.json` of its own is kept. Nothing of the day or the place
    is written down: the same weights give the same files.
    """
    for path in _conditions(source):
        shutil.copyfile(path, folder / path.name)
    if metadata := _metadata(source, adapter):
        text = json.dumps(metadata, indent=1, ensure_ascii=False)
        (folder / METADATA).write_text(text + "\n", encoding="utf-8")


def _metadata(source: Path, adapter: Path | None) -> dict[str, Any]:
    said = read_json(source / METADATA) if (source / METADATA).is_file() else {}
    found: dict[str, Any] = {}
    if not (said.get("license") or said.get("licence")) and (name := licence_of(source)):
        found["license"] = name
    if adapter is not None:
        found["adapter"] = adapter.resolve().name
    return {**said, **found}


def licence_of(source: Path) -> str | None:
    """Return what a checkpoint's licence is called: as the hub's card has it, else as its text begins."""
    if (source / CARD).is_file():
        fields = dict(_FIELD.findall(_front_matter(_text(source / CARD))))
        name = fields.get("license")
        if name:
            return fields.get("license_name", name) if name == "other" else name
    texts = (_text(path) for path in _conditions(source) if path.name.upper().startswith("LICEN"))
    lines = (line.strip(" #*\t") for text in texts for line in text.splitlines())
    return next((line[:120] for line in lines if line), None)


def _front_matter(card: str) -> str:
    opening, _, rest = card.partition("---\n")
    return rest.partition("\n---")[0] if not opening.strip() else ""


def _conditions(source: Path) -> Iterator[Path]:
    found = {path for pattern in CONDITIONS for path in source.glob(pattern)}
    return (path for path in sorted(found) if path.is_file() and path.stat().st_size <= LARGEST_TEXT)


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(LARGEST_TEXT)
