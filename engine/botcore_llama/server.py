"""The model server: a process of its own that answers HTTP on a unix socket.

    python -m botcore_llama.server --socket PATH --settings JSON [--speeds PATH]

It ends when its standard input closes.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from pathlib import Path

from aiohttp import web

from botcore.errors import ContextTooLong, EngineError
from botcore_llama import openai_api as api
from botcore_llama.answer import Answer
from botcore_llama.openai_requests import ChatRequest, TokenizeRequest, parse, sampling_of
from botcore_llama.process import die_with_parent, go_first_when_memory_ends, leave_with_parent
from botcore_llama.prompting import request_ids
from botcore_llama.request import Request
from botcore_llama.service import ModelService
from botcore_llama.settings import LlamaSettings
from botcore_llama.speeds import SpeedRecord

SERVICE = web.AppKey("service", ModelService)
LARGEST_BODY = 64 * 2**20
BACKLOG = 4096  # who comes at the same moment: a full one refuses, and the queue is the scheduler's
STALLED = 75  # exit code: an answer hung in native code

logger = logging.getLogger(__name__)


@web.middleware
async def tell_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer with the error's own body and status."""
    try:
        return await handler(request)
    except EngineError as error:
        body, status = api.error_body(error)
    except web.HTTPRequestEntityTooLarge:
        body, status = api.error_body(ContextTooLong())
    except web.HTTPClientError as error:  # no such route, or not by this method
        body, _ = api.error_body(api.BadRequest(f"{request.method} {request.path}: {error.reason}."))
        status = error.status
    return web.json_response(body, status=status)


async def health(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    status = {"state": service.state.value, "running": service.running, "waiting": service.waiting}
    if service.failure:
        body, _ = api.error_body(service.failure)
        status |= body
    return web.json_response(status)


async def models(request: web.Request) -> web.Response:
    files = request.app[SERVICE].model.files
    entry = {"id": files.name, "object": "model", "created": 0, "owned_by": "botcore"}
    return web.json_response({"object": "list", "data": [entry]})


async def tokenize(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    body = parse(TokenizeRequest, await request.read())
    count = await asyncio.to_thread(_count, service, body)
    return web.json_response({"count": count, "max_model_len": service.model.limits.context_tokens})


def _count(service: ModelService, body: TokenizeRequest) -> int:
    if body.messages is not None:
        form = body.x_botcore.tool_format
        return len(request_ids(service.model, body.messages, body, form, date.today()))
    if body.prompt is not None:
        return len(service.model.tokenizer.encode(body.prompt))
    raise api.BadRequest("body: messages or prompt is needed.")


async def chat(request: web.Request) -> web.StreamResponse:
    arrived = time.monotonic()
    service = request.app[SERVICE]
    asked = parse(ChatRequest, await request.read())
    job = await asyncio.to_thread(build_request, service, asked, arrived)
    answer = Answer(service, asked, job)
    return await answer.stream(request) if asked.stream else await answer.whole()


def build_request(service: ModelService, asked: ChatRequest, arrived: float) -> Request:
    """Return the job for the scheduler; the prompt must leave room for at least one token."""
    model, extra = service.model, asked.x_botcore
    prompt = request_ids(model, asked.messages, asked, extra.tool_format, date.today())
    room = model.limits.context_tokens - len(prompt)
    if room < 1:
        raise ContextTooLong(
            f"That takes {len(prompt)} tokens, and the model reads at most "
            f"{model.limits.context_tokens}. Please shorten it."
        )
    most_tokens = min(room, asked.asked_tokens or model.limits.answer_tokens)
    return Request(
        prompt=prompt,
        sampling=sampling_of(asked, service.settings, model.files.metadata, most_tokens),
        user=asked.share,
        priority=extra.priority,
        deadline=float("inf") if extra.deadline is None else arrived + extra.deadline,
    )


def build_app(service: ModelService) -> web.Application:
    app = web.Application(middlewares=[tell_errors], client_max_size=LARGEST_BODY)
    app[SERVICE] = service
    app.router.add_get("/health", health)
    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_post("/tokenize", tokenize)
    return app


async def serve(socket: Path, settings: LlamaSettings, speeds: Path | None = None) -> int:
    """Serve until somebody wants it to end; return the exit code. `speeds`: where they are noted."""
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()
    leave_with_parent(sys.stdin.fileno(), partial(loop.call_soon_threadsafe, leave.set))
    loop.add_signal_handler(signal.SIGTERM, leave.set)
    record = SpeedRecord(speeds, settings.model, settings.setup) if speeds else None
    service = ModelService(settings, record.note) if record else ModelService(settings)
    # A handler is cancelled when its client goes away, which stops the answer.
    runner = web.AppRunner(
        build_app(service), handler_cancellation=True, access_log=None, shutdown_timeout=1.0
    )
    await runner.setup()
    await web.UnixSite(runner, socket, backlog=BACKLOG).start()
    work = asyncio.create_task(work_with(service))
    ends = [work, asyncio.create_task(leave.wait()), asyncio.create_task(service.stalled.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    if work.done():
        work.result()  # it ends by itself only when it raises
    if service.stalled.is_set():
        logger.error("an answer made no progress for %s seconds", settings.stall_seconds)
        await asyncio.sleep(0.5)  # so that its client is told
        return STALLED
    await service.close()
    if record:
        record.save()
    await runner.cleanup()
    return 0


async def work_with(service: ModelService) -> None:
    await service.load()
    logger.info("%s: %s", service.settings.model, service.failure or "loaded")
    await service.watch()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m botcore_llama.server", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where to listen")
    parser.add_argument("--settings", default="{}", help="those of [engine], as JSON")
    parser.add_argument("--speeds", type=Path, help="a file to note in how fast it answers")
    arguments = parser.parse_args()
    die_with_parent()
    go_first_when_memory_ends()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = LlamaSettings.model_validate_json(arguments.settings)
    code = asyncio.run(serve(arguments.socket, settings, arguments.speeds))
    logging.shutdown()
    # Native threads may still run; the interpreter's own way out would wait for them or crash.
    os._exit(code)


if __name__ == "__main__":
    main()
