"""Templates for tests: a baseline of some size, and a small frame to put one thing into."""

from __future__ import annotations

from factory.core.errors import InvalidFiles
from factory.templates import Template, check, read

TRAIL = """\
AWSTemplateFormatVersion: 2010-09-09
Description: A trail of every account.
Parameters:
  Bucket:
    Type: String
    AllowedPattern: "[a-z0-9-]+"
    MinLength: 3
    MaxLength: 63
  Days: {Type: Number, Default: 90, MinValue: 1, MaxValue: 3650}
  Encrypt: {Type: String, Default: "yes", AllowedValues: ["yes", "no"]}
  Watched: {Type: CommaDelimitedList, Default: "Root, Console"}
Mappings:
  Retention:
    aws: {Days: 365}
    aws-cn: {Days: 180}
Conditions:
  Encrypted: !Equals [!Ref Encrypt, "yes"]
  Home: !Equals [!Ref AWS::Region, eu-central-1]
  Both: !And [!Condition Encrypted, !Condition Home]
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    DependsOn: Policy
    DeletionPolicy: Retain
    Properties:
      TrailName: !Sub "${AWS::StackName}-trail"
      S3BucketName: !Ref Bucket
      KMSKeyId: !If [Encrypted, !GetAtt Key.Arn, !Ref AWS::NoValue]
      CloudWatchLogsLogGroupArn: !GetAtt Group.Arn
      IsLogging: true
      Tags:
        - {Key: account, Value: !Ref AWS::AccountId}
        - !If [Home, {Key: home, Value: "true"}, !Ref AWS::NoValue]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties: {Bucket: !Ref Bucket, PolicyDocument: {Version: 2012-10-17, Statement: []}}
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {RetentionInDays: !FindInMap [Retention, !Ref AWS::Partition, Days]}
  Key:
    Type: AWS::KMS::Key
    Condition: Encrypted
    Properties:
      KeyPolicy:
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
            Condition: {StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}}
  Alias:
    Type: AWS::KMS::Alias
    Condition: Both
    Properties: {AliasName: alias/trail, TargetKeyId: !Ref Key}
Outputs:
  Arn: {Value: !GetAtt Trail.Arn, Export: {Name: !Sub "${AWS::StackName}-arn"}}
  Alias: {Condition: Both, Value: !Ref Alias}
"""

MINIMAL = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"


def one(properties: str, before: str = "", kind: str = "AWS::SNS::Topic") -> str:
    """A template with one resource whose properties are this flow mapping, after other sections."""
    return f"{before}Resources:\n  One:\n    Type: {kind}\n    Properties: {properties}\n"


def problems(text: str) -> list[str]:
    """What reading or checking a text says, a line each."""
    try:
        return [str(problem) for problem in check(read(text, "t.yaml"))]
    except InvalidFiles as error:
        return [str(problem) for problem in error.problems]


def changed(text: str, *pairs: tuple[str, str]) -> Template:
    """A template with words in it exchanged, each of which must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return read(text)
