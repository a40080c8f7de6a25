"""Tools over HTTP: what the model is told, what its calls look like, what is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse

from botcore.engine import Limits
from botcore_llama.family import Family
from botcore_llama.model_files import ModelFiles, read_model_files
from botcore_llama.service import Model, ModelService
from botcore_llama.settings import LlamaSettings
from tests.engine.scripted import BYTES, ScriptedRunner, error_of, events_of, open_client

Ask = Callable[..., Coroutine[Any, Any, ClientResponse]]

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get weather info for places",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
SEARCH = {"type": "function", "function": {"name": "brave_search"}}
CODE = {"type": "function", "function": {"name": "code_interpreter"}}
CALL = '{"type": "function", "name": "get_weather", "parameters": {"city": "Tromsø"}}'
USER = {"role": "user", "content": "How is the weather?"}


@pytest.fixture
def runner() -> ScriptedRunner:
    runner = ScriptedRunner()
    runner.text = CALL
    return runner


@pytest.fixture
def files(tiny_model: Path) -> ModelFiles:
    return replace(read_model_files(tiny_model), family=Family.LLAMA_3_1)


@pytest.fixture
async def ask(runner: ScriptedRunner, files: ModelFiles) -> AsyncIterator[Ask]:
    limits = Limits(context_tokens=4000, answer_tokens=500)
    service = ModelService(LlamaSettings(slots=1))
    await service.load(lambda _: Model(files, limits, BYTES, runner, frozenset(BYTES.end_tokens)))
    async with open_client(service) as client:

        async def ask(path: str = "/v1/chat/completions", **fields: Any) -> ClientResponse:
            return await client.post(path, json={"messages": [USER], **fields})

        yield ask
    await service.close()


async def choice_of(response: ClientResponse) -> dict[str, Any]:
    assert response.status == 200, await response.text()
    choice: dict[str, Any] = (await response.json())["choices"][0]
    return choice


async def test_a_call_has_the_form_of_openai(ask: Ask) -> None:
    choice = await choice_of(await ask(tools=[WEATHER]))

    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert call["id"].startswith("call_")
    assert call["type"] == "function"
    assert call["function"] == {"name": "get_weather", "arguments": '{"city": "Tromsø"}'}


async def test_a_streamed_call_comes_as_a_whole(ask: Ask) -> None:
    events = await events_of(await ask(tools=[WEATHER], stream=True))

    first, last, done = (event.removeprefix("data: ") for event in events if event.startswith("data"))
    (choice,) = json.loads(first)["choices"]
    (call,) = choice["delta"]["tool_calls"]
    assert choice["delta"]["role"] == "assistant"
    assert (call["index"], call["function"]["name"]) == (0, "get_weather")
    assert json.loads(last)["choices"][0]["finish_reason"] == "tool_calls"
    assert done == "[DONE]"


async def test_an_answer_in_words_is_streamed_all_the_same(ask: Ask, runner: ScriptedRunner) -> None:
    runner.text = "Fine."

    events = await events_of(await ask(tools=[WEATHER], stream=True))

    pieces = [json.loads(event.removeprefix("data: "))["choices"][0] for event in events[:-1]]
    assert [piece["delta"].get("content") for piece in pieces] == [*"Fine.", None]
    assert pieces[-1]["finish_reason"] == "stop"


async def test_without_tools_the_same_words_are_text(ask: Ask) -> None:
    choice = await choice_of(await ask())

    assert (choice["message"]["content"], choice["finish_reason"]) == (CALL, "stop")


async def test_with_tool_choice_none_nothing_is_told_of_tools(ask: Ask, runner: ScriptedRunner) -> None:
    choice = await choice_of(await ask(tools=[WEATHER], tool_choice="none"))
    await ask()

    assert choice["message"]["content"] == CALL
    assert runner.prompts[0] == runner.prompts[1]


async def test_a_call_that_is_cut_is_text(ask: Ask) -> None:
    choice = await choice_of(await ask(tools=[WEATHER], max_tokens=20))

    assert (choice["message"]["content"], choice["finish_reason"]) == (CALL[:20], "length")


async def test_only_one_call_where_only_one_is_wanted(ask: Ask, runner: ScriptedRunner) -> None:
    runner.text = f"{CALL};{CALL}"

    both = await choice_of(await ask(tools=[WEATHER]))
    one = await choice_of(await ask(tools=[WEATHER], parallel_tool_calls=False))

    assert len(both["message"]["tool_calls"]) == 2
    assert len(one["message"]["tool_calls"]) == 1


async def test_code_is_a_call_where_code_may_run(ask: Ask, runner: ScriptedRunner) -> None:
    runner.before, runner.text = [BYTES.special["<|python_tag|>"]], "print(1)"
    runner.end = BYTES.special["<|eom_id|>"]

    choice = await choice_of(await ask(tools=[CODE]))
    as_text = await choice_of(await ask(tools=[WEATHER]))

    (call,) = choice["message"]["tool_calls"]
    assert call["function"] == {"name": "code_interpreter", "arguments": '{"code": "print(1)"}'}
    assert choice["message"]["x_botcore"] == {"end": "eom"}
    assert as_text["message"]["content"] == "print(1)"


async def test_what_was_called_is_told_back_as_it_was_written(ask: Ask, runner: ScriptedRunner) -> None:
    runner.text, runner.end = 'brave_search.call(query="gold")', BYTES.special["<|eom_id|>"]
    message = (await choice_of(await ask(tools=[SEARCH])))["message"]
    result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "2,600"}

    await ask(messages=[USER, message, result], tools=[SEARCH])

    said = BYTES.decode(runner.prompts[1]).removeprefix(BYTES.decode(runner.prompts[0]))
    assert said == (
        'brave_search.call(query="gold")<|eom_id|><|start_header_id|>ipython<|end_header_id|>\n\n'
        "2,600<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
    )


async def test_a_call_of_a_function_ends_its_turn(ask: Ask, runner: ScriptedRunner) -> None:
    message = (await choice_of(await ask(tools=[WEATHER])))["message"]

    await ask(messages=[USER, message], tools=[WEATHER])

    assert "x_botcore" not in message
    assert json.dumps(json.loads(CALL)) + "<|eot_id|>" in BYTES.decode(runner.prompts[1])


async def test_a_choice_is_told_to_the_model(ask: Ask, runner: ScriptedRunner) -> None:
    await ask(tools=[WEATHER], tool_choice="required")
    await ask(tools=[WEATHER], tool_choice={"type": "function", "function": {"name": "get_weather"}})

    assert "MUST use one of the provided functions" in BYTES.decode(runner.prompts[0])
    assert "MUST use the tool `get_weather`" in BYTES.decode(runner.prompts[1])


async def test_a_client_may_know_the_form_better(ask: Ask, runner: ScriptedRunner) -> None:
    runner.text = '[get_weather(city="Oslo")]'

    choice = await choice_of(await ask(tools=[WEATHER], x_botcore={"tool_format": "python_list"}))

    assert choice["finish_reason"] == "tool_calls"
    assert '"type": "dict"' in BYTES.decode(runner.prompts[0])


async def test_tokens_are_counted_with_what_is_told_of_tools(ask: Ask, runner: ScriptedRunner) -> None:
    counted = await (await ask("/tokenize", tools=[WEATHER])).json()
    await ask(tools=[WEATHER])

    assert counted["count"] == len(runner.prompts[0])


def called(arguments: str) -> dict[str, Any]:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"tools": [{"type": "retrieval"}]}, "tools.0.type: Input should be 'function'"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools.0.function.name: String"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"properties": []}}}]},
            "properties must be an object",
        ),
        (
            {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "other"}}},
            "tool_choice: other is not among the tools",
        ),
        ({"tool_choice": "required"}, "tool_choice: there are no tools"),
        (
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            "tool_choice: f is not among the tools",
        ),
        ({"messages": [called("{")]}, "must be the text of a JSON object"),
        ({"messages": [called("[1]")]}, "must be the text of a JSON object"),
        ({"messages": [{**called("{}"), "role": "user"}]}, "messages.0: only the assistant makes"),
        ({"messages": [{"role": "user", "content": None}]}, "messages.0: content is missing"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "this model reads text only, not image_url",
        ),
        (
            {
                "tools": [{"type": "function", "function": {"name": "get-weather"}}],
                "x_botcore": {"tool_format": "python_list"},
            },
            "get-weather is no name there",
        ),
    ],
)
async def test_what_can_not_be_is_refused(ask: Ask, fields: dict[str, Any], complaint: str) -> None:
    response = await ask(**fields)

    assert response.status == 400
    assert complaint in (await error_of(response))["message"]


class TestTheFirstGeneration:
    @pytest.fixture
    def files(self, tiny_model: Path) -> ModelFiles:
        return replace(read_model_files(tiny_model), family=Family.LLAMA_3)

    async def test_knows_no_tools_and_says_so(self, ask: Ask) -> None:
        response = await ask(tools=[WEATHER])

        assert response.status == 400
        assert "was taught no tools" in (await error_of(response))["message"]

    async def test_talks_without_them(self, ask: Ask) -> None:
        assert (await choice_of(await ask(tools=[WEATHER], tool_choice="none")))["finish_reason"] == "stop"
