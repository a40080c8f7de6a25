"""Keeps the configuration's secrets out of what is written for people: logs and tracebacks."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from urllib.parse import quote, quote_plus

from pydantic import BaseModel

from botcore.config import Settings, StoreSection
from botcore.config_check import is_secret, named_in, settings_class, without_use
from botcore.discovery import load_adapter, load_engine, load_plugins
from botcore.errors import ConfigError, PluginError

MASK = "***"
SHORTEST = 6  # characters; what is shorter stands in many words


class Mask:
    """Puts stars where a secret stands."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text


def secrets_of(settings: Settings) -> list[str]:
    """Return every value that is declared to be secret by whoever reads it."""
    return [
        *_of_store(settings.store),
        *_of_engine(settings),
        *_of_adapters(settings),
        *_of_plugins(settings),
    ]


def mask_tracebacks(mask: Mask) -> None:
    """From now on print the traceback of what ends the process without secrets."""

    def show(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        sys.stderr.write(mask("".join(traceback.format_exception(kind, error, where))))

    sys.excepthook = show


def _forms(secret: str) -> set[str]:
    """Return a secret as it stands in a text, in an address, in a representation, and in JSON of these."""
    plain = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
    return plain | {json.dumps(form)[1:-1] for form in plain}


def _of_store(store: StoreSection) -> Iterator[str]:
    if store.url:
        from botcore.store.place import read_url  # the database's library, for who has an address

        yield store.url.get_secret_value()
        try:
            password = read_url(store.url.get_secret_value()).password
        except ValueError:
            return  # it is told when the database is opened
        if password:
            yield str(password)


def _of_engine(settings: Settings) -> list[str]:
    table = settings.engine.model_extra or {}
    if not _has_variables(settings, ("engine",)):
        return []
    try:
        kind = settings_class(load_engine(settings.engine.use))
    except (ConfigError, PluginError):
        kind = None
    return _declared(kind, table)


def _of_adapters(settings: Settings) -> Iterator[str]:
    for name, table in settings.adapters.items():
        if not _has_variables(settings, ("adapters", name)):
            continue  # a secret in the file is refused
        try:
            kind = settings_class(load_adapter(name, named_in({name: table}, "adapters").get(name)))
        except (ConfigError, PluginError):
            kind = None
        yield from _declared(kind, without_use(table))


def _of_plugins(settings: Settings) -> Iterator[str]:
    if not _has_variables(settings, ("plugins",)):
        return
    try:
        kinds = {
            plugin.name: plugin.settings for plugin in load_plugins(named_in(settings.plugins, "plugins"))
        }
    except (ConfigError, PluginError):
        kinds = {}
    for name, table in settings.plugins.items():
        yield from _declared(kinds.get(name), without_use(table))


def _has_variables(settings: Settings, table: tuple[str, ...]) -> bool:
    """Tell whether the environment sets something in a table: only there are secrets allowed."""
    return any(key[: len(table)] == table for key in settings.places.variables)


def _declared(kind: type[BaseModel] | None, table: Mapping[str, object]) -> list[str]:
    """Return a table's secrets; when nobody tells which these are, all its texts."""
    texts = {name: value for name, value in table.items() if isinstance(value, str)}
    if kind is None:
        return list(texts.values())
    return [
        texts[name]
        for name, field in kind.model_fields.items()
        if name in texts and is_secret(field.annotation)
    ]
