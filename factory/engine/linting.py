"""A further check of the files: the lint rules of guardrails, and cfn-lint over the templates of baselines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from factory.core.errors import Problem
from factory.core.limits import Limits
from factory.engine import action_names, guardrail_linting, policy_validation, template_linting
from factory.kinds.baseline_files import baselines

if TYPE_CHECKING:
    from factory.aws.session import Aws
    from factory.spec import Organization


@dataclass
class Lint:
    """Errors are problems of the files; ``warnings`` collects the rest, ``suppressed`` counts what the files let be.

    ``looked_at`` counts what was linted, ``files`` keeps what was read. ``errors`` are those that AWS told of the
    ``validated`` guardrails, where it was asked. What is ``missing`` of the extra ``lint`` is not asked; ``extra``
    installs it.
    """

    warnings: list[Problem] = field(default_factory=list)
    suppressed: int = 0
    looked_at: dict[str, int] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    validated: int = 0
    files: tuple[Organization, Limits] | None = None
    extra: ClassVar[str] = 'pip install "aws-account-factory[lint]"'

    @property
    def missing(self) -> dict[str, str]:
        """Packages that are not installed, with what is not checked without them."""
        found = {}
        if not template_linting.is_installed():
            found["cfn-lint"] = "the templates of baselines"
        if not action_names.is_installed():
            found[action_names.PACKAGE] = "names of services, actions and their condition keys (L20, L21)"
        return found

    def __call__(self, organization: Organization, limits: Limits) -> Iterator[Problem]:
        """Everything that the rules and cfn-lint call an error."""
        self.files = organization, limits
        told = guardrail_linting.told(organization)
        self.warnings += told.warnings
        self.suppressed += told.suppressed
        self.looked_at["guardrail"] = told.guardrails
        yield from told.errors
        if template_linting.is_installed():
            errors, warnings = template_linting.told(organization)
            self.looked_at["template"] = sum(each.template is not None for each in baselines(organization).values())
            self.warnings += warnings
            yield from errors

    def ask(self, aws: Aws) -> None:
        """Let Access Analyzer judge the guardrails that were linted.

        Raises `AwsError`; what was found until then is kept.
        """
        assert self.files is not None, "only after the files were read"
        told = guardrail_linting.Told()
        try:
            policy_validation.ask(self.files[0], aws.access_analyzer(), told)
        finally:
            self.errors += told.errors
            self.warnings += told.warnings
            self.suppressed += told.suppressed
            self.validated += told.guardrails
