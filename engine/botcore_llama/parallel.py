"""Runs many small jobs in a few threads, without ever having many of them in memory."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

JOBS_PER_THREAD = 4  # handed out ahead, so that no thread waits for the one that hands them out


def run_all(jobs: Iterator[Callable[[], T]], threads: int) -> Generator[T, None, None]:
    """Run every job and yield the results, in the order in which they come.

    The first error ends it, and so does closing the generator: jobs that run already are waited for,
    no others begin.
    """
    running: set[Future[T]] = set()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                room = threads * JOBS_PER_THREAD - len(running)
                running |= {pool.submit(job) for job in islice(jobs, room)}
                if not running:
                    return
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for each in finished:
                    yield each.result()
        finally:
            for each in running:
                each.cancel()
