"""Reading an organization: by pages and policies, never by account; what is missing is said."""

from __future__ import annotations

import itertools

import pytest

from factory.aws.errors import AwsError, CredentialsError, NoOrganization
from factory.aws.reading import confirm_tags, read_organization
from factory.core.resource import Gap
from tests.aws.fakes import MANAGEMENT, ROOT, FakeClient, aws_on, client_error

DENIED = client_error("AccessDeniedException", "no")


@pytest.fixture
def client():
    return FakeClient()


@pytest.fixture
def aws(client, limits, clock):
    return aws_on(client, limits, clock)


def test_the_whole_organization(aws):
    reading = aws.reading()
    assert {account.id: account.parent_id for account in reading.accounts} == {
        MANAGEMENT: ROOT,
        "222222222222": "ou-root-c",
        "333333333333": "ou-root-b",
    }
    assert {account.state for account in reading.accounts} == {"ACTIVE"}
    assert {unit.id: unit.parent_id for unit in reading.units} == {
        "ou-root-a": ROOT,
        "ou-root-b": ROOT,
        "ou-root-c": "ou-root-a",
    }
    assert {policy.id: policy.content for policy in reading.policies} == {
        "p-FullAWSAccess": None,
        "p-RCPFullAWSAccess": None,
        "p-one11111": "text of p-one11111",
    }
    everything = {ROOT, *(unit.id for unit in reading.units), *(account.id for account in reading.accounts)}
    assert {(a.policy_id, a.target_id) for a in reading.attachments} == {
        *(("p-FullAWSAccess", node) for node in everything),
        ("p-one11111", ROOT),
    }
    assert reading.tags["222222222222"] == {"a": "1"}
    assert reading.tags["333333333333"] == {}
    assert "p-FullAWSAccess" not in reading.tags
    assert (reading.caller_account, reading.root.id, reading.gaps) == (MANAGEMENT, ROOT, ())
    assert not reading.tags_confirmed


def test_nothing_is_asked_per_account(aws, client):
    aws.reading()
    names = [name for name, _ in client.asked]
    assert "list_parents" not in names
    assert "list_accounts_for_parent" not in names
    assert "list_tags_for_resource" not in names
    assert names.count("describe_policy") == 1
    assert "p-RCPFullAWSAccess" not in {asked.get("PolicyId") for _, asked in client.asked}


class TestUnits:
    """The tree comes from the attachments and the accounts' paths, unless something speaks against it."""

    WALK, PLACE = "list_organizational_units_for_parent", "list_parents"

    @pytest.fixture
    def told(self, aws, client):
        def check(walked: bool, places: tuple[str, ...] = ()) -> None:
            units = {unit.id: (unit.name, unit.parent_id) for unit in aws.reading().units}
            assert units == {unit: (unit, above) for above, below in client.units.items() for unit in below}
            assert bool(client.count(self.WALK)) is walked
            asked = {asked["ChildId"] for name, asked in client.asked if name == self.PLACE}
            assert asked == set(places)

        return check

    def test_cost_nothing_of_their_own(self, told):
        told(walked=False)

    def test_without_an_account_below_have_their_place_asked_for(self, told, client):
        client.units["ou-root-b"] = ["ou-root-e", "ou-root-f"]
        told(walked=False, places=("ou-root-e", "ou-root-f"))

    def test_gone_before_their_place_was_asked_for_are_just_not_there(self, aws, client):
        client.units["ou-root-b"] = ["ou-root-e"]
        client.errors[self.PLACE] = client_error("ChildNotFoundException")
        assert {unit.id for unit in aws.reading().units} == {"ou-root-a", "ou-root-b", "ou-root-c"}

    def test_in_a_unit_that_does_not_show_are_an_error(self, aws, client):
        client.units |= {"ou-root-b": ["ou-root-e"], "ou-root-e": ["ou-root-f"]}
        client.hidden = {"ou-root-e"}
        with pytest.raises(AwsError, match="places changed while they were read: ou-root-f"):
            aws.reading()

    def test_are_walked_where_a_path_knows_one_more(self, told, client):
        client.hidden = {"ou-root-c"}
        told(walked=True)

    def test_are_walked_where_the_tagging_api_knows_one_more(self, told, client):
        client.units["ou-root-b"] = ["ou-root-e"]
        client.tags["ou-root-e"] = {"e": "5"}
        client.hidden = {"ou-root-e"}
        told(walked=True)

    def test_are_walked_where_attachments_could_not_be_read(self, told, client):
        client.errors["list_targets_for_policy"] = lambda asked: DENIED if asked["PolicyId"] == "p-one11111" else None
        told(walked=True)

    @pytest.mark.parametrize("status", [None, "PENDING_ENABLE", "PENDING_DISABLE"])
    def test_are_walked_while_service_control_policies_are_not_on(self, told, client, status):
        client.types["SERVICE_CONTROL_POLICY"] = status
        if status is None:
            del client.types["SERVICE_CONTROL_POLICY"]
        told(walked=True)

    def test_are_walked_where_the_attachments_lack_the_root(self, told, client):
        client.units = {}
        client.accounts = {MANAGEMENT: ROOT}
        client.policies["SERVICE_CONTROL_POLICY"] = []
        client.tags = {}
        told(walked=True)


def test_without_paths_every_place_is_looked_into_once(limits, clock):
    with_paths, without = FakeClient(), FakeClient(paths=False)
    expected = aws_on(with_paths, limits, clock).reading().accounts
    assert aws_on(without, limits, clock).reading().accounts == expected
    streams = [
        asked for name, asked in without.asked if name == "list_accounts_for_parent" and "NextToken" not in asked
    ]
    assert sorted(asked["ParentId"] for asked in streams) == ["ou-root-a", "ou-root-b", "ou-root-c", ROOT]
    assert without.count("list_parents") == 0


def test_nothing_is_asked_below_the_deepest_units(limits, clock):
    client = FakeClient(paths=False)
    chain = [ROOT, *(f"ou-root-{depth}" for depth in range(1, 6))]
    client.units = {above: [below] for above, below in itertools.pairwise(chain)}
    client.accounts = {MANAGEMENT: ROOT}
    assert len(aws_on(client, limits, clock).reading().units) == 5
    asked = {asked["ParentId"] for name, asked in client.asked if name == "list_organizational_units_for_parent"}
    assert asked == set(chain[:5])


def test_an_account_without_a_place_is_an_error(limits, clock):
    client = FakeClient(paths=False)
    client.accounts["444444444444"] = "ou-gone"
    with pytest.raises(AwsError, match="444444444444") as caught:
        aws_on(client, limits, clock).reading()
    assert caught.value.fix == "run again"


def test_a_list_without_the_management_account_is_an_error(aws, client):
    del client.accounts[MANAGEMENT]
    with pytest.raises(AwsError, match="does not hold the management account"):
        aws.reading()


@pytest.mark.parametrize("problem", [DENIED, client_error("InvalidParameterException"), client_error("X", status=500)])
def test_tags_are_asked_one_by_one_where_bulk_fails(aws, client, problem):
    client.errors["get_resources"] = problem
    reading = aws.reading()
    assert reading.tags_confirmed
    assert reading.tags["ou-root-a"] == {"b": "2"}
    assert {asked["ResourceId"] for name, asked in client.asked if name == "list_tags_for_resource"} == set(
        reading.tags
    )


def test_types_that_bulk_does_not_show_are_asked_one_by_one(aws, client):
    del client.tags["p-one11111"]
    reading = aws.reading()
    assert [asked["ResourceId"] for name, asked in client.asked if name == "list_tags_for_resource"] == ["p-one11111"]
    assert not reading.tags_confirmed


def test_the_roots_tags_are_nobodys_and_cost_no_call(aws, client):
    client.tags = {}
    reading = aws.reading()
    assert ROOT not in reading.tags
    assert ROOT not in {asked["ResourceId"] for name, asked in client.asked if name == "list_tags_for_resource"}
    types = {kind for name, asked in client.asked if name == "get_resources" for kind in asked["ResourceTypeFilters"]}
    assert "organizations:root" not in types


def test_tags_come_in_the_largest_pages(aws, client):
    aws.reading()
    assert {asked["ResourcesPerPage"] for name, asked in client.asked if name == "get_resources"} == {100}


def test_an_empty_bulk_answer_is_not_believed(limits, clock):
    client = FakeClient(bulk=False)
    reading = aws_on(client, limits, clock).reading()
    assert reading.tags["p-one11111"] == {"c": "3"}
    assert reading.tags_confirmed


def test_bad_credentials_are_not_worked_around(aws, client):
    client.errors["get_resources"] = client_error("ExpiredTokenException")
    with pytest.raises(CredentialsError):
        aws.reading()


def test_tags_are_confirmed_where_asked(aws, client):
    reading = aws.reading()
    client.tags["222222222222"] = {"a": "new"}
    client.tags["ou-root-a"] = {"b": "new"}
    client.asked.clear()
    fresh = confirm_tags(aws, reading, ["222222222222", "333333333333", "222222222222"])
    assert fresh.tags["222222222222"] == {"a": "new"}
    assert fresh.tags["ou-root-a"] == {"b": "2"}
    assert reading.tags["222222222222"] == {"a": "1"}
    assert {asked["ResourceId"] for _, asked in client.asked} == {"222222222222", "333333333333"}
    assert not fresh.tags_confirmed
    assert confirm_tags(aws, fresh, fresh.tags).tags_confirmed


def test_confirmed_tags_are_not_asked_again(limits, clock):
    client = FakeClient(bulk=False)
    aws = aws_on(client, limits, clock)
    reading = aws.reading()
    client.asked.clear()
    assert confirm_tags(aws, reading, reading.tags) is reading
    assert client.asked == []


def test_a_reading_is_kept_until_it_is_refreshed_or_narrow(aws, client):
    first = aws.reading()
    assert aws.reading() is first
    client.policies["TAG_POLICY"] = [("p-two22222", "two", False)]
    wider = aws.reading(["TAG_POLICY"])
    assert "p-two22222" in {policy.id for policy in wider.policies}
    assert aws.reading() is wider
    confirmed = aws.confirm_tags(["ou-root-a"])
    assert aws.reading() is confirmed
    aws.refresh()
    again = aws.reading()
    assert again is not confirmed
    assert "p-two22222" in {policy.id for policy in again.policies}


@pytest.mark.parametrize(
    "code",
    ["InvalidInputException", "UnsupportedAPIEndpointException", "PolicyTypeNotAvailableForOrganizationException"],
)
def test_a_type_that_the_endpoint_does_not_know_has_no_policies(aws, client, code):
    client.errors["list_policies"] = lambda asked: client_error(code) if asked["Filter"] == "S3_POLICY" else None
    reading = aws.reading(["S3_POLICY"])
    assert reading.gaps == ()
    assert len(reading.policies) == 3


@pytest.mark.parametrize(
    ("method", "gaps"),
    [
        ("list_policies", {("attachment", "ListPolicies"), ("guardrail", "ListPolicies")}),
        ("describe_policy", {("guardrail", "DescribePolicy")}),
        ("list_targets_for_policy", {("attachment", "ListTargetsForPolicy")}),
    ],
)
def test_what_may_not_be_read_is_a_gap_that_names_the_permission(aws, client, method, gaps):
    client.errors[method] = DENIED
    reading = aws.reading()
    assert {(gap.kind, gap.reason) for gap in reading.gaps} == {
        (kind, f"organizations:{name} is not allowed to these credentials") for kind, name in gaps
    }
    assert all(isinstance(gap, Gap) for gap in reading.gaps)
    assert len(reading.accounts) == 3


@pytest.mark.parametrize("method", ["list_policies", "describe_policy", "list_targets_for_policy"])
def test_what_could_not_be_read_for_other_reasons_is_an_error(aws, client, method):
    client.errors[method] = client_error("ServiceException", status=500)
    with pytest.raises(AwsError, match="ServiceException"):
        aws.reading()


@pytest.mark.parametrize(
    "method",
    ["describe_organization", "list_roots", "list_accounts", "list_organizational_units_for_parent", "list_parents"],
)
def test_what_must_be_read_is_an_error(aws, client, method):
    client.errors[method] = DENIED
    client.units["ou-root-b"] = ["ou-root-e"]  # its place is asked for ...
    client.hidden = {"ou-root-c"} if "organizational_units" in method else set()  # ... or all units are
    with pytest.raises(AwsError) as caught:
        aws.reading()
    assert not isinstance(caught.value, NoOrganization)
    assert caught.value.action in caught.value.fix


def test_a_member_account_is_told_where_to_go(aws, client):
    client.errors["list_roots"] = DENIED
    client.on_get_caller_identity = lambda: {"Arn": "arn", "Account": "222222222222"}
    with pytest.raises(NoOrganization) as caught:
        aws.reading()
    assert caught.value.exit_code == 7
    assert "222222222222 does not manage" in str(caught.value)
    assert MANAGEMENT in caught.value.fix


def test_what_was_deleted_meanwhile_is_just_not_there(aws, client):
    client.errors["describe_policy"] = client_error("PolicyNotFoundException")
    client.errors["list_targets_for_policy"] = lambda asked: (
        client_error("PolicyNotFoundException") if asked["PolicyId"] == "p-one11111" else None
    )
    client.errors["list_organizational_units_for_parent"] = lambda asked: (
        client_error("ParentNotFoundException") if asked["ParentId"] == "ou-root-b" else None
    )
    client.errors["list_tags_for_resource"] = client_error("TargetNotFoundException")
    client.hidden = {"ou-root-a"}  # so that the tree is walked
    reading = aws.reading()
    assert "p-one11111" not in {policy.id for policy in reading.policies}
    assert reading.gaps == ()


@pytest.mark.parametrize("workers", [1, 8])
def test_one_stream_or_many_read_the_same(limits, clock, workers):
    expected = aws_on(FakeClient(), limits, clock).reading()
    assert read_organization(aws_on(FakeClient(), limits, clock, workers)) == expected
