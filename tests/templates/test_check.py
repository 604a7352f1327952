"""What CloudFormation and service-managed stack sets refuse, a line each, with its place and its way out."""

# ruff: noqa: E501 (a row of a table is a line, as long as its message)

from __future__ import annotations

import pytest

from factory.core.limits import Limit, Limits
from factory.templates import QUOTAS, advice, check, read
from factory.templates.quotas import quota
from tests.templates.samples import MINIMAL, TRAIL, one, problems


def test_a_template_in_order_has_no_problems() -> None:
    assert problems(TRAIL) == []
    assert problems(MINIMAL) == []


STRUCTURE = [
    ("Description: x\n", "1:1: the template has no Resources; declare at least one resource"),
    ("Resources: {}\n", "1:1: the template has no Resources; declare at least one resource"),
    ("Resource: {}\n" + MINIMAL, '1:1: a template has no "Resource"; did you mean Resources?'),
    ("AWSTemplateFormatVersion: 2012-10-17\n" + MINIMAL, '1:1: AWSTemplateFormatVersion is "2012-10-17"; write "2010-09-09", the only one'),
    ("Description: [a]\n" + MINIMAL, "1:1: Description must be text, not a list; quote it"),
    (f"Description: {'a' * 1025}\n" + MINIMAL, "1:1: Description has 1,025 bytes, CloudFormation takes 1,024; shorten it"),
    ("Outputs: [a]\n" + MINIMAL, "1:1: Outputs must be a mapping, not a list; write its entries below it, or remove it"),
    ("Conditions:\n" + MINIMAL, "1:1: Conditions must be a mapping, not nothing; write its entries below it, or remove it"),
    ("Metadata: 5\n" + MINIMAL, '1:1: Metadata must be a mapping, not "5"; write its entries below it, or remove it'),
    ("Resources: {A: text}\n", '1:13: "A" in Resources must be a mapping, not "text"; write its keys below it, or remove it'),
    ("Resources: {A-b: {Type: AWS::SNS::Topic}}\n", '1:13: the name "A-b" in Resources has more than letters and digits; rename it'),
    ("Conditions: {A&_b: !Equals [a, b]}\n" + MINIMAL, ""),
    ("Conditions: {A-b: !Equals [a, b]}\n" + MINIMAL, '1:14: the name "A-b" in Conditions has more than letters and digits; rename it'),
    (f"Resources: {{{'A' * 256}: {{Type: AWS::SNS::Topic}}}}\n", f'1:13: the name "{"A" * 59}…" in Resources has 256 characters, CloudFormation takes 255; shorten it'),
    ("Resources: {A: {Properties: {}}}\n", '1:13: the resource "A" has no Type; add Type: AWS::...'),
    ("Resources: {A: {Type: SNS}}\n", '1:17: "SNS" is not a resource type; write one such as AWS::S3::Bucket'),
    (
        "Resources: {A: {Type: AWS::SNS::Topik}}\n",
        '1:17: AWS has no resource type "AWS::SNS::Topik"; did you mean AWS::SNS::Topic?',
    ),
    ("Resources: {A: {Type: true}}\n", "1:17: true is not a resource type; write one such as AWS::S3::Bucket"),
    ("Resources: {A: {Type: [a]}}\n", "1:17: a list is not a resource type; write one such as AWS::S3::Bucket"),
    ("Resources: {A: {Type: AWS::SNS::Topic, Property: {}}}\n", '1:40: a resource has no "Property"; did you mean Properties?'),
    ("Resources: {A: {Type: AWS::SNS::Topic, Version: '1'}}\n", '1:40: a resource has no "Version"; known here: Type, Properties, Condition, DependsOn, DeletionPolicy, UpdateReplacePolicy, Metadata, CreationPolicy, UpdatePolicy'),
    ("Resources: {A: {Type: Custom::Own, Version: '1'}}\n", ""),
    ("Resources: {A: {Type: AWS::SNS::Topic, Properties: [a]}}\n", "1:40: Properties must be a mapping, not a list; write its keys below it, or remove it"),
    ("Resources: {A: {Type: AWS::SNS::Topic, DeletionPolicy: Keep}}\n", '1:40: DeletionPolicy cannot be "Keep"; write Delete, Retain, RetainExceptOnCreate or Snapshot'),
    ("Resources: {A: {Type: AWS::SNS::Topic, UpdateReplacePolicy: RetainExceptOnCreate}}\n", '1:40: UpdateReplacePolicy cannot be "RetainExceptOnCreate"; write Delete, Retain or Snapshot'),
    ("Resources: {A: {Type: AWS::SNS::Topic, DependsOn: {a: b}}}\n", "1:40: DependsOn must be a name or a list of names; name resources, by their logical ids"),
    ("Resources: {A: {Type: AWS::SNS::Topic, DependsOn: [5]}}\n", "1:40: DependsOn must be a name or a list of names; name resources, by their logical ids"),
    ("Resources: {A: {Type: AWS::SNS::Topic, Condition: [a]}}\n", "1:40: Condition must be the name of a condition; declare it under Conditions: and write its name here"),
    ("Outputs: {A: {Description: x}}\n" + MINIMAL, '1:11: the output "A" has no Value; add Value:'),
    ("Outputs: {A: {Value: x, Values: y}}\n" + MINIMAL, '1:25: an output has no "Values"; did you mean Value?'),
    ("Outputs: {A: {Value: x, Export: y}}\n" + MINIMAL, "1:25: Export must hold Name and nothing else; write Export: {Name: ...}"),
    ("Outputs: {A: {Value: x, Condition: [a]}}\n" + MINIMAL, "1:25: Condition must be the name of a condition; declare it under Conditions: and write its name here"),
    ("Mappings: {A: {}}\n" + MINIMAL, '1:12: the mapping "A" has 0 keys, CloudFormation takes 1 to 200; write keys with values below it, or split it'),
    ("Mappings: {A: {b: c}}\n" + MINIMAL, '1:16: "b" in the mapping "A" must be a mapping with values; a mapping has two levels of keys; write both'),
    ("Mappings: {A: {b_: {c: d}}}\n" + MINIMAL, '1:16: the key "b_" of a mapping has more than letters, digits, "-" and "."; rename it'),
    ("Mappings: {A: {eu-west-1: {c: [d, 5]}}}\n" + MINIMAL, ""),
    ("Mappings: {A: {b: {c: !Ref D}}}\n" + MINIMAL, '1:20: "c" in the mapping "A" must be text or a list of texts; functions cannot stand in Mappings; write the value'),
    ("Mappings: {A: {b: {c: [[d]]}}}\n" + MINIMAL, '1:20: "c" in the mapping "A" must be text or a list of texts; functions cannot stand in Mappings; write the value'),
    ("Mappings: {A: {b: {c-d: e}}}\n" + MINIMAL, '1:20: the key "c-d" of a mapping has more than letters and digits; rename it'),
]  # fmt: skip

LINKS = [
    (one("{A: !Ref Tpic}"), '4:21: the template declares no parameter or resource "Tpic"; declare it, or correct the name'),
    (one("{A: !Ref One2}", "Parameters: {Onee: {Type: String}}\n"), '5:21: the template declares no parameter or resource "One2"; did you mean One?'),
    (one("{A: !Ref AWS::Acount}"), '4:21: the template declares no parameter or resource "AWS::Acount"; did you mean AWS::AccountId?'),
    (one("{A: !Sub '${Nope}'}"), '4:21: the template declares no parameter or resource "Nope"; declare it, or correct the name; if it is text, write ${!Nope}'),
    (one("{A: !Sub '${Nope.Arn}'}"), '4:21: the template declares no resource "Nope"; declare it, or correct the name; if it is text, write ${!Nope}'),
    (one("{A: !Sub ['${B}${C}', {B: x}]}"), '4:27: the template declares no parameter or resource "C"; declare it, or correct the name; if it is text, write ${!C}'),
    (one("{A: !Sub ['${B}', {B: !Ref C}]}"), '4:39: the template declares no parameter or resource "C"; declare it, or correct the name'),
    (one("{A: !Sub '${!Literal} ${AWS::Region}'}"), ""),
    (one("{A: !Sub '${VAR:-x}'}"), '4:21: "${VAR:-x}" is no variable: names have letters, digits, "_", "." and ":"; write ${!VAR:-x} if it is text'),
    (one("{A: !GetAtt Nope.Arn}"), '4:21: the template declares no resource "Nope"; declare it, or correct the name'),
    (one("{A: !GetAtt [AWS::Region, !Ref AWS::Region]}"), '4:21: the template declares no resource "AWS::Region"; declare it, or correct the name'),
    (one("{A: !If [x, !Ref Nope, b]}", "Conditions: {x: !Equals [a, b]}\n"), '5:29: the template declares no parameter or resource "Nope"; declare it, or correct the name'),
    (one("{A: !If [Nope, a, b]}"), '4:26: the template declares no condition "Nope"; declare it, or correct the name'),
    (one("{A: !FindInMap [Nope, a, b]}"), '4:33: the template declares no mapping "Nope"; declare it, or correct the name'),
    (one("{A: {Condition: Nope}}"), ""),
    (MINIMAL[:-2] + ", DependsOn: Nope}\n", '2:34: the template declares no resource "Nope"; declare it, or correct the name'),
    (MINIMAL[:-2] + ", DependsOn: [Topic]}\n", '2:46: "Topic" depends on itself; remove it from DependsOn'),
    (MINIMAL[:-2] + ", Condition: Nope}\n", '2:34: the template declares no condition "Nope"; declare it, or correct the name'),
    (MINIMAL[:-2] + ", Metadata: {a: !Ref Nope}}\n", '2:48: the template declares no parameter or resource "Nope"; declare it, or correct the name'),
    ("Outputs: {A: {Value: !Ref Nope}}\n" + MINIMAL, '1:22: the template declares no parameter or resource "Nope"; declare it, or correct the name'),
    ("Rules: {A: {Assertions: [{Assert: !Contains [[a], !Ref Nope]}]}}\n" + MINIMAL, '1:51: the template declares no parameter "Nope"; declare it, or correct the name'),
    ("Outputs: {A: {Value: x, Condition: Nope}}\n" + MINIMAL, '1:25: the template declares no condition "Nope"; declare it, or correct the name'),
    ("Conditions: {A: !Not [!Condition Nope]}\n" + MINIMAL, '1:23: the template declares no condition "Nope"; declare it, or correct the name'),
    ("Conditions: {A: !Equals [!Ref Nope, a]}\n" + MINIMAL, '1:26: the template declares no parameter "Nope"; declare it, or correct the name'),
    ("Conditions: {A: !Equals [!Ref Topic, a]}\n" + MINIMAL, '1:26: "Topic" is a resource, and conditions can only ask for parameters; declare a parameter for it'),
    ("Conditions: {A: !Equals [!GetAtt Topic.Name, a]}\n" + MINIMAL, "1:26: conditions can only ask for parameters, not for attributes of resources; declare a parameter for it"),
    ("Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n" + MINIMAL, "1:14: the conditions need each other in a circle: A -> B -> A; take one of these references out"),
    (one("{A: !Ref One}"), "2:3: the resources need each other in a circle: One -> One; take one of these references out"),
    ("Resources:\n  B: {Type: AWS::SNS::Topic, DependsOn: A}\n  A: {Type: AWS::SNS::Topic, Properties: {a: !Sub '${C.Arn}'}}\n  C: {Type: AWS::SNS::Topic, Properties: {a: !Ref B}}\n", "3:3: the resources need each other in a circle: A -> C -> B -> A; take one of these references out"),
    (one("{A: {'Fn::Jion': [a, []]}}"), '4:22: there is no function "Fn::Jion"; did you mean Fn::Join?'),
    (one("{A: {'Fn::Xyzzy': a}}"), '4:22: there is no function "Fn::Xyzzy"; correct it'),
    (one("{A: {'Fn::Base64': a, b: c}}"), "4:22: Fn::Base64 must be the only key of its mapping; move the other keys out"),
    (one("{A: {Ref: [a]}}"), "4:22: Ref must have a name, as text; write !Ref NAME"),
    (one("{A: {Ref: [a], b: c}}"), ""),
    (one("{A: !Equals [a, b]}"), "4:21: Fn::Equals can only stand in Conditions; declare a condition and use Fn::If with its name"),
    (one("{A: !Contains [[a], b]}"), "4:21: Fn::Contains can only stand in Rules; write it there, or say it another way"),
    (one("{A: !If [a, b]}", "Conditions: {a: !Equals [x, y]}\n"), "5:21: Fn::If must have a list of 3; see the function's page in AWS's user guide"),
    (one("{A: !If [{Ref: One}, b, c]}", kind="AWS::SNS::Topic").replace("{Ref: One}", "[x]"), "4:21: the first argument of Fn::If must be the name of a condition; declare the condition under Conditions: and write its name"),
    (one("{A: !Join [a]}"), "4:21: Fn::Join must have a list of 2; see the function's page in AWS's user guide"),
    (one("{A: [!Join [a]]}"), "4:22: Fn::Join must have a list of 2; see the function's page in AWS's user guide"),
    (one("{A: !Cidr [a]}"), "4:21: Fn::Cidr must have a list of 2 to 3; see the function's page in AWS's user guide"),
    (one("{A: !GetAtt One}"), "4:21: Fn::GetAtt must have a list of 2; see the function's page in AWS's user guide"),
    (one("{A: !GetAtt [[a], b]}"), "4:21: Fn::GetAtt must start with the name of a resource; write !GetAtt NAME.ATTRIBUTE"),
    (one("{A: !Sub {a: b}}"), '4:21: Fn::Sub must have a text, or a list of a text and a mapping; write !Sub "text ${NAME}"'),
    (one("{A: !Sub [a]}"), '4:21: Fn::Sub must have a text, or a list of a text and a mapping; write !Sub "text ${NAME}"'),
]  # fmt: skip

SERVICE_MANAGED = [
    ("Transform: AWS::SecretsManager-2020-07-23\n" + MINIMAL, "1:1: service-managed stack sets take no transforms; write out what the transform makes, and remove it"),
    ("Resources: {A: {Type: AWS::CloudFormation::Stack}}\n", "1:17: service-managed stack sets take no nested stacks (AWS::CloudFormation::Stack); write its resources into this template, or make it a baseline"),
    ("Resources: {A: {Type: AWS::CloudFormation::StackSet}}\n", "1:17: service-managed stack sets take no stack sets inside their stacks (AWS::CloudFormation::StackSet); make it a baseline of its own"),
    ("Resources: {A: {Type: AWS::CloudFormation::Macro}}\n", "1:17: service-managed stack sets take no macros (AWS::CloudFormation::Macro); deploy the macro by other means"),
    ("Resources: {A: {Type: AWS::Serverless::Function}}\n", "1:17: service-managed stack sets take no transforms, and AWS::Serverless::Function needs the one of AWS SAM; write the resources that the transform makes"),
    (one("{A: !Transform {Name: AWS::Include}}"), "4:21: service-managed stack sets take no macros (Fn::Transform); write out what the macro makes"),
    ("Mappings: !Transform {Name: AWS::Include}\n" + MINIMAL, "1:11: service-managed stack sets take no macros (Fn::Transform); write out what the macro makes"),
    ("Resources:\n  Fn::ForEach::A: [B, [c], {}]\n  D: {Type: AWS::SNS::Topic}\n", "2:3: service-managed stack sets take no transforms, and Fn::ForEach::A needs AWS::LanguageExtensions; write out what it stands for"),
    (one("{A: !ToJsonString {}}"), "4:21: service-managed stack sets take no transforms, and Fn::ToJsonString needs AWS::LanguageExtensions; write out what it stands for"),
    (one("{A: [!Length [a]]}"), "4:22: service-managed stack sets take no transforms, and Fn::Length needs AWS::LanguageExtensions; write out what it stands for"),
    (one("{A: !FindInMap [M, a, b, {DefaultValue: c}]}", "Mappings: {M: {a: {b: c}}}\n"), "5:21: service-managed stack sets take no transforms, and a DefaultValue of Fn::FindInMap needs AWS::LanguageExtensions; add the key to the mapping, and remove DefaultValue"),
]  # fmt: skip

PARAMETERS = [
    ("{Default: a}", '1:14: the parameter "P" has no Type; add Type: String'),
    ("{Type: string}", '1:18: "string" is not a parameter type; did you mean String?'),
    ("{Type: [a]}", "1:18: a list is not a parameter type; write String, Number, CommaDelimitedList or one of AWS's types"),
    ("{Type: List<AWS::EC2::KeyPair::KeyName>}", '1:18: "List<AWS::EC2::KeyPair::KeyName>" is not a parameter type; did you mean AWS::EC2::KeyPair::KeyName?'),
    ("{Type: AWS::SSM::Parameter::Value<List<String>>}", ""),
    ("{Type: String, Defualt: a}", '1:32: a parameter has no "Defualt"; did you mean Default?'),
    ("{Type: String, MinLength: a}", '1:32: MinLength must be a number, not "a"; write a number'),
    ("{Type: String, MaxLength: -1}", '1:32: MaxLength must be a number, not "-1"; write a number'),
    ("{Type: String, MaxLength: 1.5}", '1:32: MaxLength must be a number, not "1.5"; write a number'),
    ("{Type: String, MinValue: 1}", "1:32: MinValue does not go with the type String; write MinLength and MaxLength"),
    ("{Type: Number, MinLength: 1}", "1:32: MinLength does not go with the type Number; write MinValue and MaxValue"),
    ("{Type: String, MinLength: 3, MaxLength: 2}", "1:32: MinLength is above MaxLength; exchange them"),
    ("{Type: Number, MinValue: 3, MaxValue: 2}", "1:32: MinValue is above MaxValue; exchange them"),
    ("{Type: String, AllowedValues: a}", "1:32: AllowedValues must be a list of values; write at least one, or remove it"),
    ("{Type: String, AllowedValues: []}", "1:32: AllowedValues must be a list of values; write at least one, or remove it"),
    ("{Type: String, AllowedPattern: [a]}", "1:32: AllowedPattern must be text; quote it"),
    ("{Type: String, AllowedPattern: '['}", '1:32: AllowedPattern "[" is not a regular expression; check its brackets and backslashes'),
    ("{Type: String, AllowedPattern: '\\p{Alnum}+'}", ""),
    ("{Type: String, AllowedPattern: '[[a]'}", ""),
    ("{Type: String, NoEcho: maybe}", '1:32: NoEcho must be true or false, not "maybe"; write true or false'),
    ("{Type: String, AllowedValues: [a, b], Default: c}", '1:55: the default of "P" cannot be "c"; allowed: a, b'),
    ("{Type: String, Default: {a: b}}", '1:32: the default of "P" cannot be a mapping; write text, a number, true or false'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), STRUCTURE + LINKS + SERVICE_MANAGED)
def test_what_is_refused_is_said_with_its_place_and_the_way_out(text: str, problem: str) -> None:
    assert problems(text) == ([f"t.yaml:{problem}"] if problem else [])


@pytest.mark.parametrize(("row", "problem"), PARAMETERS)
def test_what_is_wrong_with_a_declaration_is_said(row: str, problem: str) -> None:
    assert problems(f"Parameters: {{P: {row}}}\n{MINIMAL}") == ([f"t.yaml:{problem}"] if problem else [])


@pytest.mark.parametrize(
    ("section", "entry", "key"),
    [
        ("Parameters", "{Type: String}", "parameters"),
        ("Mappings", "{a: {b: c}}", "mappings"),
        ("Outputs", "{Value: x}", "outputs"),
        ("Resources", "{Type: AWS::SNS::Topic}", "resources"),
    ],
)
def test_sections_have_quotas(section: str, entry: str, key: str) -> None:
    most = 500 if section == "Resources" else 200
    for count in (most, most + 1):
        rows = ", ".join(f"A{i}: {entry}" for i in range(count))
        text = f"{section}: {{{rows}}}\n" + (MINIMAL if section != "Resources" else "")
        what = f"t.yaml:1:1: {count} entries in {section}, CloudFormation takes {most}; split the template into two baselines"
        assert problems(text) == ([what] if count > most else [])
    few = Limits({f"cloudformation.{key}": Limit(f"cloudformation.{key}", value=2)})
    text = f"{section}: {{A: {entry}, B: {entry}, C: {entry}}}\n" + (MINIMAL if section != "Resources" else "")
    assert [p.what for p in check(read(text), few)] == [f"3 entries in {section}, CloudFormation takes 2"]


def test_there_is_no_quota_that_the_table_does_not_have() -> None:
    with pytest.raises(KeyError):
        quota(QUOTAS, "nonsense")
    assert all(row.source and row.date for row in QUOTAS.values())


def test_a_mapping_has_a_quota() -> None:
    rows = ", ".join(f"a{i}: {{b: c}}" for i in range(201))
    assert "has 201 keys" in problems(f"Mappings: {{M: {{{rows}}}}}\n{MINIMAL}")[0]


def test_a_template_has_a_size() -> None:
    def sized(size: int) -> str:
        return MINIMAL + "#" * (size - len(MINIMAL))

    assert problems(sized(51_201)) == []
    assert problems(sized(1_000_000)) == []
    assert problems(sized(1_000_001)) == [
        "t.yaml:1:1: the template has 1,000,001 bytes, CloudFormation takes 1,000,000; split it into two baselines"
    ]


def test_dynamic_references_have_a_quota() -> None:
    def asking(count: int) -> str:
        return one(f"{{A: '{'{{resolve:ssm:a}}' * count}'}}")

    assert problems(asking(60)) == []
    assert problems(asking(61))[0].startswith("t.yaml:1:1: 61 dynamic references, CloudFormation takes 60")


def test_a_name_that_was_probably_meant_is_shown_as_safely_as_any() -> None:
    assert [
        line.partition("; ")[2]
        for line in problems('Resources: {"AA\\tAA": {Type: AWS::SNS::Topic, DependsOn: AAAA}}\n')
    ] == [
        "rename it",
        "did you mean AA AA?",
    ]


def test_all_problems_come_in_one_run_by_place() -> None:
    text = (
        "Transform: x\nParameters: {P: {Type: x}}\nResources: {A: {Type: AWS::SNS::Topic, Properties: {a: !Ref B}}}\n"
    )
    assert [line.split(": ")[0] for line in problems(text)] == ["t.yaml:1:1", "t.yaml:2:18", "t.yaml:3:56"]


ADVICE = [
    ("{A: 'arn:aws:s3:::a'}", '4:18: the partition is hard-coded ("arn:aws:"); write "arn:${AWS::Partition}:" with Fn::Sub'),
    ("{A: [!Sub 'arn:aws-cn:s3:::${One}']}", '4:22: the partition is hard-coded ("arn:aws-cn:"); write "arn:${AWS::Partition}:" with Fn::Sub'),
    ("{A: !Sub 'arn:${AWS::Partition}:s3:::a'}", ""),
    ("{A: 'https://s3.amazonaws.com/a'}", '4:18: the URL suffix is hard-coded ("amazonaws.com"); use AWS::URLSuffix'),
    ("{A: cloudtrail.amazonaws.com}", ""),
    ("{A: eu-central-1}", '4:18: a Region is hard-coded ("eu-central-1"); use AWS::Region, or a parameter'),
    ("{A: 'x us-gov-west-1 y'}", '4:18: a Region is hard-coded ("us-gov-west-1"); use AWS::Region, or a parameter'),
    ("{A: some-central-1}", ""),
    ("{A: '123456789012'}", '4:18: an account id is hard-coded ("123456789012"); use AWS::AccountId, or a parameter'),
    ("{A: 123456789012}", '4:18: an account id is hard-coded ("123456789012"); use AWS::AccountId, or a parameter'),
    ("{A: '1234567890123'}", ""),
    ("{A: true}", ""),
]  # fmt: skip


@pytest.mark.parametrize(("properties", "problem"), ADVICE)
def test_what_is_hard_coded_is_advised_against(properties: str, problem: str) -> None:
    text = one(properties).replace("!Ref One", "x")
    assert [str(found) for found in advice(read(text, "t.yaml"))] == ([f"t.yaml:{problem}"] if problem else [])


def test_advice_looks_where_values_are_used() -> None:
    def places(text: str) -> list[str]:
        return [str(problem.source) for problem in advice(read(text, "t.yaml"))]

    assert places("Parameters: {P: {Type: String, Default: eu-west-1, AllowedValues: [eu-west-1]}}\n") == [
        "t.yaml:1:32"
    ]
    assert places("Outputs: {P: {Value: eu-west-1, Description: eu-west-1}}\n") == ["t.yaml:1:15"]
    assert places("Conditions: {P: !Equals [eu-west-1, !Ref AWS::Region]}\n") == ["t.yaml:1:26"]
    assert places("Mappings: {P: {eu-west-1: {a: '123456789012'}}}\nDescription: eu-west-1\n") == []
    assert places(TRAIL) == ["t.yaml:18:36"]
