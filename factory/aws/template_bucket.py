"""Templates that are too large for a request: kept in a bucket, under what they hold, for CloudFormation to read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from factory.core.errors import FactoryError

if TYPE_CHECKING:
    from factory.aws.objects import Objects

LARGEST_TEMPLATE = 2**20
"""Bytes that are read of an object: more than CloudFormation takes for a template."""

_FOLDER = "factory/templates"


class TemplateBucket:
    """An S3 bucket for templates. Each has a key made of its own hash, so nothing is ever overwritten or deleted.

    CloudFormation reads the object with the rights of whoever asks it, in any Region of the partition (API reference,
    CreateStackSet, ``TemplateURL``). Encryption is as the bucket has it.
    """

    def __init__(self, objects: Objects, suffix: str) -> None:
        self._objects = objects
        self._suffix = suffix

    def keep(self, template: str) -> str:
        """The URL of the object that holds this template, which is put there unless it is there already.

        Raises `AwsError` that names the bucket, what is wrong and the way out.
        """
        body, bucket = template.encode(), self._objects.bucket
        key = f"{_FOLDER}/{hashlib.sha256(body).hexdigest()}.json"
        region = self._objects.region()
        found = self._objects.get(key)
        there = self._objects.put_new(key, body) is not None if found is None else found.body == body
        if not there:
            raise FactoryError(
                f"s3://{bucket}/{key} does not hold the template that it is named after",
                "find out who wrote it, delete that object, then run apply again",
            )
        # With the bucket in the path, a name with dots in it fits the endpoint's certificate, too.
        return f"https://s3.{region}.{self._suffix}/{bucket}/{key}"
