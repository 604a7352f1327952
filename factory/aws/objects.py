"""The gateway to one bucket of Amazon S3: small objects that are written only where they are as they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from factory.aws.errors import AwsError, CredentialsError

if TYPE_CHECKING:
    from factory.aws.call import Calls

LARGEST = 64 * 1024
"""Bytes of an object that are read, unless a reader asks for more; a longer one arrives cut off."""

TRIES = 5
"""How often a write is sent while S3 refuses it and the object is as the write wants it."""

_AGAIN = frozenset({"ConditionalRequestConflict", "OperationAborted", "PreconditionFailed"})
"""Refusals after which a write is sent again, if the object is as the write wants it."""

_NO_BODY = {"403": "AccessDenied", "404": "NoSuchBucket"}
"""What S3 means where an answer cannot say more than its status: one to ``HEAD`` has no body."""

_ELSEWHERE = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"})


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as read: its content, its ETag with the quotes that S3 puts around it, and how old it is.

    ``age`` is in seconds, by S3's own clock on both ends: from ``LastModified`` to the ``Date`` of the answer, both
    in whole seconds. It is 0 where an answer came without ``Date``.
    """

    body: bytes
    etag: str
    age: float


class Objects:
    """The objects of one bucket. Raises `AwsError` with words for what is wrong with the bucket or the rights to it.

    A write is conditional, and its content must be unlike any before, or named by its key: by it a write whose reply
    was lost is known to have worked. With ``noted`` it is a change of the run, announced to the gate of ``calls``.
    The rights are ``s3:GetObject`` and ``s3:PutObject``, and ``s3:ListBucket`` on the bucket,
    without which S3 calls an object denied that is not there (API reference, GetObject).
    """

    def __init__(self, calls: Calls, client: Any, bucket: str, *, largest: int = LARGEST, noted: bool = False) -> None:
        self._calls = calls
        self._write = calls.change if noted else calls
        self._client = client
        self._largest = largest
        self.bucket = bucket

    def region(self) -> str:
        """Where the bucket is."""
        try:
            answer = self._calls("s3.HeadBucket", self._client.head_bucket, Bucket=self.bucket)
        except AwsError as error:
            code = _NO_BODY.get(error.code, error.code)
            raise self._in_words(error, code) from None
        return str(answer.get("BucketRegion") or self._client.meta.region_name)

    def get(self, key: str) -> StoredObject | None:
        """The object, or ``None`` where there is none."""
        try:
            answer = self._calls("s3.GetObject", self._read, Bucket=self.bucket, Key=key)
        except AwsError as error:
            if error.code == "NoSuchKey":
                return None
            raise self._in_words(error) from None
        return StoredObject(answer["Body"], answer["ETag"], _age(answer))

    def put_new(self, key: str, body: bytes) -> str | None:
        """Write an object that is not there yet; its ETag, or ``None`` where there is one already."""
        return self._put(key, body, None)

    def replace(self, key: str, body: bytes, etag: str) -> str | None:
        """Write over the object with this ETag; the new ETag, or ``None`` where it has changed or gone."""
        return self._put(key, body, etag)

    def _put(self, key: str, body: bytes, etag: str | None) -> str | None:
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        problem: AwsError | None = None
        for _ in range(TRIES):
            try:
                answer = self._write(
                    "s3.PutObject",
                    self._client.put_object,
                    Bucket=self.bucket,
                    Key=key,
                    Body=body,
                    ContentType="application/json",
                    **condition,
                )
            except AwsError as error:
                problem = self._in_words(error)
            else:
                return str(answer["ETag"])
            if _never_done(problem):
                raise problem
            # S3 may have carried out this request, or one that botocore sent before it: the object tells. What a
            # precondition refuses may be the repetition of a write that worked.
            found = self._look(key, problem)
            if found is not None and found.body == body:
                return found.etag
            if (found.etag if found else None) != etag:
                return None
            if problem.code not in _AGAIN:
                raise problem
        assert problem is not None, "there is at least one try"
        raise problem

    def _look(self, key: str, problem: AwsError) -> StoredObject | None:
        """The object after a write of which it is not known whether it worked; ``problem`` where nobody can tell."""
        try:
            return self.get(key)
        except AwsError:
            raise problem from None

    def _read(self, **parameters: Any) -> Mapping[str, Any]:
        """The answer with the content in it, so that a connection that breaks meanwhile is an error of the request."""
        answer = self._client.get_object(**parameters)
        stream = answer["Body"]
        try:
            return {**answer, "Body": stream.read(self._largest)}
        finally:
            stream.close()

    def _in_words(self, error: AwsError, code: str = "") -> AwsError:
        """The error with our way out; ``code`` where S3's own says less."""
        if isinstance(error, CredentialsError):
            return error
        operation, message, trace, retries = error.operation, error.message, error.request_id, error.retries
        known = AwsError(code or error.code, operation, message, request_id=trace, retries=retries)
        hint = self._way_out(known)
        return AwsError(known.code, operation, message, request_id=trace, hint=hint, retries=retries) if hint else error

    def _way_out(self, error: AwsError) -> str:
        if error.code == "NoSuchBucket":
            return f"create the bucket {self.bucket}, or correct its name"
        if error.code == "RequestTimeTooSkewed":
            return "set this computer's clock"
        if error.code in _ELSEWHERE:
            return f"the bucket {self.bucket} is in another Region: write that beside its name, as region:"
        if error.denied and error.action == "s3:HeadBucket":
            return f"allow s3:ListBucket on the bucket {self.bucket} to these credentials, or name a bucket of your own"
        if error.denied:
            also = ", and s3:ListBucket on the bucket itself" if error.action == "s3:GetObject" else ""
            return f"allow {error.action} on the objects of the bucket {self.bucket} to these credentials{also}"
        return ""


def _never_done(error: AwsError) -> bool:
    """Whether S3 said no before it looked at the object."""
    return isinstance(error, CredentialsError) or error.denied or error.code in _ELSEWHERE | {"NoSuchBucket"}


def _age(answer: Mapping[str, Any]) -> float:
    modified, date = answer["LastModified"], answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        read = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return 0.0
    return max(0.0, (read - modified).total_seconds()) if isinstance(modified, datetime) else 0.0
