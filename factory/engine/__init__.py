"""The flows, each readable on one screen: load, plan, apply."""

from factory.core.guard import Consent
from factory.engine.applying import apply
from factory.engine.files import load, schemas
from factory.engine.gate import gated
from factory.engine.journal import Facts, Journal
from factory.engine.linting import Lint
from factory.engine.locking import locked
from factory.engine.plan_files import make_room
from factory.engine.plan_files import read as read_plan
from factory.engine.planning import plan
from factory.engine.saved_plans import confirm, expect, resume, save
from factory.engine.scheduler import Brake, Event
from factory.engine.trials import Trials

__all__ = [
    "Brake",
    "Consent",
    "Event",
    "Facts",
    "Journal",
    "Lint",
    "Trials",
    "apply",
    "confirm",
    "expect",
    "gated",
    "load",
    "locked",
    "make_room",
    "plan",
    "read_plan",
    "resume",
    "save",
    "schemas",
]
