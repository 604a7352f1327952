"""The one place every request goes through: pace, send, translate, and again where AWS says "later"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from structlog.contextvars import bound_contextvars
from tenacity import RetryCallState, Retrying, retry_if_exception

from factory.aws import pool
from factory.aws.answers import Answer
from factory.aws.clock import Clock
from factory.aws.errors import AwsError, LostReply
from factory.aws.events import Event, emit
from factory.aws.gate import CLOSED, Gate
from factory.aws.pacing import Pacing
from factory.aws.translate import TRANSLATED, translate, translate_once
from factory.core.errors import FactoryError
from factory.core.limits import Limits

LATER = {
    "ConcurrentModificationException": "retry.later",
    "PolicyChangesInProgressException": "retry.later",
    "FinalizingOrganizationException": "retry.finalizing",
}
"""Refusals that mean "later", and the limits row with their wait and deadline.

botocore retries throttling, server faults and lost connections, and none of these; this retries only these.
"""

_GROWTH_STEPS = 20
"""A wait grows until it is this fraction of the deadline."""

Method = Callable[..., Mapping[str, Any]]


class Calls:
    """Makes requests; safe to use from many threads. ``operation`` is always a key of the limits table.

    ``gate`` is asked before every request. It is closed for changes until apply puts its own there.
    """

    def __init__(self, limits: Limits, clock: Clock, pacing: Pacing, random: Random, gate: Gate = CLOSED) -> None:
        self.gate = gate
        self._limits = limits
        self._clock = clock
        self._pacing = pacing
        self._random = random

    def __call__(self, operation: str, method: Method, **parameters: Any) -> Answer:
        """Make a request that reads, until AWS answers or refuses it. Raises `AwsError`."""
        return self._repeated(operation, method, parameters, changing=False)

    def change(self, operation: str, method: Method, **parameters: Any) -> Answer:
        """Make a request that changes something and may be repeated, until AWS does or refuses it.

        Raises `AwsError`, and whatever the gate raises where no change may be made now.
        """
        attempt = self.gate.intend(operation, parameters)
        try:
            answer = self._repeated(operation, method, parameters, changing=True)
        except FactoryError as error:
            attempt.failed(error)
            raise
        attempt.answered(answer)
        return answer

    def _repeated(self, operation: str, method: Method, parameters: Mapping[str, Any], *, changing: bool) -> Answer:
        started = self._clock.now()

        def out_of_time(state: RetryCallState) -> bool:
            _, deadline = self._limits.seconds(LATER[_code(state)])
            return self._clock.now() + state.upcoming_sleep > started + deadline

        attempts = Retrying(
            retry=retry_if_exception(_is_later),
            wait=self._wait,
            stop=out_of_time,
            sleep=self._clock.sleep,
            before_sleep=_announce,
            reraise=True,
        )
        for attempt in attempts:
            with attempt, bound_contextvars(operation=operation, attempt=attempt.retry_state.attempt_number):
                answer = self._send(operation, method, parameters, TRANSLATED, translate, changing=changing)
                return Answer(answer, operation, AwsError)
        raise AssertionError("tenacity ends with an answer or an error")

    def once(self, operation: str, method: Method, **parameters: Any) -> Answer:
        """Make a request that must not be repeated. Raises `LostReply` where AWS may have carried it out.

        ``method`` must belong to a client whose ``total_max_attempts`` is 1.
        """
        attempt = self.gate.intend(operation, parameters)
        try:
            # Whatever goes wrong while the answer is read, too, leaves open what AWS did: nothing passes as a bug.
            with bound_contextvars(operation=operation, attempt=1):
                answer = self._send(operation, method, parameters, Exception, translate_once, changing=True)
        except FactoryError as error:
            attempt.failed(error)
            raise
        attempt.answered(answer)
        return Answer(answer, operation, LostReply)

    def pages(
        self,
        operation: str,
        method: Method,
        items: str,
        *,
        token: str = "NextToken",
        enough: Callable[[list[Any]], bool] | None = None,
        **parameters: Any,
    ) -> list[Any]:
        """All items of all pages, or of those up to one that is ``enough``.

        A page may be empty and still not the last: only the token tells.
        """
        found: list[Any] = []
        position: dict[str, str] = {}
        while True:
            answer = self(operation, method, **parameters, **position)
            page = list(answer.get(items) or ())
            found.extend(page)
            following = answer.get(token)
            if not following or (page and enough is not None and enough(page)):
                return found
            if position.get(token) == following:
                raise AwsError("RepeatedPage", operation, "the endpoint gives the same page over and over")
            if pool.ended():
                raise AwsError("Abandoned", operation, "the read was ended before it was whole")
            position = {token: following}

    def _send(
        self,
        operation: str,
        method: Method,
        parameters: Mapping[str, Any],
        understood: type[Exception] | tuple[type[Exception], ...],
        in_our_words: Callable[[Exception, str], AwsError],
        *,
        changing: bool,
    ) -> Mapping[str, Any]:
        waited = self._pacing.turn(operation)
        if waited:
            emit(Event.PACED, seconds=round(waited, 3))
        self.gate.request(changing=changing)
        sent = self._clock.now()
        try:
            answer = method(**parameters)
        except understood as error:
            problem = in_our_words(error, operation)
        else:
            metadata = answer.get("ResponseMetadata", {})
            emit(
                Event.CALL,
                seconds=round(self._clock.now() - sent, 3),
                request_id=metadata.get("RequestId", ""),
                retries=metadata.get("RetryAttempts", 0),
            )
            return answer
        lost = isinstance(problem, LostReply)
        emit(
            Event.LOST if lost else Event.CALL,
            seconds=round(self._clock.now() - sent, 3),
            request_id=problem.request_id,
            code=problem.code,
            reason=problem.reason,
            retries=problem.retries,
        )
        # Raised outside the handler: botocore's exception may quote the parameters, e-mails among them.
        raise problem

    def _wait(self, state: RetryCallState) -> float:
        """Seconds until the next attempt: doubling, with jitter, so that two appliers do not march in step."""
        first, deadline = self._limits.seconds(LATER[_code(state)])
        longest = max(first, deadline / _GROWTH_STEPS)
        wait = min(longest, first * 2.0 ** (state.attempt_number - 1))
        return wait * (0.5 + self._random.random())


def _is_later(error: BaseException) -> bool:
    return isinstance(error, AwsError) and error.code in LATER


def _code(state: RetryCallState) -> str:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, AwsError), "only our errors are retried"
    return error.code


def _announce(state: RetryCallState) -> None:
    emit(Event.RETRY, code=_code(state), seconds=round(state.upcoming_sleep, 3))
