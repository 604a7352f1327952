"""The way to AWS, or to the AWS in a box: opened only by commands that need it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from factory.cli.options import Options
from factory.core.errors import UsageError
from factory.core.limits import Limits

if TYPE_CHECKING:
    from factory.aws.session import Aws
    from factory.sandbox import Sandbox
    from factory.spec import Organization

SANDBOX_EXTRA = 'pip install "aws-account-factory[sandbox]"'


def sandbox_folder(options: Options) -> Path:
    """Where the sandbox keeps its state."""
    return options.root / ".factory" / "sandbox"


def journal_file(options: Options) -> Path:
    """Where runs note down what they change; the sandbox has a journal of its own."""
    folder = sandbox_folder(options) if options.sandbox else options.root / ".factory"
    return folder / "journal" / "journal.jsonl"


@contextmanager
def connected(
    options: Options, limits: Limits, organization: Organization | None = None, run: str | None = None
) -> Iterator[Aws]:
    """The gateways to AWS, or to the sandbox where that was asked for. Raises what ``aws.session`` raises.

    ``run`` is the id that every line of the log carries, a fresh one unless one is given.
    """
    from factory.aws import session
    from factory.cli import log

    log.configure(options, run)
    home_region = organization.home_region if organization else None
    if not options.sandbox:
        yield session.connect(options.profile, options.region or home_region, limits)
        return
    with sandbox_of(options, limits) as box:
        if organization:
            # A real bucket is made by people before the first run; the sandbox's is there.
            from factory.sandbox.seeding import add_bucket

            if organization.lock:
                add_bucket(box.state, organization.lock.bucket, organization.lock.region)
            if organization.template_bucket:
                add_bucket(box.state, organization.template_bucket, home_region)
        yield session.from_session(box.session(), limits, box.clock)


def sandbox_of(options: Options, limits: Limits, speed: float | None = None) -> Sandbox:
    """The sandbox of this repository, not entered yet, in real time where there is a ``speed``.

    Raises ``UsageError`` without its extra.
    """
    require_sandbox()
    from factory.sandbox import Sandbox

    return Sandbox(sandbox_folder(options), limits=limits, speed=speed)


def require_sandbox() -> None:
    """Raise ``UsageError`` where the sandbox's extra is not installed."""
    if find_spec("moto") is None:
        raise UsageError("the sandbox needs the extra", SANDBOX_EXTRA)
