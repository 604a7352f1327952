"""What is special about accounts: states that are left alone, notices for people, and safety rules."""

from __future__ import annotations

from collections.abc import Iterable

from factory.core.address import ROOT, Address
from factory.core.change import Action, Notice, Refusal
from factory.core.guard import Case, Rule
from factory.core.resource import ADDRESS_TAG, TAGS, Resource
from factory.kinds.account_identity import GONE
from factory.kinds.ownership import undeclared_tags

ENDED = frozenset({"CLOSED", "PENDING_CLOSURE"})
"""States from which no account comes back by itself; a suspended one may."""

ADDRESS = TAGS + ADDRESS_TAG


def actionable(address: Address, case: Case, notices: list[Notice]) -> bool:
    """Whether a declared account is compared at all; if not, a notice says why."""
    want, have = case.desired[address], case.snapshot.resources.get(address)
    state = case.snapshot.health.get(address, "ACTIVE")
    if want.attrs.get("state") == "CLOSED":
        if have is None:
            notices.append(
                Notice("closed", f"{address} is declared closed and is not in the organization", address, want.source)
            )
        elif state in GONE:
            notices.append(Notice("closed", f"{address} is closed ({state})", address, want.source))
        return have is not None and state not in GONE
    if have is None or state == "ACTIVE" or (state in GONE and not have.owned and want.id is None):
        return True
    way_out = "; write state: closed, or give a new account another file name" if state in ENDED else ""
    what = f"{address} ({have.id}) is {state} in AWS: skipped{way_out}"
    notices.append(Notice("not-active", what, address, want.source))
    return False


def notices(case: Case) -> list[Notice]:
    """Unmanaged accounts, root e-mails that a person has to change, tags that nobody declares."""
    found: list[Notice] = []
    extra: list[str] = []
    identity = case.snapshot.identity
    foreign = 0
    for address, have in sorted(case.snapshot.resources.items()):
        if address.kind != "account":
            continue
        want = case.desired.get(address)
        if want is None:
            if have.id == identity.management_account or address in case.snapshot.health:
                continue
            if have.owned:
                found.append(
                    Notice(
                        "unmanaged",
                        f"account {have.label} ({have.id}) has no file any more: left in {have.attrs['parent']}",
                        address,
                    )
                )
            else:
                foreign += 1
        elif "parent" in want.attrs:
            found += _email(want, have)
            if have.owned and (keys := undeclared_tags(want, have)):
                extra.append(f"{address} ({', '.join(keys)})")
    if foreign:
        found.append(Notice("foreign", f"{foreign} account{'s' * (foreign != 1)} that no file declares, left alone"))
    if extra:
        found.append(Notice("extra-tags", f"tags that no file declares, left alone: {'; '.join(extra)}"))
    return found


def _email(want: Resource, have: Resource) -> Iterable[Notice]:
    wanted, live = str(want.attrs["email"]), str(have.attrs["email"])
    if wanted.casefold() != live.casefold():
        yield Notice(
            "email-differs",
            f"{want.address} has the root e-mail {live}, the file says {wanted}; changing it takes a code that "
            f"AWS sends there: aws account start-primary-email-update --account-id {have.id} --primary-email "
            f"{wanted}, then aws account accept-primary-email-update "
            f"(both in full with --show-emails)",
            want.address,
            want.source,
        )


def _open(address: Address, case: Case) -> bool:
    return case.snapshot.health.get(address) not in ENDED


def _unnamed(case: Case) -> list[Resource]:
    """Open accounts that no file declares, whoever made them."""
    unnamed = [
        have
        for address, have in case.snapshot.resources.items()
        if address.kind == "account"
        and address not in case.desired
        and _open(address, case)
        and have.id != case.snapshot.identity.management_account
    ]
    return sorted(unnamed, key=lambda have: have.address)


def maybe_rename(case: Case) -> Iterable[Refusal]:
    """An account of ours lost its file while another file would make a new one: that may be a rename."""
    unnamed = _unnamed(case)
    lost = [have for have in unnamed if have.owned]
    names = ", ".join(f"{have.attrs.get('tags.factory:address', have.label)} ({have.id})" for have in lost[:5])
    more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
    for change in case.changes:
        if change.action is Action.CREATE and change.address.kind == "account":
            if change.resource.confirmed or change.resource.id is not None:
                continue
            name = str(change.resource.attrs["name"]).casefold()
            alike = [have for have in unnamed if have.label.casefold() == name]
            if alike:
                yield Refusal(
                    "maybe-rename",
                    f"{change.address} would be created while an account of that name has no file: {alike[0].label} "
                    f"({alike[0].id})",
                    "id: in the file if it is that account, new: true if it is really another one",
                    change.address,
                    change.source,
                )
                continue
            if not lost:
                continue
            yield Refusal(
                "maybe-rename",
                f"{change.address} would be created while accounts of ours have no file: {names}{more}",
                "was: OLD-NAME in the file if it was renamed, new: true if it is really a new account",
                change.address,
                change.source,
            )


def taken_email(case: Case) -> Iterable[Refusal]:
    """AWS never gives an e-mail address out twice, not even after the account that had it is closed."""
    owners = {
        str(have.attrs["email"]).casefold(): have for a, have in case.snapshot.resources.items() if a.kind == "account"
    }
    for change in case.changes:
        if change.address.kind != "account" or "email" not in change.resource.attrs:
            continue
        creating = change.action is Action.CREATE and change.resource.id is None
        owner = owners.get(str(change.resource.attrs["email"]).casefold()) if creating else change.before
        if owner is None:
            continue
        state = case.snapshot.health.get(owner.address)
        if state in GONE:
            yield Refusal(
                "closed-account-email",
                f"{change.address} would use an e-mail that belongs to {owner.label} ({owner.id}), which is {state}",
                "choose another e-mail address; AWS does not free it when an account is closed",
                change.address,
                change.source,
            )
        elif creating:
            yield Refusal(
                "email-in-use",
                f"{change.address} would use the e-mail of {owner.address} ({owner.id})",
                "choose another e-mail address, or pin the account with id: in one file only",
                change.address,
                change.source,
            )


def pinned_id(case: Case) -> Iterable[Refusal]:
    """A file that pins an id speaks of an account that exists; it never makes a new one."""
    for change in case.changes:
        if change.action is Action.CREATE and change.address.kind == "account" and change.resource.id:
            yield Refusal(
                "pinned-id",
                f"{change.address} is pinned to the account {change.resource.id}, which is not in this organization",
                "correct id:, or take it out to create a new account",
                change.address,
                change.source,
            )


def ambiguous_identity(case: Case) -> Iterable[Refusal]:
    """Signs that contradict each other: better no account at all than the wrong one."""
    live = [r for a, r in sorted(case.snapshot.resources.items()) if a.kind == "account" and _open(a, case)]
    by_email = {str(r.attrs["email"]).casefold(): r for r in live}
    by_name: dict[str, list[Resource]] = {}
    for have in live:
        if have.owned and ADDRESS in have.attrs:
            by_name.setdefault(str(have.attrs[ADDRESS]), []).append(have)
    for address, want in sorted(case.desired.items()):
        found = case.snapshot.resources.get(address)
        if address.kind != "account" or found is None:
            continue
        way_out = "pin the account with id:, or remove or correct the tag factory:address in AWS"
        carried = str(found.attrs.get(ADDRESS, "")) if found.owned else ""
        email, live_email = (str(r.attrs.get("email", "")).casefold() for r in (want, found))
        other = by_email.get(email)
        problem = ""
        namesakes = [r for r in by_name.get(address.name, []) if r.id != found.id]
        if namesakes:
            problem = f"the account {namesakes[0].id} carries its name in the tag factory:address, too"
            way_out = "remove or correct that tag in AWS on the account that is not meant"
        elif carried not in ("", address.name) and Address("account", carried) in case.desired:
            problem = f"it carries the name {carried} in the tag factory:address, and there is a file for that, too"
            way_out = "correct id: or email: in one of the two files, or the tag in AWS"
        elif want.id is None and carried == address.name and email != live_email:
            if other is not None and other.id != found.id:
                problem = f"the tag factory:address says so, but the e-mail in the file is that of {other.id}"
            elif want.confirmed:
                problem = "the file says new: true with another e-mail, but this account carries its name"
                way_out = "give the new account a file name of its own, and the renamed file was:"
            elif want.attrs.get("state") == "CLOSED":
                problem = "it would be closed, but its e-mail is not the one in the file"
        if problem:
            what = f"{address} would be the account {found.label} ({found.id}): {problem}"
            yield Refusal("ambiguous-identity", what, way_out, address, want.source)


def closing(case: Case) -> Iterable[Refusal]:
    """Closing takes the file and a flag that names the account."""
    for change in case.changes:
        if change.action is Action.CLOSE and change.address.name not in case.consent.close:
            yield Refusal(
                "close-needs-flag",
                f"{change.address} ({change.resource.id}) would be closed",
                f"--close {change.address.name}",
                change.address,
                change.source,
            )
        elif (
            change.action is Action.CLOSE
            and change.before
            and not change.before.owned
            and case.desired[change.address].id is None
        ):
            yield Refusal(
                "close-needs-flag",
                f"{change.address} ({change.resource.id}) would be closed, but it was never ours",
                "pin it with id:, so that there is no doubt which account is meant",
                change.address,
                change.source,
            )


def protected(case: Case) -> Iterable[Refusal]:
    """Accounts named under ``safety: protected`` are not moved or closed.

    Out of the root they may go: AWS makes accounts there, and one whose first move was cut off must get to its unit.
    What holds in the root holds in every unit as well.
    """
    for change in case.changes:
        moved = any(f.name == "parent" and f.before not in (None, str(ROOT)) for f in change.fields())
        if (
            change.address.kind == "account"
            and change.address.name in case.thresholds.protected
            and (moved or change.action is Action.CLOSE)
        ):
            yield Refusal(
                "protected-account",
                f"{change.verb} {change.address}: it is named under safety: protected",
                "take it off the list, or --allow protected-account",
                change.address,
                change.source,
            )


RULES: tuple[Rule, ...] = (maybe_rename, ambiguous_identity, taken_email, pinned_id, closing, protected)
