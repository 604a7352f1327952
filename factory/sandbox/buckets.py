"""The little of S3 that a lock needs: buckets, small objects, and writes on condition."""

from __future__ import annotations

import base64
import hashlib
import re

from factory.sandbox.refused import Refused
from factory.sandbox.state import Bucket, StoredObject
from factory.sandbox.world import Request, Response, World

LARGEST_BYTES = 1 << 20
"""Objects are kept in the sandbox's one JSON file, so they have to be small."""

_NAME = re.compile(r"(?!xn--|.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""What AWS takes for a bucket's name (S3 User Guide, general purpose bucket naming rules)."""

_FIRST_REGION = "us-east-1"
_LONGEST_KEY = 1024

TAKEN = {
    "CreateBucket": {"Bucket", "CreateBucketConfiguration"},
    "HeadBucket": {"Bucket", "ExpectedBucketOwner"},
    "PutObject": {
        *("Bucket", "Key", "Body", "ContentType", "ContentLength", "ContentEncoding", "ContentMD5", "IfMatch"),
        *("IfNoneMatch", "ExpectedBucketOwner", "ServerSideEncryption", "ChecksumAlgorithm", "ChecksumCRC32"),
        *("ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"),
    },
    "GetObject": {"Bucket", "Key", "ExpectedBucketOwner", "ChecksumMode"},
    "HeadObject": {"Bucket", "Key", "ExpectedBucketOwner", "ChecksumMode"},
    "DeleteObject": {"Bucket", "Key", "ExpectedBucketOwner", "IfMatch"},
}
"""Operation -> the parameters that it heeds, or that change nothing here; any other is refused, not ignored."""


def create_bucket(world: World, request: Request) -> Response:
    """S3 ``CreateBucket``: names are unique; making one's own again succeeds in the first Region only."""
    name = request["Bucket"]
    asked = (request.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    if not _NAME.fullmatch(name):
        raise Refused("InvalidBucketName", "The specified bucket is not valid.", status=400)
    # The first Region's endpoint makes buckets anywhere, every other one only at home, and must be told so.
    if world.region != _FIRST_REGION and asked != world.region:
        raise Refused(
            "IllegalLocationConstraintException",
            "The location constraint is incompatible for the region specific endpoint this request was sent to.",
            status=400,
        )
    there = world.state.buckets.get(name)
    if there is not None and there.owner != world.caller:
        raise Refused("BucketAlreadyExists", "The requested bucket name is not available.")
    if there is not None and (asked or world.region) != _FIRST_REGION:
        raise Refused("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded.")
    if there is None:
        world.state.buckets[name] = Bucket(name, world.caller, asked or world.region)
    return {"Location": f"/{name}"}


def head_bucket(world: World, request: Request) -> Response:
    """S3 ``HeadBucket``."""
    return {"BucketRegion": _bucket(world, request).region}


def put_object(world: World, request: Request) -> Response:
    """S3 ``PutObject``: with ``IfNoneMatch`` only where the key is free, with ``IfMatch`` only over that ETag."""
    _bucket(world, request)
    expected, absent = request.get("IfMatch"), request.get("IfNoneMatch")
    body = request.get("Body") or b""
    if len(request["Key"].encode()) > _LONGEST_KEY:
        raise Refused("KeyTooLongError", "Your key is too long.", status=400)
    if len(body) > LARGEST_BYTES:
        raise Refused("EntityTooLarge", f"The sandbox keeps objects of up to {LARGEST_BYTES} bytes.", status=400)
    if (expected is not None and absent is not None) or absent not in (None, "*") or expected == "*":
        raise Refused(
            "NotImplemented", "A header you provided implies functionality that is not implemented.", status=501
        )
    there = world.state.objects.get(_place(request))
    if absent is not None and there is not None:
        raise _precondition("If-None-Match")
    if expected is not None:
        _require_match(there, expected)
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
    stored = StoredObject(
        id=_place(request),
        body=base64.b64encode(body).decode(),
        etag=f'"{digest}"',
        content_type=request.get("ContentType") or "binary/octet-stream",
        modified_at=world.now,
    )
    world.state.objects[stored.id] = stored
    return {"ETag": stored.etag, "ServerSideEncryption": "AES256"}


def get_object(world: World, request: Request) -> Response:
    """S3 ``GetObject``."""
    return {**head_object(world, request), "Body": _content(_object(world, request))}


def head_object(world: World, request: Request) -> Response:
    """S3 ``HeadObject``."""
    _bucket(world, request)
    stored = _object(world, request)
    return {
        "AcceptRanges": "bytes",
        "ContentLength": len(_content(stored)),
        "ContentType": stored.content_type,
        "ETag": stored.etag,
        "LastModified": stored.modified_at,
        "ServerSideEncryption": "AES256",
    }


def delete_object(world: World, request: Request) -> Response:
    """S3 ``DeleteObject``: of what is not there it makes nothing, unless ``IfMatch`` expected it."""
    _bucket(world, request)
    place, expected = _place(request), request.get("IfMatch")
    if expected is not None:
        _require_match(world.state.objects.get(place), expected, anything=expected == "*")
    world.state.objects.pop(place, None)
    return {}


def _bucket(world: World, request: Request) -> Bucket:
    bucket = world.state.buckets.get(request["Bucket"])
    if bucket is None:
        raise Refused("NoSuchBucket", "The specified bucket does not exist")
    # No bucket policy is simulated, so a bucket is its owner's alone.
    if bucket.owner != world.caller or request.get("ExpectedBucketOwner", bucket.owner) != bucket.owner:
        raise Refused("AccessDenied", "Access Denied")
    return bucket


def _object(world: World, request: Request) -> StoredObject:
    stored = world.state.objects.get(_place(request))
    if stored is None:
        raise _no_such_key()
    return stored


def _place(request: Request) -> str:
    return f"{request['Bucket']}/{request['Key']}"


def _content(stored: StoredObject) -> bytes:
    return base64.b64decode(stored.body)


def _require_match(there: StoredObject | None, etag: str, *, anything: bool = False) -> None:
    """S3 User Guide, conditional requests: 404 where nothing is there, 412 where something else is."""
    if there is None:
        raise _no_such_key()
    if not anything and there.etag.strip('"') != etag.strip('"'):
        raise _precondition("If-Match")


def _no_such_key() -> Refused:
    return Refused("NoSuchKey", "The specified key does not exist.")


def _precondition(condition: str) -> Refused:
    return Refused(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        condition,
        status=412,
    )
