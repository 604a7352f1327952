"""botocore's own retries on a clock of our choice. Imports botocore: load it lazily."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.retries import standard


def sleep_with(client: Any, sleep: Callable[[float], None], attempts: int) -> None:
    """Let this client's ``standard`` retries wait with ``sleep``, so that simulated runs never wait for real.

    botocore sleeps for as long as its handler answers; ours sleeps first and answers 0.
    """
    service = client.meta.service_model.service_id.hyphenize()
    event, unique_id = f"needs-retry.{service}", f"retry-config-{service}"
    client.meta.events.unregister(event, unique_id=unique_id)
    handler = standard.register_retry_handler(client, attempts)
    client.meta.events.unregister(event, unique_id=unique_id)

    def wait_on_our_clock(**kwargs: Any) -> float | bool | None:
        delay: float | bool | None = handler.needs_retry(**kwargs)
        if delay is None or delay is False:
            return delay
        sleep(float(delay))
        return 0.0

    client.meta.events.register(event, wait_on_our_clock, unique_id=unique_id)
