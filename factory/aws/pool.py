"""Streams of requests side by side, in a bounded number of threads."""

from __future__ import annotations

import contextvars
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass

from factory.aws.clock import Clock


@dataclass(frozen=True, slots=True)
class Task:
    """One stream of requests: ``work`` makes them and answers with the tasks that their outcome calls for.

    ``lane`` names what the stream waits for, an operation's rate: lanes share the threads evenly, so that many
    tasks of a slow one do not keep the others waiting.
    """

    lane: str
    work: Callable[[], Iterable[Task]]


_ENDED: ContextVar[threading.Event | None] = ContextVar("streams that were ended", default=None)


def ended() -> bool:
    """Whether the streams that this one belongs to have been ended: by an error in another of them, or by a person."""
    event = _ENDED.get()
    return event is not None and event.is_set()


def run(first: Iterable[Task], workers: int, clock: Clock) -> None:
    """Do these tasks and all that follow from them; the first error stops the rest and is raised.

    With one worker everything happens in the calling thread, in the order of discovery. A ``KeyboardInterrupt`` is
    raised at once: nothing more is begun, and nobody waits for what is under way.
    """
    if workers <= 1:
        waiting = deque(first)
        while waiting:
            waiting.extend(waiting.popleft().work())
        return
    threads, patient = ThreadPoolExecutor(workers, thread_name_prefix="aws"), True
    try:
        streams = _Streams(threads, workers, clock)
        streams.add(first)
        streams.wait()
    except KeyboardInterrupt:
        # A request without an answer, with all its repetitions, takes minutes.
        patient = False
        raise
    finally:
        threads.shutdown(wait=patient)


class _Streams:
    """Which tasks wait, how many run in which lane, and how it ended.

    Each task attends the clock from before it is begun until what follows from it has been begun, so that no
    simulated time passes in between. A task that has no thread yet holds up nothing.
    """

    def __init__(self, threads: ThreadPoolExecutor, workers: int, clock: Clock) -> None:
        self._threads = threads
        self._workers = workers
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Task]] = {}
        self._running: Counter[str] = Counter()
        self._begun: list[Future[None]] = []
        self._error: BaseException | None = None
        self._ended = threading.Event()

    def add(self, tasks: Iterable[Task], after: Task | None = None) -> None:
        """Let these tasks, found by one that ends now, wait for a thread; begin as many as there are threads."""
        with self._lock:
            if after is not None:
                self._running[after.lane] -= 1
            for task in tasks:
                self._waiting.setdefault(task.lane, deque()).append(task)
            begin = []
            while self._error is None and self._running.total() < self._workers and any(self._waiting.values()):
                begin.append((self._next(), self._clock.attend()))
            # All attend before the first of them begins: the time waits for each.
            for task, place in begin:
                context = contextvars.copy_context()
                context.run(_ENDED.set, self._ended)
                self._begun.append(self._threads.submit(context.run, self._do, task, place))

    def wait(self) -> None:
        """Return when nothing runs and nothing waits. Raises the first error that a task ended in."""
        try:
            # What follows from a task is in the list before that task ends.
            for future in self._begun:
                future.result()
        except BaseException as error:
            self._stop(error)
            raise
        if self._error is not None:
            raise self._error

    def _next(self) -> Task:
        """The task that has waited longest in the lane that has the fewest threads."""
        lane = min((lane for lane, tasks in self._waiting.items() if tasks), key=self._running.__getitem__)
        self._running[lane] += 1
        return self._waiting[lane].popleft()

    def _do(self, task: Task, place: AbstractContextManager[object]) -> None:
        with place:
            found: list[Task] = []
            try:
                found = list(task.work())
            except BaseException as error:
                self._stop(error)
            self.add(found, after=task)

    def _stop(self, error: BaseException) -> None:
        """Begin nothing more; tasks that run see that they have `ended`, and come to their end."""
        with self._lock:
            self._error = self._error or error
        self._ended.set()
