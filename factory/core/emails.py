"""What an e-mail address looks like in a text: for masking what is shown and sealing what is saved."""

from __future__ import annotations

import re

_SEPARATORS = r"\s@<>\"(){}\[\],;:=/\\|"
ADDRESS = re.compile(
    rf"(?<![^{_SEPARATORS}'])"  # from the start of a word: no second look at its middle
    rf"([^{_SEPARATORS}'])[^{_SEPARATORS}]{{0,320}}?"
    r"(?:@|%40)"
    rf"([^{_SEPARATORS}'.])[^{_SEPARATORS}'.]*(?:\.[^{_SEPARATORS}'.]+)+"
)
"""A domain needs a dot, so the address of an attachment (``deny-root@ou:workloads``) is none."""


def present(text: str) -> bool:
    """Whether an e-mail address stands in the text."""
    return ("@" in text or "%40" in text) and ADDRESS.search(text) is not None


def holds_email(name: str) -> bool:
    """Whether an attribute of this name is an e-mail address by definition."""
    return name.rpartition(".")[2].casefold() in ("email", "e-mail")
