"""S3 in the sandbox: the same answers as moto's to the same calls, however a client addresses it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from factory.sandbox import Faults, Sandbox
from factory.sandbox.buckets import LARGEST_BYTES

ONCE = Config(retries={"total_max_attempts": 1})
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "moto", "region_name": "us-east-1"}
COMPARED = ("ETag", "ContentLength", "ContentType", "AcceptRanges", "Location", "BucketRegion", "Body", "Metadata")
Step = Callable[[Any], Any]


def answered(s3: Any, step: Step) -> Any:
    try:
        answer = step(s3)
    except ClientError as error:
        response = error.response
        details = {key: response["Error"].get(key) for key in ("Code", "Message", "Condition")}
        return details, response["ResponseMetadata"]["HTTPStatusCode"]
    if "Body" in answer:
        answer = {**answer, "Body": answer["Body"].read()}
    return {key: answer.get(key) for key in COMPARED}, answer["ResponseMetadata"]["HTTPStatusCode"]


def etag(s3: Any, key: str) -> str:
    return str(s3.head_object(Bucket="one", Key=key)["ETag"])


STEPS: tuple[Step, ...] = (
    lambda s3: s3.head_bucket(Bucket="one"),
    lambda s3: s3.put_object(Bucket="one", Key="k", Body=b"1"),
    lambda s3: s3.get_object(Bucket="one", Key="k"),
    lambda s3: s3.create_bucket(Bucket="B_"),
    lambda s3: s3.create_bucket(Bucket="one"),
    lambda s3: s3.create_bucket(Bucket="one"),
    lambda s3: s3.create_bucket(Bucket="eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}),
    lambda s3: s3.create_bucket(Bucket="eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}),
    lambda s3: s3.head_bucket(Bucket="one"),
    lambda s3: s3.head_bucket(Bucket="eu"),
    lambda s3: s3.get_object(Bucket="one", Key="k"),
    lambda s3: s3.head_object(Bucket="one", Key="k"),
    lambda s3: s3.delete_object(Bucket="one", Key="k"),
    lambda s3: s3.delete_object(Bucket="one", Key="k", IfMatch='"0"'),
    lambda s3: s3.put_object(Bucket="one", Key="k", Body=b"1", IfMatch='"0"'),
    lambda s3: s3.put_object(Bucket="one", Key="k", Body=b"1", IfNoneMatch="*", ContentType="application/json"),
    lambda s3: s3.put_object(Bucket="one", Key="k", Body=b"2", IfNoneMatch="*"),
    lambda s3: s3.get_object(Bucket="one", Key="k"),
    lambda s3: s3.head_object(Bucket="one", Key="k"),
    lambda s3: s3.put_object(Bucket="one", Key="k", Body=b"3", IfMatch='"0"'),
    lambda s3: s3.put_object(Bucket="one", Key="k", Body=b"4", IfMatch=etag(s3, "k")),
    lambda s3: s3.get_object(Bucket="one", Key="k"),
    lambda s3: s3.delete_object(Bucket="one", Key="k", IfMatch='"0"'),
    lambda s3: s3.delete_object(Bucket="one", Key="k", IfMatch=etag(s3, "k")),
    lambda s3: s3.get_object(Bucket="one", Key="k"),
    lambda s3: s3.put_object(Bucket="one", Key="empty", Body=b""),
    lambda s3: s3.get_object(Bucket="one", Key="empty"),
    lambda s3: s3.put_object(Bucket="one", Key="stream", Body=io.BytesIO(b"x" * 70_000)),
    lambda s3: s3.get_object(Bucket="one", Key="stream"),
    lambda s3: s3.put_object(Bucket="one", Key="crlf", Body=b"a\r\nb\r\n0\r\n\r\n", ChecksumAlgorithm="SHA256"),
    lambda s3: s3.get_object(Bucket="one", Key="crlf"),
    lambda s3: s3.put_object(Bucket="one", Key="a b/c+d%2F?ü&=", Body=b"odd"),
    lambda s3: s3.get_object(Bucket="one", Key="a b/c+d%2F?ü&="),
    lambda s3: s3.head_object(Bucket="one", Key="a b/c d%2F?ü&="),
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("style", ["auto", "path", "virtual"])
def test_the_same_answers_as_moto(style: str) -> None:
    config = Config(s3={"addressing_style": style})
    with mock_aws():
        theirs = boto3.Session(**KEYS).client("s3", config=config)
        expected = [answered(theirs, step) for step in STEPS]
    with Sandbox() as box:
        ours = box.session().client("s3", config=config)
        for number, (step, answer) in enumerate(zip(STEPS, expected, strict=True)):
            assert answered(ours, step) == answer, f"step {number}"


@pytest.fixture
def s3(box: Sandbox) -> Any:
    made: Any = box.session().client("s3", config=ONCE)
    made.create_bucket(Bucket="one")
    return made


def code(act: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        act()
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_time_of_change_on_the_sandboxs_clock(box: Sandbox, s3: Any) -> None:
    box.clock.sleep(100)
    s3.put_object(Bucket="one", Key="k", Body=b"1")
    box.clock.sleep(100)
    for answer in (s3.head_object(Bucket="one", Key="k"), s3.get_object(Bucket="one", Key="k")):
        assert answer["LastModified"].timestamp() == box.clock.now() - 100
        assert answer["ResponseMetadata"]["RequestId"]


def test_requests_are_recorded_like_all_others(box: Sandbox, s3: Any) -> None:
    s3.put_object(Bucket="one", Key="k", Body=b"1", IfNoneMatch="*")
    call = box.calls[-1]
    assert (call.service, call.operation) == ("s3", "PutObject")
    assert {key: call.request[key] for key in ("Bucket", "Key", "Body", "IfNoneMatch")} == {
        "Bucket": "one",
        "Key": "k",
        "Body": b"1",
        "IfNoneMatch": "*",
    }


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (lambda s3: s3.list_buckets(), "ListBuckets"),
        (lambda s3: s3.get_bucket_acl(Bucket="one"), "GetBucketAcl"),
        (lambda s3: s3.list_object_versions(Bucket="one"), "ListObjectVersions"),
        (lambda s3: s3.delete_objects(Bucket="one", Delete={"Objects": [{"Key": "k"}]}), "DeleteObjects"),
        (lambda s3: s3.delete_bucket(Bucket="one"), "DeleteBucket"),
        (lambda s3: s3.create_multipart_upload(Bucket="one", Key="k"), "CreateMultipartUpload"),
        (lambda s3: s3.upload_part(Bucket="one", Key="k", PartNumber=1, UploadId="u", Body=b""), "s3:PutObject with"),
        (lambda s3: s3.copy_object(Bucket="one", Key="k", CopySource="one/l"), "s3:PutObject with x-amz-copy-source"),
        (lambda s3: s3.put_object(Bucket="one", Key="k", Metadata={"a": "b"}), "Metadata"),
        (lambda s3: s3.put_object(Bucket="one", Key="k", ServerSideEncryption="aws:kms"), "encryption"),
        (lambda s3: s3.get_object(Bucket="one", Key="k", Range="bytes=0-1"), "Range"),
        (lambda s3: s3.get_object(Bucket="one", Key="k", IfNoneMatch="x"), "IfNoneMatch"),
        (lambda s3: s3.get_object(Bucket="one", Key="k", VersionId="x"), "VersionId"),
    ],
)
def test_what_is_not_simulated_is_refused_by_name(s3: Any, act: Step, named: str) -> None:
    with pytest.raises(ClientError, match="NotSimulated") as caught:
        act(s3)
    assert named in str(caught.value)


def test_only_small_objects(s3: Any) -> None:
    s3.put_object(Bucket="one", Key="k", Body=b"x" * LARGEST_BYTES)
    assert code(lambda: s3.put_object(Bucket="one", Key="l", Body=b"x" * (LARGEST_BYTES + 1))) == (
        "EntityTooLarge",
        400,
    )
    assert code(lambda: s3.put_object(Bucket="one", Key="k" * 1025)) == ("KeyTooLongError", 400)


@pytest.mark.parametrize("conditions", [{"IfMatch": "*"}, {"IfNoneMatch": '"0"'}, {"IfMatch": "a", "IfNoneMatch": "*"}])
def test_conditions_that_s3_does_not_know(s3: Any, conditions: dict[str, str]) -> None:
    assert code(lambda: s3.put_object(Bucket="one", Key="k", Body=b"", **conditions)) == ("NotImplemented", 501)


def test_any_etag_will_do_for_a_delete(s3: Any) -> None:
    assert code(lambda: s3.delete_object(Bucket="one", Key="k", IfMatch="*")) == ("NoSuchKey", 404)
    s3.put_object(Bucket="one", Key="k", Body=b"")
    s3.delete_object(Bucket="one", Key="k", IfMatch="*")
    assert code(lambda: s3.get_object(Bucket="one", Key="k")) == ("NoSuchKey", 404)


def test_buckets_have_owners(box: Sandbox, s3: Any) -> None:
    other: Any = box.session("222222222222").client("s3")
    assert code(lambda: other.head_bucket(Bucket="one")) == ("403", 403)
    assert code(lambda: other.get_object(Bucket="one", Key="k")) == ("AccessDenied", 403)
    assert code(lambda: other.create_bucket(Bucket="one")) == ("BucketAlreadyExists", 409)
    s3.put_object(Bucket="one", Key="k", Body=b"", ExpectedBucketOwner="111111111111")
    assert code(lambda: s3.put_object(Bucket="one", Key="k", ExpectedBucketOwner="222222222222"))[0] == "AccessDenied"


def test_regions(box: Sandbox, s3: Any) -> None:
    here: Any = box.session(region="eu-central-1").client("s3")
    place = {"LocationConstraint": "eu-central-1"}
    here.create_bucket(Bucket="here", CreateBucketConfiguration=place)
    assert here.head_bucket(Bucket="here")["BucketRegion"] == "eu-central-1"
    assert code(lambda: here.create_bucket(Bucket="here", CreateBucketConfiguration=place)) == (
        "BucketAlreadyOwnedByYou",
        409,
    )
    assert code(lambda: here.create_bucket(Bucket="there"))[0] == "IllegalLocationConstraintException"


def test_they_stay_between_runs(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as box:
        client: Any = box.session().client("s3")
        client.create_bucket(Bucket="one")
        client.put_object(Bucket="one", Key="k", Body=bytes(range(256)))
    with Sandbox(tmp_path) as box:
        client = box.session().client("s3")
        assert client.get_object(Bucket="one", Key="k")["Body"].read() == bytes(range(256))


def test_faults_in_the_words_of_s3(box: Sandbox, s3: Any) -> None:
    box.faults = Faults(throttled=1)
    assert code(lambda: s3.put_object(Bucket="one", Key="k", Body=b"")) == ("SlowDown", 503)
    box.faults = Faults(expires_after_calls=0)
    assert code(lambda: s3.get_object(Bucket="one", Key="k")) == ("ExpiredToken", 400)
    box.faults = Faults(object_conflicts=1, conflicts=1, stale_seconds=1000)
    s3.put_object(Bucket="one", Key="k", Body=b"1")
    assert s3.get_object(Bucket="one", Key="k")["Body"].read() == b"1", "S3 is strongly consistent"
    for condition in ({"IfNoneMatch": "*"}, {"IfMatch": '"0"'}):
        act = lambda c=condition: s3.put_object(Bucket="one", Key="k", Body=b"2", **c)  # noqa: E731
        assert code(act) == ("ConditionalRequestConflict", 409)
    assert [strike.what for strike in box.struck] == ["object conflict", "object conflict"]
    box.faults = None
    assert s3.get_object(Bucket="one", Key="k")["Body"].read() == b"1"
