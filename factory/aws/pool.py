"""Streams of requests side by side, in a bounded number of threads."""

from __future__ import annotations

import contextvars
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeAlias

Task: TypeAlias = "Callable[[], Iterable[Task]]"
"""Does one stream of requests and answers with the tasks that its outcome calls for."""


def run(first: Iterable[Task], workers: int) -> None:
    """Do these tasks and all that follow from them; the first error stops the rest and is raised.

    With one worker everything happens in the calling thread, in the order of discovery: the same every time.
    """
    if workers <= 1:
        waiting = deque(first)
        while waiting:
            waiting.extend(waiting.popleft()())
        return
    finished: SimpleQueue[Future[Iterable[Task]]] = SimpleQueue()
    with ThreadPoolExecutor(workers, thread_name_prefix="aws") as pool:

        def start(tasks: Iterable[Task]) -> int:
            begun = [pool.submit(contextvars.copy_context().run, task) for task in tasks]
            for future in begun:
                future.add_done_callback(finished.put)
            return len(begun)

        try:
            running = start(first)
            while running:
                running += start(finished.get().result()) - 1
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
