"""Objects in S3 that are written only where they are as they were read: conditions, lost replies, words."""

from __future__ import annotations

import boto3
import pytest

from factory.aws.errors import AwsError, CredentialsError
from factory.aws.objects import LARGEST, TRIES
from factory.aws.session import OBJECT_ATTEMPTS, from_session
from tests.bucket import NAME, bucket

KEY = "factory/main.lock"
PUT, GET = "PutObject", "GetObject"


@pytest.fixture
def box(clock, _no_aws_environment):
    with bucket(clock) as made:
        yield made


@pytest.fixture
def objects(box, limits):
    return box.aws(limits).objects(NAME)


def test_what_is_written_is_read(objects):
    assert objects.get(KEY) is None
    etag = objects.put_new(KEY, b"one")
    found = objects.get(KEY)
    assert (found.body, found.etag) == (b"one", etag)
    assert objects.replace(KEY, b"two", etag) == objects.get(KEY).etag != etag
    assert objects.get(KEY).body == b"two"


def test_only_what_is_not_there_is_new(objects, box):
    assert objects.put_new(KEY, b"one")
    assert objects.put_new(KEY, b"two") is None
    assert box.body(KEY) == b"one"


def test_only_what_is_as_it_was_is_replaced(objects, box):
    etag = objects.put_new(KEY, b"one")
    box.put(KEY, b"theirs")
    assert objects.replace(KEY, b"two", etag) is None
    assert box.body(KEY) == b"theirs"


def test_what_is_gone_is_not_made_again(objects, box):
    etag = objects.put_new(KEY, b"one")
    box.delete(KEY)
    assert objects.replace(KEY, b"two", etag) is None
    assert objects.get(KEY) is None


def test_the_age_is_counted_by_s3_alone(objects, clock, box, limits):
    objects.put_new(KEY, b"one")
    clock.sleep(90)
    assert objects.get(KEY).age == 90

    class AnHourAhead:
        def now(self):
            return clock.now() + 3600

        sleep = clock.sleep

    assert box.aws(limits, AnHourAhead()).objects(NAME).get(KEY).age == 90


def test_without_the_time_of_an_answer_an_object_is_new(objects, clock, box, monkeypatch):
    objects.put_new(KEY, b"one")
    clock.sleep(90)
    for header in ("", "soon"):
        box.session.events.register("after-call.s3", lambda parsed, header=header, **_: _date(parsed, header))
        assert box.aws(objects._calls._limits).objects(NAME).get(KEY).age == 0.0


def _date(parsed, value):
    parsed["ResponseMetadata"]["HTTPHeaders"]["date"] = value


def test_a_long_object_arrives_cut_off(objects, box):
    box.put(KEY, b"x" * (LARGEST + 10))
    assert len(objects.get(KEY).body) == LARGEST


@pytest.mark.parametrize("lost", [1, OBJECT_ATTEMPTS])
def test_a_new_object_whose_reply_was_lost_is_ours(objects, box, lost):
    box.lose_heard(PUT, lost)
    etag = objects.put_new(KEY, b"one")
    assert etag == objects.get(KEY).etag
    assert box.body(KEY) == b"one"
    assert box.sent.count(PUT) == min(lost + 1, OBJECT_ATTEMPTS)


@pytest.mark.parametrize("lost", [1, OBJECT_ATTEMPTS])
def test_a_replacement_whose_reply_was_lost_is_ours(objects, box, lost):
    first = objects.put_new(KEY, b"one")
    box.lose_heard(PUT, lost)
    etag = objects.replace(KEY, b"two", first)
    assert etag == objects.get(KEY).etag
    assert box.body(KEY) == b"two"


def test_a_write_that_s3_never_heard_is_an_error(objects, box):
    box.lose_unheard(PUT, OBJECT_ATTEMPTS)
    with pytest.raises(AwsError, match="ConnectTimeoutError"):
        objects.put_new(KEY, b"one")
    assert objects.get(KEY) is None
    etag = objects.put_new(KEY, b"one")
    box.lose_unheard(PUT, OBJECT_ATTEMPTS)
    with pytest.raises(AwsError, match="ConnectTimeoutError"):
        objects.replace(KEY, b"two", etag)
    assert box.body(KEY) == b"one"


def test_a_write_that_was_lost_and_overtaken_is_not_ours(objects, box):
    etag = objects.put_new(KEY, b"one")
    box.put(KEY, b"theirs")
    box.lose_unheard(PUT, OBJECT_ATTEMPTS)
    assert objects.replace(KEY, b"two", etag) is None


def test_when_nobody_can_tell_the_first_problem_counts(objects, box):
    box.down = True
    with pytest.raises(AwsError) as caught:
        objects.put_new(KEY, b"one")
    assert caught.value.operation == "s3.PutObject"


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "OperationAborted", "PreconditionFailed"])
def test_in_a_race_the_object_is_looked_at_and_the_write_sent_again(objects, box, code):
    box.refuse(PUT, code, 409, TRIES - 1)
    etag = objects.put_new(KEY, b"one")
    assert etag
    box.refuse(PUT, code, 409)
    assert objects.replace(KEY, b"two", etag)
    assert box.body(KEY) == b"two"


def test_a_race_that_another_has_won_is_lost(objects, box):
    etag = objects.put_new(KEY, b"one")
    box.put(KEY, b"theirs")
    box.refuse(PUT, "ConditionalRequestConflict", 409)
    assert objects.replace(KEY, b"two", etag) is None
    box.refuse(PUT, "ConditionalRequestConflict", 409)
    assert objects.put_new(KEY, b"two") is None


def test_a_race_without_end_is_an_error(objects, box):
    box.refuse(PUT, "ConditionalRequestConflict", 409, TRIES)
    with pytest.raises(AwsError, match="ConditionalRequestConflict"):
        objects.put_new(KEY, b"one")


def test_no_bucket_is_explained(box, limits):
    objects = box.aws(limits).objects("no-such-bucket")
    for ask in (lambda: objects.get(KEY), lambda: objects.put_new(KEY, b""), lambda: objects.replace(KEY, b"", '"a"')):
        with pytest.raises(AwsError, match="NoSuchBucket") as caught:
            ask()
        assert caught.value.fix == "create the bucket no-such-bucket, or correct its name"


def test_missing_rights_are_explained(objects, box):
    box.refuse(GET, "AccessDenied", 403)
    with pytest.raises(AwsError) as caught:
        objects.get(KEY)
    assert "allow s3:GetObject on the objects of the bucket example-factory" in caught.value.fix
    assert "s3:ListBucket" in caught.value.fix
    box.refuse(PUT, "AccessDenied", 403)
    with pytest.raises(AwsError) as caught:
        objects.put_new(KEY, b"")
    assert caught.value.fix.startswith("allow s3:PutObject on the objects of the bucket example-factory")
    assert box.sent.count(GET) == 0, "a write that was refused needs no look"


@pytest.mark.parametrize("code", ["PermanentRedirect", "AuthorizationHeaderMalformed"])
def test_another_region_is_explained(objects, box, code):
    box.refuse(PUT, code, 400)
    with pytest.raises(AwsError, match=code) as caught:
        objects.put_new(KEY, b"")
    assert "region:" in caught.value.fix


def test_a_computer_whose_clock_is_wrong_is_told(objects, box):
    box.refuse(GET, "RequestTimeTooSkewed", 403)
    with pytest.raises(AwsError, match="RequestTimeTooSkewed") as caught:
        objects.get(KEY)
    assert caught.value.fix == "set this computer's clock"


def test_refused_credentials_stay_what_they_are(objects, box):
    box.refuse(PUT, "ExpiredToken", 400)
    with pytest.raises(CredentialsError):
        objects.put_new(KEY, b"")


def test_content_that_breaks_off_is_an_error_in_words(objects, box, monkeypatch):
    from botocore.exceptions import ReadTimeoutError

    objects.put_new(KEY, b"one")

    class Broken:
        def read(self, _):
            raise ReadTimeoutError(endpoint_url="https://s3.invalid")

        def close(self):
            pass

    monkeypatch.setattr(objects._client, "get_object", lambda **_: {"Body": Broken()})
    with pytest.raises(AwsError, match="ReadTimeoutError"):
        objects.get(KEY)


@pytest.mark.parametrize(
    ("asked", "session_region", "found"),
    [
        ("eu-west-1", "eu-central-1", "eu-west-1"),
        (None, "eu-central-1", "eu-central-1"),
        (None, None, "us-east-1"),
    ],
)
def test_the_region_is_the_one_asked_for_else_the_sessions(limits, clock, asked, session_region, found):
    session = boto3.Session("AKIAEXAMPLE", "example", region_name=session_region)
    client = from_session(session, limits, clock).objects(NAME, asked)._client
    assert client.meta.region_name == found
    assert client.meta.config.retries["total_max_attempts"] == OBJECT_ATTEMPTS


def test_the_chosen_endpoint_serves_s3_too(limits, clock, monkeypatch, session):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert from_session(session, limits, clock).objects(NAME)._client.meta.endpoint_url == "http://127.0.0.1:4566"


def test_waits_of_botocore_pass_on_the_runs_clock(objects, box, clock):
    box.lose_unheard(PUT, 2)
    assert objects.put_new(KEY, b"one")
    assert len(clock.naps) == 2
