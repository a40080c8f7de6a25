"""Nothing that people wrote, the model answered or an operator keeps secret gets into log, figures, spans."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest

from botcore import Author, Context, Conversation, Engine, ModelMessage, Pieces, Plugin
from botcore.bot import Bot
from botcore.config import BotSection, LogSection
from botcore.errors import EngineDown, Refused, RetryLater
from botcore.logs import configure_logs
from botcore.store import Database, Store
from botcore.telemetry import Telemetry
from botcore.testing import FakeEngine, MemoryAdapter
from botcore.testing.databases import make_database
from botcore.tracing import Tracer
from tests.botcore.operation.test_serving import Served
from tests.botcore.owner.installation import eventually

CANARY = "canary"  # in everything that is nobody's business


def talking_plugin() -> Plugin:
    plugin = Plugin("talk")

    @plugin.answerer
    async def talk(conversation: Conversation, engine: Engine) -> Pieces:
        async for piece in engine.stream([ModelMessage.user(conversation.question)]):
            yield piece

    @plugin.command("break")
    async def break_(context: Context, *, what: str = "") -> str:
        """Fail with words of the message in the error, again and again."""
        logging.getLogger("some.library").warning("something is odd")
        raise RuntimeError(f"{CANARY} in {context.event.text!r} about {what}")

    return plugin


class Told:
    """What a bot told of its work."""

    def __init__(self, folder: Path) -> None:
        self.spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.telemetry = Telemetry(tracer=Tracer(provider))
        self._log = folder / "botcore.log"
        configure_logs(LogSection(level="debug", format="json"), self._log)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def lines_of(self, turn_id: str) -> list[str]:
        return [line["event"] for line in self.lines if line.get("turn") == turn_id]

    @property
    def everything(self) -> str:
        spans = [span.to_json() for span in self.spans.get_finished_spans()]
        figures = generate_latest(self.telemetry.metrics.registry).decode()
        return "\n".join([self._log.read_text(), figures, *spans])

    def spans_of(self, turn_id: str) -> list[ReadableSpan]:
        return [span for span in self.spans.get_finished_spans() if _trace_of(span) == turn_id]


def _trace_of(span: ReadableSpan) -> str:
    assert span.context
    return f"{span.context.trace_id:032x}"


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)


@asynccontextmanager
async def running(folder: Path, told: Told, engine: FakeEngine) -> AsyncIterator[MemoryAdapter]:
    make_database(folder / "botcore.db")
    store = Store(Database(folder / "botcore.db"))
    adapter = MemoryAdapter()
    bot = Bot(
        store=store,
        epoch=await store.take_over(),
        engine=engine,
        plugins=[talking_plugin()],
        adapters=[adapter],
        settings_of=lambda _: None,
        rules=BotSection(answerer="talk", grace_seconds=0.0),
        telemetry=told.telemetry,
    )
    task = asyncio.create_task(bot.run())
    try:
        yield adapter
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()


async def ask(adapter: MemoryAdapter, text: str) -> str:
    author = Author(f"{CANARY}-id", f"{CANARY} the author")
    posted = await adapter.post(text, chat=f"{CANARY}-room", author=author)
    return await adapter.answer_to(posted)


async def test_a_conversation_with_all_that_can_go_wrong_leaves_no_word_behind(
    tmp_path: Path, told: Told
) -> None:
    answers: list[str | Exception] = [f"{CANARY} word " * 20, EngineDown(f"{CANARY} down"), f"{CANARY} again"]
    async with running(tmp_path, told, FakeEngine(answers)) as adapter:
        assert CANARY in await ask(adapter, f"{CANARY} question")
        assert CANARY in await ask(adapter, f"{CANARY} once more")  # the second try answers
        await ask(adapter, f"/break {CANARY}")
        await ask(adapter, f"/{CANARY} {CANARY}")
        adapter.errors = [RetryLater(CANARY, after=0.01), Refused(CANARY), RuntimeError(CANARY)]
        await ask(adapter, f"{CANARY} last")

    events = {line["event"] for line in told.lines}
    assert {"turn_failed", "part_not_delivered", "something is odd"} <= events
    assert CANARY not in told.everything


async def test_every_line_about_a_message_carries_its_id_from_receipt_to_delivery(
    tmp_path: Path, told: Told
) -> None:
    async with running(tmp_path, told, FakeEngine("old pond")) as adapter:
        await ask(adapter, "a haiku, please")
        await ask(adapter, "/break it")

    haiku, broken = [line["turn"] for line in told.lines if line["event"] == "message_received"]
    assert told.lines_of(haiku) == ["message_received", "turn_claimed", "turn_closed", "part_sent"]
    assert told.lines_of(broken) == [
        "message_received",
        *["turn_claimed", "something is odd", "turn_failed"] * 3,
        "turn_closed",
        "part_sent",
    ]


async def test_the_spans_of_a_message_are_one_trace_with_the_turns_id(tmp_path: Path, told: Told) -> None:
    async with running(tmp_path, told, FakeEngine("old pond")) as adapter:
        await ask(adapter, "a haiku, please")
        await ask(adapter, "another")

    first, second = [line["turn"] for line in told.lines if line["event"] == "message_received"]
    spans = {span.name: span for span in told.spans_of(first)}
    assert set(spans) == {"receive", "turn", "handler", "engine", "deliver"}
    assert all(dict(span.attributes or {})["botcore.turn"] == first for span in spans.values())
    for child, parent in (("handler", "turn"), ("engine", "handler")):
        inner, outer = spans[child].parent, spans[parent].context
        assert inner and outer and inner.span_id == outer.span_id
    assert {span.name for span in told.spans_of(second)} == set(spans)


async def test_a_span_that_failed_tells_the_kind_of_error(tmp_path: Path, told: Told) -> None:
    async with running(tmp_path, told, FakeEngine()) as adapter:
        await ask(adapter, "/break it")

    handlers = [span for span in told.spans.get_finished_spans() if span.name == "handler"]
    assert [(span.status.is_ok, dict(span.attributes or {})["error.type"]) for span in handlers] == [
        (False, "RuntimeError")
    ] * 3


def test_a_secret_of_the_configuration_is_in_no_line_and_no_figure(tmp_path: Path) -> None:
    botcore = Served(tmp_path)
    botcore.environment |= {"BOTCORE_ADAPTERS__ONE__TOKEN": f"{CANARY}-token", "BOTCORE_LOG__LEVEL": "debug"}
    with botcore.up():
        botcore.post("one", "m1", f"{CANARY} hello")
        eventually(lambda: botcore.finals("one") == [f"You asked: {CANARY} hello"])
        (botcore.platform("one") / "broken").write_text(f"{CANARY} in an exception")
        eventually(lambda: "adapter_failed" in botcore.log)
        figures = botcore.get("/metrics")[1]

    assert "part_sent" in botcore.log
    assert CANARY not in botcore.log + figures
