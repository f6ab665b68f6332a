"""Search: words, a photo, a product of the shop, one of these and words together, or a picture drawn from words.

A customer's text is read here for all verbs: what it asks for in words that a network knows, and what it excludes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from modiste.errors import UsageError, shortened, unknown
from modiste.images import fit, load_image
from modiste.index import Index, Query, quote
from modiste.index.records import WORDS
from modiste.phrases.lexicon import COLUMNS
from modiste.phrases.negation import Unwanted, has, wordings
from modiste.phrases.reading import Known, Reading, read
from modiste.phrases.requests import SUBJECTS
from modiste.shop.contract import Imagined, Page, PageRequest
from modiste.types import Vectors

if TYPE_CHECKING:
    from modiste.encoders import Encoder
    from modiste.encoders.pipeline import MiniLM
    from modiste.imagine.pipeline import Imaginer

ANYTHING = "clothes"
"""Query of a text that only says what is excluded."""
_TITLED = ("colour", "gender")
"""Attributes that a title tells only where no column does: "Red Tape" makes black shoes."""
_TITLE_AND_DESCRIPTION = "lower(concat(title, ' ', description))"
_ABSENT = r"(without|no|non) \w+"
"""What a description says that a product doesn't have."""


def search(index: Index, encoder: Encoder | None, text: str | None, request: PageRequest) -> Page:
    """Find products by the normalised sum of the vectors of all that is asked for; see `Shop.search`.

    Args:
        encoder: nothing where neither a text nor an image is searched for.
    """
    reading = read_text(index, encoder.names, text) if encoder and text is not None else None
    vectors: list[Vectors] = []
    if request.id is not None:
        photos = index.vectors([request.id])
        if request.id not in photos:
            raise unknown("product", request.id, index.ids(), "in this shop")
        vectors.append(_normalised(photos[request.id].sum(0)))
    if encoder and request.image is not None:
        photo = load_image(request.image, at_least=encoder.size)
        vectors.append(encoder.encode_images(fit(photo, encoder.size)[None])[0])
    alone = not vectors
    if encoder and reading and (reading.text or alone):
        vectors.append(encoder.encode_texts([reading.text or ANYTHING])[0])
    words = reading.words if reading and alone else ""
    without = () if request.id is None else (request.id,)
    only = exclusion_filter(index, reading.unwanted) if reading else ""
    query = Query(_sum(vectors), words, request.where, request.min_score, without, request.k, request.offset, only)
    return replace(Page.of(index.search(query), request.offset), notes=reading.notes if reading else ())


def imagine(
    index: Index, encoder: Encoder, imaginer: Imaginer, text: str, seed: int, n: int, request: PageRequest
) -> Imagined:
    """Draw a text and search with its last picture and its words together; see `Shop.imagine`."""
    from modiste.imagine import pipeline

    strip = pipeline.imagine(text, seed=seed, n=n, weights=imaginer)
    photo = fit(Image.fromarray(strip.last[0]), encoder.size)
    vectors, only, notes = [encoder.encode_images(photo[None])[0]], "", list(strip.notes)
    try:
        reading = read_text(index, encoder.names, text)
    except UsageError:  # the encoder knows no word of it, so that the picture alone is searched with
        pass
    else:
        if reading.text:
            vectors.append(encoder.encode_texts([reading.text])[0])
        only = exclusion_filter(index, reading.unwanted)
        notes += [note for note in reading.notes if note.startswith("left out")]
    page = Page.of(index.search(Query(_sum(vectors), where=request.where, k=request.k, only=only)), 0)
    return Imagined(replace(strip, notes=tuple(dict.fromkeys(notes))), page.hits, page.total)


def read_text(index: Index, names: frozenset[str], text: str, *, compares: bool = False) -> Reading:
    """Read a text in words that a network knows, with notes on what is left out.

    Args:
        names: colours and kinds of product that the network learnt; empty where that isn't known.
        compares: whether the text speaks of a product that is there.

    Raises:
        UsageError: no word of it says anything to the network or stands in the shop.
    """
    known = Known(names, _sentence_encoder().rarity, index.carries, index.spellings) if names else Known()
    reading = read(text, known, compares=compares)
    if not reading.known and not reading.unwanted and not index.matches(text):
        remedies = [note for note in reading.notes if not note.startswith("not understood")]
        remedy = "; ".join(remedies) or "describe the product in other words, in English"
        raise UsageError(f'no word of this text is known: "{shortened(" ".join(text.split()))}"; {remedy}')
    columns = _attribute_columns(index) if reading.unwanted else {}
    by_column = [one.text for one in reading.unwanted if not one.words and columns.keys() >= one.values.keys()]
    by_words = [one.text for one in reading.unwanted if one.text not in by_column]
    parts = {"left out": by_column, "left out where titles and descriptions say so": by_words}
    notes = [f"{how}: {', '.join(dict.fromkeys(words))}" for how, words in parts.items() if words]
    return replace(reading, notes=(*reading.notes, *notes))


def exclusion_filter(index: Index, exclusions: Sequence[Unwanted]) -> str:
    """Filter in SQL of the products that nothing excludes; empty without exclusions."""
    columns = _attribute_columns(index) if exclusions else {}
    conditions = []
    for exclusion in exclusions:
        parts = [_has_value(index, columns.get(name, ()), name, values) for name, values in exclusion.values.items()]
        parts += [
            _mentions(f"regexp_replace(lower({WORDS}), '{_ABSENT}', '', 'g')", [word]) for word in exclusion.words
        ]
        conditions.append(" AND ".join(f"({part})" for part in parts))
    return " AND ".join(f"NOT ({condition})" for condition in conditions)


def _has_value(index: Index, columns: Sequence[str], attribute: str, values: frozenset[str]) -> str:
    """Condition that a column or the title gives an attribute one of the values."""
    matching: Mapping[str, list[str]] = {
        column: [value for value in index.counts(column) if value and has(attribute, values, value)]
        for column in columns
    }
    parts = [f"coalesce({name}, '') IN ({', '.join(map(quote, found))})" for name, found in matching.items() if found]
    mentioned = _mentions(
        "lower(title)" if attribute in _TITLED else _TITLE_AND_DESCRIPTION, wordings(attribute, values)
    )
    if attribute in _TITLED:
        mentioned = " AND ".join([*(f"coalesce({name}, '') = ''" for name in columns), mentioned])
    return " OR ".join([*parts, f"({mentioned})"])


def _mentions(text: str, words: Sequence[str]) -> str:
    """Condition that a text has one of the words, in the singular or the plural."""
    forms = "|".join(re.escape(re.sub(r"(?<=[^s])s$", "", word)).replace(r"\ ", "[ -]") for word in words)
    pattern = rf"(^|[^\w-])({forms})(s|es|d|ed|[ -]up)?(\W|$)"
    return f"regexp_like({text}, {quote(pattern)})"


def _attribute_columns(index: Index) -> dict[str, list[str]]:
    """Attribute to the shop's columns that hold it."""
    columns: dict[str, list[str]] = {}
    for name, kind in index.columns().items():
        if kind == "text" and COLUMNS.get(name, name) in SUBJECTS and any(index.counts(name)):
            columns.setdefault(COLUMNS.get(name, name), []).append(name)
    return columns


def _sum(vectors: Sequence[Vectors]) -> Vectors:
    """Normalised sum of query vectors; a single one stays as it is. Shape: (dim,)."""
    return vectors[0] if len(vectors) == 1 else _normalised(np.sum(vectors, axis=0, dtype=np.float32))


def _normalised(vector: Vectors) -> Vectors:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


@cache
def _sentence_encoder() -> MiniLM:
    """The sentence encoder, whose vocabulary tells how rare a word is."""
    from modiste.encoders.pipeline import MiniLM

    return MiniLM()
