"""Downloads arrive whole, or not at all, whatever the way is like."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from botcore.errors import DownloadError
from botcore_llama.arriving import CHUNK
from botcore_llama.hub import Damaged, Hub
from tests.fakes.hub import Cut, FakeHub, FakeRepository, Hang, Refuse, Reset, Tamper, Whole

NAME = "team/model"
CONTENT = random.Random(1).randbytes(3 * CHUNK + 17)


@pytest.fixture
def fake() -> Iterator[FakeHub]:
    with FakeHub() as fake:
        yield fake


@pytest.fixture
def repository(fake: FakeHub) -> FakeRepository:
    return fake.add(FakeRepository.of({"model.safetensors": CONTENT, "config.json": b"{}"}, NAME))


class Asker:
    """Fetches files, and remembers how long it would have waited and what it was told."""

    def __init__(self, fake: FakeHub, token: str | None = None) -> None:
        self.pauses: list[float] = []
        self.lines: list[str] = []
        self.bytes = 0
        self.hub = Hub(fake.endpoint, token, sleep=self.pauses.append, tell=self.lines.append)

    def fetch(self, target: Path, name: str = "model.safetensors", revision: str = "main") -> None:
        repository = self.hub.repository(NAME, revision)
        self.hub.fetch(repository, repository.files[name], target, self._count)

    def _count(self, size: int) -> None:
        self.bytes += size


def test_a_repository_says_what_it_holds(fake: FakeHub, repository: FakeRepository) -> None:
    told = Asker(fake).hub.repository(NAME, "main")

    assert told.commit == repository.commit
    assert told.licence == "llama3.2"
    large = told.files["model.safetensors"]
    assert (large.size, large.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert told.files["config.json"].sha256 == ""


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_arrives(fake: FakeHub, repository: FakeRepository, tmp_path: Path, name: str) -> None:
    asker = Asker(fake)

    asker.fetch(tmp_path / "here" / name, name)

    content = repository.files[name].content
    assert (tmp_path / "here" / name).read_bytes() == content
    assert asker.bytes == len(content)
    assert [path.name for path in (tmp_path / "here").iterdir()] == [name]


@pytest.mark.parametrize("cut", [Cut(CHUNK + 5), Reset(CHUNK + 5), Cut(0), Refuse(503), Refuse(500)])
def test_what_is_cut_goes_on_where_it_was(
    fake: FakeHub, repository: FakeRepository, tmp_path: Path, cut: Cut | Reset | Refuse
) -> None:
    asker = Asker(fake)
    fake.troubles += [cut, cut]

    asker.fetch(tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == CONTENT
    assert asker.bytes == len(CONTENT)
    assert len(asker.pauses) == 2
    assert all("it goes on in" in line for line in asker.lines)


def test_a_hub_that_falls_silent_is_asked_again(
    fake: FakeHub, repository: FakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_llama.hub.TIMEOUT", 0.2)
    fake.troubles.append(Hang(CHUNK))

    Asker(fake).fetch(tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [asked.range for asked in fake.asked if asked.from_network] == ["", f"bytes={CHUNK}-"]


def test_only_what_is_missing_is_asked_for(fake: FakeHub, repository: FakeRepository, tmp_path: Path) -> None:
    fake.troubles.append(Cut(2 * CHUNK))

    Asker(fake).fetch(tmp_path / "file")

    ranges = [asked.range for asked in fake.asked if asked.from_network]
    assert ranges == ["", f"bytes={2 * CHUNK}-"]


def test_another_process_goes_on_too(fake: FakeHub, repository: FakeRepository, tmp_path: Path) -> None:
    fake.troubles += [Cut(CHUNK), *[Cut(0)] * 5]
    with pytest.raises(DownloadError, match="What has arrived is kept"):
        Asker(fake).fetch(tmp_path / "file")
    assert not (tmp_path / "file").exists()
    fake.asked.clear()

    again = Asker(fake)
    again.fetch(tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [asked.range for asked in fake.asked if asked.from_network] == [f"bytes={CHUNK}-"]
    assert again.bytes == len(CONTENT)


def test_a_server_that_sends_all_again_is_taken_at_its_word(
    fake: FakeHub, repository: FakeRepository, tmp_path: Path
) -> None:
    asker = Asker(fake)
    fake.troubles += [Cut(CHUNK), Whole()]

    asker.fetch(tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == CONTENT
    assert asker.bytes == len(CONTENT)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_other_bytes_than_the_hub_has_are_thrown_away(
    fake: FakeHub, repository: FakeRepository, tmp_path: Path, name: str
) -> None:
    asker = Asker(fake)
    fake.troubles.append(Tamper())

    with pytest.raises(Damaged, match=f"{name} arrived damaged"):
        asker.fetch(tmp_path / name, name)

    assert list(tmp_path.iterdir()) == []
    assert asker.bytes == 0


def test_a_part_that_another_download_left_is_no_obstacle(
    fake: FakeHub, repository: FakeRepository, tmp_path: Path
) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT + b"and more")

    Asker(fake).fetch(tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("headers", "pause"),
    [({"Retry-After": "7"}, 8.0), ({"RateLimit": '"resolvers";r=0;t=42'}, 43.0), ({}, 1.0)],
)
def test_a_hub_that_wants_a_pause_gets_it(
    fake: FakeHub, repository: FakeRepository, tmp_path: Path, headers: dict[str, str], pause: float
) -> None:
    asker = Asker(fake)
    fake.troubles.append(Refuse(429, headers))

    asker.fetch(tmp_path / "file")

    assert asker.pauses == [pause]


def test_a_pause_for_hours_is_told_and_not_waited_for(
    fake: FakeHub, repository: FakeRepository, tmp_path: Path
) -> None:
    asker = Asker(fake)
    fake.api_troubles.append(Refuse(429, {"Retry-After": "7200"}))

    with pytest.raises(DownloadError, match="asked too often"):
        asker.fetch(tmp_path / "file")

    assert asker.pauses == []


def test_a_gated_repository_says_where_its_licence_is_accepted(
    fake: FakeHub, repository: FakeRepository, tmp_path: Path
) -> None:
    repository.gated = True
    fake.tokens |= {"stranger", "asker"}
    repository.askers.add("asker")
    page = f"{fake.endpoint}/{NAME}"

    with pytest.raises(DownloadError) as unknown:
        Asker(fake).fetch(tmp_path / "file")
    with pytest.raises(DownloadError, match="may not have") as stranger:
        Asker(fake, "stranger").fetch(tmp_path / "file")
    with pytest.raises(DownloadError, match="not let in yet"):
        Asker(fake, "asker").fetch(tmp_path / "file")

    assert f"Log in at {page} and accept the licence" in str(unknown.value)
    assert f"{fake.endpoint}/settings/tokens" in str(unknown.value)
    assert page in str(stranger.value)


def test_the_token_goes_to_the_hub_and_nowhere_else(
    fake: FakeHub, repository: FakeRepository, tmp_path: Path
) -> None:
    repository.gated = True
    repository.readers.add("secret-token")
    fake.tokens.add("secret-token")

    Asker(fake, "secret-token").fetch(tmp_path / "file")
    Asker(fake, "secret-token").fetch(tmp_path / "config", "config.json")

    assert {asked.authorization for asked in fake.asked if not asked.from_network} == {"Bearer secret-token"}
    assert {asked.authorization for asked in fake.asked if asked.from_network} == {""}


@pytest.mark.parametrize(
    ("token", "name", "revision", "complaint"),
    [
        (None, "team/other", "main", "There is no repository .*no token was sent"),
        ("known", "team/other", "main", "There is no repository .*your token may not read it"),
        (None, NAME, "v9", "has no branch, tag or commit v9"),
        ("forged", NAME, "main", "does not know the token"),
    ],
)
def test_what_is_not_there_is_told(
    fake: FakeHub, repository: FakeRepository, token: str | None, name: str, revision: str, complaint: str
) -> None:
    fake.tokens.add("known")

    with pytest.raises(DownloadError, match=complaint) as told:
        Asker(fake, token).hub.repository(name, revision)

    assert not token or f" {token} " not in str(told.value)


def test_a_revision_is_kept_to_one_commit(fake: FakeHub, repository: FakeRepository, tmp_path: Path) -> None:
    repository.names.add("v1")

    Asker(fake).fetch(tmp_path / "file", revision="v1")

    paths = [asked.path for asked in fake.asked if "/resolve/" in asked.path]
    assert all(f"/resolve/{repository.commit}/" in path for path in paths)


def test_a_hub_that_is_not_there_is_told(tmp_path: Path) -> None:
    with FakeHub() as gone:
        endpoint = gone.endpoint
    pauses: list[float] = []

    with pytest.raises(DownloadError, match="can't be reached") as told:
        Hub(endpoint, None, sleep=pauses.append).repository(NAME, "main")

    assert len(pauses) == 5
    assert "docs/models.md" in str(told.value)


def test_what_is_no_hub_is_told(fake: FakeHub, repository: FakeRepository) -> None:
    with pytest.raises(DownloadError):
        Hub(f"{fake.endpoint}/elsewhere", None, sleep=lambda seconds: None).repository(NAME, "main")
