"""An organization as a tree of units and accounts, with the policies attached to each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from factory.views.style import Style, Tone, plural

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
