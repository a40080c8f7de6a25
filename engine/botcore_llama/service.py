"""The model at work: loads it, lets requests through the scheduler, streams what comes out."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

from botcore.engine import EngineState, Limits
from botcore.errors import EngineError, EngineLoading, EngineStalled, EngineTimeout, ModelError
from botcore_llama.events import End, Event, Place, Tag, Text
from botcore_llama.loadable import refuse_unloadable
from botcore_llama.memory import memory_of_machine
from botcore_llama.model_files import ModelFiles, read_model_files
from botcore_llama.request import Phase, Request
from botcore_llama.runner import Runner
from botcore_llama.scheduler import Scheduler
from botcore_llama.settings import LlamaSettings, limits_of
from botcore_llama.text_stream import TextStream
from botcore_llama.tokenizer import Tokenizer
from botcore_llama.words import served_tokenizer

WATCH_SECONDS = 0.1  # between looks at deadlines
PLACES_SECONDS = 1.0  # between news for those who wait


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model with all that is known about it."""

    files: ModelFiles
    limits: Limits
    tokenizer: Tokenizer
    runner: Runner
    end_tokens: frozenset[int]  # each of them ends an answer


Signal = Place | int | EngineError | None  # what a running answer reports: int is a token, None its end


def load_model(settings: LlamaSettings) -> Model:
    # Not at the top: only the server process pays for it.
    from botcore_llama.ctranslate2_runner import CTranslate2Runner, compute_types

    files = read_model_files(settings.model)
    refuse_unloadable(files, settings.compute_type, compute_types(), memory_of_machine())
    tokenizer = served_tokenizer(files.folder)
    if len(tokenizer) > files.vocabulary_size:
        raise ModelError(
            f"The tokenizer in {files.folder} has {len(tokenizer)} tokens, its model only "
            f"{files.vocabulary_size}. Convert or get the model again."
        )
    end_tokens = sorted({*tokenizer.end_tokens, *files.end_tokens})
    runner = CTranslate2Runner(
        files.folder,
        end_tokens,
        slots=settings.slot_count,
        threads=settings.thread_count,
        compute_type=settings.compute_type,
    )
    runner.load()
    return Model(files, limits_of(settings, files), tokenizer, runner, frozenset(end_tokens))


class ModelService:
    """Answers requests with one model, as many at once as there are slots."""

    def __init__(
        self, settings: LlamaSettings, ended: Callable[[Request], None] = lambda request: None
    ) -> None:
        """`ended` is called with each answer when the model has done with it."""
        self.settings = settings
        self._ended = ended
        self.failure: EngineError | None = None  # why the model can't be loaded
        self.stalled = asyncio.Event()  # an answer hangs in native code, which nothing but exiting ends
        self._model: Model | None = None
        self._scheduler = Scheduler(settings.slot_count, settings.queue_limit)
        self._signals: dict[Request, asyncio.Queue[Signal]] = {}
        self._runs: set[asyncio.Task[None]] = set()
        self._pool = ThreadPoolExecutor(settings.slot_count, thread_name_prefix="answer")

    async def load(self, load: Callable[[LlamaSettings], Model] = load_model) -> None:
        """Load the model. A failure is kept and told to whoever asks."""
        try:
            self._model = await asyncio.to_thread(load, self.settings)
        except EngineError as error:
            self.failure = error

    @property
    def state(self) -> EngineState:
        if self.failure:
            return EngineState.DOWN
        return EngineState.READY if self._model else EngineState.LOADING

    @property
    def model(self) -> Model:
        """The model, if it is there."""
        if self.failure:
            raise type(self.failure)(str(self.failure))
        if self._model is None:
            raise EngineLoading
        return self._model

    @property
    def running(self) -> int:
        return len(self._scheduler.running)

    @property
    def waiting(self) -> int:
        return self._scheduler.waiting

    async def answer(self, request: Request, stop: Sequence[str] = ()) -> AsyncGenerator[Event, None]:
        """Yield the places in the queue, the answer's pieces and its end. Closing it stops the model."""
        signals = self._enter(request)
        model = self.model
        text = TextStream(model.tokenizer, stop)
        last = -1
        try:
            while (signal := await signals.get()) is not None:
                if isinstance(signal, EngineError):
                    raise signal
                if isinstance(signal, Place):
                    yield signal
                    continue
                last = signal
                if signal in model.end_tokens:
                    continue
                if signal == model.tokenizer.python_tag:
                    yield Tag()
                if piece := text.push(signal):
                    yield Text(piece)
                if text.stopped:
                    break
            if rest := text.finish():
                yield Text(rest)
            whole = text.stopped or last in model.end_tokens
            awaits_result = last == model.tokenizer.end_of_message
            yield End("stop" if whole else "length", request.generated, awaits_result)
        finally:
            self._leave(request)

    async def watch(self) -> None:
        """Look after deadlines and stalls, for ever."""
        told = monotonic()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = monotonic()
            self._give_up_late(now)
            if now - told >= PLACES_SECONDS:
                told = now
                self._tell_places()

    def _give_up_late(self, now: float) -> None:
        for request in self._scheduler.expired(now):
            self._give_up(request, EngineTimeout())
        for request in list(self._scheduler.running):
            if request.stalled(now, self.settings.stall_seconds):
                self._give_up(request, EngineStalled())
                self.stalled.set()

    async def close(self) -> None:
        """Stop every answer and free the model."""
        for request in list(self._signals):
            self._give_up(request, EngineError("The model server is shutting down."))
        if self._runs:
            await asyncio.wait(self._runs)
        self._pool.shutdown()
        if self._model:
            self._model.runner.close()

    def _enter(self, request: Request) -> asyncio.Queue[Signal]:
        if request.deadline <= monotonic():
            raise EngineTimeout
        self._scheduler.add(request)
        signals = self._signals[request] = asyncio.Queue()
        self._step()
        if request.phase is Phase.WAITING:
            self._tell_places()
        return signals

    def _leave(self, request: Request) -> None:
        """Forget whoever waited for this answer; if it still runs it stops at its next token."""
        request.cancelled = True
        self._signals.pop(request, None)
        if request.phase is Phase.WAITING:
            self._scheduler.remove(request)
            self._step()

    def _give_up(self, request: Request, error: EngineError) -> None:
        self._signal(request, error)
        self._leave(request)

    def _step(self) -> None:
        """Start what may start."""
        for request in self._scheduler.start(monotonic()):
            task = asyncio.create_task(self._run(request))
            self._runs.add(task)
            task.add_done_callback(self._runs.discard)

    def _tell_places(self) -> None:
        for place, request in enumerate(self._scheduler.order(), start=1):
            if place != request.place:
                request.place = place
                self._signal(request, Place(place))

    async def _run(self, request: Request) -> None:
        loop = asyncio.get_running_loop()

        def on_token(token: int) -> bool:
            loop.call_soon_threadsafe(self._advance, request, token)
            return request.cancelled

        generate = self.model.runner.generate
        end: Signal = None
        try:
            await loop.run_in_executor(self._pool, generate, request.prompt, request.sampling, on_token)
        except MemoryError:
            os._exit(errno.ENOMEM)  # only an end gives all of it back; whoever watches starts another
        except Exception as error:  # native code raises whatever it likes
            end = EngineError(f"The model failed: {str(error) or type(error).__name__}.")
        else:
            self._ended(request)
        self._scheduler.remove(request)
        self._signal(request, end)
        self._step()

    def _advance(self, request: Request, token: int) -> None:
        request.advance(monotonic())
        self._signal(request, token)

    def _signal(self, request: Request, signal: Signal) -> None:
        if request in self._signals:
            self._signals[request].put_nowait(signal)
