"""The engine over the control socket does what an engine does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore.control.client import reach
from botcore.control.operations import Premises
from botcore.control.remote_engine import RemoteEngine, borrowed_engine
from botcore.control.server import ControlServer, serving_control
from botcore.engine import Engine, EngineState, ModelMessage, Options
from botcore.errors import EngineBusy, EngineDown, ModelError
from botcore.testing.engine_contract import EngineContract
from botcore.testing.fake_engine import FakeEngine

HELLO = [ModelMessage.user("hello")]
STORY = "old pond\n\na frog jumps in, the sound of water"


class NoOffice:
    """An owner whose bot nobody asks for."""

    opened = None

    async def open(self) -> Premises:
        raise AssertionError("the engine needs no bot")


@pytest.fixture
async def server(tmp_path: Path, lent: FakeEngine) -> AsyncIterator[ControlServer]:
    async with serving_control(tmp_path, lent, NoOffice(), lasts=False) as server:
        yield server


@pytest.fixture
async def engine(tmp_path: Path, server: ControlServer) -> AsyncIterator[RemoteEngine]:
    async with reach(tmp_path) as client:
        assert client
        async with borrowed_engine(client) as engine:
            yield engine


class TestRemoteEngine(EngineContract):
    @pytest.fixture
    def lent(self) -> FakeEngine:
        return FakeEngine(STORY, context_tokens=1000, pace=0.005)


class TestWhatIsPassedOn:
    @pytest.fixture
    def lent(self) -> FakeEngine:
        return FakeEngine(["one", EngineBusy("Forty wait already."), ValueError("a secret")])

    async def test_options(self, engine: Engine, lent: FakeEngine) -> None:
        asked = Options(max_tokens=7, temperature=0.5, stop=("a", "b"), user="ana", cache_key="room")

        await engine.complete(HELLO, asked)

        assert lent.requests[0].options == asked
        assert list(lent.requests[0].messages) == HELLO

    async def test_errors_with_their_text(self, engine: Engine) -> None:
        await engine.complete(HELLO)

        with pytest.raises(EngineBusy, match="Forty wait already"):
            await engine.complete(HELLO)

    async def test_nothing_of_an_error_that_nobody_expected(self, engine: Engine) -> None:
        await engine.complete(HELLO)
        with pytest.raises(EngineBusy):
            await engine.complete(HELLO)

        with pytest.raises(Exception, match=r"botcore\.log") as caught:
            await engine.complete(HELLO)
        assert "a secret" not in str(caught.value)


class PlacesEngine(FakeEngine):
    """Tells places before it answers."""

    async def _admit(self, messages: object, options: Options) -> None:
        for place in (2, 1, 0):
            if options.on_place:
                options.on_place(place)


class TestPlaces:
    @pytest.fixture
    def lent(self) -> FakeEngine:
        return PlacesEngine("yes")

    async def test_are_told(self, engine: Engine) -> None:
        places: list[int] = []

        assert await engine.complete(HELLO, Options(on_place=places.append)) == "yes"
        assert places == [2, 1, 0]


class BrokenEngine(FakeEngine):
    async def ready(self) -> None:
        raise ModelError("The model's files are gone.")


class TestAModelThatNeverAnswers:
    @pytest.fixture
    def lent(self) -> FakeEngine:
        return BrokenEngine("never")

    async def test_says_why(self, engine: Engine) -> None:
        with pytest.raises(ModelError, match=r"The model's files are gone\."):
            await engine.ready()


class TestTheLoan:
    @pytest.fixture
    def lent(self) -> FakeEngine:
        return FakeEngine(STORY, pace=0.05)

    async def test_is_known_to_the_owner(self, tmp_path: Path, server: ControlServer, engine: Engine) -> None:
        assert server.loan.is_used

    async def test_ends(self, tmp_path: Path, server: ControlServer) -> None:
        async with reach(tmp_path) as client:
            assert client
            async with borrowed_engine(client):
                pass

        await server.loan.wait_until_unused()
        assert not server.loan.is_used


async def test_an_owner_that_leaves_is_an_engine_that_is_down(tmp_path: Path) -> None:
    engine = FakeEngine(STORY, pace=0.05)
    async with serving_control(tmp_path, engine, NoOffice(), lasts=False), reach(tmp_path) as client:
        assert client
        remote = RemoteEngine(client)
        assert (await remote.status()).state is EngineState.READY
    async with client:
        with pytest.raises(EngineDown):
            await RemoteEngine(client).complete(HELLO)
