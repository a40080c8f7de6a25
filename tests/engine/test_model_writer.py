"""A model is written by several threads at once, whole or not at all, with little in memory."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from botcore.errors import InputError
from botcore_llama import model_writer
from botcore_llama.checkpoint import open_checkpoint
from botcore_llama.convert import convert
from botcore_llama.model_writer import write_model
from botcore_llama.parallel import JOBS_PER_THREAD, run_all
from botcore_llama.planning import plan_conversion
from botcore_llama.quantization import QUANTIZATIONS
from tests.engine.tiny_llama import Shape, random_weights, save_checkpoint


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path / "checkpoint", Shape(), random_weights(Shape()))


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_threads_and_blocks_change_nothing(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, quantization: str
) -> None:
    with open_checkpoint(source) as checkpoint:
        layout = plan_conversion(checkpoint, QUANTIZATIONS[quantization]).layout
        write_model(tmp_path / "one", layout, threads=1)
        monkeypatch.setattr(model_writer, "BLOCK_VALUES", 150)
        write_model(tmp_path / "many", layout, threads=5)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "many").read_bytes()


def test_the_progress_ends_with_all_of_it(tmp_path: Path, source: Path) -> None:
    reports: list[tuple[int, int]] = []

    convert(source, tmp_path / "out", progress=lambda done, total: reports.append((done, total)))

    size = (tmp_path / "out" / "model.bin").stat().st_size
    assert [done for done, _ in reports] == sorted(done for done, _ in reports)
    assert {total for _, total in reports} == {size}
    assert reports[-1] == (size, size)


def fail(number: int) -> Callable[..., int]:
    def call(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return call


@pytest.mark.parametrize("call", ["posix_fallocate", "pwrite"])
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(os, call, fail(errno.ENOSPC))

    with pytest.raises(InputError, match="No space left on device"):
        convert(source, tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_a_disk_that_takes_no_space_ahead_is_fine(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", fail(errno.EOPNOTSUPP))

    convert(source, tmp_path / "out")

    assert (tmp_path / "out" / "model.bin").is_file()


def test_an_interrupt_leaves_nothing(tmp_path: Path, source: Path) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(source, tmp_path / "out", progress=interrupt)

    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_every_job_is_run_once() -> None:
    jobs = ((lambda number=number: number) for number in range(1000))

    assert sorted(run_all(jobs, 3)) == list(range(1000))


def test_few_jobs_are_taken_ahead() -> None:
    taken = 0
    hold = threading.Event()

    def jobs() -> Iterator[Callable[[], bool]]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield lambda: hold.wait(30)

    results = run_all(jobs(), 2)
    threading.Timer(0.05, hold.set).start()
    next(results)
    results.close()

    assert taken <= 2 * 2 * JOBS_PER_THREAD


def test_the_first_error_ends_it() -> None:
    ran: list[int] = []

    def job(number: int) -> Callable[[], None]:
        def run() -> None:
            ran.append(number)
            if number == 3:
                raise ValueError(number)

        return run

    with pytest.raises(ValueError, match="3"):
        list(run_all((job(number) for number in range(1000)), 2))

    assert len(ran) < 1000


def test_blocks_of_wide_rows_are_single_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_writer, "BLOCK_VALUES", 10)
    source = save_checkpoint(tmp_path / "checkpoint", Shape(), random_weights(Shape()))
    with open_checkpoint(source) as checkpoint:
        tensor = checkpoint.tensor("model.embed_tokens.weight", (512, 64))
        blocks = list(model_writer.blocks_of(tensor))

    assert np.diff(blocks).tolist() == [[1]] * 512
