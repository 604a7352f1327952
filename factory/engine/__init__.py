"""The flows, each readable on one screen: load, plan, apply."""

from factory.core.guard import Consent
from factory.engine.applying import apply
from factory.engine.files import load, schemas
from factory.engine.planning import plan
from factory.engine.scheduler import Event

__all__ = ["Consent", "Event", "apply", "load", "plan", "schemas"]
