"""Reading a repository: every file, every problem, one organization."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from factory.core.errors import InvalidFiles, Problem
from factory.core.limits import Limits
from factory.core.resource import Source
from factory.spec import json, yaml
from factory.spec.assemble import assemble
from factory.spec.checks import check
from factory.spec.checks.accounts import STEM
from factory.spec.checks.case import Case
from factory.spec.draft import AccountDraft, Drafts
from factory.spec.extension import FileKind, Section
from factory.spec.limits import merge, read_rows
from factory.spec.models import Models, compose
from factory.spec.node import Node
from factory.spec.organization import FileEntry, Organization
from factory.spec.paths import Listing, Repository, beside, folders_of
from factory.spec.text import Unreadable, decode, shown
from factory.spec.validation import validate

ACCOUNTS = "accounts"
ORGANIZATION = "organization.yaml"
LARGEST_COMPANION = 2**20
"""Bytes: a CloudFormation template may have as many (CloudFormation quotas)."""

Further = Callable[[Organization, Limits], Iterable[Problem]]


def load(
    root: Path,
    sections: Iterable[Section[Any]],
    files: Iterable[FileKind],
    limits: Limits,
    checks: Iterable[Further] = (),
    *,
    limits_file: Path | None = None,
) -> Organization:
    """The organization that the files under this folder declare.

    ``limits`` are overridden by ``organization.yaml``, and that by ``limits_file``, whose own problems are
    `load_limits`'s to report. ``checks`` are further rules on the whole, run even where files have problems:
    what is wrong in them is left out before. Raises ``InvalidFiles`` with the problems of all files.
    """
    problems: list[Problem] = []
    repository = Repository.at(root)
    models = compose(sections)
    drafts = _read(repository, models, files, problems)
    organization = assemble(drafts, models)
    limits = merge(limits, organization.limits, lambda *path: organization.where("limits", *path), problems)
    if limits_file is not None:
        limits = merge(limits, read_rows(limits_file), lambda *_: Source(str(limits_file)), [])
    problems += check(Case(drafts, organization, limits))
    for further in checks:
        problems += further(organization, limits)
    if problems:
        raise InvalidFiles(problems)
    return organization


def _read(repository: Repository, models: Models, files: Iterable[FileKind], problems: list[Problem]) -> Drafts:
    head = repository.root / ACCOUNTS / ORGANIZATION
    files = tuple(files)
    node = _organization(repository, head, problems)
    model = validate(models.organization, node, problems) if node is not None else None
    accounts = []
    listing = repository.files(ACCOUNTS, problems)
    for path in listing.yaml:
        if path == head:
            continue
        source = Source(repository.name(path))
        if path.name == ORGANIZATION:
            problems.append(Problem(source, f"{ORGANIZATION} belongs directly in {ACCOUNTS}/", "move or rename it"))
            continue
        found = _yaml(repository, path, problems)
        account = validate(models.account, found, problems, {"ou": "root"}) if found is not None else None
        accounts.append(AccountDraft(path.stem, found or Node(source, None), account))
    listings = {kind.name: _listing(repository, kind, problems) for kind in files}
    folders = {kind.name: folders_of(repository, kind, listings[kind.name], problems) for kind in files if kind.main}
    return Drafts(
        organization=model,
        node=node or Node(Source(repository.name(head)), None),
        accounts=tuple(sorted(accounts, key=lambda draft: draft.stem)),
        files={
            kind.name: _in_folders(repository, kind, folders[kind.name], problems)
            if kind.main
            else _files(repository, kind, listings[kind.name], problems)
            for kind in files
        },
        file_names={
            name: frozenset(folders.get(name) or (path.stem for path in found.yaml)) for name, found in listings.items()
        },
        unlisted=frozenset(name for name, found in listings.items() if not found.whole)
        | (frozenset() if listing.whole else {ACCOUNTS}),
    )


def _organization(repository: Repository, head: Path, problems: list[Problem]) -> Node | None:
    if repository.missing(head):
        what = "the file is missing"
        fix = 'write it; "organizational_units: {sandbox: {}}" is enough to start'
        problems.append(Problem(Source(repository.name(head)), what, fix))
        return None
    return _yaml(repository, head, problems)


def _yaml(repository: Repository, path: Path, problems: list[Problem]) -> Node | None:
    data = repository.read(path, problems)
    return yaml.parse(data, repository.name(path), problems) if data is not None else None


def _listing(repository: Repository, kind: FileKind, problems: list[Problem]) -> Listing:
    if kind.only is None:
        return repository.files(kind.folder, problems, _beside(kind))
    path = repository.root / kind.folder / kind.only
    return Listing(() if repository.missing(path) else (path,))


def _beside(kind: FileKind) -> str:
    return ".json" if kind.content_key else ""


def _files(repository: Repository, kind: FileKind, listing: Listing, problems: list[Problem]) -> dict[str, FileEntry]:
    """The files of one kind by stem, without those that cannot be used; unnamed JSON documents are problems."""
    entries: dict[str, FileEntry] = {}
    first: dict[str, str] = {}
    named: set[Path] = set()
    for path in listing.yaml:
        name, stem = repository.name(path), path.stem
        if not STEM.fullmatch(stem):
            fix = "rename it: letters, digits, dots, hyphens and underscores, at most 128, a letter or digit first"
            problems.append(Problem(Source(name), f"the file's name cannot be a {kind.name}'s name", fix))
        if first.setdefault(stem.casefold(), name) != name:
            what = f'the {kind.name} "{shown(stem)}" has two files, the other is {first[stem.casefold()]}'
            problems.append(Problem(Source(name), what, "rename or remove one of them"))
            continue
        node, complete = _yaml(repository, path, problems), True
        if node is not None and kind.content_key:
            node, complete = _with_document(repository, path, node, kind.content_key, named, problems)
        model: BaseModel | None = validate(kind.model, node, problems) if node is not None else None
        if model is not None and node is not None and complete:
            entries[stem] = FileEntry(name=stem, model=model, node=node)
    for path in listing.beside:
        if path not in named:
            what, fix = f"no {kind.name} names this document", f'write "file: {shown(path.name)}" in one, or remove it'
            problems.append(Problem(Source(repository.name(path)), what, fix))
    return entries


def _in_folders(
    repository: Repository, kind: FileKind, folders: Iterable[str], problems: list[Problem]
) -> dict[str, FileEntry]:
    """The files that have a folder of their own, by the folder's name, with the texts of their companions."""
    entries: dict[str, FileEntry] = {}
    for name in folders:
        folder = repository.root / kind.folder / name
        node = _yaml(repository, folder / str(kind.main), problems)
        model = validate(kind.model, node, problems) if node is not None else None
        texts = {repository.name(folder / each): _text(repository, folder / each, problems) for each in kind.companions}
        if model is not None and node is not None and None not in texts.values():
            entries[name] = FileEntry(name=name, model=model, node=node, texts=cast("dict[str, str]", texts))
    return entries


def _text(repository: Repository, path: Path, problems: list[Problem]) -> str | None:
    data, name = repository.read(path, problems, largest=LARGEST_COMPANION), repository.name(path)
    try:
        return decode(data, name) if data is not None else None
    except Unreadable as stop:
        problems.append(stop.problem)
        return None


def _with_document(
    repository: Repository, path: Path, node: Node, key: str, named: set[Path], problems: list[Problem]
) -> tuple[Node, bool]:
    """The file with the document that ``file:`` names under its content key, and whether that could be read."""
    if not isinstance(node.value, dict):
        return node, True
    written = node.value.get("file")
    if written is None:
        return node, True
    if key in node.value:
        problems.append(Problem(written.source, f'"file" and "{key}" exclude each other', "keep one of them"))
    target = beside(written.value, path)
    document = None
    if target is None:
        what = '"file" is not the name of a .json file beside this one'
        problems.append(Problem(written.source, what, 'write a plain name, such as "policy.json", without folders'))
    else:
        named.add(target)
        data = repository.read(target, problems, written.source)
        document = json.parse(data, repository.name(target), problems) if data is not None else None
    rest = {name: value for name, value in node.value.items() if name != "file"}
    # An empty document stands in for what cannot be read, so that the rest of the file is still checked.
    content = rest.get(key) or document or Node(written.source, {})
    return replace(node, value={**rest, key: content}), document is not None
