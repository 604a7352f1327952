"""cfn-lint over the templates of the baselines: what only AWS's own resource schemas can tell. Extra: ``lint``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from factory.core.errors import Problem
from factory.core.resource import Source
from factory.kinds.baseline_files import Baseline, baselines, regions

if TYPE_CHECKING:
    from factory.spec import Organization
    from factory.templates import Template


def is_installed() -> bool:
    """Whether there is a cfn-lint to ask."""
    return find_spec("cfnlint") is not None


def told(organization: Organization) -> tuple[list[Problem], list[Problem]]:
    """What cfn-lint calls an error, and the rest, in the Regions that each baseline goes to.

    It reads its own ``.cfnlintrc`` and what templates say to it under ``Metadata``.
    """
    errors: list[Problem] = []
    others: list[Problem] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for found in baselines(organization).values():
            if found.template is not None:
                for severity, problem in _findings(found, found.template, regions(found.keys, organization)):
                    (errors if severity == "error" else others).append(problem)
    return errors, others


def _findings(of: Baseline, template: Template, where: tuple[str, ...]) -> Iterator[tuple[str, Problem]]:
    from cfnlint.decode.decode import decode_str
    from cfnlint.helpers import REGIONS

    known = tuple(region for region in where if region in REGIONS)
    if unknown := sorted(set(where) - set(known)):
        what = f"cfn-lint does not know {', '.join(unknown)}, so nothing is checked for there"
        yield "warning", Problem(of.entry.where("regions"), what, "update it")
    body, faults = decode_str(template.text)
    for match in faults or _runner(known).validate_template(body):
        yield match.rule.severity, _problem(match, template.file)


@lru_cache
def _runner(where: tuple[str, ...]) -> Any:
    """What ``cfnlint.api.lint`` makes anew for each template: reading the rules takes longer than applying them."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn(regions=list(where)))


def _problem(match: Any, file: str) -> Problem:
    rule = match.rule
    source = Source(file, match.linenumber, match.columnnumber)
    return Problem(source, match.message, f"cfn-lint: {rule.shortdesc}, {rule.source_url}", rule.id)
