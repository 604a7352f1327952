"""The log: structlog on stderr, as lines for people or as JSON; e-mails masked, each run with an id."""

from __future__ import annotations

import json
import logging
import secrets
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from factory.cli.options import Options
from factory.views.masking import mask_document
from factory.views.style import Style

_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO, 2: logging.DEBUG}


class Stderr:
    """Writes to what ``sys.stderr`` is at that moment, so that a live view stays whole."""

    def msg(self, message: str) -> None:
        """One line of the log; a log that cannot be written stops nothing."""
        try:
            sys.stderr.write(message + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = msg


def configure(options: Options, run: str | None = None) -> str:
    """Set structlog up for this run; returns the run's id, which every event carries."""
    identity = run or secrets.token_hex(4)

    def bind(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["run"] = identity
        return event

    def masked(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        plain = json.loads(json.dumps(event, default=str))
        shown: Mapping[str, Any] = plain if options.show_emails else mask_document(plain)
        return shown

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            bind,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            masked,
            render_json if options.log_format == "json" else render_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[max(-1, min(2, options.verbosity))]),
        logger_factory=lambda *_: Stderr(),
        cache_logger_on_first_use=False,
    )
    return identity


def render_json(_: Any, __: str, event: Mapping[str, Any]) -> str:
    """One JSON object on a line, plain ASCII."""
    return json.dumps(event, ensure_ascii=True)


def render_line(_: Any, __: str, event: Mapping[str, Any]) -> str:
    """``12:04:31 warning retrying address=ou:workloads attempt=2``."""
    style = Style(show_emails=True)  # masked already
    first = (str(event.get("timestamp", ""))[11:19], str(event.get("level", "")), str(event.get("event", "")))
    rest = (
        f"{style.clean(name)}={_word(value, style)}"
        for name, value in event.items()
        if name not in ("timestamp", "level", "event")
    )
    return " ".join((*(style.clean(word) for word in first), *rest))


def _word(value: Any, style: Style) -> str:
    text = style.clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return f'"{text}"' if " " in text or text == "" else text
