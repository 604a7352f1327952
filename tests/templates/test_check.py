"""What CloudFormation and service-managed stack sets refuse, found before they are asked."""

from __future__ import annotations

import pytest

from factory.core.resource import Source
from factory.templates import advice, check, check_values, read

PLAIN = "Resources: {A: {Type: AWS::S3::Bucket}}\n"
BUCKET = "Resources: {A: {Type: AWS::S3::Bucket, Properties: %s}}\n"


def told(text: str) -> list[str]:
    return [str(problem) for problem in check(read(text, "t.yaml"))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Outputs: {A: {Value: x}}\n", "Resources"),
        ("Resources: {}\n", "Resources"),
        (PLAIN + "Extra: 1\n", "Extra"),
        ("Resources: {A: {Properties: {}}}\n", "Type"),
        ("Resources: {a-b: {Type: AWS::S3::Bucket}}\n", "a-b"),
        ("Resources: {A: {Type: AWS::S3::Bucket, Propertys: {}}}\n", "Propertys"),
        (BUCKET % "{BucketName: !Ref Nobody}", "Nobody"),
        (BUCKET % '{BucketName: !Sub "${Nobody}"}', "Nobody"),
        (BUCKET % '{BucketName: !Sub "${Nobody.Arn}"}', "Nobody"),
        (BUCKET % "{BucketName: !GetAtt Nobody.Arn}", "Nobody"),
        (BUCKET % "{BucketName: !If [Nobody, a, b]}", "Nobody"),
        (BUCKET % "{BucketName: !FindInMap [Nobody, a, b]}", "Nobody"),
        ("Resources: {A: {Type: AWS::S3::Bucket, DependsOn: Nobody}}\n", "Nobody"),
        ("Resources: {A: {Type: AWS::S3::Bucket, Condition: Nobody}}\n", "Nobody"),
        ("Resources: {A: {Type: AWS::S3::Bucket, DependsOn: B}, B: {Type: AWS::S3::Bucket, DependsOn: A}}\n", "circle"),
        ("Parameters: {P: {Type: Strin}}\n" + PLAIN, "Strin"),
        ("Parameters: {P: {Type: String, Default: c, AllowedValues: [a, b]}}\n" + PLAIN, '"P"'),
        ("Transform: AWS::Serverless-2016-10-31\n" + PLAIN, "ransform"),
        (BUCKET % "{Fn::Transform: {Name: AWS::Include}}", "ransform"),
        ("Resources: {A: {Type: AWS::CloudFormation::Stack}}\n", "ested"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    found = told(text)
    assert any(words in problem for problem in found), found
    assert all(problem.startswith("t.yaml:") for problem in found)


@pytest.mark.parametrize(
    "text",
    [
        BUCKET % '{BucketName: !Sub "${AWS::AccountId}-${!literal}"}',
        BUCKET % '{BucketName: !Sub ["${x}", {x: y}]}',
        "Parameters: {P: {Type: String}}\n" + BUCKET % "{BucketName: !Ref P}",
        "Conditions: {C: !Equals [a, b]}\nResources: {A: {Type: AWS::S3::Bucket, Condition: C}}\n",
    ],
)
def test_what_is_taken(text: str) -> None:
    assert told(text) == []


def test_more_resources_than_cloudformation_takes() -> None:
    rows = "".join(f"  A{n}: {{Type: AWS::S3::Bucket}}\n" for n in range(501))
    assert any("500" in problem for problem in told("Resources:\n" + rows))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, '"Size" has no value'),
        ({"Size": "3", "Nobody": "x"}, '"Nobody"'),
        ({"Size": "much"}, '"Size"'),
        ({"Size": "99"}, '"Size"'),
        ({"Size": "3", "Name": "toolong"}, '"Name"'),
        ({"Size": "3", "Name": "A1"}, '"Name"'),
        ({"Size": "3", "Kind": "c"}, '"Kind"'),
        ({"Size": "3", "Text": "x" * 4097}, "4,096"),
    ],
)
def test_values_that_do_not_fit(values: dict[str, object], words: str) -> None:
    template = read(
        "Parameters:\n"
        "  Size: {Type: Number, MaxValue: 10}\n"
        '  Name: {Type: String, Default: a, MaxLength: 5, AllowedPattern: "[a-z]+"}\n'
        "  Kind: {Type: String, Default: a, AllowedValues: [a, b]}\n"
        "  Text: {Type: String, Default: a}\n" + PLAIN
    )
    found = check_values(template, values, dict.fromkeys(values, Source("baseline.yaml", 3, 1)))
    assert any(words in str(problem) for problem in found), found


def test_advice_is_about_what_works_in_one_place_only() -> None:
    text = BUCKET % '{BucketName: "arn:aws:s3:::x eu-west-1 123456789012"}'
    words = " ".join(map(str, advice(read(text))))
    for expected in ("partition", "Region", "account id"):
        assert expected in words
    assert advice(read(BUCKET % '{BucketName: !Sub "arn:${AWS::Partition}:s3:::x"}')) == ()
