"""One answer on its way to the client."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from aiohttp import web

from botcore.errors import EngineError
from botcore_llama import openai_api as api
from botcore_llama.call_stream import CallStream
from botcore_llama.chat_format import ToolCall
from botcore_llama.events import End, Event, Place, Tag, Text
from botcore_llama.openai_requests import ChatRequest
from botcore_llama.openai_tools import api_calls
from botcore_llama.request import Request
from botcore_llama.service import ModelService


@dataclass(frozen=True, slots=True)
class Calls:
    """The answer, or what comes after its text, are calls of tools."""

    calls: list[ToolCall]


Told = Place | Text | Calls | End


class Answer:
    """One answer, whole or in pieces."""

    def __init__(self, service: ModelService, asked: ChatRequest, job: Request) -> None:
        self._service = service
        self._asked = asked
        self._job = job
        self._role: dict[str, Any] = {"role": "assistant"}  # said with the first piece
        self._head = (f"chatcmpl-{uuid4().hex}", service.model.files.name, int(time.time()))
        offered = {tool.name for tool in asked.offered}
        self._calls = CallStream(offered) if offered else None

    async def whole(self) -> web.Response:
        text, calls, end = "", Calls([]), End("stop", 0)
        async with aclosing(self._told()) as events:
            async for event in events:
                if isinstance(event, Text):
                    text += event.text
                elif isinstance(event, Calls):
                    calls = event
                elif isinstance(event, End):
                    end = event
        message = {"content": text} if not calls.calls else self._called(calls, text or None)
        body = api.completion(*self._head, message | self._extra(end), end.reason)
        return web.json_response(body | {"usage": self._usage(end)})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        try:
            async with aclosing(self._told()) as events:
                async for event in events:
                    if not response.prepared:
                        await response.prepare(request)
                    await response.write(self._encode(event))
        except EngineError as error:
            if not response.prepared:
                raise
            await response.write(api.event(api.error_body(error)[0]))
        await response.write(api.event("[DONE]"))
        return response

    async def _told(self) -> AsyncGenerator[Told, None]:
        """Yield what the client is told."""
        async with aclosing(self._service.answer(self._job, self._asked.stops)) as events:
            async for event in events:
                for told in self._sorted(event):
                    yield told

    def _sorted(self, event: Event) -> Iterator[Told]:
        """Turn what the model gave into text and calls."""
        if isinstance(event, Tag):
            if self._calls:
                self._calls.tag()
        elif self._calls is None or isinstance(event, Place):
            yield event
        elif isinstance(event, Text):
            if text := self._calls.push(event.text):
                yield Text(text)
        else:
            yield from self._finished(self._calls, event)

    def _finished(self, stream: CallStream, end: End) -> Iterator[Told]:
        rest, calls = stream.finish()
        if rest:
            yield Text(rest)
        if calls:
            yield Calls(calls if self._asked.parallel_tool_calls else calls[:1])
            end = replace(end, reason="tool_calls")
        yield end

    def _encode(self, event: Told) -> bytes:
        if isinstance(event, Place):
            return api.comment(f"queue {event.number}")
        if isinstance(event, Text):
            return self._piece({"content": event.text})
        if isinstance(event, Calls):
            calls = [{"index": index, **call} for index, call in enumerate(api_calls(event.calls))]
            return self._piece({"tool_calls": calls})
        last = api.event(api.chunk(*self._head, self._extra(event), event.reason))
        options = self._asked.stream_options
        if options and options.include_usage:
            body = api.chunk(*self._head, {}) | {"choices": [], "usage": self._usage(event)}
            last += api.event(body)
        return last

    def _piece(self, delta: dict[str, Any]) -> bytes:
        delta, self._role = {**self._role, **delta}, {}
        return api.event(api.chunk(*self._head, delta))

    def _called(self, calls: Calls, text: str | None) -> dict[str, Any]:
        return {"content": text, "tool_calls": api_calls(calls.calls)}

    def _extra(self, end: End) -> dict[str, Any]:
        """Tell how the message ended, where a client that sends it back must say so."""
        return {"x_botcore": {"end": "eom"}} if end.awaits_result else {}

    def _usage(self, end: End) -> dict[str, int]:
        return api.usage(len(self._job.prompt), end.tokens)
