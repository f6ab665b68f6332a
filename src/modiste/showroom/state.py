"""What a visitor has chosen: one value that the link in the address bar can bring back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from modiste.shop import MAX_ITEMS, MAX_TEXT, MAX_TURNS

ROOMS = ("wall", "refine", "outfit", "tryon", "imagine")
"""In the order of the page's navigation."""

SEED = 11
"""Of the first pictures that are imagined: with it the shipped weights draw clean outlines."""


@dataclass(frozen=True)
class State:
    """Everything on the page that isn't a photo of the visitor's own."""

    room: str = "wall"
    q: str = ""
    """What the wall is searched for."""
    like: str = ""
    """The product that the wall is to resemble."""
    category: str = ""
    gender: str = ""
    colour: str = ""
    under: str = ""
    """Price, in digits."""
    open: str = ""
    """The product that is seen in detail."""
    source: str = ""
    """The product that is refined."""
    say: tuple[str, ...] = ()
    """What should be different, turn by turn."""
    board: tuple[str, ...] = ()
    """The outfit."""
    want: str = ""
    """The category that the outfit lacks; `all` for whatever it lacks, `swap:ID` for something in an item's place."""
    person: str = ""
    """The drawn model that is dressed."""
    words: str = ""
    """What is imagined."""
    seed: int = SEED

    @classmethod
    def of(cls, query: QueryParams) -> State:
        """What a link says; what makes no sense in it is left out."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            texts = [_clean(text) for text in query.getlist(field.name)]
            if field.name in ("say", "board"):
                given[field.name] = tuple(
                    dict.fromkeys(filter(None, texts)) if field.name == "board" else filter(None, texts)
                )
            elif texts and texts[0]:
                given[field.name] = texts[0]
        given["room"] = given.get("room") if given.get("room") in ROOMS else "wall"
        given["seed"] = int(given["seed"]) if _digits(given.get("seed", "")) else SEED
        given["under"] = given["under"] if _digits(given.get("under", "")) else ""
        given["say"], given["board"] = given["say"][:MAX_TURNS], given["board"][:MAX_ITEMS]
        return cls(**given)

    def link(self) -> str:
        """The address that brings this back, from the root on."""
        default = State()
        said = [(field.name, getattr(self, field.name)) for field in fields(self)]
        changed = {name: value for name, value in said if value != getattr(default, name)}
        return f"/?{urlencode(changed, doseq=True)}" if changed else "/"

    def where(self) -> str:
        """The wall's filters in SQL."""
        from modiste.index.filters import quote

        parts = [
            f"{name} = {quote(getattr(self, name))}" for name in ("category", "gender", "colour") if getattr(self, name)
        ]
        if self.under:
            parts.append(f"price <= {self.under}")
        return " AND ".join(parts)


def _clean(text: str) -> str:
    """Text that can be asked for: no control characters, not longer than a request may be."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:MAX_TEXT]


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
