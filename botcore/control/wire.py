"""What goes over the control socket, as JSON: the domain's objects and errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar, get_args

from pydantic import TypeAdapter, ValidationError

from botcore.adapter import Capabilities
from botcore.domain import Event
from botcore.engine import EngineStatus, ModelMessage, Options
from botcore.errors import BotcoreError, OwnerError, RetryLater, UserError
from botcore.fronts import FrontState

T = TypeVar("T")

Json = dict[str, Any]
UNEXPECTED = "The botcore that runs failed over this. Its botcore.log says where."
OTHER_VERSION = "The botcore that runs is of another version than this command. Restart it first."
EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}
OPTION_NAMES = tuple(name for name in Options.__dataclass_fields__ if name != "on_place")


@dataclass(frozen=True, slots=True)
class Offered:
    """A command that people can type."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """An adapter that another process brings."""

    name: str
    pid: int
    capabilities: Capabilities
    hears_turn_over: bool
    chat: str | None  # the one it asks for, if it serves only one


@dataclass(frozen=True, slots=True)
class AdapterReport:
    """How an adapter is."""

    name: str
    state: FrontState
    since: str  # ISO 8601, UTC
    failures: int
    detail: str = ""
    chat: str | None = None
    pid: int | None = None  # of the process that brought it


@dataclass(frozen=True, slots=True)
class Greeting:
    """Who listens on a control socket."""

    pid: int
    lasts: bool  # it is there to stay, as `botcore run` is; otherwise it ends with what it does


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Who owns a data folder, and how it is."""

    pid: int
    command: str
    since: str  # ISO 8601, UTC
    data_folder: str
    engine: EngineStatus
    adapters: list[AdapterReport] = field(default_factory=list)
    inbox: dict[str, int] = field(default_factory=dict)  # messages that are not done, by state
    outbox: dict[str, int] = field(default_factory=dict)  # parts that were not delivered, by state
    resting: list[str] = field(default_factory=list)  # plugins that fail every time and are not asked now


def dump(value: object, kind: Any = None) -> Any:
    """Return an object of the domain as JSON."""
    its_type: Any = kind or type(value)
    return _adapter(its_type).dump_python(value, mode="json")


def load(data: object, kind: type[T]) -> T:
    """Return an object of the domain from JSON; `OwnerError` when the other end is another version."""
    its_type: Any = kind
    try:
        loaded: T = _adapter(its_type).validate_python(data)
    except ValidationError:
        raise OwnerError(OTHER_VERSION) from None  # its text would show what people wrote
    return loaded


def dump_event(event: Event) -> Json:
    """Return what an adapter brings in, with its kind."""
    return {"kind": type(event).__name__, "event": dump(event)}


def load_event(data: Mapping[str, Any]) -> Event:
    """Return what an adapter of another process brings in."""
    kind = EVENTS.get(data["kind"])
    if kind is None:
        raise OwnerError(OTHER_VERSION)
    return load(data["event"], kind)


def dump_request(messages: list[ModelMessage], options: Options) -> Json:
    """Return a request to the engine. Who is told of places is not on this wire."""
    given = {name: getattr(options, name) for name in OPTION_NAMES}
    return {"messages": dump(messages, list[ModelMessage]), "options": given}


def load_request(data: Mapping[str, Any]) -> tuple[list[ModelMessage], Options]:
    options = dict(data.get("options", {}))
    options["stop"] = tuple(options.get("stop", ()))
    return load(data["messages"], list[ModelMessage]), Options(**options)


def dump_error(error: Exception) -> Json:
    """Return an error as JSON. What went wrong unexpectedly may hold what people wrote, so it is not told."""
    if not isinstance(error, BotcoreError):
        return {"error": "UserError", "text": UNEXPECTED}
    told: Json = {"error": type(error).__name__, "text": str(error)}
    if isinstance(error, RetryLater) and error.after is not None:
        told["after"] = error.after
    return told


def load_error(data: Mapping[str, Any]) -> BotcoreError:
    """Return the error that the other end told."""
    kind = _errors().get(data["error"], UserError)
    if issubclass(kind, RetryLater):
        return kind(data["text"], after=data.get("after"))
    return kind(data["text"])


@lru_cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@lru_cache
def _errors() -> dict[str, type[BotcoreError]]:
    return {kind.__name__: kind for kind in _family(BotcoreError)}


def _family(kind: type[BotcoreError]) -> Iterator[type[BotcoreError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)
