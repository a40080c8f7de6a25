"""Who goes next, without a model and without a clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore.engine import Priority
from botcore.errors import EngineBusy
from botcore_llama.request import Phase, Request, Sampling
from botcore_llama.scheduler import Scheduler


def request(
    user: str = "ann", priority: Priority = Priority.INTERACTIVE, deadline: float = float("inf")
) -> Request:
    return Request([1, 2, 3], Sampling(10), user=user, priority=priority, deadline=deadline)


def scheduler(*requests: Request, slots: int = 1, queue_limit: int = 100) -> Scheduler:
    made = Scheduler(slots, queue_limit)
    for one in requests:
        made.add(one)
    return made


def run_all(made: Scheduler) -> list[Request]:
    """Let everything run, one after the other, and return the order in which it started."""
    started: list[Request] = []
    while now_running := [*made.running, *made.start(0.0)]:
        started += [one for one in now_running if one not in started]
        made.remove(now_running[0])
    return started


def test_starts_as_many_as_there_are_slots() -> None:
    first, second, third = request(), request(), request()
    made = scheduler(first, second, third, slots=2)

    assert made.start(0.0) == [first, second]
    assert made.start(0.0) == []
    assert (len(made.running), made.waiting) == (2, 1)


def test_a_free_slot_goes_to_the_next() -> None:
    first, second = request(), request()
    made = scheduler(first, second)
    made.start(0.0)

    made.remove(first)

    assert made.start(0.0) == [second]
    assert first.phase is Phase.DONE


def test_users_take_turns() -> None:
    anns = [request("ann") for _ in range(3)]
    bob = request("bob")

    assert run_all(scheduler(*anns, bob)) == [anns[0], bob, anns[1], anns[2]]


def test_questions_go_before_jobs() -> None:
    job, question = request(priority=Priority.JOB), request()

    assert run_all(scheduler(job, question)) == [question, job]


def test_jobs_leave_a_slot_for_questions() -> None:
    jobs = [request(priority=Priority.JOB) for _ in range(3)]
    made = scheduler(*jobs, slots=2)

    assert made.start(0.0) == jobs[:1]

    question = request()
    made.add(question)
    assert made.start(0.0) == [question]


def test_too_many_are_refused() -> None:
    made = scheduler(request(), request(), queue_limit=2)

    with pytest.raises(EngineBusy):
        made.add(request())


def test_what_runs_does_not_fill_the_queue() -> None:
    made = scheduler(request(), queue_limit=1)
    made.start(0.0)

    made.add(request())

    assert made.waiting == 1


def test_one_that_goes_away_is_forgotten() -> None:
    first, second = request(), request()
    made = scheduler(first, second)

    made.remove(first)
    made.remove(first)

    assert run_all(made) == [second]


def test_knows_whose_deadline_has_passed() -> None:
    runs, waits, patient = request(deadline=5.0), request(deadline=6.0), request()
    made = scheduler(runs, waits, patient)
    made.start(0.0)

    assert made.expired(5.5) == [runs]
    assert made.expired(6.5) == [runs, waits]


def test_a_request_stalls_when_no_token_comes() -> None:
    one = request()
    assert not one.stalled(1000.0, 60.0)

    one.start(now=0.0)
    one.advance(now=10.0)

    assert not one.stalled(69.0, 60.0)
    assert one.stalled(71.0, 60.0)


def test_a_long_prompt_may_take_longer_to_its_first_token() -> None:
    one = Request([0] * 1000, Sampling(10))
    one.start(now=0.0)

    assert not one.stalled(150.0, 60.0)
    assert one.stalled(161.0, 60.0)


requests = st.builds(
    request,
    user=st.sampled_from(["ann", "bob", "cem"]),
    priority=st.sampled_from(list(Priority)),
    deadline=st.just(float("inf")),
)


@given(st.lists(requests, max_size=20), st.integers(1, 3))
def test_everybody_is_served_once_in_the_order_that_was_announced(waiting: list[Request], slots: int) -> None:
    made = scheduler(*waiting, slots=slots)
    announced = list(made.order())

    started = run_all(made)

    assert sorted(map(id, started)) == sorted(map(id, waiting))
    if slots == 1:
        assert started == announced


@given(st.lists(requests, max_size=20))
def test_nobody_is_served_twice_before_another_who_waits(waiting: list[Request]) -> None:
    started = [one for one in run_all(scheduler(*waiting)) if one.priority is Priority.INTERACTIVE]

    for number, one in enumerate(started):
        before = [other.user for other in started[:number]]
        for user in {later.user for later in started[number:]}:
            assert before.count(one.user) <= before.count(user)
