"""Regular expressions that people write."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache


@lru_cache
def expression(text: str) -> tuple[re.Pattern[str] | None, str]:
    """The expression, or nothing and the reason why it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(text), ""
    except (re.error, OverflowError, RecursionError) as error:
        return None, error.msg if isinstance(error, re.error) else "too large"
