"""Creating an account once and only once: ask, follow, and where the answer was lost, look before asking again.

CreateAccount has no token against repetition, so no request is repeated before AWS's own records have been
looked through (ListCreateAccountStatus, ListAccounts) and enough time has passed for them to show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from factory.aws.context import about
from factory.aws.creation import AskAgain, Follow, KeepLooking, Patience, Verdict, Verify, failure, next_step, refusal
from factory.aws.errors import AwsError, LostReply
from factory.aws.records import AccountRecord, CreationRecord
from factory.core.address import Address
from factory.core.change import Change
from factory.core.errors import FactoryError
from factory.core.resource import ADDRESS_TAG, OWNER_TAG, Resource
from factory.kinds.base import Done, Outcome, Pending, Site
from factory.kinds.ownership import tags_of

if TYPE_CHECKING:
    from factory.aws.organizations import Organizations

ATTEMPTS = 2
"""How often an account is asked for when AWS itself says that a request has failed for no fault of ours."""

_LOOKS = ("Describe", "List")
_CREATING = "AWS to create the account"


@dataclass(frozen=True, slots=True)
class Creating(Pending):
    """A creation under way. Without a ``token`` nobody knows yet whether AWS has heard of it.

    ``ours`` says that AWS gave us the token for our own request, so that what it makes is surely ours.
    ``asked_at`` is our clock before the request went out, ``None`` while none has; ``name`` is the account's name in
    it; ``earlier``: it was an earlier run that asked, so a failure is over and done with. ``looks`` counts the looks
    that found nothing; nothing is done before ``not_before``. Times are seconds since the epoch.
    """

    ours: bool = False
    asked_at: float | None = None
    name: str = ""
    earlier: bool = False
    looks: int = 0
    attempts: int = 0
    not_before: float = 0.0


def start(change: Change, site: Site) -> Outcome:
    """Follow a request for this account that is already under way or whose end nobody has heard, or make one."""
    now = site.aws.clock.now()
    item = Creating(change, "", now, _CREATING, name=_name(change))
    asked = site.memory.asked(_email(change))
    recall = site.aws.limits["creation.recall"].deadline_seconds or 0.0
    # Older requests show in AWS's own lists by now, whatever became of them.
    if asked is not None and now - asked.at < recall:
        noted = replace(item, token=asked.creation, ours=bool(asked.creation), name=asked.name or item.name)
        return replace(noted, asked_at=asked.at, earlier=True)
    return _join_or_ask(item, site)


def poll(pending: Sequence[Pending], site: Site) -> Mapping[Address, Outcome | Exception]:
    """One listing tells which requests are still running; only what is settled is asked about one by one.

    Where AWS does not answer a look, or does not show yet what it looks for, nothing has failed: the next poll
    looks again.
    """
    running = {record.id for record in site.aws.organizations.creations(("IN_PROGRESS",))}
    outcomes: dict[Address, Outcome | Exception] = {}
    for item in pending:
        assert isinstance(item, Creating), "only creations are pending here"
        if item.token in running or site.aws.clock.now() < item.not_before:
            continue
        try:
            with about(item.change):
                outcomes[item.change.address] = _follow(item, site) if item.token else _look(item, site)
        except FactoryError as error:
            looked = isinstance(error, AwsError) and error.action.partition(":")[2].startswith(_LOOKS)
            unknown = replace(item, waiting_for=f"AWS to say what became of it: {error.what}")
            outcomes[item.change.address] = unknown if looked else error
        except Exception as error:
            # A fault of ours with one of them must not make us forget what has just been asked for another.
            outcomes[item.change.address] = error
    return outcomes


def _name(change: Change) -> str:
    return str(change.resource.attrs["name"])


def _email(change: Change) -> str:
    return str(change.resource.attrs["email"])


def _join_or_ask(item: Creating, site: Site) -> Outcome:
    """A request for an account of this name may be ours from a run that was cut off, and done since the plan was made.

    It was under way or just done when this run first asked, or it is under way now; what was done before shows in
    the plan.
    """
    organizations = site.aws.organizations
    if site.creations is None:
        site.creations = tuple(organizations.creations(("IN_PROGRESS", "SUCCEEDED")))
    for record in organizations.creations(("IN_PROGRESS",)):
        if record.name == item.name:
            return replace(item, token=record.id, waiting_for=_CREATING)
    recall = site.aws.limits["creation.recall"].deadline_seconds or 0.0
    for record in site.creations:
        if record.name != item.name or (record.completed_at or item.since) < item.since - recall:
            continue
        if record.state != "SUCCEEDED":
            return replace(item, token=record.id, waiting_for=_CREATING)
        if (account := _made(record, site)) and account.email.casefold() == _email(item.change).casefold():
            return _settle(replace(item, token=record.id), account, site, record.completed_at)
    return _ask(item, site)


def _made(record: CreationRecord, site: Site) -> AccountRecord | None:
    """The account that a request has made; ``None`` where it has left the organization since."""
    try:
        return site.aws.organizations.account(record.account_id) if record.account_id else None
    except AwsError as error:
        if error.code != "AccountNotFoundException":
            raise
        return None


def _ask(item: Creating, site: Site) -> Outcome:
    """Make the one request. A lost answer is not a failure: from then on it is looked for."""
    if "account" in site.halted:
        raise FactoryError(f"not asked for: {site.halted['account']}", "mend that first, then run apply again")
    change, now = item.change, site.aws.clock.now()
    asked = replace(
        item, name=_name(change), asked_at=now, ours=False, earlier=False, looks=0, attempts=item.attempts + 1
    )
    try:
        record = site.aws.organizations.create_account(_email(change), _name(change), tags_of(change.resource))
    except LostReply:
        return replace(asked, waiting_for="a sign of the account: AWS's answer was lost")
    except AwsError as error:
        verdict = refusal(error)
        if verdict is Verdict.RETRY:
            later = now + site.aws.limits.seconds("organizations.CreateAccount")[0]
            return replace(item, asked_at=None, not_before=later, waiting_for=f"AWS to take the request: {error.what}")
        if verdict is Verdict.ORGANIZATION:
            site.halted["account"] = error.what
        raise
    return replace(asked, token=record.id, ours=True, waiting_for=_CREATING)


def _look(item: Creating, site: Site) -> Outcome:
    """Find out what became of a request whose answer was lost, or make the one that AWS would not take yet."""
    if item.asked_at is None:
        return _join_or_ask(item, site)
    organizations, now = site.aws.organizations, site.aws.clock.now()
    step = next_step(
        item.name,
        _email(item.change),
        item.asked_at,
        now,
        organizations.creations(),
        organizations.accounts(),
        Patience.of(site.aws.limits),
        empty_looks=item.looks,
    )
    match step:
        case Follow():
            return replace(item, token=step.creation_id, waiting_for=_CREATING)
        case Verify():
            return _settle(item, organizations.account(step.account_id), site)
        case AskAgain():
            return _ask(item, site)
        case KeepLooking():
            return replace(item, looks=item.looks + 1, not_before=now + step.seconds)


def _follow(item: Creating, site: Site) -> Outcome:
    """A request that is no longer running has succeeded or failed; AWS may take a moment to show it."""
    organizations = site.aws.organizations
    try:
        record = organizations.creation(item.token)
    except AwsError as error:
        if not (item.earlier and error.code == "CreateAccountStatusNotFoundException"):
            raise
        # Noted by an earlier run, but AWS does not know it (any more): look for what else it may have left.
        return replace(item, token="", ours=False)
    if record.state == "SUCCEEDED" and record.account_id:
        return _settle(item, organizations.account(record.account_id), site, record.completed_at)
    if record.state != "FAILED":
        return item
    if item.earlier:
        return _join_or_ask(replace(item, name=_name(item.change), token="", ours=False, asked_at=None), site)
    why = failure(record.failure_reason)
    if why.verdict is Verdict.ADOPT:
        for account in organizations.accounts():
            if account.email.casefold() == _email(item.change).casefold():
                return _settle(replace(item, ours=False), account, site)
    if why.verdict is Verdict.ORGANIZATION:
        site.halted["account"] = why.words
    retried = why.verdict is Verdict.RETRY or why.reason == "CONCURRENT_ACCOUNT_MODIFICATION"
    if retried and item.attempts < ATTEMPTS:
        later = site.aws.clock.now() + site.aws.limits.seconds("organizations.CreateAccount")[0]
        return replace(item, token="", asked_at=None, not_before=later, waiting_for=f"another try: {why.words}")
    raise FactoryError(f"AWS did not create the account ({why.reason}): {why.words}", why.way_out)


def _settle(item: Creating, account: AccountRecord, site: Site, made_at: float | None = None) -> Outcome:
    """The account exists: make sure that it is the one asked for, and move it straight to where it belongs."""
    want, organizations = item.change.resource, site.aws.organizations
    if account.email.casefold() != _email(item.change).casefold():
        raise FactoryError(
            f"the request {item.token or 'found'} made the account {account.id}, which has another e-mail address",
            "look at both requests in AWS; run apply again to ask for this account",
        )
    if account.state not in ("ACTIVE", "PENDING_ACTIVATION"):
        raise FactoryError(
            f"the e-mail address belongs to the account {account.id}, which is {account.state}",
            "choose another e-mail address; AWS does not free it when an account is closed",
        )
    if not item.ours:
        _made_by_us(want, account.id, organizations)
    target = site.id(Address.parse(str(want.attrs["parent"])))
    source = account.parent_id or organizations.parent(account.id)
    if source == target:
        return Done(account.id)
    organizations.move_account(account.id, source, target)
    # Until here only what is attached to the root has held.
    exposed = "" if made_at is None else f"in the root for {max(site.aws.clock.now() - made_at, 0.0):.0f} s"
    return Done(account.id, exposed)


def _made_by_us(want: Resource, account_id: str, organizations: Organizations) -> None:
    """CreateAccount puts our tags on the account at once; one without them was made by another request."""
    have, wanted = organizations.tags(account_id), tags_of(want)
    if any(have.get(key) != wanted[key] for key in (OWNER_TAG, ADDRESS_TAG)):
        raise FactoryError(
            f"the account {account_id} has this e-mail address meanwhile, but this request did not make it",
            "run plan again: it shows the account as one to adopt, and how it differs from the file",
        )
