"""What the service takes and answers, as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from modiste.errors import unknown
from modiste.imagine.pipeline import LAST_SEED, MOST
from modiste.index import filters
from modiste.shop import MAX_ITEMS, MAX_LOOKS, MAX_TEXT, MAX_TURNS, MAX_WANTED

if TYPE_CHECKING:
    from modiste import shop as shops

MAX_K = 1_000
"""Hits on a page: more would keep others waiting while they are written down."""
MAX_ID = 500
"""Characters of an id."""
MAX_WHERE = filters.MAX_LENGTH
"""Characters of a filter."""

_DIGITS = 6
"""Of a score; further ones are noise that differs between machines."""
_ROW: JsonDict = {
    "id": "red-dress",
    "title": "Red midi dress",
    "category": "dress",
    "gender": "Women",
    "colour": "red",
    "price": 79.0,
    "in_stock": True,
    "images": ["/v1/items/red-dress/photos/0"],
}
_HIT: JsonDict = {"id": "red-dress", "score": 0.731522, "item": _ROW}


def item_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A product's row as clients see it: its photos are addresses at this service, counted from 0, never paths."""
    said = {name: value for name, value in row.items() if not (isinstance(value, float) and not math.isfinite(value))}
    return {**said, "images": [photo_url(str(row["id"]), number) for number in range(len(row.get("images") or ()))]}


def photo_url(id: str, number: int) -> str:
    """Where a product's photo is."""
    return f"/v1/items/{quote(id, safe='')}/photos/{number}"


def _plain(text: str) -> str:
    """A text that stores and networks can take."""
    if "\0" in text:
        raise PydanticCustomError("null_byte", "a text can't hold a null byte; leave it out")
    if not text.strip():
        raise PydanticCustomError("empty_text", "the text is empty; say something, or leave the field out")
    return text


def _as_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _described(most: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": most})


Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_plain), _described(MAX_TEXT)]
Id = Annotated[str, Field(max_length=MAX_ID), AfterValidator(_plain), _described(MAX_ID)]
_Filter = Annotated[str, Field(max_length=MAX_WHERE), AfterValidator(_plain), _described(MAX_WHERE)]
Where = Annotated[_Filter | None, Field(description="A filter in SQL over the shop's columns.")]
K = Annotated[int, Field(ge=1, le=MAX_K, description="Hits on a page; fewer where the shop has fewer.")]
MinScore = Annotated[float | None, Field(ge=-1, le=1, allow_inf_nan=False, description="Least score of a hit.")]
Cursor = Annotated[
    str | None, Field(pattern="^[0-9]{1,9}$", description="`next` of the page before; the rest as it was asked there.")
]


def _one_or_many(each: dict[str, Any], most: int) -> tuple[Any, ...]:
    """How a text, or several, is read and described."""
    text = {"type": "string", "minLength": 1, **each}
    schema = {"anyOf": [text, {"type": "array", "items": text, "minItems": 1, "maxItems": most}]}
    return BeforeValidator(_as_many), WithJsonSchema(schema)


Turns = Annotated[
    list[Text], Field(min_length=1, max_length=MAX_TURNS), *_one_or_many({"maxLength": MAX_TEXT}, MAX_TURNS)
]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MAX_ITEMS), *_one_or_many({"maxLength": MAX_ID}, MAX_ITEMS)]
Wanted = Annotated[
    list[Text], Field(min_length=1, max_length=MAX_WANTED), *_one_or_many({"maxLength": MAX_TEXT}, MAX_WANTED)
]


class Asked(BaseModel):
    """A request: fields that it doesn't have are errors, which name the nearest one that it has."""

    model_config = ConfigDict(extra="forbid")
    uploads: ClassVar[Mapping[str, str]] = {}
    """Files that a form may have beside the fields, and what they are."""

    @model_validator(mode="before")
    @classmethod
    def _known(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        said = {name: value for name, value in fields.items() if name not in cls.uploads or value is not None}
        for name in said:
            if name in cls.uploads:
                raise PydanticCustomError(
                    "upload", "a file is uploaded; send multipart/form-data with a file called {name}", {"name": name}
                )
            if name not in cls.model_fields:
                raise PydanticCustomError("unknown_field", "{why}", {"why": str(unknown("field", name, cls.names()))})
        return said

    @classmethod
    def names(cls) -> list[str]:
        """What may be said: fields and files."""
        return [*cls.model_fields, *cls.uploads]


class SearchRequest(Asked):
    """Find products by words, by a photo, by a product of the shop, or by one of these and words together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "red summer dress", "where": "price < 80", "k": 5},
                {"id": "red-dress", "min_score": 0.3},
            ]
        }
    )
    uploads: ClassVar[Mapping[str, str]] = {"image": "A photo to search by: JPEG, PNG or WebP."}

    text: Annotated[Text | None, Field(description="What it should be.")] = None
    id: Annotated[Id | None, Field(description='"More like this": a product of the shop, which is left out.')] = None
    where: Where = None
    k: K = 10
    min_score: MinScore = None
    cursor: Cursor = None


class RefineRequest(Asked):
    """Find products that look like a photo or a product of the shop, but for what the text says."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "red-dress", "text": "in navy", "k": 5},
                {"id": "red-dress", "text": ["in navy", "with long sleeves"], "where": "price < 80"},
            ]
        }
    )
    uploads: ClassVar[Mapping[str, str]] = {"image": "The photo to start from: JPEG, PNG or WebP."}

    text: Annotated[Turns, Field(description="What should be different; several texts are turns, one after another.")]
    id: Annotated[Id | None, Field(description="The product of the shop to start from, unless an image is.")] = None
    where: Where = None
    k: K = 10
    min_score: MinScore = None
    cursor: Cursor = None


class CompleteRequest(Asked):
    """Find what completes an outfit."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": ["red-dress"], "want": "shoes", "k": 5},
                {"items": ["red-dress", "straw-hat"], "want": ["shoes", "bags"], "where": "price < 80", "k": 3},
                {"items": ["red-dress"]},
            ]
        }
    )

    items: Annotated[Ids, Field(description="Ids of products that are worn together.")]
    want: Annotated[
        Wanted | None,
        Field(description="A category: one group. Several: whole looks. None: the likeliest that are missing."),
    ] = None
    where: Where = None
    k: Annotated[int, Field(ge=1, le=MAX_K, description=f"Hits of each group, or at most {MAX_LOOKS} looks.")] = 10
    min_score: MinScore = None


class ImagineRequest(Asked):
    """Draw what a text says, word by word, and find the products that look and read like it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "women's black jeans", "k": 5}, {"text": "blue shorts", "seed": 3}]}
    )

    text: Annotated[Text, Field(description="What it should be.")]
    seed: Annotated[int, Field(ge=0, le=LAST_SEED, description="Another one draws another product.")] = 0
    n: Annotated[int, Field(ge=1, le=MOST, description="Pictures of each prefix; the first is searched with.")] = 1
    k: K = 10
    where: Where = None


class Item(BaseModel):
    """A product: its fields, and the shop's own attributes beside them."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [_ROW]})

    id: str
    images: list[str] = Field(description="Addresses of its photos at this service.")
    title: str = ""
    description: str = ""
    category: str = ""
    gender: str = ""
    colour: str = ""
    price: float | None = None
    in_stock: bool = True
    variant_of: str = Field("", description="The model that it is a variant of.")
    outfit_id: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of the shop, which needs no checks."""
        return cls.model_construct(**item_of(row))


class Hit(BaseModel):
    """A product that was found."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HIT]})

    id: str
    score: float = Field(description="How near it is, 1 being perfect.")
    item: Item

    @classmethod
    def of(cls, hit: shops.Hit) -> Hit:
        """From a hit of the shop."""
        return Hit.model_construct(id=hit.id, score=rounded(hit.score), item=Item.of(hit.item))


class Hits(BaseModel):
    """A page of products, best first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"hits": [_HIT], "total": 12, "next": "1", "left_out": 0, "turns": [], "notes": []}]
        }
    )

    hits: list[Hit]
    total: int = Field(description="Products that pass the filter and the least score, on this page or not.")
    next: str | None = Field(description="The cursor of the following page; null on the last one.")
    left_out: int = Field(0, description="Products that can't be found, because their photos are gone or changed.")
    turns: list[Hit] = Field([], description="What each turn before the last one found.")
    notes: list[str] = Field([], description="How the text was read: what is left out, what was not understood.")

    @classmethod
    def of(cls, page: shops.Page) -> Self:
        """From a page of the shop."""
        return cls(
            hits=hits_of(page.hits),
            total=page.total,
            next=page.next,
            left_out=page.left_out,
            turns=hits_of(page.turns),
            notes=list(page.notes),
        )


def rounded(score: float) -> float:
    """A score as answers give it."""
    return round(float(score), _DIGITS)


def hits_of(hits: Iterable[shops.Hit]) -> list[Hit]:
    """Hits of the shop."""
    return [Hit.of(hit) for hit in hits]
