"""Strategies of hypothesis for what jurat judges, and for what judges it."""

from ._bodies import provider_bodies
from ._bundles import bundles
from ._decisions import decisions
from ._facts import detections, facts
from ._messages import messages
from ._networks import networks
from ._objects import credentials, org_states, requests, resources, responses
from ._rules import rules, waivers

__all__ = [
    "bundles",
    "credentials",
    "decisions",
    "detections",
    "facts",
    "messages",
    "networks",
    "org_states",
    "provider_bodies",
    "requests",
    "resources",
    "responses",
    "rules",
    "waivers",
]
