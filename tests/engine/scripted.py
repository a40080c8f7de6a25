"""A model that says what a test tells it to, behind a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from botcore_llama.request import Sampling
from botcore_llama.runner import OnToken
from botcore_llama.server import build_app
from botcore_llama.service import ModelService
from botcore_llama.tokenizer import Tokenizer

BYTES = Tokenizer({bytes([byte]): byte for byte in range(256)})  # a token for each byte


class ScriptedRunner:
    """Says its text, a byte a token; before each it waits until it may."""

    def __init__(self) -> None:
        self.text = "Hello"
        self.end = BYTES.end_of_turn
        self.before: list[int] = []  # tokens before the text
        self.prompts: list[list[int]] = []
        self.pace = 0.0  # seconds before each token
        self.may_speak = threading.Event()
        self.may_speak.set()
        self.samplings: list[Sampling] = []
        self.stopped = threading.Event()  # an answer was stopped from outside

    def load(self) -> None:
        pass

    def generate(self, prompt: Sequence[int], sampling: Sampling, on_token: OnToken) -> None:
        self.samplings.append(sampling)
        self.prompts.append(list(prompt))
        if self.text == "fail":
            raise RuntimeError("out of memory")
        for token in [*self.before, *self.text.encode(), self.end][: sampling.max_tokens]:
            self.may_speak.wait(timeout=20)
            time.sleep(self.pace)
            if on_token(token):
                self.stopped.set()
                return

    def close(self) -> None:
        pass


def open_client(service: ModelService) -> TestClient[Any, Any]:
    return TestClient(TestServer(build_app(service), handler_cancellation=True))


async def error_of(response: ClientResponse) -> dict[str, Any]:
    error: dict[str, Any] = (await response.json())["error"]
    return error


async def events_of(response: ClientResponse) -> list[str]:
    """Return what stands in the events and comments of a stream, a line for each."""
    return [line for line in (await response.text()).split("\n") if line]
