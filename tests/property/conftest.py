"""Hypothesis without its shrinking phase on request: ``FACTORY_QUICK_PROPERTIES=1`` shows the first failure at once."""

from __future__ import annotations

import os

from hypothesis import Phase, settings

settings.register_profile("quick", phases=[Phase.explicit, Phase.generate])
if os.environ.get("FACTORY_QUICK_PROPERTIES"):
    settings.load_profile("quick")
