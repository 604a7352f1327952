"""Which change a request belongs to: bound to everything that is logged or written down meanwhile."""

from __future__ import annotations

from contextlib import AbstractContextManager

from factory.core.change import Change

_BOUND = ("address", "verb")


def about(change: Change) -> AbstractContextManager[None]:
    """Bind a change's address and verb to everything that happens inside, AWS's calls included."""
    # structlog is slow to import, and commands without AWS never log.
    import structlog

    return structlog.contextvars.bound_contextvars(address=str(change.address), verb=change.verb)


def subject() -> dict[str, str]:
    """Address and verb of the change that is being carried out in this context, if any."""
    import structlog

    bound = structlog.contextvars.get_contextvars()
    return {name: bound[name] for name in _BOUND if name in bound}
