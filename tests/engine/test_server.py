"""The server over HTTP, with a scripted model behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse

from botcore.engine import Limits
from botcore.errors import ModelError
from botcore_llama.model_files import ModelFiles, read_model_files
from botcore_llama.request import Sampling
from botcore_llama.service import Model, ModelService
from botcore_llama.settings import LlamaSettings
from tests.engine.scripted import BYTES, ScriptedRunner, error_of, events_of, open_client

LIMITS = Limits(context_tokens=200, answer_tokens=50)

Ask = Callable[..., Coroutine[Any, Any, ClientResponse]]


@pytest.fixture
def runner() -> Iterator[ScriptedRunner]:
    runner = ScriptedRunner()
    yield runner
    runner.may_speak.set()


@pytest.fixture
def files(tiny_model: Path) -> ModelFiles:
    return read_model_files(tiny_model)


@pytest.fixture
async def service(runner: ScriptedRunner, files: ModelFiles) -> AsyncIterator[ModelService]:
    settings = LlamaSettings(slots=1, queue_limit=3)
    service = ModelService(settings)
    await service.load(lambda _: Model(files, LIMITS, BYTES, runner, frozenset(BYTES.end_tokens)))
    watch = asyncio.create_task(service.watch())
    yield service
    watch.cancel()
    runner.may_speak.set()
    await service.close()


@pytest.fixture
async def ask(service: ModelService) -> AsyncIterator[Ask]:
    async with open_client(service) as client:

        async def ask(content: Any = "hi", **fields: Any) -> ClientResponse:
            body = {"messages": [{"role": "user", "content": content}], **fields}
            return await client.post("/v1/chat/completions", json=body)

        yield ask


async def test_a_whole_answer_has_the_form_of_openai(ask: Ask) -> None:
    response = await ask(temperature=0)

    body = await response.json()
    assert body["object"] == "chat.completion"
    assert body["model"] == "tiny"
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello"},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ]
    prompt = BYTES.encode("user\n\nhiassistant\n\n")
    assert body["usage"] == {
        "prompt_tokens": len(prompt) + 6,
        "completion_tokens": 6,
        "total_tokens": len(prompt) + 12,
    }


async def test_a_streamed_answer_has_the_form_of_openai(ask: Ask) -> None:
    response = await ask(stream=True, stream_options={"include_usage": True})

    assert response.content_type == "text/event-stream"
    *pieces, end, usage, done = [
        line.removeprefix("data: ") for line in await events_of(response) if line.startswith("data")
    ]
    deltas = [json.loads(piece)["choices"][0]["delta"] for piece in pieces]
    assert deltas[:2] == [{"role": "assistant", "content": "H"}, {"content": "e"}]
    assert "".join(delta["content"] for delta in deltas) == "Hello"
    assert json.loads(end)["choices"][0] == {
        "index": 0,
        "delta": {},
        "finish_reason": "stop",
        "logprobs": None,
    }
    assert json.loads(usage)["usage"]["completion_tokens"] == 6
    assert done == "[DONE]"


async def test_an_answer_that_is_cut_says_so(ask: Ask) -> None:
    body = await (await ask(max_tokens=3)).json()

    assert body["choices"][0]["message"]["content"] == "Hel"
    assert body["choices"][0]["finish_reason"] == "length"


async def test_a_stop_string_ends_the_answer(ask: Ask, runner: ScriptedRunner) -> None:
    runner.text = "one two three"

    body = await (await ask(stop=["two"])).json()

    assert body["choices"][0]["message"]["content"] == "one "
    assert body["choices"][0]["finish_reason"] == "stop"


async def test_an_end_token_that_is_a_letter_is_no_text(runner: ScriptedRunner, files: ModelFiles) -> None:
    runner.text, runner.end = "Hello", ord("!")
    service = ModelService(LlamaSettings(slots=1))
    await service.load(lambda _: Model(files, LIMITS, BYTES, runner, frozenset([ord("!")])))
    async with open_client(service) as client:
        messages = [{"role": "user", "content": "hi"}]
        body = await (await client.post("/v1/chat/completions", json={"messages": messages})).json()
    await service.close()

    assert body["choices"][0]["message"]["content"] == "Hello"
    assert body["choices"][0]["finish_reason"] == "stop"


async def test_parts_of_text_are_put_together(ask: Ask) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

    assert (await ask(content=parts)).status == 200


async def test_sampling_is_chosen_by_the_request(ask: Ask, runner: ScriptedRunner) -> None:
    await ask(temperature=1.5, top_p=0.5, top_k=7, max_tokens=9)

    assert runner.samplings == [Sampling(max_tokens=9, temperature=1.5, top_p=0.5, top_k=7)]


async def test_sampling_left_open_is_that_of_the_models_makers(ask: Ask, runner: ScriptedRunner) -> None:
    await ask()

    assert runner.samplings == [Sampling(max_tokens=50, temperature=0.0, top_p=0.9)]


async def test_an_answer_never_leaves_the_context(ask: Ask, runner: ScriptedRunner) -> None:
    await ask(content="x" * 170, max_tokens=100)

    assert runner.samplings[0].max_tokens == 200 - 170 - len("userassistant\n\n\n\n") - 6


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"messages": []}, "messages: List should have at least 1 item"),
        ({"messages": [{"role": "wizard", "content": "hi"}]}, "messages.0.role: Input should be 'system'"),
        ({"temperature": 9}, "temperature: Input should be less than or equal to 2"),
        ({"n": 2}, "n: Input should be 1"),
    ],
)
async def test_a_bad_request_is_explained(ask: Ask, fields: dict[str, Any], complaint: str) -> None:
    response = await ask(**fields)

    assert response.status == 400
    error = await error_of(response)
    assert error["type"] == "invalid_request_error"
    assert complaint in error["message"]


async def test_what_is_no_json_is_refused(service: ModelService) -> None:
    async with open_client(service) as client:
        response = await client.post("/v1/chat/completions", data=b"{")

        assert response.status == 400
        assert (await error_of(response))["code"] == "bad_request"


async def test_a_route_that_is_not_there_is_told_as_json(service: ModelService) -> None:
    async with open_client(service) as client:
        missing = await client.post("/v1/embeddings", json={})
        wrong_method = await client.get("/tokenize")

        assert (missing.status, (await error_of(missing))["message"]) == (
            404,
            "POST /v1/embeddings: Not Found.",
        )
        assert (wrong_method.status, (await error_of(wrong_method))["code"]) == (405, "bad_request")


async def test_a_prompt_that_does_not_fit_is_refused(ask: Ask) -> None:
    response = await ask(content="x" * 200)

    assert response.status == 400
    error = await error_of(response)
    assert error["code"] == "context_length_exceeded"
    assert "takes 223 tokens, and the model reads at most 200" in error["message"]


async def test_an_error_of_the_model_is_told(ask: Ask, runner: ScriptedRunner) -> None:
    runner.text = "fail"

    response = await ask()

    assert response.status == 500
    assert (await error_of(response))["message"] == "The model failed: out of memory."


async def test_those_who_wait_are_told_their_place(
    ask: Ask, runner: ScriptedRunner, service: ModelService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_llama.service.PLACES_SECONDS", 0)
    runner.may_speak.clear()
    running = asyncio.create_task(ask())
    await until(lambda: bool(runner.samplings))
    second = asyncio.create_task(ask(stream=True, user="ann"))
    await until(lambda: service.waiting == 1)
    third = asyncio.create_task(ask(stream=True, user="bob"))
    await until(lambda: service.waiting == 2)
    runner.pace = 0.1
    runner.may_speak.set()

    comments = [line for line in await events_of(await third) if line.startswith(":")]
    assert comments == [": queue 2", ": queue 1"]
    assert [line for line in await events_of(await second) if line.startswith(":")] == [": queue 1"]
    assert (await running).status == 200


async def test_a_full_queue_refuses_more(ask: Ask, runner: ScriptedRunner, service: ModelService) -> None:
    runner.may_speak.clear()
    asked = [asyncio.create_task(ask()) for _ in range(4)]
    await until(lambda: service.waiting == 3)

    response = await ask()

    assert response.status == 429
    assert (await error_of(response))["code"] == "engine_busy"
    runner.may_speak.set()
    assert [(await one).status for one in asked] == [200] * 4


async def test_a_deadline_ends_an_answer_that_runs(
    ask: Ask, runner: ScriptedRunner, service: ModelService
) -> None:
    runner.may_speak.clear()

    response = await ask(x_botcore={"deadline": 0.1})

    assert response.status == 504
    assert (await error_of(response))["code"] == "engine_timeout"
    runner.may_speak.set()
    await until(lambda: service.running == 0)
    assert runner.stopped.is_set()


async def test_a_deadline_ends_the_waiting(ask: Ask, runner: ScriptedRunner, service: ModelService) -> None:
    runner.may_speak.clear()
    running = asyncio.create_task(ask())
    await until(lambda: bool(runner.samplings))

    events = await events_of(await ask(stream=True, x_botcore={"deadline": 0.1}))

    assert json.loads(events[-2].removeprefix("data: "))["error"]["code"] == "engine_timeout"
    assert service.waiting == 0
    runner.may_speak.set()
    assert (await running).status == 200


async def test_a_client_that_goes_away_stops_its_answer(
    ask: Ask, runner: ScriptedRunner, service: ModelService
) -> None:
    runner.text, runner.pace = "word " * 30, 0.02
    asked = asyncio.create_task(ask(max_tokens=150))
    await until(lambda: bool(runner.samplings))

    asked.cancel()

    await until(lambda: service.running == 0)
    assert runner.stopped.is_set()


async def test_a_client_that_goes_away_leaves_the_queue(
    ask: Ask, runner: ScriptedRunner, service: ModelService
) -> None:
    runner.may_speak.clear()
    running = asyncio.create_task(ask())
    await until(lambda: bool(runner.samplings))
    waiting = asyncio.create_task(ask(stream=True))
    await until(lambda: service.waiting == 1)

    (await waiting).close()

    await until(lambda: service.waiting == 0)
    runner.may_speak.set()
    assert (await running).status == 200


async def test_an_answer_that_stalls_is_given_up(
    ask: Ask, runner: ScriptedRunner, service: ModelService
) -> None:
    runner.may_speak.clear()
    # And 2.4 more that a prompt of this length may take.
    service.settings = LlamaSettings(stall_seconds=0.1)

    response = await ask()

    assert response.status == 504
    assert (await error_of(response))["code"] == "engine_stalled"
    assert service.stalled.is_set()


async def test_tokens_are_counted_as_they_would_be_prompted(service: ModelService) -> None:
    messages = [{"role": "user", "content": "hi"}]
    async with open_client(service) as client:
        prompted = await (await client.post("/tokenize", json={"messages": messages})).json()
        bare = await (await client.post("/tokenize", json={"prompt": "hello"})).json()
        nothing = await client.post("/tokenize", json={})

    assert prompted == {"count": len("userhiassistant\n\n\n\n") + 6, "max_model_len": 200}
    assert bare["count"] == 5
    assert nothing.status == 400


async def test_models_lists_the_one(service: ModelService) -> None:
    async with open_client(service) as client:
        listed = await (await client.get("/v1/models")).json()

    assert [model["id"] for model in listed["data"]] == ["tiny"]


async def test_while_the_model_loads_requests_are_turned_away() -> None:
    async with open_client(ModelService(LlamaSettings())) as client:
        health = await (await client.get("/health")).json()
        response = await client.post("/tokenize", json={"prompt": "hi"})

        assert health == {"state": "loading", "running": 0, "waiting": 0}
        assert response.status == 503
        assert (await error_of(response))["code"] == "engine_loading"


async def test_a_model_that_can_not_be_loaded_is_told() -> None:
    def load(_: LlamaSettings) -> Model:
        raise ModelError("model.bin is damaged.")

    service = ModelService(LlamaSettings())
    await service.load(load)
    async with open_client(service) as client:
        health = await (await client.get("/health")).json()
        response = await client.get("/v1/models")

        assert health["state"] == "down"
        assert health["error"]["message"] == "model.bin is damaged."
        assert (await error_of(response))["code"] == "model_error"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)
