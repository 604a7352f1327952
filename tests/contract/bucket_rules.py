"""What S3 does about buckets, small objects and conditions, as far as a lock needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.scene import Rule, Scene

BUCKET = "factory-contract-rules"
MATCH = "S3 User Guide, conditional writes"
DELETES = "S3 User Guide, conditional deletes"


def _on(act: Callable[[Any], object]) -> Callable[[Scene], object]:
    """In a bucket that holds one object, ``lock``."""

    def done(scene: Scene) -> object:
        scene.s3.create_bucket(Bucket=BUCKET)
        scene.s3.put_object(Bucket=BUCKET, Key="lock", Body=b"first")
        return act(scene.s3)

    return done


def _body(s3: Any, key: str = "lock") -> bytes:
    return bytes(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def _etag(s3: Any) -> str:
    return str(s3.head_object(Bucket=BUCKET, Key="lock")["ETag"])


def _replaced(s3: Any) -> object:
    before = _etag(s3)
    after = s3.put_object(Bucket=BUCKET, Key="lock", Body=b"second", IfMatch=before)["ETag"]
    return before != after == _etag(s3) and _body(s3) == b"second"


def _refused_and_unchanged(s3: Any) -> object:
    try:
        s3.put_object(Bucket=BUCKET, Key="lock", Body=b"second", IfNoneMatch="*")
    except s3.exceptions.ClientError:
        return _body(s3) == b"first"
    return False


def _made(s3: Any) -> object:
    s3.put_object(Bucket=BUCKET, Key="a b/ü", Body=b"new", IfNoneMatch="*")
    return _body(s3, "a b/ü") == b"new"


def _deleted(s3: Any) -> object:
    s3.delete_object(Bucket=BUCKET, Key="lock", IfMatch=_etag(s3))
    s3.delete_object(Bucket=BUCKET, Key="lock")
    s3.put_object(Bucket=BUCKET, Key="lock", Body=b"again", IfNoneMatch="*")
    return _body(s3) == b"again"


def _strangers_bucket(scene: Scene) -> object:
    stranger = scene.member("s3", scene.member_account())
    stranger.create_bucket(Bucket=BUCKET)
    return scene.s3.put_object(Bucket=BUCKET, Key="lock", Body=b"")


RULES = (
    *(
        Rule(f"{what} in a bucket that was never made", f"S3 API reference, {api}", act, code, moto=code != "404")
        for what, api, act, code in (
            ("writing", "PutObject", lambda s: s.s3.put_object(Bucket=BUCKET, Key="k", Body=b""), "NoSuchBucket"),
            ("reading", "GetObject", lambda s: s.s3.get_object(Bucket=BUCKET, Key="k"), "NoSuchBucket"),
            ("deleting", "DeleteObject", lambda s: s.s3.delete_object(Bucket=BUCKET, Key="k"), "NoSuchBucket"),
            ("looking", "HeadObject", lambda s: s.s3.head_object(Bucket=BUCKET, Key="k"), "404"),
        )
    ),
    Rule(
        "a bucket that was never made",
        "S3 API reference, HeadBucket",
        lambda s: s.s3.head_bucket(Bucket=BUCKET),
        "404",
        moto=True,
    ),
    Rule(
        "a bucket name of capitals",
        "S3 User Guide, bucket naming rules",
        lambda s: s.s3.create_bucket(Bucket="Factory"),
        "InvalidBucketName",
    ),
    Rule(
        "a bucket elsewhere, from elsewhere",
        "S3 API reference, CreateBucket",
        lambda s: s.away("s3", "eu-west-1").create_bucket(Bucket=BUCKET),
        "IllegalLocationConstraintException",
        moto=True,
    ),
    Rule(
        "someone else's bucket",
        "S3 User Guide, bucket ownership",
        _strangers_bucket,
        "AccessDenied",
    ),
    Rule(
        "the bucket of an expected owner",
        "S3 User Guide, verifying bucket ownership",
        _on(lambda s3: s3.head_object(Bucket=BUCKET, Key="lock", ExpectedBucketOwner="999999999999")),
        "403",
    ),
    Rule(
        "an object that is not there",
        "S3 API reference, GetObject",
        _on(lambda s3: s3.get_object(Bucket=BUCKET, Key="other")),
        "NoSuchKey",
        moto=True,
    ),
    Rule(
        "a write where nothing may be, and something is",
        MATCH,
        _on(lambda s3: s3.put_object(Bucket=BUCKET, Key="lock", Body=b"second", IfNoneMatch="*")),
        "PreconditionFailed",
        moto=True,
    ),
    Rule("a refused write leaves what was there", MATCH, _on(_refused_and_unchanged), moto=True),
    Rule("a write where nothing may be, and nothing is", MATCH, _on(_made), moto=True),
    Rule(
        "a write over another ETag",
        MATCH,
        _on(lambda s3: s3.put_object(Bucket=BUCKET, Key="lock", Body=b"second", IfMatch='"0123"')),
        "PreconditionFailed",
        moto=True,
    ),
    Rule(
        "a write over an ETag where nothing is",
        MATCH,
        _on(lambda s3: s3.put_object(Bucket=BUCKET, Key="other", Body=b"second", IfMatch='"0123"')),
        "NoSuchKey",
        moto=True,
    ),
    Rule("a write over the right ETag", MATCH, _on(_replaced), moto=True),
    Rule(
        "a delete of another ETag",
        DELETES,
        _on(lambda s3: s3.delete_object(Bucket=BUCKET, Key="lock", IfMatch='"0123"')),
        "PreconditionFailed",
        moto=True,
    ),
    Rule(
        "a delete of an ETag where nothing is",
        DELETES,
        _on(lambda s3: s3.delete_object(Bucket=BUCKET, Key="other", IfMatch='"0123"')),
        "NoSuchKey",
        moto=True,
    ),
    Rule("a delete of the right ETag, and of nothing", DELETES, _on(_deleted), moto=True),
    Rule(
        "an operation of S3 that is not simulated says so",
        "the sandbox's promise",
        _on(lambda s3: s3.list_objects_v2(Bucket=BUCKET)),
        "NotSimulated",
    ),
    Rule(
        "a parameter of S3 that is not simulated says so",
        "the sandbox's promise",
        _on(lambda s3: s3.put_object(Bucket=BUCKET, Key="k", Body=b"", ACL="public-read")),
        "NotSimulated",
    ),
)
