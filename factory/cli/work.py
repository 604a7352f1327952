"""What plan and apply share: their options, and the steps from files to a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from factory.cli.options import Options
from factory.core.errors import UsageError
from factory.core.guard import SWITCHABLE, Consent

if TYPE_CHECKING:
    from factory.aws.session import Aws
    from factory.core.change import Plan
    from factory.core.limits import Limits
    from factory.core.lock import Holder
    from factory.core.saved import SavedPlan
    from factory.engine.files import Check
    from factory.engine.locking import Lock
    from factory.spec import Organization

Callback = TypeVar("Callback", bound=Callable[..., Any])
TEXT, JSON = "text", "json"


@dataclass(frozen=True)
class Work:
    """Files that have been read, the way to AWS, the plan between the two, and the lock of a run that applies it."""

    organization: Organization
    aws: Aws
    plan: Plan
    holder: Holder | None = None
    lock: Lock | None = None


def format_option(command: Callback) -> Callback:
    """``--format``: text for people, JSON for machines."""
    return click.option(
        "--format",
        "form",
        type=click.Choice([TEXT, JSON]),
        default=TEXT,
        show_default=True,
        help="Text for people, or JSON as in docs/schema.",
    )(command)


def consent_options(command: Callback) -> Callback:
    """What is agreed to or demanded for this run: typed, never taken from the environment."""
    rules = click.Choice(SWITCHABLE)
    for name, metavar, kind, words in (
        ("--allow", "RULE", rules, f"Switch a safety rule off for this run: {', '.join(SWITCHABLE)}. Repeatable."),
        ("--close", "ACCOUNT", click.STRING, "Agree to close this account, which its file says is closed. Repeatable."),
        ("--allow-gap", "NODE", click.STRING, "Agree that this node is without full guard for a moment. Repeatable."),
    ):
        option = click.option(name, metavar=metavar, type=kind, multiple=True, help=words, allow_from_autoenv=False)
        command = option(command)
    words = "Refuse the plan if any account gains any right by it."
    return click.option("--no-weaken", is_flag=True, help=words, allow_from_autoenv=False)(command)


def consent(close: tuple[str, ...], allow: tuple[str, ...], allow_gap: tuple[str, ...], no_weaken: bool) -> Consent:
    """What was agreed to on the command line; an account may be typed as its address, too."""
    names = frozenset(name.removeprefix("account:") for name in close)
    return Consent(close=names, gap=frozenset(allow_gap), allow=frozenset(allow), no_weaken=no_weaken)


def read_files(options: Options, further: Sequence[Check] = ()) -> tuple[Organization, Limits]:
    """Read and check the files, and make ``further`` checks.

    Raises ``InvalidFiles``, or ``UsageError`` where this is not the place.
    """
    if not (options.root / "accounts").is_dir():
        raise UsageError(
            f"there is no folder accounts/ in {options.root.resolve()}",
            "go to the repository that describes your organization, or name it with --root DIR",
        )
    if options.limits and not options.limits.is_file():
        raise UsageError(f"there is no file {options.limits}", "name an existing file with --limits FILE")
    from factory import engine

    return engine.load(options.root, options.limits, further)


@contextmanager
def planned(
    options: Options, agreed: Consent, saved: SavedPlan | None = None, holder: Holder | None = None
) -> Iterator[Work]:
    """Read the files, read AWS, compare. The way to AWS stays open inside.

    With a ``saved`` plan, what is left of that is planned. Raises ``StalePlan`` where it does not stand any more.
    A ``holder`` is a run that will apply the plan: it holds the lock from before AWS is read to the end. Raises
    ``LockedOut`` where another run does.
    """
    organization, limits = read_files(options)
    if saved is None:
        _known(agreed, organization)
    from factory import engine
    from factory.cli.connect import connected

    with ExitStack() as stack:
        aws = stack.enter_context(connected(options, limits, organization, holder.run if holder else None))
        lock = None
        if holder is not None:
            lock = stack.enter_context(engine.locked(options.root, organization, aws, holder))
            stack.enter_context(engine.gated(aws, lock))
        plan = engine.resume(saved, organization, aws) if saved else engine.plan(organization, aws, agreed)
        yield Work(organization, aws, plan, holder, lock)


def _known(agreed: Consent, organization: Organization) -> None:
    """Refuse an agreement about something that is not there: a typing mistake must not look like consent."""
    from factory.core.address import Address, node
    from factory.spec import suggest

    for name in sorted(agreed.close):
        if name not in organization.accounts:
            hint = suggest(name, organization.accounts)
            raise UsageError(f"--close {name!r}: there is no account file of that name{hint}", "name an account's file")
    for name in sorted(agreed.gap):
        place = Address.parse(name) if name == "root" or ":" in name else node(name)
        if organization.place(place) is None:
            hint = suggest(name, organization.units)
            raise UsageError(
                f"--allow-gap {name!r}: no file declares that node{hint}", "name root, an OU or account:NAME"
            )
