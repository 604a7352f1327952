"""Templates in S3: the URL that CloudFormation reads, by partition and Region of the bucket."""

from __future__ import annotations

import hashlib

import boto3
import pytest

from factory.aws.session import SUFFIXES
from factory.aws.template_bucket import TemplateBucket
from tests.aws.fakes import Open
from tests.bucket import NAME, REGION, bucket

KEY = f"factory/templates/{hashlib.sha256(b'{}').hexdigest()}.json"


@pytest.fixture
def box(clock, _no_aws_environment):
    with bucket(clock) as made:
        yield made


@pytest.fixture
def kept(box, limits) -> TemplateBucket:
    aws = box.aws(limits)
    aws.calls.gate = Open()
    return aws.template_bucket(NAME)


def test_it_is_read_from_where_the_bucket_is(kept, box):
    assert kept.keep("{}") == f"https://s3.{REGION}.amazonaws.com/{NAME}/{KEY}"
    assert box.body(KEY) == b"{}"


def test_an_equal_one_is_not_sent_again(kept, box):
    kept.keep("{}")
    kept.keep("{}")
    assert box.sent.count("PutObject") == 1


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_reply_is_no_second_object(kept, box, lost):
    box.lose_heard("PutObject", lost)
    kept.keep("{}")
    assert box.body(KEY) == b"{}"


def test_outside_of_apply_nothing_is_put_there(box, limits):
    with pytest.raises(Exception, match="outside of apply"):
        box.aws(limits).template_bucket(NAME).keep("{}")
    assert "PutObject" not in box.sent


def test_what_somebody_else_writes_meanwhile_is_not_taken_for_it(kept, box):
    events = kept._objects._client.meta.events
    events.register("before-call.s3.PutObject", lambda **_: box.put(KEY, b"theirs"))
    with pytest.raises(Exception, match="does not hold the template"):
        kept.keep("{}")
    assert box.body(KEY) == b"theirs"


def test_suffixes_are_botocores():
    for partition in boto3.Session()._session.get_data("endpoints")["partitions"]:
        assert SUFFIXES.get(partition["partition"], "amazonaws.com") == partition["dnsSuffix"]
