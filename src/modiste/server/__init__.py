"""The service: a shop's verbs over HTTP."""

from modiste.server.app import create_app, run
from modiste.server.settings import Settings

__all__ = ["Settings", "create_app", "run"]
