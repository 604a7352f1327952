"""cfn-lint over the templates of the baselines: what only AWS's own resource schemas can tell. Extra: ``lint``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from factory.core.errors import Problem, UsageError
from factory.core.limits import Limits
from factory.core.resource import Source
from factory.kinds.baseline_files import Baseline, baselines, regions

if TYPE_CHECKING:
    from factory.spec import Organization
    from factory.templates import Template

LINT_EXTRA = 'pip install "aws-account-factory[lint]"'


@dataclass
class Lint:
    """A further check of the files: errors are problems of theirs, ``warnings`` collects the rest.

    Raises ``UsageError`` where cfn-lint is not installed. It reads its own ``.cfnlintrc`` and what templates say to it
    under ``Metadata``.
    """

    warnings: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        if find_spec("cfnlint") is None:
            raise UsageError("--lint needs cfn-lint, the extra lint", LINT_EXTRA)

    def __call__(self, organization: Organization, limits: Limits) -> Iterator[Problem]:
        """Everything that cfn-lint calls an error, in the Regions that each baseline goes to."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for found in baselines(organization).values():
                if found.template is not None:
                    yield from self._errors(found, found.template, regions(found.keys, organization))

    def _errors(self, of: Baseline, template: Template, where: tuple[str, ...]) -> Iterator[Problem]:
        from cfnlint.decode.decode import decode_str
        from cfnlint.helpers import REGIONS

        known = tuple(region for region in where if region in REGIONS)
        if unknown := sorted(set(where) - set(known)):
            what = f"cfn-lint does not know {', '.join(unknown)}, so nothing is checked for there"
            self.warnings.append(Problem(of.entry.where("regions"), what, "update it"))
        body, faults = decode_str(template.text)
        for match in faults or _runner(known).validate_template(body):
            problem = _problem(match, template.file)
            if match.rule.severity == "error":
                yield problem
            else:
                self.warnings.append(problem)


@lru_cache
def _runner(where: tuple[str, ...]) -> Any:
    """What ``cfnlint.api.lint`` makes anew for each template: reading the rules takes longer than applying them."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn(regions=list(where)))


def _problem(match: Any, file: str) -> Problem:
    rule = match.rule
    source = Source(file, match.linenumber, match.columnnumber)
    return Problem(source, f"{rule.id} {match.message}", f"cfn-lint: {rule.shortdesc}, {rule.source_url}")
