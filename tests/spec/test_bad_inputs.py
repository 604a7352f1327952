"""Bad inputs, one row each: the files, and every problem that must be found in them, word for word."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml as pyyaml

from factory.spec import yaml as reader
from tests.spec.written import ORGANIZATION, Content, Link, lines, problems

O = "accounts/organization.yaml"  # noqa: E741
A = "accounts/log.yaml"
B = "accounts/web.yaml"
G = "baselines/guardrails/deny.yaml"
J = "baselines/guardrails/deny.json"
OU = "ou: workloads/prod\n"
HEAD = "description: No.\ntype: TAG_POLICY\n"
GOOD = HEAD + "content: {}\n"
BY_FILE = HEAD + "file: deny.json\n"

Files = dict[str, Content | None]


def org(text: str) -> Files:
    return {O: ORGANIZATION + text}


def acc(text: str) -> Files:
    return {A: OU + text}


CASES: dict[str, tuple[Files, list[str]]] = {
    # --- text and syntax
    "nul": (
        {A: "ou: workloads/prod\nowner: a\0b\n"},
        [("accounts/log.yaml:2:9: the character U+0000 is not read here; remove it, or save the file as plain UTF-8")],
    ),
    "bom": (
        {A: b"\xef\xbb\xbfou: workloads/prod\n"},
        ["accounts/log.yaml:1:1: the file is UTF-8 with a byte order mark; save it as plain UTF-8"],
    ),
    "utf16": (
        {A: "ou: workloads/prod\n".encode("utf-16")},
        ["accounts/log.yaml:1:1: the file is UTF-16; save it as plain UTF-8"],
    ),
    "utf16 without mark": (
        {A: "ou: workloads/prod\n".encode("utf-16-le")},
        [("accounts/log.yaml:1:2: the character U+0000 is not read here; remove it, or save the file as plain UTF-8")],
    ),
    "latin1": (
        {A: "ou: workloads/prod\nowner: J\xfcrgen\n".encode("latin-1")},
        ["accounts/log.yaml:2:9: bytes that are not UTF-8; save the file as plain UTF-8"],
    ),
    "line separator": (
        {A: "ou: workloads/prod\nowner: a\u2028b\n"},
        [("accounts/log.yaml:2:9: the character U+2028 is not read here; remove it, or save the file as plain UTF-8")],
    ),
    "text direction trick": (
        {A: "ou: workloads/prod\nowner: a\u202eb\n"},
        [("accounts/log.yaml:2:9: the character U+202E is not read here; remove it, or save the file as plain UTF-8")],
    ),
    "escaped bell": (
        {A: 'ou: workloads/prod\nowner: "a\\x07"\n'},
        ["accounts/log.yaml:2:8: the character U+0007 is not read here; remove it"],
    ),
    "unknown escape": (
        {A: 'ou: workloads/prod\nowner: "C:\\qa"\n'},
        ["accounts/log.yaml:2:8: a backslash escape that is not known; double the backslash or use single quotes"],
    ),
    "half a surrogate": (
        {A: 'ou: workloads/prod\nowner: "\\ud800"\n'},
        ["accounts/log.yaml:2:8: a backslash escape that is not known; double the backslash or use single quotes"],
    ),
    "tab indentation": (
        acc("tags:\n\tteam: a\n"),
        ['accounts/log.yaml:3:1: a tab character; use spaces; inside a value write "\\t" in double quotes'],
    ),
    "tab after colon": (
        acc("owner:\ta\n"),
        ['accounts/log.yaml:2:7: a tab character; use spaces; inside a value write "\\t" in double quotes'],
    ),
    "star": (
        {G: HEAD + "content:\n  Action: *\n"},
        ['baselines/guardrails/deny.yaml:4:11: an unquoted "*"; quote it: "*"'],
    ),
    "star in list": (
        {G: HEAD + "content:\n  Action: [*]\n"},
        ['baselines/guardrails/deny.yaml:4:12: an unquoted "*"; quote it: "*"'],
    ),
    "alias without anchor": (
        {G: HEAD + "content:\n  Action: *s3\n"},
        ['baselines/guardrails/deny.yaml:4:11: "*s3" points to no anchor above; quote it if it is text: "*s3"'],
    ),
    "ampersand": (
        acc("owner: & co\n"),
        ['accounts/log.yaml:2:8: an unquoted "&"; quote it: "&"'],
    ),
    "two colons": (
        acc("name: Payments: production\n"),
        [
            (
                'accounts/log.yaml:2:15: a second colon in one line; quote a value that holds ": ", or start '
                "a new line for a new key"
            )
        ],
    ),
    "at sign": (
        acc("owner: @payments\n"),
        ['accounts/log.yaml:2:8: a value cannot start with "@"; quote it'],
    ),
    "percent sign": (
        acc("owner: %payments\n"),
        ['accounts/log.yaml:2:8: a value cannot start with "%"; quote it'],
    ),
    "open quote": (
        acc('owner: "payments\n'),
        ["accounts/log.yaml:2:8: the quote opened here is never closed; close it"],
    ),
    "text after quote": (
        acc("owner: 'it's me'\n"),
        [
            (
                "accounts/log.yaml:2:12: this does not fit what stands above; line up the keys and items "
                "that belong together; quote a value that goes on after a quote"
            )
        ],
    ),
    "open bracket": (
        acc("guardrails: [a, b\nowner: c\n"),
        ['accounts/log.yaml:2:13: the list opened here with "[" is not closed; add the missing "," or "]"'],
    ),
    "open brace": (
        acc("tags: {a: b\nowner: c\n"),
        ['accounts/log.yaml:2:7: the mapping opened here with "{" is not closed; add the missing "," or "}"'],
    ),
    "key without colon": (
        acc("owner\n"),
        ['accounts/log.yaml:2:1: a key without a colon; write "key: value"'],
    ),
    "bad indentation": (
        acc("tags:\n  a: b\n c: d\n"),
        [
            (
                "accounts/log.yaml:4:2: this does not fit what stands above; line up the keys and items that "
                "belong together; quote a value that goes on after a quote"
            )
        ],
    ),
    "list in mapping": (
        acc("- a\n"),
        [
            (
                "accounts/log.yaml:2:1: this does not fit what stands above; line up the keys and items that "
                "belong together; quote a value that goes on after a quote"
            )
        ],
    ),
    "text after bar": (
        acc("description: |x\n  y\n"),
        ['accounts/log.yaml:2:15: text after "|"; start the text on the next line'],
    ),
    "no space after colon": (
        {A: "ou:workloads/prod\n"},
        [
            (
                'accounts/log.yaml:1:1: the file must be a mapping, not the text "ou:workloads/prod"; write '
                "a space after the colon"
            )
        ],
    ),
    "duplicate key": (
        acc("owner: a\nemail: log@example.com\nowner: b\n"),
        ['accounts/log.yaml:4:1: duplicate key "owner" (first on line 2); keep one of them'],
    ),
    "duplicate key deep": (
        acc("tags: {a: b, c: d, a: e}\n"),
        ['accounts/log.yaml:2:20: duplicate key "a" (first on line 2); keep one of them'],
    ),
    "duplicate unit": (
        {O: ORGANIZATION + "  workloads: {tags: {a: b}}\n"},
        ['accounts/organization.yaml:6:3: duplicate key "workloads" (first on line 4); keep one of them'],
    ),
    "merge key": (
        {O: ORGANIZATION.replace("security: {}", "security: &s {}").replace("workloads: {}", "workloads: {<<: *s}")},
        ["accounts/organization.yaml:4:15: merge keys (<<) are not read; write the keys out"],
    ),
    "list as key": (
        acc("? [a]\n: b\n"),
        ["accounts/log.yaml:2:3: a key must be plain text; write the key as text"],
    ),
    "empty key": (
        acc('"": b\n'),
        ["accounts/log.yaml:2:1: a key is empty; write the key before the colon"],
    ),
    "python tag": (
        acc("owner: !!python/object/apply:os.system [ls]\n"),
        [
            'accounts/log.yaml:2:1: "owner" must be text, not a list; write text',
            (
                'accounts/log.yaml:2:8: explicit tags ("!!python/object/apply:os.system") are not read; '
                "remove the tag; quote what must be text"
            ),
        ],
    ),
    "string tag": (
        acc("id: !!str 123456789012\n"),
        ['accounts/log.yaml:2:5: explicit tags ("!!str") are not read; remove the tag; quote what must be text'],
    ),
    "own tag": (
        acc("owner: ! a\n"),
        ['accounts/log.yaml:2:8: explicit tags ("!") are not read; remove the tag; quote what must be text'],
    ),
    "directive": (
        {A: "%YAML 1.2\n---\nou: workloads/prod\n"},
        ["accounts/log.yaml:1:1: a %-directive is not read here; remove the line"],
    ),
    "two documents": (
        acc("---\nowner: a\n"),
        ["accounts/log.yaml:2:1: a second document starts here; keep one document a file"],
    ),
    "deep nesting": (
        {A: "[" * 100_000},
        ["accounts/log.yaml:1:33: nested more than 32 levels deep; no file of ours needs that; flatten it"],
    ),
    "deep mappings": (
        {A: "{a: " * 40_000},
        ["accounts/log.yaml:1:129: nested more than 32 levels deep; no file of ours needs that; flatten it"],
    ),
    "alias bomb": (
        {
            G: HEAD
            + "content:\n  a: &a [x, x, x, x, x, x, x, x, x]\n"
            + "".join(f"  {chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(5))
        },
        ["baselines/guardrails/deny.yaml:8:10: aliases stand for too much; write the values out"],
    ),
    "many aliases": (
        {G: HEAD + "content:\n  a: &a x\n  b: [" + ", ".join(["*a"] * 51) + "]\n"},
        ["baselines/guardrails/deny.yaml:5:207: more than 50 aliases in a file; write the values out"],
    ),
    "alias in itself": (
        acc("tags: &a {b: *a}\n"),
        ['accounts/log.yaml:2:14: "*a" stands inside itself; write the value out'],
    ),
    "1 MB scalar": (
        acc("owner: " + "x" * 1_000_000 + "\n"),
        ["accounts/log.yaml:1:1: larger than 256 KiB; split it, or remove what it does not need"],
    ),
    "empty file": (
        {A: ""},
        ["accounts/log.yaml:1:1: the file is empty; write at least one key, or remove the file"],
    ),
    "comment only": (
        {A: "# later\n"},
        ["accounts/log.yaml:1:1: the file is empty; write at least one key, or remove the file"],
    ),
    "text file": (
        {A: "hello\n"},
        ['accounts/log.yaml:1:1: the file must be a mapping, not the text "hello"; write "key: value" lines'],
    ),
    "list file": (
        {A: "- ou: workloads\n"},
        ['accounts/log.yaml:1:1: the file must be a mapping, not a list; write "key: value" lines'],
    ),
    # --- files
    "no accounts": (
        {A: None},
        ["accounts:1:1: no account file here; write accounts/NAME.yaml for at least one account"],
    ),
    "no organization": (
        {O: None},
        [
            (
                'accounts/organization.yaml:1:1: the file is missing; write it; "organizational_units: '
                '{sandbox: {}}" is enough to start'
            )
        ],
    ),
    "yml": (
        {A: None, "accounts/log.yml": OU},
        [
            "accounts:1:1: no account file here; write accounts/NAME.yaml for at least one account",
            'accounts/log.yml:1:1: files end in ".yaml" here, not ".yml"; rename it to "log.yaml"',
        ],
    ),
    "upper-case suffix": (
        {A: None, "accounts/log.YAML": OU},
        [
            "accounts:1:1: no account file here; write accounts/NAME.yaml for at least one account",
            'accounts/log.YAML:1:1: files end in ".yaml" here, not ".YAML"; rename it to "log.yaml"',
        ],
    ),
    "stray file": (
        {"accounts/notes.txt": "x"},
        [
            (
                "accounts/notes.txt:1:1: only .yaml files and README.md belong here; move it elsewhere, or "
                "rename it to .yaml"
            )
        ],
    ),
    "organization below": (
        {"accounts/x/organization.yaml": OU},
        ["accounts/x/organization.yaml:1:1: organization.yaml belongs directly in accounts/; move or rename it"],
    ),
    "same stem": (
        {"accounts/x/log.yaml": OU},
        [
            (
                'accounts/x/log.yaml:1:1: the account "log" has two files, the other is accounts/log.yaml; '
                "rename or remove one of them"
            )
        ],
    ),
    "same stem in another case": (
        {"accounts/x/Log.yaml": OU + "name: Other\nemail: other@example.com\n"},
        [
            (
                'accounts/log.yaml:1:1: the account "log" has two files, the other is accounts/x/Log.yaml; '
                "rename or remove one of them"
            )
        ],
    ),
    "stem with space": (
        {"accounts/my log.yaml": OU + "email: a@example.com\n"},
        [
            (
                "accounts/my log.yaml:1:1: the file's name cannot be an account's name; rename it: letters, "
                "digits, dots, hyphens and underscores, at most 128, a letter or digit first"
            )
        ],
    ),
    "link out": (
        {A: Link("/etc/passwd")},
        ["accounts/log.yaml:1:1: the link leads out of the repository; put the file itself here"],
    ),
    "link up": (
        {A: Link("../../outside.yaml"), "../outside.yaml": OU},
        ["accounts/log.yaml:1:1: the link leads out of the repository; put the file itself here"],
    ),
    "link nowhere": (
        {A: Link("nothing.yaml")},
        ["accounts/log.yaml:1:1: there is no such file; create it, or correct the name"],
    ),
    "link to itself": (
        {A: Link("log.yaml")},
        ["accounts/log.yaml:1:1: cannot be read (too many levels of symbolic links); make it readable"],
    ),
    "link to folder": (
        {"accounts/more": Link("../baselines"), "baselines/x.yaml": ""},
        ["accounts/more:1:1: a folder that is a link is not followed; put the folder itself here"],
    ),
    # --- unknown and wrong keys
    "unknown account key": (
        acc("tagz: {a: b}\n"),
        ['accounts/log.yaml:2:1: unknown key "tagz" (did you mean "tags"?); correct it, or remove it'],
    ),
    "unknown account key, nothing near": (
        acc("budget: {monthly_usd: 5}\n"),
        [
            (
                'accounts/log.yaml:2:1: unknown key "budget"; known here: closed_reason, description, email, '
                "full_access, guardrails, id, name, new, ou, owner, state, tags, was"
            )
        ],
    ),
    "unknown top key": (
        org("default: {}\n"),
        [
            (
                'accounts/organization.yaml:6:1: unknown key "default" (did you mean "defaults"?); correct '
                "it, or remove it"
            )
        ],
    ),
    "unknown organization key": (
        org("organization: {home_reigon: eu-central-1}\n"),
        [
            (
                'accounts/organization.yaml:6:16: unknown key "home_reigon" (did you mean "home_region"?); '
                "correct it, or remove it"
            )
        ],
    ),
    "unknown defaults key": (
        {O: ORGANIZATION.replace("{email:", "{mail: x, email:")},
        ['accounts/organization.yaml:1:12: unknown key "mail" (did you mean "email"?); correct it, or remove it'],
    ),
    "unknown unit key": (
        {O: ORGANIZATION + "  a: {gaurdrails: [x]}\n"},
        [
            (
                'accounts/organization.yaml:6:7: unknown key "gaurdrails" (did you mean "guardrails"?); '
                "correct it, or remove it"
            )
        ],
    ),
    "unknown root key": (
        org("root: {tags: {a: b}}\n"),
        ['accounts/organization.yaml:6:8: unknown key "tags"; known here: full_access, guardrails'],
    ),
    "section elsewhere": (
        acc("colour: red\n"),
        [
            (
                'accounts/log.yaml:2:1: unknown key "colour"; known here: closed_reason, description, email, '
                "full_access, guardrails, id, name, new, ou, owner, state, tags, was"
            )
        ],
    ),
    "unknown safety key": (
        org("safety: {max_move: 5}\n"),
        [
            (
                'accounts/organization.yaml:6:10: unknown key "max_move" (did you mean "max_moves"?); '
                "correct it, or remove it"
            )
        ],
    ),
    "unknown limit": (
        org("limits: {organizations.CreateAcount: {rate: 1}}\n"),
        [
            (
                'accounts/organization.yaml:6:10: no limit "organizations.CreateAcount" (did you mean '
                '"organizations.CreateAccount"?); correct it, or remove it'
            )
        ],
    ),
    "unknown limit field": (
        org("limits: {organizations.CreateAccount: {rte: 1}}\n"),
        ['accounts/organization.yaml:6:40: unknown key "rte" (did you mean "rate"?); correct it, or remove it'],
    ),
    "limit of zero": (
        org("limits: {organizations.CreateAccount: {rate: 0, burst: many}}\n"),
        [
            'accounts/organization.yaml:6:40: "rate" must be more than 0; "rate" is calls a second',
            (
                'accounts/organization.yaml:6:49: "burst" must be a whole number, not the text "many"; write '
                "digits, without quotes"
            ),
        ],
    ),
    "missing ou": (
        {A: "owner: a\n"},
        ['accounts/log.yaml:1:1: "ou" is missing; add it: the full path of its organizational unit, or "root"'],
    ),
    "wrong types": (
        acc("tags: [a]\nguardrails: a\nfull_access: no\nowner: {a: b}\nnew: 1\n"),
        [
            'accounts/log.yaml:2:1: "tags" must be a mapping, not a list; write "key: value" lines',
            (
                'accounts/log.yaml:3:1: "guardrails" must be a list, not the text "a"; write "[a, b]", or '
                'lines that start with "- "'
            ),
            (
                'accounts/log.yaml:4:1: "full_access" must be true or false, not the text "no"; write true '
                "or false, without quotes"
            ),
            'accounts/log.yaml:5:1: "owner" must be text, not a mapping; write text',
            'accounts/log.yaml:6:1: "new" must be true or false, not 1; write true or false, without quotes',
        ],
    ),
    "empty values": (
        acc("tags:\nguardrails:\nowner: ''\n"),
        [
            'accounts/log.yaml:2:1: "tags" must be a mapping, not empty; fill it in, or remove the key',
            'accounts/log.yaml:3:1: "guardrails" must be a list, not empty; fill it in, or remove the key',
            'accounts/log.yaml:4:1: "owner" is empty; fill it in, or remove the key',
        ],
    ),
    "list item": (
        acc("guardrails: [a, {b: c}]\n"),
        ['accounts/log.yaml:2:17: item 2 of "guardrails" must be text, not a mapping; write text'],
    ),
    "bad id": (
        acc("id: 1234\n"),
        [
            (
                'accounts/log.yaml:2:1: "id" is 1234; it must be 12 digits; "id" is the 12 digits of an '
                "account that exists, to pin it"
            )
        ],
    ),
    "id with dashes": (
        acc("id: 1234-5678-9012\n"),
        [
            (
                'accounts/log.yaml:2:1: "id" is the text "1234-5678-9012"; it must be 12 digits; "id" '
                "is the 12 digits of an account that exists, to pin it"
            )
        ],
    ),
    "bad state": (
        acc("state: close\n"),
        [('accounts/log.yaml:2:1: "state" is the text "close" (did you mean "closed"?); write "active" or "closed"')],
    ),
    "closed without reason": (
        acc("state: closed\n"),
        ['accounts/log.yaml:2:1: "closed_reason" is missing; say why the account is closed'],
    ),
    "reason without closed": (
        acc("closed_reason: over\n"),
        ['accounts/log.yaml:2:1: "closed_reason" belongs to "state: closed"; remove it, or write "state: closed"'],
    ),
    "bad organization id": (
        org(
            "organization: {id: 123456789012, instance: 'a b', home_region: Frankfurt, regions: [eu-central-1, "
            "eu-central-1]}\n"
        ),
        [
            (
                'accounts/organization.yaml:6:16: "id" is the text "123456789012"; it must be "o-" and 10 to 32 '
                'small letters and digits, such as o-a1b2c3d4e5; "id" is the organization\'s id'
            ),
            (
                'accounts/organization.yaml:6:34: "instance" is the text "a b"; it must be 1 to 32 letters, digits '
                'and hyphens; "instance" is the value of our ownership tag'
            ),
            (
                'accounts/organization.yaml:6:51: "home_region" is the text "Frankfurt"; it must be the name of a '
                'Region, such as eu-central-1; "home_region" is the Region where what exists once is '
                "kept"
            ),
            'accounts/organization.yaml:6:99: "eu-central-1" is named twice; keep one of them',
        ],
    ),
    "bad lock": (
        org("lock: {bucket: Example_Lock, key: /lock, region: Frankfurt, buckets: b}\n"),
        [
            (
                'accounts/organization.yaml:6:8: "bucket" is the text "Example_Lock"; it must be small letters, '
                "digits, hyphens and single dots, with a letter or digit first and last; "
                '"bucket" is an S3 bucket that exists and that every run may read and write'
            ),
            (
                'accounts/organization.yaml:6:30: "key" is the text "/lock"; it must be letters, digits and '
                "the signs _ . = -, in parts with a slash between them that do not begin with a dot; "
                '"key" is the object\'s key'
            ),
            (
                'accounts/organization.yaml:6:42: "region" is the text "Frankfurt"; it must be the name of a '
                'Region, such as eu-central-1; "region" is the bucket\'s Region'
            ),
            (
                'accounts/organization.yaml:6:61: unknown key "buckets" (did you mean "bucket"?); '
                "correct it, or remove it"
            ),
        ],
    ),
    "lock without bucket": (
        org("lock: {key: a/b}\n"),
        [
            (
                'accounts/organization.yaml:6:1: "bucket" is missing; add it: an S3 bucket that exists and that '
                "every run may read and write"
            )
        ],
    ),
    "empty lock": (
        org("lock:\n"),
        [
            (
                'accounts/organization.yaml:6:1: "lock" is empty; name its bucket, or remove the key: then there is '
                "no lock"
            )
        ],
    ),
    "short bucket": (
        org("lock: {bucket: ab}\n"),
        [
            (
                'accounts/organization.yaml:6:8: "bucket" must have at least 3 characters; "bucket" is an S3 bucket '
                "that exists and that every run may read and write"
            )
        ],
    ),
    "bad template bucket": (
        org("organization: {template_bucket: s3://templates}\n"),
        [
            (
                'accounts/organization.yaml:6:16: "template_bucket" is the text "s3://templates"; it must be small '
                "letters, digits, hyphens and single dots, with a letter or digit first and last; "
                '"template_bucket" is an S3 bucket that exists'
            )
        ],
    ),
    "template bucket like an address": (
        org("organization: {template_bucket: 192.168.5.4}\n"),
        [
            (
                'accounts/organization.yaml:6:16: "192.168.5.4" is an IP address, and no bucket has such a name; '
                "name the bucket"
            )
        ],
    ),
    "bucket like an address": (
        org("lock: {bucket: 192.168.5.4}\n"),
        [
            (
                'accounts/organization.yaml:6:8: "192.168.5.4" is an IP address, and no bucket has such a name; '
                "name the bucket"
            )
        ],
    ),
    "bad safety": (
        org("safety: {max_moves: -1, max_changed_percent: 200, min_count: ten}\n"),
        [
            (
                'accounts/organization.yaml:6:10: "max_moves" must be at least 0; "max_moves" is accounts '
                "that one plan may move"
            ),
            (
                'accounts/organization.yaml:6:25: "max_changed_percent" must be at most 100; '
                '"max_changed_percent" is share of a kind that one plan may update, move or remove'
            ),
            (
                'accounts/organization.yaml:6:51: "min_count" must be a whole number, not the text "ten"; '
                "write digits, without quotes"
            ),
        ],
    ),
    "policy types": (
        org("policy_types: [SERVICE_CONTROL_POLICYS, NOPE, TAG_POLICY, TAG_POLICY]\n"),
        [
            (
                'accounts/organization.yaml:6:16: no policy type "SERVICE_CONTROL_POLICYS" (did you mean '
                '"SERVICE_CONTROL_POLICY"?); correct it'
            ),
            (
                'accounts/organization.yaml:6:41: no policy type "NOPE"; AWS has SERVICE_CONTROL_POLICY, '
                "RESOURCE_CONTROL_POLICY, TAG_POLICY, BACKUP_POLICY, AISERVICES_OPT_OUT_POLICY, "
                "CHATBOT_POLICY, DECLARATIVE_POLICY_EC2, SECURITYHUB_POLICY, SECURITYHUB_CSPM_POLICY, "
                "INSPECTOR_POLICY, UPGRADE_ROLLOUT_POLICY, BEDROCK_POLICY, S3_POLICY, "
                "NETWORK_SECURITY_DIRECTOR_POLICY, GUARDDUTY_POLICY"
            ),
            'accounts/organization.yaml:6:59: "TAG_POLICY" is named twice; keep one of them',
        ],
    ),
    "protected": (
        org("safety: {protected: [lag]}\n"),
        [
            (
                'accounts/organization.yaml:6:22: no account "lag" (did you mean "log"?); name an account by '
                "its file's stem"
            )
        ],
    ),
    # --- units
    "unknown ou": (
        {A: "ou: workloads/prd\n"},
        [
            (
                'accounts/log.yaml:1:1: no organizational unit "workloads/prd" (did you mean '
                '"workloads/prod"?); correct it, or declare it under "organizational_units" in '
                "accounts/organization.yaml"
            )
        ],
    ),
    "unknown ou, nothing near": (
        {A: "ou: finance\n"},
        [
            (
                'accounts/log.yaml:1:1: no organizational unit "finance"; correct it, or declare it under '
                '"organizational_units" in accounts/organization.yaml'
            )
        ],
    ),
    "depth 6": (
        {O: ORGANIZATION + "  a/b/c/d/e: {}\n  a/b/c/d/e/f: {}\n"},
        [('accounts/organization.yaml:7:3: "a/b/c/d/e/f" lies 6 levels deep, AWS allows 5 below the root; move it up')],
    ),
    "unit paths": (
        {O: ORGANIZATION + "  /a: {}\n  b/: {}\n  c//d: {}\n  'e ': {}\n  root/f: {}\n"},
        [
            ('accounts/organization.yaml:6:3: "/a" has an empty name in it; write "parent/child", with single slashes'),
            ('accounts/organization.yaml:7:3: "b/" has an empty name in it; write "parent/child", with single slashes'),
            (
                'accounts/organization.yaml:8:3: "c//d" has an empty name in it; write "parent/child", with '
                "single slashes"
            ),
            'accounts/organization.yaml:9:3: "e " has a name with a space at its end; remove the space',
            'accounts/organization.yaml:10:3: "root" is the root itself; leave it out: paths start below the root',
        ],
    ),
    "long unit name": (
        {O: ORGANIZATION + "  " + "n" * 129 + ": {}\n"},
        [
            (
                "accounts/organization.yaml:6:3: the name "
                '"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…" has 129 characters, AWS '
                "takes 128; choose a shorter name"
            )
        ],
    ),
    "unit was": (
        {O: ORGANIZATION + "  a: {was: a}\n  b: {was: security}\n  c: {was: old}\n  d: {was: old}\n"},
        [
            (
                'accounts/organization.yaml:6:7: was: "a" is the unit\'s own path; remove the line, or name '
                "its former path"
            ),
            (
                'accounts/organization.yaml:7:7: was: "security", but a unit has this path '
                "(accounts/organization.yaml:3:3); remove the line, or the unit with the former path"
            ),
            (
                'accounts/organization.yaml:9:7: was: "old" is also the former path of another unit '
                "(accounts/organization.yaml:8:7); keep one of them: a unit becomes one unit"
            ),
        ],
    ),
    "account was": (
        {A: OU + "was: web\n", B: OU + "was: old\nnew: true\n", "accounts/x.yaml": OU + "was: old\n"},
        [
            (
                'accounts/log.yaml:2:1: was: "web", but a file has this name (accounts/web.yaml); remove the '
                "line, or the file with the former name"
            ),
            'accounts/web.yaml:3:1: "new" and "was" exclude each other; keep one of them',
            (
                'accounts/x.yaml:2:1: was: "old" is also the former name of another account '
                "(accounts/web.yaml:2:1); keep one of them: an account becomes one account"
            ),
        ],
    ),
    # --- e-mails, names, ids, tags
    "same e-mail in another case": (
        {A: OU + "email: log@example.com\n", B: OU + "email: LOG@Example.com\n"},
        [
            (
                "accounts/web.yaml:2:1: the same e-mail as in accounts/log.yaml:2:1; AWS wants one address "
                "for each account"
            )
        ],
    ),
    "same id": (
        {A: OU + "id: '123456789012'\n", B: OU + "id: 123456789012\n"},
        ["accounts/web.yaml:2:1: the same id as in accounts/log.yaml:2:1; an account has one file"],
    ),
    "same name": (
        {A: OU + "name: Web\n", B: OU},
        ["accounts/web.yaml:1:1: the same name as in accounts/log.yaml:2:1; give each its own name"],
    ),
    "bad e-mails": (
        {
            f"accounts/{n}.yaml": OU + f"email: {e}\n"
            for n, e in {
                "a": "a@b.",
                "b": "ab.example.com",
                "c": "a@b@example.com",
                "d": '"a b@example.com"',
                "e": "J\u00fcrgen@example.com",
                "f": ".a@example.com",
                "g": "a@-b.com",
                "h": "a@localhost",
                "i": "a" * 60 + "@example.com",
                "j": "'a|b@example.com'",
            }.items()
        },
        [
            "accounts/a.yaml:2:1: the e-mail has 4 characters, AWS takes 6 to 64; correct it",
            "accounts/b.yaml:2:1: the e-mail is not of the form name@domain; correct it",
            "accounts/c.yaml:2:1: the e-mail is not of the form name@domain; correct it",
            "accounts/d.yaml:2:1: the e-mail has ' ' before the @, which AWS does not take; correct it",
            "accounts/e.yaml:2:1: the e-mail has characters that are not ASCII; correct it",
            "accounts/f.yaml:2:1: the e-mail starts with a dot, which AWS does not take; correct it",
            "accounts/g.yaml:2:1: the e-mail has a domain that AWS does not take; correct it",
            "accounts/h.yaml:2:1: the e-mail has a domain that AWS does not take; correct it",
            "accounts/i.yaml:2:1: the e-mail has 72 characters, AWS takes 6 to 64; correct it",
            "accounts/j.yaml:2:1: the e-mail has '|' before the @, which AWS does not take; correct it",
        ],
    ),
    "no e-mail": (
        {O: ORGANIZATION.split("\n", 1)[1]},
        [
            (
                'accounts/log.yaml:1:1: "email" is missing and no default makes one; add it, or defaults: '
                "email: in organization.yaml"
            )
        ],
    ),
    "placeholder": (
        {O: ORGANIZATION.replace("{name}", "{nam}")},
        ['accounts/organization.yaml:1:12: no placeholder "{nam}" (did you mean "name"?); use {name} and {owner}'],
    ),
    "owner missing": (
        {O: ORGANIZATION.replace("{name}", "{owner}-{name}")},
        ['accounts/log.yaml:1:1: defaults.email has {owner} in it and "owner" is missing; add owner: or email:'],
    ),
    "default e-mail too long": (
        {"accounts/" + "a" * 49 + ".yaml": OU},
        [
            (
                "accounts/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.yaml:1:1: the e-mail that "
                "defaults.email makes has 65 characters, AWS takes 6 to 64; add email: with a fitting address"
            )
        ],
    ),
    "long names": (
        {"accounts/" + "a" * 51 + ".yaml": OU + "email: a@example.com\n", A: OU + "name: " + "b" * 51 + "\n"},
        [
            (
                "accounts/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.yaml:1:1: the file's name, "
                "which is the account's name, has 51 characters, AWS takes 50; add name: with a fitting one, "
                "or rename the file"
            ),
            (
                'accounts/log.yaml:2:1: the name "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" has '
                "51 characters, AWS takes 50; shorten it"
            ),
        ],
    ),
    "name with markup": (
        acc("name: <b>Payments</b>\n"),
        [
            (
                'accounts/log.yaml:2:1: the name "<b>Payments</b>" is not one that AWS takes; use printable '
                "ASCII without < and >, no space at the ends"
            )
        ],
    ),
    "name beyond ASCII": (
        acc("name: M\u00fcnchen\n"),
        [
            (
                'accounts/log.yaml:2:1: the name "München" is not one that AWS takes; use printable ASCII '
                "without < and >, no space at the ends"
            )
        ],
    ),
    "naming": (
        {O: ORGANIZATION + 'naming: {account: "[a-z]{4,}", email: "aws@.*"}\n'},
        [
            "accounts/log.yaml:1:1: the e-mail does not match naming.email; change it to match aws@.*",
            (
                'accounts/log.yaml:1:1: the file\'s name "log" does not match naming.account; rename it to '
                "match [a-z]{4,}"
            ),
        ],
    ),
    "expressions without end": (
        org('naming: {account: "(a+)+", email: "(.*@)*x"}\n'),
        [
            (
                'accounts/organization.yaml:6:10: "account" repeats a repetition, and may never come to an end; take '
                "one of the two out, or begin each round with a sign of its own, as in [a-z]+(-[a-z]+)*"
            ),
            (
                'accounts/organization.yaml:6:28: "email" repeats a repetition, and may never come to an end; take one '
                "of the two out, or begin each round with a sign of its own, as in [a-z]+(-[a-z]+)*"
            ),
        ],
    ),
    "bad expression": (
        org('naming: {account: "[a-z", email: "("}\n'),
        [
            (
                'accounts/organization.yaml:6:10: "account" is no regular expression: unterminated character '
                "set; correct it"
            ),
            (
                'accounts/organization.yaml:6:27: "email" is no regular expression: missing ), unterminated '
                "subpattern; correct it"
            ),
        ],
    ),
    "tags": (
        acc(
            "tags: {'aws:x': a, 'Factory:managed': b, 'a#b': c, d: 'e!', '"
            + "k" * 129
            + "': v, l: '"
            + "v" * 257
            + '\', "n": "a\\nb"}\n'
        ),
        [
            'accounts/log.yaml:2:8: tag "aws:x": "aws:" is reserved for AWS; choose another key',
            (
                'accounts/log.yaml:2:20: tag "Factory:managed": "factory:" is reserved for our own tags; '
                "choose another key"
            ),
            (
                'accounts/log.yaml:2:42: tag "a#b": AWS does not take "#" in a key; use letters, digits, '
                'spaces and "_.:/=+-@"'
            ),
            (
                'accounts/log.yaml:2:52: tag "d": AWS does not take "!" in a value; use letters, digits, '
                'spaces and "_.:/=+-@"'
            ),
            (
                'accounts/log.yaml:2:61: tag "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…": '
                "the key has 129 characters, AWS takes 128; shorten it"
            ),
            'accounts/log.yaml:2:197: tag "l": the value has 257 characters, AWS takes 256; shorten it',
            (
                'accounts/log.yaml:2:461: tag "n": AWS does not take U+000A in a value; use letters, digits, '
                'spaces and "_.:/=+-@"'
            ),
        ],
    ),
    "too many tags": (
        acc("tags: {" + ", ".join(f"k{i}: v" for i in range(49)) + "}\n"),
        [
            (
                "accounts/log.yaml:2:1: 49 tags with those of its units and the defaults, there is room for "
                "48; remove some"
            )
        ],
    ),
    "unit tags": (
        {
            O: ORGANIZATION + "  a: {tags: {'aws:a': b}, ou_tags: {'c*': d}}\n",
        },
        [
            'accounts/organization.yaml:6:14: tag "aws:a": "aws:" is reserved for AWS; choose another key',
            (
                'accounts/organization.yaml:6:37: tag "c*": AWS does not take "*" in a key; use letters, '
                'digits, spaces and "_.:/=+-@"'
            ),
        ],
    ),
    # --- guardrail files
    "JSON with a control character": (
        {G: BY_FILE, J: '{"a": "\\u0000"}\n'},
        ["baselines/guardrails/deny.json:1:7: the character U+0000 is not read here; remove it"],
    ),
    "JSON in UTF-16": (
        {G: BY_FILE, J: "{}".encode("utf-16")},
        ["baselines/guardrails/deny.json:1:1: the file is UTF-16; save it as plain UTF-8"],
    ),
    "guardrail key": (
        {G: GOOD + "parameters: {}\n"},
        ['baselines/guardrails/deny.yaml:4:1: unknown key "parameters"; known here: content, description, type'],
    ),
    "guardrail type": (
        {G: "description: No.\ntype: TAG_POLICIE\ncontent: {}\n"},
        [
            (
                'baselines/guardrails/deny.yaml:2:1: "type" is the text "TAG_POLICIE" (did you mean '
                '"TAG_POLICY"?); write "SERVICE_CONTROL_POLICY" or "TAG_POLICY"'
            )
        ],
    ),
    "neither content nor file": (
        {G: HEAD},
        ['baselines/guardrails/deny.yaml:1:1: "content" is missing; add it: the policy document'],
    ),
    "both content and file": (
        {G: GOOD + "file: deny.json\n", J: "{}"},
        ['baselines/guardrails/deny.yaml:4:1: "file" and "content" exclude each other; keep one of them'],
    ),
    "no such document": (
        {G: BY_FILE},
        [
            (
                "baselines/guardrails/deny.yaml:3:1: baselines/guardrails/deny.json: there is no such file; "
                "create it, or correct the name"
            )
        ],
    ),
    "document not named": (
        {G: GOOD, "baselines/guardrails/other.json": "{}"},
        [
            (
                'baselines/guardrails/other.json:1:1: no guardrail names this document; write "file: '
                'other.json" in one, or remove it'
            )
        ],
    ),
    "JSON with a trailing comma": (
        {G: BY_FILE, J: '{\n  "Version": "2012-10-17",\n}\n'},
        ['baselines/guardrails/deny.json:3:1: this is not JSON; expected "key": value here'],
    ),
    "JSON with a key twice": (
        {G: BY_FILE, J: '{"a": 1,\n "a": 2}\n'},
        ['baselines/guardrails/deny.json:2:2: duplicate key "a" (first on line 1); keep one of them'],
    ),
    "JSON that is no object": (
        {G: BY_FILE, J: "[1]\n"},
        ['baselines/guardrails/deny.json:1:1: "content" must be a mapping, not a list; write "key: value" lines'],
    ),
    "JSON with NaN": (
        {G: BY_FILE, J: '{"a": NaN}\n'},
        [
            (
                "baselines/guardrails/deny.json:1:7: this is not JSON; expected a value: text in double "
                "quotes, a number, true, false, null, { or ["
            )
        ],
    ),
    "deep JSON": (
        {G: BY_FILE, J: "[" * 100_000},
        ["baselines/guardrails/deny.json:1:33: nested more than 32 levels deep; no policy is; shorten it"],
    ),
    "document link out": (
        {G: BY_FILE, J: Link("/etc/passwd")},
        [
            (
                "baselines/guardrails/deny.yaml:3:1: baselines/guardrails/deny.json: the link leads out of "
                "the repository; put the file itself here"
            )
        ],
    ),
    "document is a folder": (
        {G: BY_FILE, "baselines/guardrails/deny.json/README.md": ""},
        [("baselines/guardrails/deny.yaml:3:1: baselines/guardrails/deny.json: this is not a file; put a file here")],
    ),
    "everything at once": (
        {
            O: ORGANIZATION + "  a: {tag: {}}\nsafty: {}\n",
            A: "ou: workloads/prd\nid: 12\nemail: x@example.com\n",
            B: "owner: a\nemail: X@example.com\n",
            "accounts/y.yaml": "ou: [\n",
            G: "type: TAG_POLICY\ncontent: {}\nx: y\n",
        },
        [
            (
                'accounts/log.yaml:1:1: no organizational unit "workloads/prd" (did you mean '
                '"workloads/prod"?); correct it, or declare it under "organizational_units" in '
                "accounts/organization.yaml"
            ),
            (
                'accounts/log.yaml:2:1: "id" is 12; it must be 12 digits; "id" is the 12 digits of an '
                "account that exists, to pin it"
            ),
            'accounts/organization.yaml:6:7: unknown key "tag" (did you mean "tags"?); correct it, or remove it',
            'accounts/organization.yaml:7:1: unknown key "safty" (did you mean "safety"?); correct it, or remove it',
            'accounts/web.yaml:1:1: "ou" is missing; add it: the full path of its organizational unit, or "root"',
            (
                "accounts/web.yaml:2:1: the same e-mail as in accounts/log.yaml:3:1; AWS wants one address "
                "for each account"
            ),
            "accounts/y.yaml:2:1: a value is missing in these brackets; write it, or close the brackets",
            'baselines/guardrails/deny.yaml:1:1: "description" is missing; add it: what it is for',
            'baselines/guardrails/deny.yaml:3:1: unknown key "x"; known here: content, description, type',
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_problem_is_found_in_these_words_within_a_second(name: str, tmp_path: Path) -> None:
    files, expected = CASES[name]
    started = time.process_time()
    found = problems(tmp_path / "repository", files)
    assert lines(found) == lines(expected)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("name", CASES)
def test_the_words_are_the_same_without_libyaml(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PARSER", pyyaml.SafeLoader)
    files, expected = CASES[name]
    assert lines(problems(tmp_path / "repository", files)) == lines(expected)
