"""From credentials to gateways. boto3 and botocore load when a connection is made, not before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

from factory import __version__
from factory.aws.access_analyzer import AccessAnalyzer
from factory.aws.accounts import Accounts
from factory.aws.clock import WALL, Clock
from factory.aws.identity import Identity
from factory.aws.objects import Objects
from factory.aws.organizations import Organizations
from factory.aws.pacing import Pacing
from factory.aws.reading import Part, confirm_tags, read_organization
from factory.aws.records import Ours, Reading
from factory.aws.stack_set_sweep import StackSetSweep
from factory.aws.stack_sets import StackSets
from factory.aws.stack_sweep import StackSweep
from factory.aws.stacks import Stacks
from factory.aws.tagging import Tagging
from factory.aws.template_bucket import LARGEST_TEMPLATE, TemplateBucket
from factory.core.limits import Limits

if TYPE_CHECKING:
    import boto3

    from factory.aws.call import Calls

HOME_REGIONS = {
    "aws": "us-east-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-cn": "cn-northwest-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}
"""Partition -> the Region where its Organizations answers (AWS's endpoint data)."""

SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}
"""Partition -> how the names of its endpoints end, where that is not ``amazonaws.com`` (AWS's endpoint data)."""

ATTEMPTS = 8
"""How often botocore sends a request that is throttled or whose connection is lost, the first time included."""

PATIENCE = 30
"""Seconds that a request may go without an answer."""

OBJECT_ATTEMPTS, OBJECT_PATIENCE = 3, 10
"""The same for small objects in S3, which answers in milliseconds: whoever asks waits for it in the middle of a run."""

WORKERS = 8
"""Streams of a read side by side: enough to keep the slowest rates busy."""


@dataclass
class Aws:
    """One calling account's AWS: gateways that share one pacing, and the organization as last read.

    ``regions`` are those of the partition that CloudFormation is in, as far as botocore knows. ``workers`` bounds the
    streams of a read. ``pacing`` can tell a scheduler how long an operation would wait.
    ``calls`` is what all gateways send through; its gate is closed for changes until apply opens it.
    """

    calls: Calls
    organizations: Organizations
    accounts: Accounts
    tagging: Tagging
    sts: Identity
    limits: Limits
    clock: Clock
    pacing: Pacing
    partition: str = "aws"
    regions: tuple[str, ...] = ()
    workers: int = WORKERS
    _stack_sets: Callable[[str], StackSets] | None = field(default=None, repr=False)
    _stacks: Callable[[str], Stacks] | None = field(default=None, repr=False)
    _ours: Ours | None = field(default=None, repr=False)
    _objects: Callable[[str, str | None], Objects] | None = field(default=None, repr=False)
    _template_bucket: Callable[[str], TemplateBucket] | None = field(default=None, repr=False)
    _access_analyzer: Callable[[], AccessAnalyzer] | None = field(default=None, repr=False)
    _reading: Reading | None = field(default=None, repr=False)
    _types: frozenset[str] = field(default=frozenset(), repr=False)

    def objects(self, bucket: str, region: str | None = None) -> Objects:
        """The objects of a bucket in ``region``, else in the Region of the credentials.

        Their requests are made apart from all others, so that what is done around every request of a run may use
        them. Raises `AwsError` where the Region does not exist.
        """
        assert self._objects is not None, "made by from_session"
        return self._objects(bucket, region)

    def template_bucket(self, bucket: str) -> TemplateBucket:
        """The bucket through which templates go that are too large for a request. What is put there is a change."""
        assert self._template_bucket is not None, "made by from_session"
        return self._template_bucket(bucket)

    def access_analyzer(self) -> AccessAnalyzer:
        """Access Analyzer in the Region that was chosen, else in that of the credentials."""
        assert self._access_analyzer is not None, "made by from_session"
        return self._access_analyzer()

    @property
    def stack_sets(self) -> StackSets:
        """The stack sets of the Region that was last read."""
        assert self._ours is not None, "only where stack sets were read"
        return self.stack_sets_in(self._ours.home)

    def stack_sets_in(self, region: str) -> StackSets:
        """The stack sets of a Region."""
        assert self._stack_sets is not None, "made by from_session"
        return self._stack_sets(region)

    def stacks(self, region: str) -> Stacks:
        """The caller's own stacks in a Region."""
        assert self._stacks is not None, "made by from_session"
        return self._stacks(region)

    def reading(self, types: Iterable[str] = (), ours: Ours | None = None) -> Reading:
        """The organization as read once and kept; read again where more is asked for: policies of other ``types``, say.

        Without ``ours``, nothing of CloudFormation is read.
        """
        asked = (self._types | frozenset(types), ours)
        if self._reading is None or asked != (self._types, self._ours):
            self._types, self._ours = asked
            parts: list[Part] = []
            if ours is not None:
                stack_sets = StackSetSweep(self.stack_sets_in, ours, self.regions if ours.expected else ours.regions)
                parts = [stack_sets, StackSweep(self.stacks, ours, stack_sets.regions)]
            self._reading = read_organization(self, self._types, parts)
        return self._reading

    def confirm_tags(self, resource_ids: Iterable[str]) -> Reading:
        """The kept reading with these resources' tags confirmed one by one, kept from now on."""
        self._reading = confirm_tags(self, self.reading(ours=self._ours), resource_ids)
        return self._reading

    def refresh(self) -> None:
        """Forget what was read: the next `reading` asks AWS again."""
        self._reading = None


def connect(
    profile: str | None,
    region: str | None,
    limits: Limits,
    clock: Clock = WALL,
    session: boto3.Session | None = None,
) -> Aws:
    """Connect with the standard credential chain, or with ``session``; ``AWS_ENDPOINT_URL`` is honoured.

    Nothing is sent yet. Raises `CredentialsError` where the profile cannot be used, `AwsError` where the Region
    does not exist.
    """
    if session is None:
        import boto3

        with _in_our_words():
            session = boto3.Session(profile_name=profile, region_name=region)
    return from_session(session, limits, clock, region=region)


def from_session(
    session: boto3.Session,
    limits: Limits,
    clock: Clock = WALL,
    workers: int = WORKERS,
    *,
    region: str | None = None,
    random: Random | None = None,
) -> Aws:
    """The gateways over any boto3 session.

    ``workers`` bounds the streams of a read. ``random`` is the jitter of waits; on a simulated clock it repeats.
    """
    from botocore.config import Config

    from factory.aws.call import Calls
    from factory.aws.retries import sleep_with

    make: Any = session.client  # typed by boto3 for literal service names only
    chosen = region or session.region_name
    with _in_our_words():
        partition = session.get_partition_for_region(chosen) if chosen else "aws"
        home = HOME_REGIONS.get(partition, chosen)

        def client(
            service: str, attempts: int = ATTEMPTS, region_name: str | None = home, patience: int = PATIENCE
        ) -> Any:
            config = Config(
                region_name=region_name,
                retries={"mode": "standard", "total_max_attempts": attempts},
                user_agent_extra=f"aws-account-factory/{__version__}",
                connect_timeout=10,
                read_timeout=patience,
                max_pool_connections=max(10, workers),
            )
            made = make(service, config=config)
            if clock is not WALL:
                sleep_with(made, clock.sleep, attempts)
            return made

        pacing = Pacing(limits, clock)
        jitter = random or Random(None if clock is WALL else 0)
        calls = Calls(limits, clock, pacing, jitter)

        def objects(bucket: str, bucket_region: str | None) -> Objects:
            with _in_our_words():
                made = client("s3", OBJECT_ATTEMPTS, bucket_region or chosen or home, OBJECT_PATIENCE)
            return Objects(Calls(limits, clock, pacing, jitter), made, bucket)

        def template_bucket(bucket: str) -> TemplateBucket:
            with _in_our_words():
                made = client("s3", region_name=chosen or home)
            objects = Objects(calls, made, bucket, largest=LARGEST_TEMPLATE, noted=True)
            return TemplateBucket(objects, SUFFIXES.get(partition, "amazonaws.com"))

        def access_analyzer() -> AccessAnalyzer:
            with _in_our_words():
                return AccessAnalyzer(calls, client("accessanalyzer", region_name=chosen or home))

        @lru_cache
        def stack_sets(stack_set_region: str) -> StackSets:
            with _in_our_words():
                return StackSets(calls, client("cloudformation", region_name=stack_set_region), stack_set_region)

        @lru_cache
        def stacks(stack_region: str) -> Stacks:
            with _in_our_words():
                return Stacks(calls, client("cloudformation", region_name=stack_region), stack_region)

        # CreateAccount has no token against repetition, and botocore repeats what a timeout left open: so it
        # has a client of its own that sends once.
        creating = client("organizations", attempts=1)
        return Aws(
            calls=calls,
            organizations=Organizations(calls, client("organizations"), creating),
            accounts=Accounts(calls, client("account")),
            tagging=Tagging(calls, client("resourcegroupstaggingapi")),
            sts=Identity(calls, client("sts")),
            limits=limits,
            clock=clock,
            pacing=pacing,
            partition=partition,
            regions=tuple(session.get_available_regions("cloudformation", partition_name=partition)),
            workers=workers,
            _stack_sets=stack_sets,
            _stacks=stacks,
            _objects=objects,
            _template_bucket=template_bucket,
            _access_analyzer=access_analyzer,
        )


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Turn what botocore says about profiles, Regions and configuration into our errors."""
    from factory.aws.translate import TRANSLATED, translate

    try:
        yield
    except TRANSLATED as error:
        raise translate(error, "session") from None
