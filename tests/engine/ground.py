"""A small organization in files and the strict sandbox it is built in, with a line to AWS that can fail."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from factory import engine
from factory.aws.session import Aws, from_session
from factory.core.change import Plan, Report, Result
from factory.engine import Consent, Event
from factory.sandbox import MANAGEMENT_ACCOUNT, Sandbox, SimulatedClock, Timing
from factory.sandbox.state import Account
from factory.spec import load_limits

URL = "https://organizations.invalid"
LIMITS = load_limits()
READS = ("Describe", "List", "Get")
TIMING = Timing(creation=(30, 30))
"""Every creation takes thirty simulated seconds: six polls."""

_BUILT: dict[tuple[bytes, tuple[tuple[str, str], ...]], tuple[bytes, float]] = {}
"""What was built from an organization and files, and when that was done."""

ORGANIZATION = """\
defaults: {email: "aws+{name}@example.com"}
organizational_units:
  security: {}
  workloads: {}
  workloads/prod: {}
"""
ACCOUNT = "ou: workloads/prod\n"


def denying(action: str, more: str = "") -> str:
    """A guardrail's file."""
    return f"""\
description: No one uses {action}.
type: SERVICE_CONTROL_POLICY
content:
  Version: "2012-10-17"
  Statement: [{{Effect: Deny, Action: "{action}", Resource: "*"{more}}}]
"""


ROOT_GUARDED = ORGANIZATION + "root: {guardrails: [no-leaving]}\n"
SMALL = {
    "accounts/organization.yaml": ROOT_GUARDED.replace(
        "workloads/prod: {}", "workloads/prod: {guardrails: [no-keys], tags: {stage: prod}, ou_tags: {tier: one}}"
    ),
    "audit": "ou: security\nname: Audit Log\nemail: audit@example.com\n",
    "shop": ACCOUNT + "tags: {team: web}\n",
    "blog": ACCOUNT + "guardrails: [no-buckets]\n",
    "baselines/guardrails/no-leaving.yaml": denying("organizations:LeaveOrganization"),
    "baselines/guardrails/no-keys.yaml": denying("iam:CreateAccessKey"),
    "baselines/guardrails/no-buckets.yaml": denying("s3:CreateBucket"),
}


class Killed(BaseException):
    """The process is gone at this very moment: nothing of it runs any more, no report is made."""


@dataclass
class Line:
    """Between the clients and AWS: every request that goes out and when, and which of them get lost.

    Lost *unheard*, AWS never sees the request; lost *heard*, AWS carries it out and its answer does not arrive.
    With ``begins_with`` nothing is lost before the first request of that operation.
    """

    clock: SimulatedClock
    sent: list[tuple[str, float]] = field(default_factory=list)
    plans: dict[tuple[str, str], list[Callable[[], BaseException]]] = field(default_factory=dict)
    begins_with: str | None = None

    def moments(self, operation: str) -> list[float]:
        return [when for name, when in self.sent if name == operation]

    def lose_unheard(self, operation: str, times: int = 1) -> None:
        self._fail("sending", operation, lambda: ConnectionClosedError(endpoint_url=URL), times)

    def lose_heard(self, operation: str, times: int = 1) -> None:
        self._fail("answered", operation, lambda: ReadTimeoutError(endpoint_url=URL), times)

    def refuse(self, operation: str, code: str, times: int = 1) -> None:
        """Answer with this error without asking AWS, as if botocore's own repetitions had been used up."""
        answer: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        self._fail("asked", operation, lambda: ClientError(answer, operation), times)

    def mend(self) -> None:
        """From now on nothing is lost."""
        self.plans.clear()

    def register(self, events: Any) -> None:
        """Stand around moto, which answers in the middle of ``before-send``: botocore takes it for the network."""
        events.register("request-created", lambda operation_name, **_: self._next("asked", operation_name))
        events.register_first("before-send", lambda event_name, **_: self._sending(event_name.rpartition(".")[2]))
        events.register_last(
            "before-send", lambda event_name, **_: self._next("answered", event_name.rpartition(".")[2])
        )

    def _fail(self, when: str, operation: str, error: Callable[[], BaseException], times: int) -> None:
        self.plans.setdefault((when, operation), []).extend([error] * times)

    def _sending(self, operation: str) -> None:
        self.sent.append((operation, self.clock.now()))
        self._next("sending", operation)

    def _next(self, when: str, operation: str) -> None:
        planned = self.plans.get((when, operation))
        begun = self.begins_with is None or bool(self.moments(self.begins_with))
        if planned and begun:
            raise planned.pop(0)()


@dataclass
class Ground:
    """Files in ``root``, an organization in ``box``, and what the factory makes of them."""

    root: Path
    box: Sandbox
    line: Line
    aws: Aws
    events: list[Event] = field(default_factory=list)

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write files below the root; ``None`` removes one. Names without a folder are accounts."""
        for name, content in files.items():
            path = self.root / (name if "/" in name else f"accounts/{name}.yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_text(content)

    def plan(self, consent: Consent | None = None) -> Plan:
        """What the files want, compared with AWS as it is now."""
        organization, _ = engine.load(self.root)
        self.aws.refresh()
        return engine.plan(organization, self.aws, consent or Consent())

    def apply(self, consent: Consent | None = None) -> Report:
        """Plan and apply."""
        organization, _ = engine.load(self.root)
        self.aws.refresh()
        plan = engine.plan(organization, self.aws, consent or Consent())
        return engine.apply(plan, self.aws, organization, consent or Consent(), self.events.append)

    def carry_out(self, plan: Plan, watch: Callable[[Event], None], consent: Consent | None = None) -> Report:
        """Apply just this plan."""
        organization, _ = engine.load(self.root)
        return engine.apply(plan, self.aws, organization, consent or Consent(), watch)

    def built(self, consent: Consent | None = None) -> Report:
        """Plan and apply, to the end."""
        report = self.apply(consent)
        assert report.complete, told(report)
        return report

    def ready(self) -> None:
        """Built like `built`, where the building itself is not what is tested: once for the same files."""
        assert not self.box.calls, "before anything else"
        files = sorted(self.root.rglob("*.yaml"))
        texts = tuple((str(file.relative_to(self.root)), file.read_text()) for file in files)
        before = pickle.dumps(self.box.state), texts
        if before not in _BUILT:
            self.built()
            _BUILT[before] = pickle.dumps(self.box.state), self.box.clock.now()
        after, now = _BUILT[before]
        vars(self.box.state).update(vars(pickle.loads(after)))
        self.box.clock.set(now)

    @contextmanager
    def calls(self) -> Iterator[Counter[str]]:
        """How often each operation is asked for inside, filled in at the end."""
        found: Counter[str] = Counter()
        before = len(self.box.calls)
        try:
            yield found
        finally:
            found.update(call.operation for call in self.box.calls[before:])

    def members(self) -> dict[str, Account]:
        """Every account but the management account, by name."""
        return {a.name: a for a in self.box.state.accounts.values() if a.id != MANAGEMENT_ACCOUNT}

    def where(self, node_id: str) -> str:
        """The path of the unit with this id; the root is ``root``."""
        unit = self.box.state.units.get(node_id)
        if unit is None:
            return "root"
        above = self.where(unit.parent_id)
        return unit.name if above == "root" else f"{above}/{unit.name}"

    def edited(self, old: str, new: str, name: str = "accounts/organization.yaml") -> None:
        """Change words in a file."""
        text = (self.root / name).read_text()
        assert old in text
        self.write({name: text.replace(old, new)})

    def attached(self) -> dict[str, list[str]]:
        """Policy names by node, those that AWS brings left out."""
        state = self.box.state
        names = {account.id: f"@{account.name}" for account in state.accounts.values()}
        found = {
            names.get(node) or self.where(node): sorted(
                state.policies[policy].name for policy in policies if not state.policies[policy].aws_managed
            )
            for node, policies in state.attachments.items()
        }
        return {node: policies for node, policies in found.items() if policies}

    def homes(self) -> dict[str, str]:
        """Where each account but the management account is."""
        return {name: self.where(account.parent_id) for name, account in self.members().items()}


@contextmanager
def ground(root: Path, files: Mapping[str, str | None] | None = None) -> Iterator[Ground]:
    """Files of three units and one account, and these, and a fresh sandbox."""
    with Sandbox(limits=LIMITS, timing=TIMING) as box:
        session, line = box.session(), Line(box.clock)
        line.register(session.events)
        made = Ground(root, box, line, from_session(session, LIMITS, box.clock))
        made.write({"accounts/organization.yaml": ORGANIZATION, "shop": ACCOUNT, **(files or {})})
        yield made


def mutations(calls: Counter[str]) -> dict[str, int]:
    """The calls that change something."""
    return {operation: count for operation, count in sorted(calls.items()) if not operation.startswith(READS)}


def changes(plan: Plan) -> list[str]:
    """The changes in order, as ``verb address``."""
    return [f"{change.verb} {change.address}" for change in plan.changes]


def told(report: Report) -> str:
    """A report in a few lines, for assertions."""
    results = [f"{r.status} {r.change.verb} {r.change.address}: {r.error}" for r in report.results if r.error]
    return f"results: {results}; left: {changes(report.remaining) if report.remaining else report.remaining}"


def notices(plan: Plan) -> dict[str, str]:
    """The last notice of each code."""
    return {notice.code: notice.message for notice in plan.notices}


def result(report: Report, address: str) -> Result:
    """What became of the change of this address."""
    return next(found for found in report.results if str(found.change.address) == address)
