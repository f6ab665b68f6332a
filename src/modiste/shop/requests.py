"""What may be asked of a shop; each check says what to do instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modiste.errors import UsageError, shortened

if TYPE_CHECKING:
    from modiste.refine.pipeline import Refiner

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

FACETS = ("category", "gender", "colour")
"""Columns of which a customer chooses a value."""

CHANGE = 'say what should be different, such as "in navy" or "with long sleeves"'


def check_search(text: str | None, image: str | Path | bytes | None, id: str | None) -> None:
    """Something is searched for, and it can be."""
    if text is None and image is None and id is None:
        raise UsageError("nothing to search for; give a text, an image or an id")
    _check_one_source(image, id, "searched for")
    _check_characters(id or "")
    if text is not None:
        _check_text(text, "say what the product should be")


def turns_of(text: str | Sequence[str], image: str | Path | bytes | None, id: str | None) -> list[str]:
    """What should be different, turn by turn, once something is there to be changed."""
    turns = [text] if isinstance(text, str) else list(text or ())
    if image is None and id is None:
        raise UsageError("nothing to start from; give an image or an id")
    _check_one_source(image, id, "refined")
    _check_characters(id or "")
    if not turns:
        raise UsageError(f"there is no text; {CHANGE}")
    if len(turns) > MAX_TURNS:
        raise UsageError(f"there are {len(turns):,} turns; give at most {MAX_TURNS}, and go on from what they find")
    for turn in turns:
        _check_text(turn, CHANGE)
    return turns


def check_changes(turns: Sequence[str], refiner: Refiner) -> None:
    """Every turn asks for a change."""
    for turn in turns:
        if not refiner.asks(turn):
            raise UsageError(f'this text asks for no change: "{turn}"; {CHANGE}')


def items_of(items: str | Sequence[str]) -> list[str]:
    """Ids of an outfit's items, as they were named."""
    ids = [items] if isinstance(items, str) else list(items)
    for id in ids:
        _check_characters(id)
    if not ids:
        raise UsageError("there are no items; give the ids of products that are worn together")
    if len(set(ids)) > MAX_ITEMS:
        raise UsageError(f"there are {len(set(ids)):,} items; give at most {MAX_ITEMS}, those that matter most")
    return ids


def wanted_of(want: str | Sequence[str] | None) -> list[str]:
    """Names of the categories that are asked for; none where the shop shall say what is missing."""
    if want is None:
        return []
    names = [want] if isinstance(want, str) else list(want)
    if not names or not all(name.strip() for name in names):
        raise UsageError(
            'the category asked for is empty; name one, such as "shoes", or none to be told what is missing'
        )
    if len(names) > MAX_WANTED:
        raise UsageError(f"there are {len(names):,} categories asked for; give at most {MAX_WANTED}")
    return names


def check_looks(wanted: Sequence[str], k: int) -> None:
    """Not more whole outfits are asked for than can be put together while somebody waits."""
    if len(set(wanted)) > 1 and k > MAX_LOOKS:
        raise UsageError(f"k must be 1 to {MAX_LOOKS} looks where several categories are asked for; got {k:,}")


def unknown_words(text: str, notes: Sequence[str] = ()) -> UsageError:
    """The error for a text without a known word, with what else there is to say of it."""
    why = [note for note in notes if not note.startswith("not understood")]
    remedy = "; ".join(why) or "describe the product in other words, in English"
    said = shortened(" ".join(text.split()))
    return UsageError(f'no word of this text is known: "{said}"; {remedy}')


def page_size(shop: Path, products: int, k: int, min_score: float | None) -> int:
    """How many hits a page may have, once there are products and a page of them can be made."""
    if not products:
        raise UsageError(f"the shop at {shop} has no products; run: modiste index SOURCE --shop {shop}")
    if k < 1:
        raise UsageError(f"k must be at least 1, because a page shows as many products; got {k}")
    if min_score is not None and not -1 <= min_score <= 1:
        raise UsageError(f"the least score is a cosine, from -1 to 1; got {min_score}")
    return min(k, products)


def offset_of(cursor: str | None) -> int:
    """How many hits the pages before had."""
    if cursor is None:
        return 0
    if not re.fullmatch("[0-9]{1,9}", cursor):
        raise UsageError(f'no cursor "{shortened(cursor)}"; give the one that the page before named as its next')
    return int(cursor)


def _check_one_source(image: str | Path | bytes | None, id: str | None, what: str) -> None:
    if image is not None and id is not None:
        raise UsageError(f"an image and an id can't be {what} together; give one of them")


def _check_characters(text: str) -> None:
    """The text consists of whole characters, which bytes of another encoding don't."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{text!r} has no character at place {error.start + 1}; write it in UTF-8") from None


def _check_text(text: str, empty: str) -> None:
    _check_characters(text)
    if not text.strip():
        raise UsageError(f"the text is empty; {empty}")
    if len(text) > MAX_TEXT:
        raise UsageError(f"the text has {len(text):,} characters; give at most {MAX_TEXT} characters")
