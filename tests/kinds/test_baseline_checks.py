"""What is wrong with baselines in files: told all at once, at its place, with a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from factory import engine
from factory.core.errors import InvalidFiles

ORGANIZATION = """\
organization: {home_region: eu-central-1, regions: [eu-central-1]}
defaults: {email: "aws+{name}@example.com"}
root: {baselines: [trail]}
organizational_units: {security: {}}
"""
FILES = {
    "accounts/organization.yaml": ORGANIZATION,
    "accounts/logs.yaml": "ou: security\n",
    "accounts/gone.yaml": "ou: security\nstate: closed\nclosed_reason: done\n",
    "baselines/stack-sets/trail/baseline.yaml": "description: A trail.\n",
    "baselines/stack-sets/trail/template.yaml": "Resources: {Trail: {Type: AWS::SNS::Topic}}\n",
}
TRAIL = "baselines/stack-sets/trail/baseline.yaml"
TEMPLATE = "baselines/stack-sets/trail/template.yaml"
PARAMETER = "Parameters: {Bucket: {Type: String%s}}\nResources: {Trail: {Type: AWS::SNS::Topic}}\n"


def problems(root: Path, files: dict[str, str]) -> list[str]:
    for name, text in {**FILES, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    try:
        engine.load(root)
    except InvalidFiles as error:
        return [str(problem) for problem in error.problems]
    return []


def test_the_files_themselves_are_fine(tmp_path: Path) -> None:
    assert problems(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"accounts/organization.yaml": ORGANIZATION.replace("home_region: eu-central-1, ", "")},
            "accounts/organization.yaml:1:1: baselines need home_region: their stack sets are kept there",
        ),
        (
            {"accounts/organization.yaml": ORGANIZATION.replace("[trail]", "[trial]")},
            "accounts/organization.yaml:3:20: there is no baseline trial",
        ),
        (
            {"accounts/organization.yaml": ORGANIZATION.replace("[trail]", "[trail, trail]")},
            "accounts/organization.yaml:3:27: the baseline trail is named twice here",
        ),
        ({TRAIL: "description: A trail.\nneeds: [trial]\n"}, f"{TRAIL}:2:9: there is no other baseline trial"),
        ({TRAIL: "description: A trail.\nneeds: [trail]\n"}, f"{TRAIL}:2:9: there is no other baseline trail"),
        (
            {
                TRAIL: "description: A trail.\nregions: governed\n",
                "accounts/organization.yaml": ORGANIZATION.replace(", regions: [eu-central-1]", ""),
            },
            f"{TRAIL}:2:1: regions: governed, but organization.yaml names no regions",
        ),
        ({TRAIL: "description: A trail.\nregions: []\n"}, f"{TRAIL}:2:"),
        ({TRAIL: "description: A trail.\nparameters: {Nobody: x}\n"}, f"{TRAIL}:2:"),
        ({TEMPLATE: "Resources: {Trail: {Type: AWS::SNS::Topic, DependsOn: Nobody}}\n"}, f"{TEMPLATE}:1:"),
        ({TEMPLATE: "Resources: [\n"}, f"{TEMPLATE}:"),
        ({TEMPLATE: PARAMETER % ""}, f"{TEMPLATE}:1:14: the parameter"),
        (
            {TEMPLATE: PARAMETER % "", TRAIL: 'description: x\nparameters: {Bucket: "{accounts.nobody.id}"}\n'},
            f"{TRAIL}:2:14: {{accounts.nobody.id}}: no account file has the name nobody",
        ),
        (
            {TEMPLATE: PARAMETER % "", TRAIL: 'description: x\nparameters: {Bucket: "{accounts.gone.id}"}\n'},
            f"{TRAIL}:2:14: {{accounts.gone.id}}: the account gone is closed",
        ),
        (
            {TEMPLATE: PARAMETER % "", TRAIL: 'description: x\nparameters: {Bucket: "{organisation.id}"}\n'},
            f"{TRAIL}:2:14: {{organisation.id}} is not known here",
        ),
        (
            {TEMPLATE: PARAMETER % "", TRAIL: 'description: x\nparameters: {Bucket: "{ organization.id }"}\n'},
            f"{TRAIL}:2:14: {{ organization.id }} is not known here; braces around a name refer to one of organization",
        ),
        (
            {TEMPLATE: PARAMETER % ", Default: 'a-{nobody}'"},
            f"{TEMPLATE}:1:37: {{nobody}} is not known here",
        ),
        (
            {
                TEMPLATE: PARAMETER % ", MaxLength: 10",
                TRAIL: 'description: x\nparameters: {Bucket: "{organization.id}"}\n',
            },
            f"{TRAIL}:2:",
        ),
        (
            {TEMPLATE: PARAMETER % ", NoEcho: true", TRAIL: "description: x\nparameters: {Bucket: secret}\n"},
            f"{TRAIL}:2:14: Bucket is NoEcho: AWS does not show its value",
        ),
        (
            {TEMPLATE: f"Description: {'x' * 60_000}\nResources: {{Trail: {{Type: AWS::SNS::Topic}}}}\n"},
            f"{TEMPLATE}:",
        ),
        (
            {
                "baselines/stack-sets/a-accounts/baseline.yaml": "description: x\n",
                "baselines/stack-sets/a-accounts/template.yaml": FILES[TEMPLATE],
            },
            "baselines/stack-sets/a-accounts/baseline.yaml:1:1: a baseline's name cannot end in -accounts",
        ),
        (
            {
                TRAIL: "description: x\nneeds: [other]\n",
                "baselines/stack-sets/other/baseline.yaml": "description: x\nneeds: [trail]\n",
                "baselines/stack-sets/other/template.yaml": FILES[TEMPLATE],
            },
            "baselines/stack-sets/other/baseline.yaml:2:1: these baselines need each other: other, trail",
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_is(tmp_path: Path, files: dict[str, str], told: str) -> None:
    found = problems(tmp_path, files)
    assert any(problem.startswith(told) for problem in found), found
    assert all("; " in problem for problem in found), "each has a way out"


def test_a_new_account_may_be_referred_to(tmp_path: Path) -> None:
    files = {TEMPLATE: PARAMETER % "", TRAIL: 'description: x\nparameters: {Bucket: "{accounts.logs.id}"}\n'}
    assert problems(tmp_path, files) == []


@pytest.mark.parametrize(
    "value",
    [
        '{"a": {}, "b": {"c": [1]}}',
        "{{resolve:ssm:/foo}}",
        "{{resolve:secretsmanager:name:SecretString:key}}",
        "^[a-z]{3,63}$",
        "x{12}",
        "{}",
        "{",
        "}{",
        '{"account": "{accounts.logs.id}"}',
        "{{resolve:ssm:/{organization.instance}/cidr}}",
    ],
)
def test_braces_around_anything_but_a_name_are_text(tmp_path: Path, value: str) -> None:
    files = {TEMPLATE: PARAMETER % "", TRAIL: f"description: x\nparameters: {{Bucket: '{value}'}}\n"}
    assert problems(tmp_path, files) == []
    assert problems(tmp_path, {TEMPLATE: PARAMETER % f", Default: '{value}'", TRAIL: FILES[TRAIL]}) == []


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ("{monthly_usd: 5.125}", '2:10: "monthly_usd" has parts of a cent; round it'),
        ("{alert_at: [80, 100, 80]}", "2:30: 80 is given twice; remove one of them"),
        ('{notify: ["{ower}@b.c"]}', "2:19: there is no {ower} here; use {name} and {owner}"),
        ('{notify: ["{owner@b.c"]}', "2:19: {owner@b.c has a brace without its other half; write an e-mail address"),
        ("{notify: [nobody]}", "2:19: nobody is not of the form name@domain; write an e-mail address"),
        ("{notify: [a@b.c, ab]}", '2:26: item 2 of "notify" must have at least 3 characters'),
    ],
)
def test_budgets_that_make_no_sense(tmp_path: Path, budget: str, told: str) -> None:
    (found,) = problems(tmp_path, {"accounts/logs.yaml": f"ou: security\nbudget: {budget}\n"})
    assert found.startswith(f"accounts/logs.yaml:{told}")


def test_all_that_is_wrong_in_a_list_is_an_item_of_it(tmp_path: Path) -> None:
    """That nothing right is left in the list is no second problem."""
    (found,) = problems(tmp_path, {"accounts/logs.yaml": "ou: security\nbudget: {alert_at: [0]}\n"})
    assert found.startswith('accounts/logs.yaml:2:21: item 1 of "alert_at" must be at least 1')


def test_what_an_account_lacks_is_one_problem(tmp_path: Path) -> None:
    files = {
        TRAIL: 'description: A trail.\nparameters:\n  A: "{account.budget.notify}{account.owner}"\n'
        '  B: "{account.budget.alert_at}"\n',
        TEMPLATE: 'Parameters: {A: {Type: String, Default: ""}, B: {Type: String, Default: ""}}\n' + FILES[TEMPLATE],
    }
    (found,) = problems(tmp_path, files)
    assert found == (
        "accounts/logs.yaml:1:1: the baseline trail wants {account.budget.alert_at} and {account.budget.notify} and "
        "{account.owner}, and nothing says what they are; write budget: {alert_at: ..., notify: ...} in "
        "accounts/logs.yaml, or above, and owner: in accounts/logs.yaml"
    )


def test_an_owner_is_written_in_the_accounts_own_file_wherever_it_is_asked_for(tmp_path: Path) -> None:
    files = {
        "accounts/organization.yaml": ORGANIZATION.replace("security: {}", "security: {baselines: {trail: %s}}")
        % "{parameters: {Bucket: '{account.owner}'}}",
        TEMPLATE: PARAMETER % ", Default: x",
    }
    (found,) = problems(tmp_path, files)
    assert found.startswith("accounts/organization.yaml:4:")
    assert found.endswith("wants {account.owner}, and nothing says what that is; write owner: in accounts/logs.yaml")


@pytest.mark.parametrize(
    ("keys", "template", "told"),
    [
        ("regions: []", FILES[TEMPLATE], '2:1: "regions" is empty; fill it in, or remove the key'),
        ("parameters: {Bucket: }", PARAMETER % "", '2:14: "Bucket" must be text or a whole number or true or false'),
        ("parameters: {Bucket: [a]}", PARAMETER % "", '2:14: "Bucket" must be text or a whole number or true or false'),
        ("parameters: [a]", PARAMETER % "", '2:1: "parameters" must be a mapping, not a list'),
    ],
)
def test_what_is_wrong_is_one_problem(tmp_path: Path, keys: str, template: str, told: str) -> None:
    (found,) = problems(tmp_path, {TRAIL: f"description: A trail.\n{keys}\n", TEMPLATE: template})
    assert found.startswith(f"{TRAIL}:{told}")
