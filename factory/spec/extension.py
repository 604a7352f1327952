"""What kinds add to the files: sections of existing files, and folders of files of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from factory.spec.organization import Place

T = TypeVar("T")

HOLDERS = frozenset({"defaults", "root", "ou", "account"})


@dataclass(frozen=True)
class Section(Generic[T]):
    """A key that a kind adds to ``defaults:``, ``root:``, ``organizational_units:`` and to account files.

    ``annotation`` is any type pydantic knows; ``on`` a subset of ``HOLDERS``; ``description`` goes into the
    JSON Schema and into messages.
    """

    name: str
    annotation: Any
    default: T
    on: frozenset[str]
    description: str

    def of(self, place: Place) -> T:
        """The value that this place declares, or the default."""
        value: T = place.sections.get(self.name, self.default)
        return value


@dataclass(frozen=True)
class FileKind:
    """One more folder of files, brought by a kind: ``baselines/guardrails/NAME.yaml``, say.

    ``name`` is also the schema's name. With ``main`` each of them is a folder ``NAME/`` that holds the file ``main``
    and the ``companions``, whose texts come along as they are. With ``only`` there is one file of that name in the
    folder, or none, and the rest of the folder is not looked at. A model may carry ``content_key: ClassVar[str |
    None]``: then ``file: NAME.json`` (beside the file) may stand in place of that key; exactly one of both must be
    there.
    """

    name: str
    folder: str
    model: type[BaseModel]
    main: str | None = None
    companions: tuple[str, ...] = ()
    only: str | None = None

    @property
    def content_key(self) -> str | None:
        """The key that ``file:`` may stand for, or ``None`` where the model allows no ``file:``."""
        key: str | None = vars(self.model).get("content_key")
        return key
