"""The port through which the core and its plugins reach a language model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable


class Role(StrEnum):
    """Who speaks in a prompt."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class ModelMessage:
    """What goes to a model: a role and a text."""

    role: Role
    text: str

    @classmethod
    def system(cls, text: str) -> Self:
        return cls(Role.SYSTEM, text)

    @classmethod
    def user(cls, text: str) -> Self:
        return cls(Role.USER, text)

    @classmethod
    def assistant(cls, text: str) -> Self:
        return cls(Role.ASSISTANT, text)


class Priority(IntEnum):
    """Who goes first when several wait for the model. Lower is sooner."""

    INTERACTIVE = 0
    JOB = 1


@dataclass(frozen=True, slots=True)
class Options:
    """How an answer is made. None leaves the choice to the engine."""

    max_tokens: int | None = None
    temperature: float | None = None  # 0 always takes the likeliest token
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()  # the answer ends before the first of these
    deadline: float | None = None  # seconds from the call to the last token
    priority: Priority = Priority.INTERACTIVE
    user: str | None = None  # whose share of the model this uses
    cache_key: str | None = None  # requests that extend one another carry the same key
    # Called with the place among those that wait for the model, 1 for the next; 0 when its work begins.
    on_place: Callable[[int], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """What fits into the model, in tokens."""

    context_tokens: int  # prompt and answer together
    answer_tokens: int  # kept free for the answer when none are asked for


class EngineState(StrEnum):
    """How far the engine is."""

    LOADING = "loading"
    READY = "ready"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """A look at the engine without waiting for it."""

    state: EngineState
    model: str = ""
    detail: str = ""  # for people: why it is down, what it loads
    description: str = ""  # for people: what its makers say the model is
    running: int = 0
    waiting: int = 0
    place: str = ""  # the folder of the model's files, if they are on this machine
    memory: int = 0  # bytes that the model's process takes now; 0: nobody knows


class Engine(Protocol):
    """A language model. Every method may raise an `EngineError`."""

    def stream(self, messages: Sequence[ModelMessage], options: Options = ...) -> AsyncGenerator[str, None]:
        """Yield the answer piece by piece; closing the iterator stops the model."""
        ...

    async def complete(self, messages: Sequence[ModelMessage], options: Options = ...) -> str:
        """Return the whole answer at once."""
        ...

    async def count(self, messages: Sequence[ModelMessage]) -> int:
        """Return how many tokens of context these messages take as a prompt, exactly if it can."""
        ...

    async def limits(self) -> Limits: ...

    async def status(self) -> EngineStatus:
        """Return at once, whatever the model does."""
        ...

    async def ready(self) -> None:
        """Wait until the model answers; raise what keeps it from ever doing so."""
        ...


@runtime_checkable
class ChangesModel(Protocol):
    """An engine that can go on with another model while the bot runs."""

    async def use(self, model: str) -> None:
        """Load another model, named as in [engine]; one that can't be used raises and changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class EngineSetup:
    """What an engine is opened with."""

    data_folder: Path  # for sockets and state; exists, private to this user
    settings: Mapping[str, Any] = field(default_factory=dict)  # the rest of [engine] in botcore.toml


class EngineFactory(Protocol):
    """What a `botcore.engines` entry point names: a class that opens one engine.

    Entering it must not wait for the model: until that is there, calls raise `EngineLoading`
    or wait as the engine's documentation says. It may have an attribute `settings`, a pydantic class:
    [engine] is then checked by it before anything starts.
    """

    def __call__(self, setup: EngineSetup) -> AbstractAsyncContextManager[Engine]: ...
