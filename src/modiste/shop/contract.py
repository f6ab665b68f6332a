"""What a shop is asked, with limits and checks, and what it answers; each error says what to do instead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modiste.catalog.records import Product
from modiste.errors import UsageError, shortened, unknown
from modiste.index import Index, SearchResult

if TYPE_CHECKING:
    from modiste.imagine.pipeline import Strip

MAX_ID = 500
"""Characters of a product's id that is sent in."""

MAX_TEXT = 500
"""Characters of a text that is searched for."""

MAX_TURNS = 50
"""Texts that follow each other in one request."""

MAX_ITEMS = 20
"""Items of an outfit that is completed."""

MAX_WANTED = 10
"""Categories that are asked for together."""

MAX_LOOKS = 50
"""Whole outfits of one request: each is put together from all that are shown before it."""

CHANGE = 'say what should be different, such as "in navy" or "with long sleeves"'


@dataclass(frozen=True)
class PageRequest:
    """Source photo or product, filter and page of a request."""

    image: Path | bytes | None
    id: str | None
    where: str
    """Filter in SQL; empty for all products."""
    k: int
    min_score: float | None
    offset: int
    """Hits on the pages before."""

    @classmethod
    def of(
        cls, shop: Path, products: int, k: int, where: str | None = None, min_score: float | None = None,
        cursor: str | None = None, image: str | Path | bytes | None = None, id: str | None = None,
    ) -> PageRequest:  # fmt: skip
        """Check a request to a shop; `k` becomes at most the number of its products.

        Raises:
            UsageError: the shop is empty, or there is no such page.
        """
        if not products:
            raise UsageError(f"the shop at {shop} has no products; run: modiste index SOURCE --shop {shop}")
        if k < 1:
            raise UsageError(f"k must be at least 1, because a page shows as many products; got {k}")
        if min_score is not None and not -1 <= min_score <= 1:
            raise UsageError(f"the least score is a cosine, from -1 to 1; got {min_score}")
        if cursor is not None and not re.fullmatch("[0-9]{1,9}", cursor):
            raise UsageError(f'no cursor "{shortened(cursor)}"; give the one that the page before named as its next')
        image = Path(image) if isinstance(image, str) else image
        return cls(image, id, where or "", min(k, products), min_score, int(cursor or 0))


def check_search(text: str | None, image: str | Path | bytes | None, id: str | None) -> None:
    """Refuse a search for nothing, or for what can't be searched for."""
    if text is None and image is None and id is None:
        raise UsageError("nothing to search for; give a text, an image or an id")
    _check_source(image, id, "searched for")
    if text is not None:
        _check_text(text, "say what the product should be")


def turns_of(text: str | Sequence[str], image: str | Path | bytes | None, id: str | None) -> list[str]:
    """The texts of a refinement, one a turn, once they and its source are checked."""
    turns = [text] if isinstance(text, str) else list(text or ())
    if image is None and id is None:
        raise UsageError("nothing to start from; give an image or an id")
    _check_source(image, id, "refined")
    if not turns:
        raise UsageError(f"there is no text; {CHANGE}")
    if len(turns) > MAX_TURNS:
        raise UsageError(f"there are {len(turns):,} turns; give at most {MAX_TURNS}, and go on from what they find")
    for turn in turns:
        _check_text(turn, CHANGE)
    return turns


def items_of(items: str | Sequence[str]) -> list[str]:
    """Ids of an outfit's items in their order, checked."""
    ids = [items] if isinstance(items, str) else list(items)
    for id in ids:
        _check_characters(id)
    if not ids:
        raise UsageError("there are no items; give the ids of products that are worn together")
    if len(set(ids)) > MAX_ITEMS:
        raise UsageError(f"there are {len(set(ids)):,} items; give at most {MAX_ITEMS}, those that matter most")
    return ids


def wanted_of(want: str | Sequence[str] | None, k: int) -> list[str]:
    """Names of the categories that are asked for, checked; none for a suggestion of those that are missing."""
    if want is None:
        return []
    names = [want] if isinstance(want, str) else list(want)
    if not names or not all(name.strip() for name in names):
        raise UsageError(
            'the category asked for is empty; name one, such as "shoes", or none to be told what is missing'
        )
    if len(names) > MAX_WANTED:
        raise UsageError(f"there are {len(names):,} categories asked for; give at most {MAX_WANTED}")
    if len(set(names)) > 1 and k > MAX_LOOKS:
        raise UsageError(f"k must be 1 to {MAX_LOOKS} looks where several categories are asked for; got {k:,}")
    return names


def find_product(index: Index, id: str) -> Product:
    """The product of an id.

    Raises:
        UsageError: the shop doesn't have it; the nearest ids are named.
    """
    product = index.product(id)
    if product is None:
        raise unknown("product", id, index.ids(), "in this shop")
    return product


@dataclass(frozen=True)
class Hit:
    """A product that was found."""

    id: str
    score: float
    """Cosine between the query and the product's best photo, from -1 to 1."""
    item: Mapping[str, Any]
    """Its row: the fields and attributes that it has."""


@dataclass(frozen=True)
class Page:
    """Hits in order, best first."""

    hits: tuple[Hit, ...]
    total: int
    """Products that pass the filter and the least score, on this page or not."""
    next: str | None = None
    """The cursor of the following page; nothing on the last one."""
    turns: tuple[Hit, ...] = ()
    """The best hit of each turn of `Shop.refine` before the last one."""
    left_out: int = 0
    """Products that `Shop.refine` can't find, because their photos are gone or changed since they were indexed."""
    notes: tuple[str, ...] = ()
    """Notes on the text: what is left out, what was not understood."""

    @classmethod
    def of(cls, found: SearchResult, offset: int) -> Page:
        """The page that begins at `offset`, of what an index found."""
        hits = tuple(map(Hit, found.ids, found.scores, found.items))
        end = offset + len(hits)
        return cls(hits, found.total, str(end) if hits and end < found.total else None)


@dataclass(frozen=True)
class Worn:
    """An item of the outfit that `Shop.complete` was asked about."""

    id: str
    category: str
    """The network's category."""
    predicted: bool
    """Whether it was predicted from its photo, because its own category isn't understood."""
    item: Mapping[str, Any]
    """Its row: the fields and attributes that it has."""


@dataclass(frozen=True)
class Match(Hit):
    """A product that completes an outfit; its score is how well it fits, 1 being perfect."""

    category: str
    """The category that was asked for, as the shop or the network calls it."""
    contributions: Mapping[str, float]
    """Id of each item of the outfit to its share of the score."""
    top_contributor: str
    """The item that tells this product most from the others that were considered."""
    margin: float
    """Contribution of that item above its mean contribution to those others."""


@dataclass(frozen=True)
class Group:
    """Products that were found in one category."""

    category: str
    """The category that was asked for, as the shop or the network calls it."""
    hits: tuple[Match, ...]
    """Best first; of a product's models and of near copies one each, as long as there are others."""
    total: int
    """Products of the category that pass the filter and the least score, shown or not."""
    likely: float | None = None
    """Probability that outfits with these items have something of this category; nothing where it was asked for."""


@dataclass(frozen=True)
class Look:
    """Products that complete an outfit together, one of each category that was asked for."""

    hits: tuple[Match, ...]
    """In the order in which they were asked for; each one's score is how well it fits all the rest."""
    score: float
    """Their mean."""


@dataclass(frozen=True)
class Completion:
    """Answer of `Shop.complete`."""

    items: tuple[Worn, ...]
    groups: tuple[Group, ...]
    """The category that was asked for; where none was, the likeliest ones that are missing; else nothing."""
    looks: tuple[Look, ...]
    """Whole outfits, best first, where several categories were asked for."""
    notes: tuple[str, ...] = ()
    """Assumptions that were made."""
    left_out: int = 0
    """Products that can't be found, because their photos are gone or changed since they were indexed."""

    @property
    def hits(self) -> tuple[Match, ...]:
        """The products found in all groups: where one category was asked for, its hits."""
        return tuple(hit for group in self.groups for hit in group.hits)


@dataclass(frozen=True)
class Imagined:
    """Pictures that `Shop.imagine` drew, and the products found with them."""

    strip: Strip
    """A picture for every prefix of the text."""
    hits: tuple[Hit, ...]
    """Best first."""
    total: int
    """Products that pass the filter, shown or not."""


@dataclass(frozen=True)
class Report:
    """Numbers of a catalogue's products that were added, changed or rejected."""

    added: int
    updated: int
    unchanged: int
    removed: int
    rejected: int
    """Rows and photos that could not be used; `rejected.jsonl` in the shop says why."""
    seconds: float
    notes: tuple[str, ...] = ()
    """Changes for those who search, such as the kind of a column."""


def _check_source(image: str | Path | bytes | None, id: str | None, purpose: str) -> None:
    if image is not None and id is not None:
        raise UsageError(f"an image and an id can't be {purpose} together; give one of them")
    _check_characters(id or "")


def _check_characters(text: str) -> None:
    """Refuse half characters, which bytes of another encoding become."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{text!r} has no character at place {error.start + 1}; write it in UTF-8") from None


def _check_text(text: str, remedy: str) -> None:
    _check_characters(text)
    if not text.strip():
        raise UsageError(f"the text is empty; {remedy}")
    if len(text) > MAX_TEXT:
        raise UsageError(f"the text has {len(text):,} characters; give at most {MAX_TEXT} characters")
