"""The engine that the bot opens: a model server of its own, and the client of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from pathlib import Path
from typing import Self

from botcore.engine import EngineSetup, EngineState, EngineStatus, Limits, ModelMessage, Options
from botcore.errors import EngineDown, EngineError, EngineLoading, ModelError
from botcore_llama.client import Client
from botcore_llama.model_files import ModelFiles, read_model_files
from botcore_llama.process import resident_bytes
from botcore_llama.settings import LlamaSettings, limits_of, located, read_settings
from botcore_llama.speeds import speed_file
from botcore_llama.supervisor import Supervisor, server_command
from botcore_llama.traffic import Traffic

LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes
PREFIX = "engine-"  # of a socket's folder, before its owner's process id
SHORT_PREFIX = "botcore-engine-"  # of one that stands elsewhere, as the data folder's path is too long
STATUS_SECONDS = 0.5
LAST_WORDS_SECONDS = 60.0  # for answers under way when another model is to be loaded


class LlamaEngine:
    """A model server as a child process, which is started again when it dies.

    Until it has loaded its model, calls raise `EngineLoading`; `ready()` waits for it.
    """

    settings = LlamaSettings  # [engine] is checked by it, together with the rest of the configuration

    def __init__(self, setup: EngineSetup) -> None:
        """Settings that can't be used raise `ConfigError` here."""
        self._table = setup.settings
        self._settings = located(read_settings(setup.settings), setup.data_folder)
        self._data_folder = setup.data_folder
        self._open = AsyncExitStack()  # what there is for the model that is served
        self._files: ModelFiles | None = None
        self._limits: Limits | None = None
        self._traffic = Traffic()

    async def __aenter__(self) -> Self:
        """Start the server, without waiting for it."""
        await self._start()
        return self

    async def _start(self) -> None:
        failure = self._read_files()
        folder = socket_folder(self._data_folder)
        self._open.callback(shutil.rmtree, folder, ignore_errors=True)
        self._client = await self._open.enter_async_context(Client(folder / "socket"))
        command = server_command(
            folder / "socket", self._settings.model_dump_json(), speed_file(self._data_folder)
        )
        log = self._data_folder / "engine.log"
        self._supervisor = Supervisor(command, log, self._client.health, self._settings.health_seconds)
        if failure:
            self._supervisor.give_up(failure)
        await self._open.enter_async_context(self._supervisor)

    async def use(self, model: str) -> None:
        """Go on with another model: answers under way end first, and new ones wait for it to be loaded.

        One that can't be used raises what is wrong with it, and nothing changes.
        """
        settings = located(read_settings({**self._table, "model": model}), self._data_folder)
        limits_of(settings, read_model_files(settings.model))
        async with self._traffic.stopped(LAST_WORDS_SECONDS):
            former = self._supervisor
            await self._open.aclose()
            former.give_up(EngineDown("The model server could not be started anew. Restart the bot."))
            self._settings = settings
            await self._start()

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def _read_files(self) -> ModelError | None:
        """Look at the model's files; the server is not started on those that can't be used."""
        try:
            self._files = read_model_files(self._settings.model)
        except ModelError as error:
            return error
        self._limits = limits_of(self._settings, self._files)
        return None

    async def stream(
        self, messages: Sequence[ModelMessage], options: Options = Options()
    ) -> AsyncGenerator[str, None]:
        """Yield the answer piece by piece; closing the iterator stops the model."""
        self._require_ready()
        try:
            with self._traffic.passing():
                async with aclosing(self._client.stream(messages, options)) as pieces:
                    async for piece in pieces:
                        yield piece
        except EngineDown:
            self._supervisor.doubt()
            raise

    async def complete(self, messages: Sequence[ModelMessage], options: Options = Options()) -> str:
        """Return the whole answer at once."""
        async with aclosing(self.stream(messages, options)) as pieces:
            return "".join([piece async for piece in pieces])

    async def count(self, messages: Sequence[ModelMessage]) -> int:
        """Return exactly how many tokens of context these messages take as a prompt."""
        self._require_ready()
        try:
            return await self._client.count(messages)
        except EngineDown:
            self._supervisor.doubt()
            raise

    async def limits(self) -> Limits:
        """Return what fits into the model; known before it is loaded."""
        if not self._traffic.is_stopped:
            self._supervisor.check()
        if self._limits is None:
            raise EngineDown
        return self._limits

    async def status(self) -> EngineStatus:
        """Return how the engine is; the server is asked, but not waited for."""
        condition = self._supervisor.condition
        name = self._files.name if self._files else self._settings.model.name
        running = waiting = 0
        if condition.state is EngineState.READY and not self._traffic.is_stopped:
            # A server that is too busy to say so in time is left to its supervisor.
            with suppress(EngineError):
                health = await self._client.health(STATUS_SECONDS)
                running, waiting = health.running, health.waiting
        about = str(self._files.metadata.get("description", "")) if self._files else ""
        return EngineStatus(
            EngineState.LOADING if self._traffic.is_stopped else condition.state,
            name,
            "another model is being loaded" if self._traffic.is_stopped else condition.detail,
            about,
            running=running,
            waiting=waiting,
            place=str(self._settings.model.resolve()),
            memory=resident_bytes(self._supervisor.process_id),
        )

    async def ready(self) -> None:
        """Wait until the model answers; raise what keeps it from ever doing so."""
        while True:
            await self._traffic.flows()
            supervisor = self._supervisor
            try:
                return await supervisor.ready()
            except EngineError:
                await self._traffic.flows()
                if supervisor is self._supervisor:  # it was not replaced meanwhile
                    raise

    def _require_ready(self) -> None:
        if self._traffic.is_stopped:
            raise EngineLoading
        self._supervisor.check()
        if self._supervisor.condition.state is not EngineState.READY:
            raise EngineLoading


def socket_folder(data_folder: Path) -> Path:
    """Make a private folder for one engine's socket, and remove those that a kill left behind."""
    short = Path(tempfile.gettempdir())
    remove_left_folders(data_folder, PREFIX)
    remove_left_folders(short, SHORT_PREFIX)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=data_folder))
    except OSError as error:
        raise EngineDown(f"{data_folder} can't hold the model server's socket: {error.strerror}.") from error
    if len(os.fsencode(folder / "socket")) <= LONGEST_SOCKET_PATH:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix=f"{SHORT_PREFIX}{os.getpid()}-", dir=short))


def remove_left_folders(parent: Path, prefix: str) -> None:
    for folder in parent.glob(f"{prefix}*-*"):
        owner = folder.name.removeprefix(prefix).partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True
