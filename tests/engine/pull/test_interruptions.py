"""A download that is cut, damaged or without room goes on, or leaves nothing that looks like a model."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from botcore.errors import DownloadError, InputError
from botcore_llama import pull_checks
from botcore_llama.arriving import Arriving
from botcore_llama.models_folder import kept_models, models_folder
from botcore_llama.pull import LOCK
from botcore_llama.pull_checks import Pull
from tests.engine.pull.pulling import Watch, change, order_of, pulled
from tests.fakes.hub import Cut, FakeHub, Refuse, Tamper


def be_cut_in_the_weights(hub: FakeHub, order: Pull) -> None:
    """Pull until a thousand bytes of the first weights are there, and the hub answers no more."""
    sent_whole = [Cut(10**9)] * 5  # the small files
    hub.troubles += [*sent_whole, Cut(1000), *[Refuse(503)] * 5]
    with pytest.raises(DownloadError, match="Try again"):
        pulled(hub, order)


def test_a_cut_download_goes_on_in_the_next_command(hub: FakeHub, tmp_path: Path) -> None:
    order = order_of(tmp_path)
    be_cut_in_the_weights(hub, order)
    assert kept_models(tmp_path) == []
    asked_before = len(hub.asked)

    pulled(hub, order)

    ranges = [asked.range for asked in hub.asked[asked_before:] if asked.from_network]
    assert ranges == ["bytes=1000-", ""]
    assert kept_models(tmp_path) == [order.target]


def test_what_another_commit_left_is_not_gone_on_with(hub: FakeHub, tmp_path: Path) -> None:
    order = order_of(tmp_path)
    be_cut_in_the_weights(hub, order)
    change(hub, {"generation_config.json": b'{"eos_token_id": [257]}'})
    asked_before = len(hub.asked)

    pulled(hub, order)

    assert {asked.range for asked in hub.asked[asked_before:]} == {""}


def test_weights_that_came_stay_when_the_next_command_is_refused(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = order_of(tmp_path)
    be_cut_in_the_weights(hub, order)
    monkeypatch.setattr(pull_checks, "memory_of_machine", lambda: 10_000)

    with pytest.raises(InputError):
        pulled(hub, order)

    parts = list(order.downloads.glob("*.part"))
    assert [part.stat().st_size for part in parts] == [1000]


def test_a_damaged_file_is_fetched_once_more(hub: FakeHub, tmp_path: Path) -> None:
    watch = Watch()
    hub.troubles.append(Tamper())

    pulled(hub, order_of(tmp_path), watch)

    assert any("arrived damaged" in line for line in watch.lines)


def test_a_file_that_is_damaged_again_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    hub.troubles += [Tamper(), Tamper()]

    with pytest.raises(DownloadError, match="arrived damaged"):
        pulled(hub, order_of(tmp_path))

    assert list(models_folder(tmp_path).iterdir()) == []


def test_a_disk_that_fills_up_meanwhile_is_told(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(arriving: Arriving, chunk: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Arriving, "take", full)

    with pytest.raises(DownloadError, match=r"can't be written \(No space left on device\)"):
        pulled(hub, order_of(tmp_path))
    monkeypatch.undo()

    assert kept_models(tmp_path) == []
    assert pulled(hub, order_of(tmp_path)).is_dir()


def test_two_do_not_bring_the_same_model(hub: FakeHub, tmp_path: Path) -> None:
    order = order_of(tmp_path)
    order.downloads.mkdir(parents=True)
    with (order.downloads / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(InputError, match="Another botcore is bringing this model"):
            pulled(hub, order)

    assert pulled(hub, order).is_dir()
