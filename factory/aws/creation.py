"""CreateAccount's ways to fail, in words, and what to do when nobody knows how it went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from factory.aws.errors import AwsError
from factory.aws.records import AccountRecord, CreationRecord
from factory.core.limits import Limits


class Verdict(StrEnum):
    """What a failure means for what comes next."""

    RETRY = "retry"
    """It may well work the next time: look, then ask again."""
    ADOPT = "adopt"
    """The account, or a request for it, seems to exist: look for it, and take it if it is ours."""
    PERMANENT = "permanent"
    """This account cannot be made like this; others can."""
    ORGANIZATION = "organization"
    """No account can be made until a person has done something: stop asking."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One reason why AWS did not make an account: what it means, in words, and the way out."""

    reason: str
    verdict: Verdict
    words: str
    way_out: str


_LICENCE = "complete the business validation of the organization with AWS Support, then run again"
_PAYMENT = "add a valid payment method to the management account, then run again"

FAILURES: dict[str, Failure] = {
    row.reason: row
    for row in (
        Failure(
            "ACCOUNT_LIMIT_EXCEEDED",
            Verdict.ORGANIZATION,
            "the organization has as many accounts as AWS allows it, closed ones of the last 90 days included",
            "ask for more in Service Quotas (AWS Organizations, number of accounts), then run again",
        ),
        Failure(
            "EMAIL_ALREADY_EXISTS",
            Verdict.ADOPT,
            "another AWS account has this e-mail address, perhaps a closed one or one outside this organization",
            "choose another e-mail address; where the account is yours, invite it into the organization",
        ),
        Failure(
            "INVALID_ADDRESS",
            Verdict.ORGANIZATION,
            "the postal address of the management account is not valid, and new accounts copy it",
            "correct the contact information of the management account, then run again",
        ),
        Failure(
            "INVALID_EMAIL",
            Verdict.PERMANENT,
            "AWS does not accept this e-mail address",
            "correct email: in the account's file, or the template under defaults:",
        ),
        Failure(
            "CONCURRENT_ACCOUNT_MODIFICATION",
            Verdict.ADOPT,
            "the same account is already being made by another request",
            "wait until that request is done, then run again: its account is taken over",
        ),
        Failure(
            "INTERNAL_FAILURE",
            Verdict.RETRY,
            "AWS had a problem of its own",
            "run again; if it stays, ask AWS Support",
        ),
        Failure(
            "GOVCLOUD_ACCOUNT_ALREADY_EXISTS",
            Verdict.PERMANENT,
            "a GovCloud account for this one exists already",
            "invite the account that exists, or choose another e-mail address",
        ),
        Failure(
            "MISSING_BUSINESS_VALIDATION",
            Verdict.ORGANIZATION,
            "the organization has not been through AWS's business validation",
            _LICENCE,
        ),
        Failure(
            "FAILED_BUSINESS_VALIDATION",
            Verdict.ORGANIZATION,
            "AWS's business validation of the organization failed",
            _LICENCE,
        ),
        Failure(
            "PENDING_BUSINESS_VALIDATION",
            Verdict.ORGANIZATION,
            "AWS's business validation of the organization is not finished",
            "wait until it is, then run again",
        ),
        Failure(
            "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
            Verdict.ORGANIZATION,
            "the identity given for AWS's business validation is not valid",
            _LICENCE,
        ),
        Failure(
            "UNKNOWN_BUSINESS_VALIDATION",
            Verdict.ORGANIZATION,
            "AWS's business validation of the organization ended in a way it does not explain",
            _LICENCE,
        ),
        Failure(
            "MISSING_PAYMENT_INSTRUMENT",
            Verdict.ORGANIZATION,
            "the management account has no payment method",
            _PAYMENT,
        ),
        Failure(
            "INVALID_PAYMENT_INSTRUMENT",
            Verdict.ORGANIZATION,
            "the payment method of the management account is not valid",
            _PAYMENT,
        ),
        Failure(
            "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED",
            Verdict.PERMANENT,
            "AWS could not make the account with these tags because of a resource policy that exists",
            "review the organization's resource policy, or ask AWS Support with the request id",
        ),
    )
}
"""Every failure reason AWS documents (API reference, CreateAccountStatus)."""

_REFUSALS: dict[str, Verdict] = {
    "TooManyRequestsException": Verdict.RETRY,
    "ConcurrentModificationException": Verdict.RETRY,
    "FinalizingOrganizationException": Verdict.RETRY,
    # More creations in progress than AWS takes at once; botocore 1.44.5 words it so, older texts as a daily cap.
    "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED": Verdict.RETRY,
    "InvalidInputException": Verdict.PERMANENT,
    "TAG_POLICY_VIOLATION": Verdict.PERMANENT,
    "MAX_TAG_LIMIT_EXCEEDED": Verdict.PERMANENT,
}


def failure(reason: str | None) -> Failure:
    """What a creation's failure reason means; one that AWS adds later counts as permanent for this account."""
    known = FAILURES.get(reason or "")
    return known or Failure(
        reason or "UNKNOWN",
        Verdict.PERMANENT,
        f"AWS gave a reason this version does not know: {reason}" if reason else "AWS gave no reason",
        "look the reason up in the API reference of CreateAccountStatus, then run again",
    )


def refusal(error: AwsError) -> Verdict:
    """What it means that CreateAccount was refused on the spot (not for a `LostReply`: that is not a no)."""
    return _REFUSALS.get(error.reason) or _REFUSALS.get(error.code) or Verdict.ORGANIZATION


@dataclass(frozen=True, slots=True)
class Follow:
    """A request that is probably ours: watch it to its end, whatever that is."""

    creation_id: str


@dataclass(frozen=True, slots=True)
class Verify:
    """An account that is probably ours: compare its e-mail, then take it."""

    account_id: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    """AWS did not hear the request: make it again."""


@dataclass(frozen=True, slots=True)
class KeepLooking:
    """Too early to say: look again in this many seconds."""

    seconds: float


Step = Follow | Verify | AskAgain | KeepLooking


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to look after a lost reply, in seconds, and how far AWS's clock may be from ours."""

    between_looks: float
    settle: float
    clock_skew: float
    empty_looks: int = 2

    @classmethod
    def of(cls, limits: Limits) -> Patience:
        """From the limits table."""
        between_looks, settle = limits.seconds("creation.settle")
        return cls(between_looks, settle, limits["creation.clock_skew"].deadline_seconds or 0.0)


def next_step(
    name: str,
    email: str,
    asked_at: float,
    now: float,
    creations: Iterable[CreationRecord],
    accounts: Iterable[AccountRecord],
    patience: Patience,
    *,
    empty_looks: int = 0,
) -> Step:
    """What to do about a request for an account whose outcome nobody knows (lost reply, crash).

    ``asked_at`` is our clock before the request was made, ``creations`` and ``accounts`` what AWS shows now,
    ``empty_looks`` how many looks before this one ended in `KeepLooking`. An account with the e-mail settles
    it: AWS gives an address to one account only.
    Requests do not show their e-mail, so one of the same name is followed and its account verified. A failed
    one counts only from ``asked_at`` on: an older failure must not be taken for ours.
    """
    by_id = {account.id: account for account in accounts}
    wanted = email.casefold()
    for account in by_id.values():
        if account.email.casefold() == wanted:
            return Verify(account.id)
    mine = [c for c in creations if c.name == name]
    recent = [c for c in mine if c.requested_at >= asked_at - patience.clock_skew]
    running = [c for c in recent if c.state not in ("SUCCEEDED", "FAILED")]
    if running:
        return Follow(_latest(running).id)
    # An account that shows in the list with another e-mail is not ours; one that does not show yet may be.
    made = [c for c in recent if c.state == "SUCCEEDED" and c.account_id not in by_id]
    if made:
        latest = _latest(made)
        return Verify(latest.account_id) if latest.account_id else Follow(latest.id)
    failed = [c for c in recent if c.state == "FAILED" and c.requested_at >= asked_at]
    if failed:
        return Follow(_latest(failed).id)
    if empty_looks + 1 >= patience.empty_looks and now - asked_at >= patience.settle:
        return AskAgain()
    return KeepLooking(max(patience.between_looks, 0.0))


def _latest(creations: list[CreationRecord]) -> CreationRecord:
    return max(creations, key=lambda creation: (creation.requested_at, creation.id))
