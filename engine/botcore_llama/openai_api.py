"""The words of OpenAI's chat API, and how our errors travel in them.

What OpenAI's fields can't say stands in `x_botcore`, which other clients leave out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from botcore.engine import ModelMessage, Options, Priority
from botcore.errors import (
    ContextTooLong,
    EngineBusy,
    EngineDown,
    EngineError,
    EngineLoading,
    EngineStalled,
    EngineTimeout,
    ModelError,
)
from botcore_llama.chat_format import PromptMessage
from botcore_llama.request import Sampling
from botcore_llama.settings import LlamaSettings

# A code for each error that has one of its own, with the status it goes out under.
ERRORS: Mapping[str, tuple[type[EngineError], int]] = {
    "model_error": (ModelError, 500),
    "engine_loading": (EngineLoading, 503),
    "engine_down": (EngineDown, 503),
    "engine_busy": (EngineBusy, 429),
    "engine_stalled": (EngineStalled, 504),
    "engine_timeout": (EngineTimeout, 504),
    "context_length_exceeded": (ContextTooLong, 400),
}


class BadRequest(EngineError):
    """That request can't be understood."""


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class ApiMessage(BaseModel):
    role: Literal["system", "user", "assistant"]
    content: str | list[TextPart]

    def to_prompt(self) -> PromptMessage:
        text = self.content
        return PromptMessage(self.role, text if isinstance(text, str) else "".join(p.text for p in text))


class Extra(BaseModel):
    """What the scheduler wants to know."""

    priority: Priority = Priority.INTERACTIVE
    user: str = ""
    cache_key: str = ""  # for a runner that keeps what it computed; CTranslate2 does not
    deadline: float | None = None  # seconds from now to the last token


class StreamOptions(BaseModel):
    include_usage: bool = False


Messages = Annotated[list[ApiMessage], Field(min_length=1)]


class ChatRequest(BaseModel):
    """The body of `POST /v1/chat/completions`. Fields that are not known here are ignored."""

    messages: Messages
    model: str = ""
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    stop: str | list[str] | None = None
    n: Literal[1] = 1
    user: str | None = None
    x_botcore: Extra = Extra()

    @property
    def stops(self) -> list[str]:
        return [self.stop] if isinstance(self.stop, str) else list(self.stop or ())

    @property
    def asked_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def share(self) -> str:
        """Whose share of the model this uses."""
        return self.x_botcore.user or self.user or ""


class TokenizeRequest(BaseModel):
    """The body of `POST /tokenize`: messages as they would be prompted, or a bare text."""

    messages: Messages | None = None
    prompt: str | None = None


Body = TypeVar("Body", bound=BaseModel)


def parse(kind: type[Body], body: bytes) -> Body:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "body"
        raise BadRequest(f"{place}: {first['msg']}") from error


def sampling_of(
    request: ChatRequest,
    settings: LlamaSettings,
    metadata: Mapping[str, Any],
    most_tokens: int,
) -> Sampling:
    """Fill in what the request leaves open: from the settings, the model's makers, or Llama's habit."""

    def chosen(asked: float | None, configured: float | None, name: str, usual: float) -> float:
        known = [value for value in (asked, configured, metadata.get(name)) if value is not None]
        return float(known[0]) if known else usual

    return Sampling(
        max_tokens=most_tokens,
        temperature=chosen(request.temperature, settings.temperature, "temperature", 0.6),
        top_p=chosen(request.top_p, settings.top_p, "top_p", 0.9),
        top_k=request.top_k or 0,
        repetition_penalty=settings.repetition_penalty,
    )


def chat_body(messages: Sequence[ModelMessage], options: Options) -> dict[str, Any]:
    """Return the request that asks for a streamed answer."""
    asked = {
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "top_p": options.top_p,
        "top_k": options.top_k,
        "stop": list(options.stop) or None,
    }
    extra = {
        "priority": int(options.priority),
        "user": options.user or "",
        "cache_key": options.cache_key or "",
        "deadline": options.deadline,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    return {"messages": api_messages(messages), "stream": True, **given, "x_botcore": extra}


def api_messages(messages: Sequence[ModelMessage]) -> list[dict[str, str]]:
    return [{"role": message.role.value, "content": _valid(message.text)} for message in messages]


def _valid(text: str) -> str:
    """Return the text with half surrogates replaced: they are in no valid text, and JSON refuses them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def completion(name: str, model: str, created: int, text: str, reason: str) -> dict[str, Any]:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": reason,
        "logprobs": None,
    }
    return {
        "id": name,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [choice],
    }


def chunk(
    name: str, model: str, created: int, delta: Mapping[str, str], reason: str | None = None
) -> dict[str, Any]:
    """Return one piece of a streamed answer."""
    choice = {"index": 0, "delta": dict(delta), "finish_reason": reason, "logprobs": None}
    return {
        "id": name,
        "object": "chat.completion.chunk",
        "created": created,
        "model": model,
        "choices": [choice],
    }


def usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def event(data: Mapping[str, Any] | str) -> bytes:
    """Return one server-sent event."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def comment(text: str) -> bytes:
    """Return a server-sent comment, which clients that don't know it skip."""
    return f": {text}\n\n".encode()


def error_body(error: EngineError) -> tuple[dict[str, Any], int]:
    """Return how an error is told, and the status that goes with it."""
    code, status = next(
        ((code, status) for code, (kind, status) in ERRORS.items() if type(error) is kind),
        ("bad_request", 400) if isinstance(error, BadRequest) else ("engine_error", 500),
    )
    kind = "invalid_request_error" if status == 400 else code
    return {"error": {"message": str(error), "type": kind, "code": code, "param": None}}, status


def error_from(body: Mapping[str, Any]) -> EngineError:
    """Return the error that a server told."""
    told = body.get("error")
    if not isinstance(told, Mapping):
        return EngineError()
    kind, _ = ERRORS.get(str(told.get("code")), (EngineError, 0))
    return kind(str(told.get("message") or "") or None)
