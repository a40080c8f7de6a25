"""The words of OpenAI's chat API, and how our errors travel in them.

What OpenAI's fields can't say stands in `x_botcore`, which other clients leave out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from botcore.engine import ModelMessage, Options
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


def completion(
    name: str, model: str, created: int, message: Mapping[str, Any], reason: str
) -> dict[str, Any]:
    choice = {
        "index": 0,
        "message": {"role": "assistant", **message},
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
    name: str, model: str, created: int, delta: Mapping[str, Any], reason: str | None = None
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
