"""``factory guardrails why``: what guardrails make of one call in one account, without AWS."""

from __future__ import annotations

import click

from factory.cli.commands import Verb
from factory.cli.exits import Exit
from factory.cli.options import Options
from factory.cli.work import JSON, format_option


@click.command(
    cls=Verb,
    examples=(
        "factory guardrails why payments-prod ec2:RunInstances --in us-east-1",
        "factory guardrails why shop s3:GetObject 'arn:aws:s3:::x/y' --as user:ada",
        "factory guardrails why shop s3:GetObject --with aws:SecureTransport=false",
        "factory guardrails why log-archive iam:CreateUser --as root",
    ),
    exits=(Exit.DONE, Exit.USAGE, Exit.FILES),
)
@click.argument("account", help="The account, by its file.")
@click.argument("action", help="One action, such as ec2:RunInstances.")
@click.argument("resource", required=False, help='An ARN, which may hold {account} and {region}; "*" for none.')
@click.option(
    "--as",
    "who",
    metavar="WHO",
    allow_from_autoenv=False,
    help="role:NAME, session:ROLE, user:NAME, root, service:NAME, external:ACCOUNT-ID or anonymous. "
    "Default: role:developer, a role like any other.",
)
@click.option("--in", "where", metavar="REGION", allow_from_autoenv=False, help="The Region that is called.")
@click.option(
    "--with",
    "given",
    metavar="KEY=VALUE",
    multiple=True,
    allow_from_autoenv=False,
    help="A context key and what the request has. Repeatable; the same key again adds a value.",
)
@click.option(
    "--absent",
    metavar="KEY",
    multiple=True,
    allow_from_autoenv=False,
    help="A context key that the request does not have. Repeatable.",
)
@format_option
@click.pass_obj
def why(
    options: Options,
    account: str,
    action: str,
    resource: str | None,
    who: str | None,
    where: str | None,
    given: tuple[str, ...],
    absent: tuple[str, ...],
    form: str,
) -> Exit:
    """Say whether guardrails let a call through, and why.

    Judges by the tree that the files describe, whether it exists in AWS or not. "Allowed" says that no guardrail
    forbids it, not that IAM grants it. Ends with 0 whatever the verdict is.
    """
    from factory.cli.terminal import Terminal
    from factory.cli.work import read_files
    from factory.kinds.guardrail_question import ask
    from factory.views.why import why_json, why_text

    organization, _ = read_files(options)
    question = ask(organization, account, action, resource, who, where, given, absent)
    terminal = Terminal(options)
    terminal.product(why_json(question) if form == JSON else why_text(question, terminal.style(terminal.out)))
    return Exit.DONE
