"""What AWS does about tags, and what the tagging API shows of them."""

from __future__ import annotations

from typing import Any

from tests.contract.scene import FULL, NOBODY, QUOTAS, Rule, Scene, api


def _tag(scene: Scene, target: str, **tags: str) -> Any:
    return scene.org.tag_resource(ResourceId=target, Tags=[{"Key": key, "Value": tags[key]} for key in tags])


def _keys(scene: Scene, target: str) -> set[str]:
    pages = scene.org.get_paginator("list_tags_for_resource").paginate(ResourceId=target)
    return {tag["Key"] for page in pages for tag in page["Tags"]}


def _all_kinds(scene: Scene) -> object:
    for target in (scene.root, scene.unit(), scene.member_account(), scene.policy()):
        _tag(scene, target, team="a")
        if _keys(scene, target) != {"team"}:
            return False
    return True


def _too_many(scene: Scene) -> object:
    return _tag(scene, scene.unit(), **{f"k{number}": "v" for number in range(51)})


def _overwrite(scene: Scene) -> object:
    unit = scene.unit()
    _tag(scene, unit, team="a", other="x")
    _tag(scene, unit, team="b")
    found = scene.org.list_tags_for_resource(ResourceId=unit)["Tags"]
    return sorted(found, key=str) == sorted([{"Key": "team", "Value": "b"}, {"Key": "other", "Value": "x"}], key=str)


def _duplicate_key(scene: Scene) -> object:
    return scene.org.tag_resource(
        ResourceId=scene.unit(), Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    )


def _untag(scene: Scene) -> object:
    unit = scene.unit()
    _tag(scene, unit, a="1", b="2")
    scene.org.untag_resource(ResourceId=unit, TagKeys=["a", "never-there"])
    return _keys(scene, unit) == {"b"}


def _found(client: Any, *types: str, **more: Any) -> set[str]:
    pages = client.get_paginator("get_resources").paginate(ResourceTypeFilters=list(types), **more)
    return {row["ResourceARN"].rsplit("/", 1)[1] for page in pages for row in page["ResourceTagMappingList"]}


def _by_type(kind: str) -> Any:
    def act(scene: Scene) -> object:
        made = {
            "account": scene.member_account(),
            "ou": scene.unit(),
            "policy": scene.policy(),
            "root": scene.root,
        }
        for target in made.values():
            _tag(scene, target, team="a")
        return _found(scene.tagging, f"organizations:{kind}") == {made[kind]}

    return act


def _never_tagged(scene: Scene) -> object:
    scene.unit("bare")
    tagged, once = scene.unit("tagged"), scene.unit("once")
    _tag(scene, tagged, team="a")
    _tag(scene, once, team="a")
    scene.org.untag_resource(ResourceId=once, TagKeys=["team"])
    return _found(scene.tagging, "organizations") == {tagged, once}


def _by_tag(scene: Scene) -> object:
    unit = scene.unit("a")
    _tag(scene, unit, team="a")
    _tag(scene, scene.unit("b"), team="b")
    return _found(scene.tagging, TagFilters=[{"Key": "team", "Values": ["a"]}]) == {unit}


def _only_at_home(scene: Scene) -> object:
    _tag(scene, scene.unit(), team="a")
    away = scene.away("resourcegroupstaggingapi", "eu-west-1")
    return _found(scene.tagging, "organizations") != set() and _found(away, "organizations") == set()


TAG = api("TagResource")
TAGGING = "Resource Groups Tagging API reference, GetResources"

RULES = (
    Rule("tags on a root, a unit, an account and a policy", TAG, _all_kinds, moto=True),
    Rule("a tag given again replaces the value", TAG, _overwrite, moto=True),
    Rule("removing tags, some of them not there", api("UntagResource"), _untag, moto=True),
    Rule("51 tags", QUOTAS, _too_many, "ConstraintViolationException", "MAX_TAG_LIMIT_EXCEEDED"),
    Rule("one key twice", TAG, _duplicate_key, "InvalidInputException", "DUPLICATE_TAG_KEY"),
    Rule(
        "a key of AWS's own",
        TAG,
        lambda s: _tag(s, s.root, **{"aws:team": "a"}),
        "InvalidInputException",
        "INVALID_SYSTEM_TAGS_PARAMETER",
    ),
    Rule(
        "a character that tags cannot have",
        TAG,
        lambda s: _tag(s, s.root, team="a&b"),
        "InvalidInputException",
        "INVALID_PATTERN",
    ),
    Rule("letters of any language", TAG, lambda s: _tag(s, s.root, équipe="Zürich 東京"), moto=True),
    Rule(
        "a key of 129 characters",
        TAG,
        lambda s: _tag(s, s.root, **{"k" * 129: "v"}),
        "InvalidInputException",
        "MAX_LENGTH_EXCEEDED",
    ),
    Rule(
        "a value of 257 characters",
        TAG,
        lambda s: _tag(s, s.root, team="v" * 257),
        "InvalidInputException",
        "MAX_LENGTH_EXCEEDED",
    ),
    Rule("tags on what is not there", TAG, lambda s: _tag(s, NOBODY, team="a"), "TargetNotFoundException", moto=True),
    Rule(
        "tags on a policy of AWS's own",
        TAG,
        lambda s: _tag(s, FULL, team="a"),
        "InvalidInputException",
        "TARGET_NOT_SUPPORTED",
    ),
    Rule("tagged accounts in bulk", TAGGING, _by_type("account")),
    Rule("tagged units in bulk", TAGGING, _by_type("ou")),
    Rule("tagged policies in bulk", TAGGING, _by_type("policy")),
    Rule("the tagged root in bulk", TAGGING, _by_type("root")),
    Rule("what was never tagged is never shown", TAGGING, _never_tagged),
    Rule("resources by tag", TAGGING, _by_tag),
    Rule("organizations show up in one Region only", TAGGING, _only_at_home),
    Rule(
        "more than 100 resources a page",
        TAGGING,
        lambda s: s.tagging.get_resources(ResourcesPerPage=101),
        "InvalidParameterException",
        moto=True,
    ),
)
