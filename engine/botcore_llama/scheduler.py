"""Who goes next. Deques and arithmetic; it neither waits nor knows what a model is."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator

from botcore.engine import Priority
from botcore.errors import EngineBusy
from botcore_llama.request import Phase, Request

Line = OrderedDict[str, deque[Request]]  # users in the order of their turns, each with what they wait for


class Scheduler:
    """A bounded queue before a few slots, fair between users, the more urgent priority first."""

    def __init__(self, slots: int, queue_limit: int) -> None:
        self.running: list[Request] = []
        self._slots = slots
        self._queue_limit = queue_limit
        self._lines: dict[Priority, Line] = {priority: OrderedDict() for priority in sorted(Priority)}

    def add(self, request: Request) -> None:
        """Put a request at the end of its user's line."""
        if self.waiting >= self._queue_limit:
            raise EngineBusy
        self._lines[request.priority].setdefault(request.user, deque()).append(request)

    def start(self, now: float) -> list[Request]:
        """Fill the free slots and return what goes there."""
        started = []
        while request := self._next():
            self._take(request)
            request.start(now)
            self.running.append(request)
            started.append(request)
        return started

    def remove(self, request: Request) -> None:
        """Forget a request that has ended, or that nobody waits for any more."""
        if request.phase is Phase.RUNNING:
            self.running.remove(request)
        elif request.phase is Phase.WAITING:
            self._leave_line(request)
        request.phase = Phase.DONE

    def expired(self, now: float) -> list[Request]:
        """Return those whose deadline has passed, running or not."""
        return [request for request in [*self.running, *self.order()] if request.deadline <= now]

    @property
    def waiting(self) -> int:
        return sum(len(own) for line in self._lines.values() for own in line.values())

    def order(self) -> Iterator[Request]:
        """Yield what waits in the order in which it will start."""
        for line in self._lines.values():
            rounds = max(map(len, line.values()), default=0)
            for number in range(rounds):
                yield from (own[number] for own in line.values() if number < len(own))

    def _next(self) -> Request | None:
        if len(self.running) >= self._slots:
            return None
        return next((request for request in self.order() if self._may_start(request)), None)

    def _may_start(self, request: Request) -> bool:
        """Jobs leave one slot free, so that a question never waits for all of a long job."""
        if request.priority is Priority.INTERACTIVE or self._slots == 1:
            return True
        jobs = sum(running.priority is not Priority.INTERACTIVE for running in self.running)
        return jobs < self._slots - 1

    def _take(self, request: Request) -> None:
        """Take a request out of its line; its user goes to the end of the round."""
        line = self._lines[request.priority]
        self._leave_line(request)
        if request.user in line:
            line.move_to_end(request.user)

    def _leave_line(self, request: Request) -> None:
        line = self._lines[request.priority]
        line[request.user].remove(request)
        if not line[request.user]:
            del line[request.user]
