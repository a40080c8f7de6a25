"""The parameters of a call, however they were sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from tests.fakes.telegram.errors import bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    mime_type: str
    content: bytes


@dataclass(slots=True)
class Parameters:
    """Every value as it was sent: forms carry texts, and JSON for what is more than a text."""

    values: dict[str, Any]
    uploads: dict[str, Upload] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) not in (None, "") or name in self.uploads

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        try:
            return int(self.values[name]) if name in self else default
        except (TypeError, ValueError):
            raise bad_request(f"{name} must be a valid Number") from None

    def boolean(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("1", "true", "yes", "y", "t")

    def data(self, name: str, default: Any = None) -> Any:
        """Return a list or an object."""
        value = self.values.get(name)
        if value in (None, ""):
            return default
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        """Return a file, sent under its own name or attached under another."""
        link = self.text(name)
        return self.uploads.get(link.removeprefix("attach://") if link.startswith("attach://") else name)


async def read_parameters(request: web.Request) -> Parameters:
    """Read the query, a form, a form with files, or JSON."""
    values: dict[str, Any] = dict(request.query)
    uploads = {}
    if request.content_type == "application/json":
        values |= await request.json()
    elif request.can_read_body:
        for name, value in (await request.post()).items():
            if isinstance(value, FileField):
                uploads[name] = Upload(value.filename, value.content_type, value.file.read())
            else:
                values[name] = value
    return Parameters(values, uploads)
