"""What must hold after every single call, whatever goes wrong (I1 to I14 of the reliability facts, as far as one
run can break them; the lock has its own tests for I12, the crash tests are I9)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from factory.core.change import Plan, Report
from factory.core.journal import Entry, read, unfinished
from factory.core.limits import Limits
from factory.core.policy_types import SCP
from factory.engine import Journal
from factory.sandbox import MANAGEMENT_ACCOUNT, Call, Sandbox
from factory.views.json import plan_json, report_json
from factory.views.style import Style
from factory.views.text import plan_text, report_text
from tests.property.worlds import World

READS = ("Describe", "List", "Get")


def changes_something(call: Call) -> bool:
    return not call.operation.startswith(READS)


@dataclass
class Watch:
    """Looks at the organization after every call of a run that may change it, and remembers what it saw."""

    box: Sandbox
    wanted: World
    limits: Limits
    journal: Journal = field(default_factory=Journal)
    plan: Plan | None = None
    seen: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    _left_alone: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._left_alone = self._unwanted()

    def __call__(self, call: Call) -> None:
        """Check; what is broken is kept, since the engine takes an error in here for one of its own."""
        if not changes_something(call):
            return
        self.seen[call.operation] += 1
        try:
            self.check(call)
        except AssertionError as error:
            self.broken.append(str(error))

    def check(self, call: Call) -> None:
        """Raise ``AssertionError`` where something does not hold now that AWS has carried out this call."""
        assert self.plan is not None, f"I7: {call.operation} while planning"
        self.one_account_an_email()
        self.every_node_has_a_policy_and_not_too_many()
        assert self._unwanted() == self._left_alone, f"I5: {call} touched an account that no file names"
        self.within_the_plan(call)

    def one_account_an_email(self) -> None:
        """I1: an address is asked for once, unless AWS has said that the request failed."""
        wanted = {f"{stem}@example.com" for stem in self.wanted.accounts}
        state = self.box.state
        accounts = Counter(a.email.casefold() for a in state.accounts.values() if a.state == "ACTIVE")
        asked = Counter(c.email.casefold() for c in state.creations.values() if c.state != "FAILED")
        assert not [email for email, count in accounts.items() if count > 1], f"I1: {accounts}"
        assert not [email for email, count in asked.items() if count > 1], f"I1: {asked}"
        assert len(asked.keys() & wanted) <= len(wanted)

    def every_node_has_a_policy_and_not_too_many(self) -> None:
        """I3 and I4, the limit included while things are under way."""
        state = self.box.state
        if state.organization is None or state.organization.policy_types.get(SCP) != "ENABLED":
            return
        for node, policies in state.attachments.items():
            kinds = Counter(state.policies[policy].type for policy in policies)
            assert kinds[SCP] >= 1, f"I3: {node} has no service control policy"
            for kind, count in kinds.items():
                most = self.limits.quota(f"organizations.attachments.{kind}")
                assert most is None or count <= most, f"I4: {node} has {count} of {kind}"

    def within_the_plan(self, call: Call) -> None:
        """I10 and I11: AWS hears of nothing that the plan does not hold and the journal does not know."""
        assert self.plan is not None
        records = read(self.journal.content).records
        intents = [record for record in records if record["event"] == Entry.INTENT]
        assert intents, f"I11: {call.operation} without an intent"
        last = intents[-1]
        assert str(last["operation"]).endswith(f".{call.operation}"), f"I11: {call.operation}, noted: {last}"
        assert last in unfinished(records), "I11: the outcome is noted before there is one"
        approved = {str(change.address) for change in self.plan.changes}
        assert last["address"] in approved, f"I10: {last['address']} is not in the plan"

    def ended(self, report: Report) -> None:
        """I11 and I13, once a run has come to its end."""
        chain = read(self.journal.content)
        assert chain.sound
        left = [record for record in unfinished(chain.records) if record["run"] == self.journal.run]
        assert not left, f"I11: intents without an outcome: {left}"
        plain = Style(width=100)
        for text in (
            self.journal.content.decode(),
            plan_text(report.plan, plain),
            plan_json(report.plan),
            report_text(report, plain),
            report_json(report),
        ):
            assert "@example.com" not in text, "I13: an e-mail address where anyone may read it"

    def _unwanted(self) -> dict[str, object]:
        """I5 and I6: accounts that no file names, the management account among them, and what is on them."""
        state = self.box.state
        known = set(self.wanted.accounts) | set(self.wanted.account_was.values())
        emails = {f"{stem}@example.com" for stem in known}

        def ours(node: str) -> list[str]:
            return sorted(p for p in state.attachments.get(node, ()) if not state.policies[p].aws_managed)

        return {
            account.id: (account.parent_id, account.name, account.state, ours(account.id))
            for account in state.accounts.values()
            if account.id == MANAGEMENT_ACCOUNT
            or (account.email not in emails and state.tags.get(account.id, {}).get("factory:address") not in known)
        }


@contextmanager
def watched(watch: Watch) -> Iterator[Watch]:
    """Look after every call inside."""
    watch.box.watchers.append(watch)
    try:
        yield watch
    finally:
        watch.box.watchers.remove(watch)
    assert not watch.broken, watch.broken


def exposure(report: Report) -> list[str]:
    """I14: what is said of accounts that stood in the root."""
    return [result.note for result in report.results if result.note]


def told(report: Report) -> str:
    """A report in a few lines."""
    return json.dumps([[str(r.status), str(r.change.address), r.error] for r in report.results if r.error])
