"""Templates that are too large for a request: through a bucket, once, and nothing half done where that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from factory import engine
from factory.core.change import Status
from factory.core.errors import InvalidFiles
from factory.engine import Consent, Journal
from factory.sandbox.seeding import add_bucket
from factory.templates import INLINE_BYTES, LARGEST_BYTES
from tests.engine.ground import Ground, ground, mutations, result

BUCKET = "example.templates"
ORGANIZATION = f"""\
organization: {{home_region: eu-central-1, template_bucket: {BUCKET}}}
defaults: {{email: "aws+{{name}}@example.com"}}
organizational_units:
  workloads: {{baselines: [topics]}}
"""
FILE = "baselines/stack-sets/topics/baseline.yaml"
TEMPLATE = "baselines/stack-sets/topics/template.yaml"


def template(size: int, name: str = "topic") -> str:
    """A template of about that many bytes: topics with a lot to say about them."""
    topics = [
        f"  Topic{number}: {{Type: AWS::SNS::Topic, Metadata: {{About: {'x' * 1000}}}, "
        f"Properties: {{TopicName: {name}-{number}}}}}\n"
        for number in range(size // 1000)
    ]
    return "Resources:\n" + "".join(topics)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ground]:
    files = {
        "organization": ORGANIZATION,
        "shop": "ou: workloads\n",
        FILE: "description: Topics.\n",
        TEMPLATE: template(60_000),
    }
    with ground(tmp_path, files) as made:
        add_bucket(made.box.state, BUCKET, "eu-west-1")
        yield made


def asked(here: Ground, operation: str) -> list[dict[str, object]]:
    return [dict(call.request) for call in here.box.calls if call.operation == operation]


@pytest.mark.parametrize("size", [60_000, 300_000])
def test_created_updated_and_then_no_changes(here: Ground, size: int) -> None:
    here.write({TEMPLATE: template(size)})
    here.built()
    (creation,) = asked(here, "CreateStackSet")
    assert "TemplateBody" not in creation
    (stored,) = here.box.state.objects.values()
    assert stored.id.startswith(f"{BUCKET}/factory/templates/")
    assert creation["TemplateURL"] == f"https://s3.eu-west-1.amazonaws.com/{stored.id}"
    assert here.plan().empty
    here.write({TEMPLATE: template(size, "other")})
    with here.calls() as calls:
        here.built()
    assert mutations(calls) == {"HeadBucket": 1, "PutObject": 1, "UpdateStackSet": 1}
    assert len(here.box.state.objects) == 2, "nothing is overwritten, nothing deleted"
    assert here.plan().empty


def test_what_is_there_is_not_sent_again(here: Ground) -> None:
    here.built()
    here.write({TEMPLATE: template(60_000, "other")})
    here.built()
    here.write({TEMPLATE: template(60_000)})
    with here.calls() as calls:
        here.built()
    assert mutations(calls) == {"HeadBucket": 1, "UpdateStackSet": 1}


def test_small_ones_stay_in_the_request(here: Ground) -> None:
    here.write({TEMPLATE: template(INLINE_BYTES - 10_000)})
    here.built()
    assert not here.box.state.objects
    assert "TemplateBody" in asked(here, "CreateStackSet")[0]


def test_the_management_account_gets_it_that_way_too(here: Ground) -> None:
    here.write({"organization": ORGANIZATION + "root: {baselines: [topics]}\n"})
    here.edited("workloads: {baselines: [topics]}", "workloads: {}")
    here.write({FILE: "description: Topics.\nmanagement_account: true\n"})
    here.built()
    (change_set,) = asked(here, "CreateChangeSet")
    assert "TemplateBody" not in change_set
    assert str(change_set["TemplateURL"]).startswith(f"https://s3.eu-west-1.amazonaws.com/{BUCKET}/factory/templates/")
    assert here.plan().empty


def test_what_fits_only_without_our_output_needs_a_bucket_for_the_management_account(here: Ground) -> None:
    """The output that management stacks get counts."""
    size = INLINE_BYTES - 50
    body = '{"Resources":{"Topic":{"Metadata":{"About":""},"Type":"AWS::SNS::Topic"}}}'
    text = body.replace('""', f'"{"x" * (size - len(body))}"')
    here.edited(f", template_bucket: {BUCKET}", "")
    here.write({TEMPLATE: text})
    engine.load(here.root)
    here.write({FILE: "description: Topics.\nmanagement_account: true\n"})
    with pytest.raises(InvalidFiles) as caught:
        engine.load(here.root)
    assert "a request takes 51,200" in caught.value.problems[0].what


def test_without_a_bucket_it_is_refused_in_the_files(here: Ground) -> None:
    here.edited(f", template_bucket: {BUCKET}", "")
    with pytest.raises(InvalidFiles) as caught:
        engine.load(here.root)
    (problem,) = caught.value.problems
    assert str(problem.source) == f"{TEMPLATE}:1:1"
    assert "bytes without white space, a request takes 51,200" in problem.what
    assert problem.fix == "name an S3 bucket for it, template_bucket: under organization:, or split the baseline"


def test_more_than_cloudformation_takes_is_refused_in_the_files(here: Ground) -> None:
    # Short forms are longer when they are written out: the text is within the limit, what is sent is not.
    refs = ", ".join(["!Ref A"] * 90_000)
    here.write({TEMPLATE: f"Resources: {{A: {{Type: AWS::SNS::Topic}}}}\nOutputs: {{O: {{Value: [{refs}]}}}}\n"})
    with pytest.raises(InvalidFiles) as caught:
        engine.load(here.root)
    assert f"CloudFormation takes {LARGEST_BYTES:,}" in str(caught.value)


@pytest.mark.parametrize(
    ("operation", "code", "told"),
    [
        ("HeadBucket", "404", f"create the bucket {BUCKET}, or correct its name"),
        ("HeadBucket", "403", f"allow s3:ListBucket on the bucket {BUCKET} to these credentials"),
        ("GetObject", "AccessDenied", f"allow s3:GetObject on the objects of the bucket {BUCKET}"),
        ("PutObject", "AccessDenied", f"allow s3:PutObject on the objects of the bucket {BUCKET}"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_named_and_no_stack_set_is_made(
    here: Ground, operation: str, code: str, told: str
) -> None:
    here.line.refuse(operation, code)
    report = here.apply()
    failed = result(report, "baseline:topics")
    assert failed.status is Status.FAILED
    assert told in failed.fix
    assert not here.box.state.stack_sets
    assert not here.box.state.objects
    here.built()


def test_an_update_that_cannot_be_uploaded_leaves_the_stack_set_as_it_is(here: Ground) -> None:
    here.built()
    here.write({TEMPLATE: template(60_000, "other")})
    here.line.refuse("PutObject", "AccessDenied")
    assert result(here.apply(), "baseline:topics").status is Status.FAILED
    assert not asked(here, "UpdateStackSet")
    here.built()


def test_something_else_under_its_key_is_not_rolled_out(here: Ground) -> None:
    here.built()
    here.write({TEMPLATE: template(60_000, "other")})
    here.built()
    for stored in here.box.state.objects.values():
        stored.body = "e30="
    here.write({TEMPLATE: template(60_000)})
    failed = result(here.apply(), "baseline:topics")
    assert "does not hold the template that it is named after" in failed.error
    assert len(asked(here, "UpdateStackSet")) == 1


def test_what_is_done_and_not_how_it_is_sent_names_an_operation(here: Ground, tmp_path: Path) -> None:
    here.built()
    here.write({TEMPLATE: template(60_000, "other")})
    here.built()
    here.write({TEMPLATE: template(60_000)})
    here.built()
    add_bucket(here.box.state, "elsewhere")
    here.edited(BUCKET, "elsewhere")
    here.write({TEMPLATE: template(60_000, "other")})
    here.built()
    first, _, again = (str(request["OperationId"]) for request in asked(here, "UpdateStackSet"))
    assert again == first.removesuffix("-1") + "-2"


def test_the_journal_names_the_object_and_does_not_hold_the_template(here: Ground) -> None:
    organization, _ = engine.load(here.root)
    journal = Journal(clock=here.aws.clock)
    plan = engine.plan(organization, here.aws, Consent())
    engine.apply(plan, here.aws, organization, Consent(), here.events.append, journal=journal)
    (stored,) = here.box.state.objects
    text = journal.content.decode()
    assert "s3.PutObject" in text
    assert text.count(stored.partition("/")[2]) == 2, "in the request for the object and in the one for the stack set"
    assert "xxxxxxxx" not in text


def test_a_lost_reply_uploads_nothing_twice(here: Ground) -> None:
    here.line.lose_heard("PutObject", 1)
    here.built()
    assert len(here.box.state.objects) == 1
