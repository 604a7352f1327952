"""Files in, a checked organization out: what the kinds bring is handed to the reader here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from factory import spec
from factory.core.errors import Problem
from factory.core.limits import Limits
from factory.kinds import registry

Check = Callable[[spec.Organization, Limits], Iterable[Problem]]
"""A rule on what the files say, also asked where some of them have problems."""


def load(
    root: Path, limits_file: Path | None = None, further: Iterable[Check] = ()
) -> tuple[spec.Organization, Limits]:
    """Read and check everything under ``accounts/`` and ``baselines/`` of this folder.

    Raises ``InvalidFiles`` with the problems of all files, those that only the kinds and ``further`` checks can see
    among them.
    """
    spec.load_limits(limits_file)
    kinds = registry().values()
    sections = [section for kind in kinds for section in kind.sections]
    files = [file for kind in kinds for file in kind.files]
    checks = [*(kind.check for kind in kinds), *further]
    organization = spec.load(root, sections, files, spec.load_limits(), checks, limits_file=limits_file)
    return organization, spec.load_limits(limits_file, organization.limits, organization.where)


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of all files, by name."""
    kinds = registry().values()
    return spec.schemas(
        [section for kind in kinds for section in kind.sections],
        [file for kind in kinds for file in kind.files],
    )
