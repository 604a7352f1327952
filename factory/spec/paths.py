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
from factory.spec.text import printable, shown
from factory.spec.yaml import MAX_BYTES

_BESIDE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.json")
_LEAVES = "the link leads out of the repository"


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

    def read(self, path: Path, problems: list[Problem], source: Source | None = None) -> bytes | None:
        """The bytes of a regular file inside the repository, of bounded size.

        ``None`` where it cannot or may not be read; why goes to ``problems``, at ``source`` or at the file.
        """
        what, fix, data = self._read(path)
        if data is None:
            name = self.name(path)
            problems.append(Problem(source or Source(name), f"{name}: {what}" if source else what, fix))
        return data

    def _read(self, path: Path) -> tuple[str, str, bytes | None]:
        try:
            real = Path(os.path.realpath(path, strict=True))
            if not real.is_relative_to(self.root):
                return _LEAVES, "put the file itself here", None
            found = real.stat()
            if not stat.S_ISREG(found.st_mode):
                return "this is not a file", "put a file here", None
            if found.st_size <= MAX_BYTES:
                with real.open("rb") as stream:
                    data = stream.read(MAX_BYTES + 1)
                if len(data) <= MAX_BYTES:
                    return "", "", data
            return f"larger than {MAX_BYTES // 1024} KiB", "split it, or remove what it does not need", None
        except FileNotFoundError:
            return "there is no such file", "create it, or correct the name", None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
            return f"cannot be read ({reason.lower()})", "make it readable", None

    def files(self, folder: str, problems: list[Problem], beside: str = "") -> list[Path]:
        """The ``.yaml`` files under a folder, sorted; nothing where the folder is missing.

        Hidden files and ``README.md`` are left alone. Anything else would be ignored in silence, so it is a
        problem, except names that end in ``beside`` where that is given.
        """
        found = []
        for path in self._walk(self.root / folder, problems):
            if path.suffix == ".yaml":
                found.append(path)
            elif not (beside and path.name.endswith(beside)) and path.name != "README.md":
                problems.append(Problem(Source(self.name(path)), *_stranger(path)))
        return sorted(found)

    def _walk(self, folder: Path, problems: list[Problem]) -> Iterator[Path]:
        if not os.path.lexists(folder):
            return
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            if here.is_symlink() and here.is_dir():
                what, fix = "a folder that is a link is not followed", "put the folder itself here"
                problems.append(Problem(Source(self.name(here)), what, fix))
                continue
            try:
                entries = [Path(entry.path) for entry in os.scandir(here) if not entry.name.startswith(".")]
            except OSError as error:
                what = f"cannot be read ({(error.strerror or 'not a folder').lower()})"
                problems.append(Problem(Source(self.name(here)), what, "make it a readable folder"))
                continue
            waiting += [path for path in entries if path.is_dir()]
            yield from (path for path in entries if not path.is_dir())


def _stranger(path: Path) -> tuple[str, str]:
    """What to say of a file that does not belong."""
    if path.suffix.lower() in (".yml", ".yaml"):
        return f'files end in ".yaml" here, not "{shown(path.suffix)}"', f'rename it to "{shown(path.stem)}.yaml"'
    return "only .yaml files and README.md belong here", "move it elsewhere, or rename it to .yaml"


def beside(name: object, holder: Path) -> Path | None:
    """The path of a ``.json`` file that lies in the same folder, or ``None`` where the name is anything else."""
    return holder.parent / name if isinstance(name, str) and _BESIDE.fullmatch(name) else None
