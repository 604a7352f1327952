"""Actions and resources: what the elements of a statement match in a request.

Sources: IAM User Guide, "IAM JSON policy elements: Action" (names are compared without regard to case) and "IAM JSON
policy elements: Resource" (wildcards in ARNs).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from factory.guardrails.patterns import (
    Lookup,
    Match,
    Matcher,
    Part,
    Parts,
    Pattern,
    Wildcard,
    anything,
    glob,
    joined,
    lowered,
    parse,
)

Truth = bool | None
"""``None``: it depends on what nobody knows."""

ARN_PARTS = 6
EVERY_RESOURCE = "*"


class Actions:
    """The patterns of ``Action`` or ``NotAction``; they are compared in small letters, whole, and not trimmed."""

    __slots__ = ("_exact", "_globs", "_prefixes", "_wanted", "everything")

    def __init__(self, texts: Iterable[str], *, negated: bool = False) -> None:
        exact: set[str] = set()
        prefixes: list[str] = []
        globs: list[Matcher] = []
        for text in texts:
            parts = parse(text.lower(), variables=False)
            match parts:
                case (str(word),):
                    exact.add(word)
                case (Wildcard.ANY,):
                    prefixes.append("")
                case (str(word), Wildcard.ANY):
                    prefixes.append(word)
                case _:
                    globs.append(glob(parts))
        self._exact, self._prefixes, self._globs = frozenset(exact), tuple(prefixes), tuple(globs)
        self._wanted = not negated
        self.everything = not negated and "" in prefixes

    def match(self, action: str) -> bool:
        """Whether the statement is about this action, which is given in small letters."""
        found = action in self._exact or action.startswith(self._prefixes)
        if not found:
            for each in self._globs:
                if each(action):
                    found = True
                    break
        return found is self._wanted


class Resources:
    """The patterns of ``Resource`` or ``NotResource``."""

    __slots__ = ("_negated", "_patterns", "everything")

    def __init__(self, texts: Iterable[str], *, negated: bool = False, variables: bool = True) -> None:
        self._patterns = tuple(Pattern(parse(text, variables=variables), resource_matcher) for text in texts)
        self._negated = negated
        self.everything = not negated and any(pattern.matcher is anything for pattern in self._patterns)

    def match(self, resource: str, lookup: Lookup) -> Truth:
        """Whether the statement is about this resource.

        A variable without a value makes the statement invalid ("Variables and tags"), so it applies to nothing,
        with ``NotResource`` too. Other patterns of the same ``Resource`` still count.
        """
        if self.everything:
            return True
        unsure = unresolved = False
        for pattern in self._patterns:
            match pattern.match(resource, lookup):
                case Match.YES:
                    return not self._negated
                case Match.MAYBE:
                    unsure = True
                case Match.UNRESOLVED:
                    unresolved = True
                case Match.HARDLY:
                    unsure = unsure or self._negated
        if self._negated:
            return False if unresolved else None if unsure else True
        return None if unsure else False

    def variables(self) -> dict[str, str]:
        """The context keys that stand in the patterns as variables: as they are compared, and as they are written."""
        return {variable.key: variable.name for pattern in self._patterns for variable in pattern.variables}

    def unknown(self, lookup: Lookup) -> list[str]:
        """The variables whose values nobody knows."""
        return [key for pattern in self._patterns for key in pattern.unknown(lookup)]


@lru_cache(maxsize=16384)
def resource_matcher(parts: Parts) -> Matcher:
    """The matcher of one pattern of a ``Resource`` element.

    ``*`` alone matches everything, and it alone matches ``*``, which stands for the resource of an action without
    resource-level permissions. An ARN is compared by its six parts. The page "IAM JSON policy elements: Resource"
    says of wildcards: they stand within the parts, and a ``*`` that is the last character of a part "can expand to
    match beyond the colon boundaries". So ``arn:aws:ec2:*`` matches every ARN of EC2, and
    ``arn:aws:ec2:*:instance/*`` those of all Regions and accounts, while ``arn:aws:ec2:eu-*-1:...`` stays within the
    Region. The last part is case-sensitive; partition, service, Region and account are not.
    """
    if parts and all(part is Wildcard.ANY for part in parts):
        return anything
    components = split(parts)
    matchers = [glob(lowered(c) if n < ARN_PARTS - 1 else c) for n, c in enumerate(components)]
    stretches = tuple(bool(component) and component[-1] is Wildcard.ANY for component in components)
    exact = [glob(component) for component in components]
    head, whole = matchers[:5], glob(parts)

    def match(resource: str) -> bool:
        if resource == EVERY_RESOURCE:
            return False
        pieces = resource.split(":")
        if len(pieces) < ARN_PARTS:
            return whole(resource)
        pieces[:5] = [piece.lower() for piece in pieces[:5]]
        if len(matchers) == ARN_PARTS:
            last = pieces[5] if len(pieces) == ARN_PARTS else ":".join(pieces[5:])
            if matchers[5](last) and all(each(piece) for each, piece in zip(head, pieces, strict=False)):
                return True
            if len(pieces) == ARN_PARTS:
                return False
        return any(stretches) and _stretched(matchers, exact, stretches, pieces)

    return match


def _stretched(
    matchers: Sequence[Matcher], exact: Sequence[Matcher], stretches: Sequence[bool], pieces: Sequence[str]
) -> bool:
    """Whether the pieces between colons fit the parts of a pattern, some of which may take several pieces.

    ``exact`` are the matchers with regard to case, for what is no longer among the first five pieces. What stands
    before the ``*`` at the end of a part must fit the first of its pieces. ``reached`` holds how many pieces the parts
    so far may have taken.
    """
    count = len(pieces)
    reached = {0}
    for small, same, stretch in zip(matchers[: ARN_PARTS - 1], exact, stretches, strict=False):
        fitting = [n for n in reached if n < count and (small if n < ARN_PARTS - 1 else same)(pieces[n])]
        reached = {end for start in fitting for end in range(start + 1, count + 1 if stretch else start + 2)}
    if len(matchers) < ARN_PARTS:
        return count in reached
    return any(start < count and matchers[-1](":".join(pieces[start:])) for start in reached)


def split(parts: Parts) -> list[Parts]:
    """The parts of an ARN pattern, cut at its first five colons; fewer where it has fewer."""
    components: list[list[Part]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            components[-1].append(part)
            continue
        texts = part.split(":", ARN_PARTS - len(components))
        components[-1].append(texts[0])
        components += [[text] for text in texts[1:]]
    return [joined(component) for component in components]


@lru_cache(maxsize=16384)
def arn_matcher(parts: Parts) -> Matcher:
    """The matcher of one value of ``ArnLike`` and ``ArnEquals``, which are the same.

    "Each of the six colon-delimited components of the ARN is checked separately" ("Condition operators"), with
    regard to case, so no ``*`` reaches over the first five colons. What has fewer parts matches nothing.
    """
    components = split(parts)
    if len(components) < ARN_PARTS:
        return _nothing
    *head, last = [glob(component) for component in components]

    def match(value: str) -> bool:
        pieces = value.split(":", ARN_PARTS - 1)
        if len(pieces) < ARN_PARTS or not last(pieces[5]):
            return False
        return all(each(piece) for each, piece in zip(head, pieces, strict=False))

    return match


def _nothing(_: str) -> bool:
    return False
