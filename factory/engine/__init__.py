"""The flows, each readable on one screen: load, plan, apply."""

from factory.core.guard import Consent
from factory.engine.applying import apply
from factory.engine.files import load, schemas
from factory.engine.gate import gated
from factory.engine.journal import Facts, Journal
from factory.engine.planning import plan
from factory.engine.scheduler import Brake, Event

__all__ = ["Brake", "Consent", "Event", "Facts", "Journal", "apply", "gated", "load", "plan", "schemas"]
