"""What is wrong with a configuration: one line each, with the place, the key and what was expected.

A value is never shown: it may be a secret that stands in the wrong place.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, JsonValue, SecretStr, ValidationError

from botcore.config_document import FROM_FILE, PREFIX, Document, Key, Places
from botcore.discovery import load_adapter, load_engine, load_plugins
from botcore.errors import ConfigError, PluginError
from botcore.plugin import Plugin

Table = Mapping[str, Any]


def listed(problems: list[str]) -> str:
    """Return all problems as the text of one error."""
    if len(problems) == 1:
        return f"{problems[0]}."
    return "\n".join([f"{len(problems)} mistakes in the configuration:", *(f"  {p}" for p in problems)])


def explain(error: ValidationError, kind: type[BaseModel], places: Places, table: Key = ()) -> list[str]:
    """Tell each mistake of a table that was checked by a settings class."""
    return [_explain_one(dict(mistake), kind, places, table) for mistake in error.errors()]


def check_tables(document: Document) -> list[str]:
    """Check every table that a plugin, an adapter or the engine has."""
    return [*check_core_tables(document), *_adapter_problems(document)]


def check_core_tables(document: Document) -> list[str]:
    """Check the tables of plugins and of the engine, for who runs without the configured adapters."""
    return [*_store_problems(document), *_engine_problems(document), *_plugin_problems(document)]


def table_problems(tables: Mapping[str, Table], plugins: Iterable[Plugin], places: Places) -> list[str]:
    """Check the plugins' tables by their settings classes; one that no plugin has is a problem too."""
    kinds = {plugin.name: plugin.settings for plugin in plugins}
    problems = []
    for name, table in tables.items():
        place, own = ("plugins", name), without_use(table)
        kind = kinds.get(name)
        if kind:
            problems += _mistakes(kind, own, places, place)
        elif own or "use" not in table:
            known = ", ".join(sorted(name for name, kind in kinds.items() if kind)) or "none"
            problems.append(
                f"{_at(places, place)}plugins.{name} is set, but no such plugin has settings "
                f"(plugins with settings: {known})"
            )
    # What has no table may still need one.
    for name in kinds.keys() - tables.keys():
        if kind := kinds[name]:
            problems += _mistakes(kind, {}, places, ("plugins", name))
    return problems


def without_use(table: Table) -> dict[str, Any]:
    """Return what of a plugin's or an adapter's table is its own: `use` says where its code is."""
    return {key: value for key, value in table.items() if key != "use"}


def named_in(tables: Mapping[str, Mapping[str, JsonValue]], section: str) -> dict[str, str]:
    """Return what the key `use` of each table names, where there is one: `module:attribute`."""
    uses = {name: table["use"] for name, table in tables.items() if "use" in table}
    for name, use in uses.items():
        if not isinstance(use, str):
            raise ConfigError(f"{section}.{name}.use can't be used: it should be a text, “module:attribute”.")
    return {name: str(use) for name, use in uses.items()}


def _store_problems(document: Document) -> list[str]:
    store = document.values.get("store")
    url = store.get("url") if isinstance(store, dict) else None
    if not isinstance(url, str):
        return []
    from botcore.store.place import read_url

    key, places = ("store", "url"), document.places
    try:
        has_password = read_url(url).password is not None
    except ValueError as error:
        return [f"{_at(places, key)}store.url can't be used: {error}"]
    return [_secret_in_file(places, key)] if has_password and places.in_file(key) else []


def _plugin_problems(document: Document) -> list[str]:
    tables = dict(_tables(document, "plugins"))
    try:
        plugins = load_plugins(named_in(tables, "plugins"))
    except ConfigError as error:
        return [str(error).rstrip(".")]
    except PluginError:
        return []  # no mistake of the configuration's; it is told when the plugin is needed
    return table_problems(tables, plugins, document.places)


def _engine_problems(document: Document) -> list[str]:
    engine = document.values.get("engine", {})
    if not isinstance(engine, dict) or not isinstance(use := engine.get("use", "llama"), str):
        return []  # told already
    try:
        kind = settings_class(load_engine(use))
    except ConfigError as error:
        return [f"{_at(document.places, ('engine', 'use'))}{error}".rstrip(".")]
    except PluginError:
        return []
    return _mistakes(kind, without_use(engine), document.places, ("engine",)) if kind else []


def _adapter_problems(document: Document) -> list[str]:
    problems: list[str] = []
    for name, table in _tables(document, "adapters"):
        place = ("adapters", name)
        try:
            factory = load_adapter(name, named_in({name: table}, "adapters").get(name))
            refuse_one_chat(name, factory)
        except ConfigError as error:
            problems.append(f"{_at(document.places, place)}{error}".rstrip("."))
        except PluginError:
            continue
        else:
            kind = settings_class(factory)
            problems += _mistakes(kind, without_use(table), document.places, place) if kind else []
    return problems


def refuse_one_chat(name: str, factory: object) -> None:
    """Raise `ConfigError` for an adapter that serves one person's terminal; see `ServesOneChat`."""
    if hasattr(factory, "chat"):
        raise ConfigError(
            f"adapters.{name} is nothing for `botcore run`: it belongs to the terminal of the one who "
            "uses it. Take the table out; `botcore chat` works without it."
        )


def settings_class(factory: object) -> type[BaseModel] | None:
    """Return the class by which an adapter's or an engine's factory wants its table checked, if any."""
    kind = getattr(factory, "settings", None)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _tables(document: Document, section: str) -> Iterator[tuple[str, dict[str, Any]]]:
    tables = document.values.get(section)
    if isinstance(tables, dict):  # otherwise it was told already, as with a table that is none
        yield from ((name, table) for name, table in tables.items() if isinstance(table, dict))


def _mistakes(kind: type[BaseModel], table: Table, places: Places, place: Key) -> list[str]:
    problems = [
        _secret_in_file(places, (*place, *path))
        for path in _paths(table)
        if is_secret(_annotation(kind, path)) and places.in_file((*place, *path))
    ]
    try:
        kind.model_validate(dict(table))
    except ValidationError as error:
        problems += explain(error, kind, places, place)
    return problems


def _explain_one(mistake: dict[str, Any], kind: type[BaseModel], places: Places, table: Key) -> str:
    own = tuple(str(part) for part in mistake["loc"])
    key = ".".join((*table, *own))
    where = _at(places, (*table, *own))
    if mistake["type"] == "missing":
        hint = f"; {_how_to_set((*table, *own))}" if is_secret(_annotation(kind, own)) else ""
        return f"{where}{key} is missing{hint}"
    if mistake["type"] == "extra_forbidden":
        known = _known_keys(kind, own[:-1])
        close = difflib.get_close_matches(own[-1], known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known) or 'none'}"
        return f"{where}there is no key {key} ({hint})"
    expected = mistake["msg"].replace("Input should be", "it should be", 1).removeprefix("Value error, ")
    return f"{where}{key} can't be used: {expected[0].lower()}{expected[1:]}"


def _secret_in_file(places: Places, key: Key) -> str:
    return f"{_at(places, key)}{'.'.join(key)} holds a secret, and many read that file; {_how_to_set(key)}"


def _at(places: Places, key: Key) -> str:
    place = places.of(key)
    return f"{place}: " if place else ""


def _how_to_set(key: Key) -> str:
    variable = PREFIX + "__".join(key).upper()
    return f"set {variable}, or {variable}{FROM_FILE} to the file that holds it"


def is_secret(annotation: Any) -> bool:
    """Tell whether a field's values must not be shown."""
    return SecretStr in (annotation, *get_args(annotation))


def _annotation(kind: type[BaseModel], path: Key) -> Any:
    inner = _model_at(kind, path[:-1])
    field = inner.model_fields.get(path[-1]) if inner and path else None
    return field.annotation if field else None


def _known_keys(kind: type[BaseModel], path: Key) -> list[str]:
    inner = _model_at(kind, path)
    return sorted(inner.model_fields) if inner else []


def _paths(table: Table) -> Iterator[Key]:
    """Yield the way to each value of a table and of the tables in it."""
    for name, value in table.items():
        yield (name,)
        if isinstance(value, dict):
            yield from ((name, *path) for path in _paths(value))


def _model_at(kind: type[BaseModel], path: Key) -> type[BaseModel] | None:
    """Return the class of a table within a table: a field's own, or one of several that have names."""
    inner: Any = kind
    for part in path:
        if get_origin(inner) in (dict, Mapping):
            inner = get_args(inner)[1]
        else:
            field = inner.model_fields.get(part) if _is_model(inner) else None
            inner = field.annotation if field else None
    return inner if _is_model(inner) else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
