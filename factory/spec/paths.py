"""Files of the repository: which there are, and reading them without ever leaving it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from factory.core.errors import Problem
from factory.core.resource import Source
from factory.spec.extension import FileKind
from factory.spec.text import printable, shown
from factory.spec.yaml import MAX_BYTES

# Hidden files, and what editors leave beside a file: Emacs' and vi's copies and autosaves.
_LEFT_ALONE = re.compile(r"\..*|.*~|.*\.swp|#.*#", re.DOTALL)
_BESIDE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.json")
FOLDER = re.compile(r"[a-z][a-z0-9-]{0,63}")
_LEAVES = "the link leads out of the repository"


@dataclass(frozen=True)
class Listing:
    """The files under a folder, sorted: the ``.yaml`` files, and those that may stand beside them.

    ``whole`` is false where a folder could not be read, so that there may be more files than these.
    """

    yaml: tuple[Path, ...] = ()
    beside: tuple[Path, ...] = ()
    whole: bool = True


@dataclass(frozen=True)
class Repository:
    """A repository's folder, resolved once; every file read must lie inside it."""

    root: Path

    @classmethod
    def at(cls, folder: Path) -> Repository:
        """The repository in this folder."""
        return cls(Path(os.path.realpath(folder)))

    def name(self, path: Path) -> str:
        """The path as people know it: from the repository's folder, with nothing that a terminal acts on."""
        return printable(os.path.relpath(path, self.root).replace(os.sep, "/"))

    def read(
        self, path: Path, problems: list[Problem], source: Source | None = None, largest: int = MAX_BYTES
    ) -> bytes | None:
        """The bytes of a regular file inside the repository, at most ``largest`` of them.

        ``None`` where it cannot or may not be read; why goes to ``problems``, at ``source`` or at the file.
        """
        what, fix, data = self._read(path, largest)
        if data is None:
            name = self.name(path)
            problems.append(Problem(source or Source(name), f"{name}: {what}" if source else what, fix))
        return data

    def _read(self, path: Path, largest: int) -> tuple[str, str, bytes | None]:
        try:
            real = Path(os.path.realpath(path, strict=True))
            if not real.is_relative_to(self.root):
                return _LEAVES, "put the file itself here", None
            found = real.stat()
            if not stat.S_ISREG(found.st_mode):
                return "this is not a file", "put a file here", None
            if found.st_size <= largest:
                with real.open("rb") as stream:
                    data = stream.read(largest + 1)
                if len(data) <= largest:
                    return "", "", data
            return f"larger than {largest // 1024} KiB", "split it, or remove what it does not need", None
        except FileNotFoundError:
            return "there is no such file", "create it, or correct the name", None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
            return f"cannot be read ({reason.lower()})", "make it readable", None

    def missing(self, path: Path) -> bool:
        """True where there is nothing; false also where nobody can tell, which reading it will say."""
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False
        return False

    def files(self, folder: str, problems: list[Problem], beside: str = "") -> Listing:
        """The files under a folder; nothing where the folder is missing.

        Hidden files, the copies that editors leave and ``README.md`` are left alone. Anything else would be ignored
        in silence, so it is a problem, except names that end in ``beside`` where that is given.
        """
        unread: list[Problem] = []
        found: dict[bool, list[Path]] = {True: [], False: []}
        for path in self._walk(self.root / folder, unread):
            if path.suffix == ".yaml" or (beside and path.name.endswith(beside)):
                found[path.suffix == ".yaml"].append(path)
            elif path.name != "README.md":
                problems.append(Problem(Source(self.name(path)), *_stranger(path)))
        problems += unread
        return Listing(tuple(sorted(found[True])), tuple(sorted(found[False])), whole=not unread)

    def _walk(self, folder: Path, problems: list[Problem]) -> Iterator[Path]:
        try:
            os.lstat(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            problems.append(self._unread(folder, error))
            return
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            if os.path.islink(here) and os.path.isdir(here):
                what, fix = "a folder that is a link is not followed", "put the folder itself here"
                problems.append(Problem(Source(self.name(here)), what, fix))
                continue
            try:
                with os.scandir(here) as entries:
                    paths = [Path(entry.path) for entry in entries if not _LEFT_ALONE.fullmatch(entry.name)]
            except OSError as error:
                problems.append(self._unread(here, error))
                continue
            folders = {path for path in paths if os.path.isdir(path)}
            waiting += folders
            yield from (path for path in paths if path not in folders)

    def _unread(self, folder: Path, error: OSError) -> Problem:
        what = f"cannot be read ({(error.strerror or 'not a folder').lower()})"
        return Problem(Source(self.name(folder)), what, "make it a readable folder")


def folders_of(repository: Repository, kind: FileKind, listing: Listing, problems: list[Problem]) -> list[str]:
    """The names of the folders of a kind whose files have one each, sorted; what stands elsewhere is a problem."""
    found: dict[str, set[str]] = {}
    allowed = (str(kind.main), *kind.companions)
    for path in listing.yaml:
        parts = path.relative_to(repository.root / kind.folder).parts
        if len(parts) == 2 and parts[1] in allowed:
            found.setdefault(parts[0], set()).add(parts[1])
        else:
            fix = f"put it at {kind.folder}/NAME/{allowed[0]}" if path.name in allowed else "move it elsewhere"
            words = f"only {' and '.join(allowed)} belong here, in a folder for each {kind.name}"
            problems.append(Problem(Source(repository.name(path)), words, fix))
    names = []
    for name in sorted(found):
        folder = f"{kind.folder}/{name}"
        problem = "" if FOLDER.fullmatch(name) else f"the folder's name cannot be a {kind.name}'s name"
        if problem:
            fix = "rename it: small letters, digits and hyphens, a letter first, at most 64"
            problems.append(Problem(Source(printable(folder)), problem, fix))
        else:
            names.append(name)
    return names


def _stranger(path: Path) -> tuple[str, str]:
    """What to say of a file that does not belong."""
    if path.suffix.lower() in (".yml", ".yaml"):
        return f'files end in ".yaml" here, not "{shown(path.suffix)}"', f'rename it to "{shown(path.stem)}.yaml"'
    return "only .yaml files and README.md belong here", "move it elsewhere, or rename it to .yaml"


def beside(name: object, holder: Path) -> Path | None:
    """The path of a ``.json`` file that lies in the same folder, or ``None`` where the name is anything else."""
    return holder.parent / name if isinstance(name, str) and _BESIDE.fullmatch(name) else None
