"""Files in, a checked organization out: what the kinds bring is handed to the reader here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from factory import spec
from factory.core.errors import InvalidFiles
from factory.core.limits import Limits
from factory.kinds import registry


def load(root: Path, limits_file: Path | None = None) -> tuple[spec.Organization, Limits]:
    """Read and check everything under ``accounts/`` and ``baselines/`` of this folder.

    Raises ``InvalidFiles`` with all problems: those of single files, or, once these are mended, those between
    files.
    """
    limits = spec.load_limits(limits_file)
    kinds = registry().values()
    sections = [section for kind in kinds for section in kind.sections]
    files = [file for kind in kinds for file in kind.files]
    organization = spec.load(root, sections, files, limits)
    limits = spec.load_limits(limits_file, organization.limits, organization.where)
    problems = [problem for kind in kinds for problem in kind.check(organization, limits)]
    if problems:
        raise InvalidFiles(problems)
    return organization, limits


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of all files, by name."""
    kinds = registry().values()
    return spec.schemas(
        [section for kind in kinds for section in kind.sections],
        [file for kind in kinds for file in kind.files],
    )
