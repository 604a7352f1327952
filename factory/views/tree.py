"""An organization as a tree of units and accounts, with the policies attached to each; stacks as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from factory.views.style import Style, Tone, columns, plural

if TYPE_CHECKING:
    from factory.aws.records import AccountRecord, Reading


def tree(reading: Reading, style: Style) -> str:
    """Names before ids; ends in a newline, its last line a count."""
    identity = f"organization {style.clean(reading.organization.id)}"
    lines = [style.paint(identity, Tone.STRONG), *_node(reading, reading.root.id, "Root", "", style), ""]
    customer = [policy for policy in reading.policies if not policy.aws_managed]
    counts = (
        plural(len(reading.units), "OU"),
        plural(len(reading.accounts), "account"),
        f"{len(customer)} {'policy' if len(customer) == 1 else 'policies'}",
        plural(len(reading.attachments), "attachment"),
    )
    return "\n".join([*lines, ", ".join(counts)]) + "\n"


class Stacks(Protocol):
    """Stacks that belong together: a stack set's, or those of one name that an account has of its own."""

    @property
    def name(self) -> str:
        """The name in AWS."""

    @property
    def own(self) -> bool:
        """Whether they belong to no stack set."""

    @property
    def accounts(self) -> int:
        """In how many accounts they are."""

    @property
    def regions(self) -> int:
        """In how many Regions they are."""

    @property
    def statuses(self) -> Mapping[str, int]:
        """How many have which status."""


def stack_counts(found: Iterable[Stacks], style: Style) -> str:
    """A line for each stack set, then for the stacks that belong to none; empty where there are none."""
    rows = list(found)
    lines: list[str] = []
    for own, title in ((False, "Stack sets"), (True, "Stacks of the management account")):
        here = [row for row in rows if row.own is own]
        width = max((columns(style.clean(row.name)) for row in here), default=0)
        lines += ["", style.paint(title, Tone.STRONG)] if here else []
        for row in here:
            name = style.clean(row.name)
            lines.append(f"  {name}{' ' * (width - columns(name))}  {_counts(row, style)}")
    return "\n".join(lines) + "\n" if lines else ""


def _counts(row: Stacks, style: Style) -> str:
    total = sum(row.statuses.values())
    if not total:
        return "no stacks"
    places = [*([] if row.own else [plural(row.accounts, "account")]), plural(row.regions, "Region")]
    statuses = ", ".join(f"{style.clean(status)} {count}" for status, count in sorted(row.statuses.items()))
    return f"{plural(total, 'stack')} in {', '.join(places)}: {statuses}"


def _node(reading: Reading, node_id: str, name: str, indent: str, style: Style) -> Iterator[str]:
    yield from _entry(reading, node_id, name + "/", node_id, indent, style)
    below = indent + "  "
    accounts = sorted((a for a in reading.accounts if a.parent_id == node_id), key=lambda a: (a.name, a.id))
    for account in accounts:
        yield from _entry(reading, account.id, account.name, _about(account, reading), below, style)
    for unit in sorted((u for u in reading.units if u.parent_id == node_id), key=lambda u: (u.name, u.id)):
        yield from _node(reading, unit.id, unit.name, below, style)


def _about(account: AccountRecord, reading: Reading) -> str:
    words = [account.id, account.email]
    if account.id == reading.organization.management_account_id:
        words.append("management account")
    if account.state != "ACTIVE":
        words.append(account.state)
    return ", ".join(words)


def _entry(reading: Reading, target: str, name: str, about: str, indent: str, style: Style) -> Iterator[str]:
    names = {policy.id: policy.name for policy in reading.policies}
    attached = sorted(names.get(a.policy_id, a.policy_id) for a in reading.attachments if a.target_id == target)
    words = f"{indent}{style.clean(name)} {style.paint(f'({style.clean(about)})', Tone.FAINT)}"
    if not attached:
        yield words
        return
    yield from style.wrap(
        style.clean(", ".join(attached)), f"{words} {style.paint('<-', Tone.PLACE)} ", indent + "    "
    )
