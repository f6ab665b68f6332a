"""The showroom: one web page on which a visitor refines, completes, tries on and imagines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["attach"]


def attach(app: FastAPI) -> None:
    """Put the page at the root of a service's app.

    Raises:
        UsageError: the service asks readers for keys, which a page that everybody can open would give away.
    """
    from modiste.showroom.page import mount

    mount(app)
