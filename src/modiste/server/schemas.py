"""Requests and answers of the service in JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from modiste.errors import unknown
from modiste.imagine.pipeline import LAST_SEED, MOST
from modiste.index import filters
from modiste.shop.contract import MAX_ID, MAX_ITEMS, MAX_LOOKS, MAX_TEXT, MAX_TURNS, MAX_WANTED

MAX_K = 1_000
"""Hits on a page: more would keep others waiting while they are written down."""
ROW: JsonDict = {
    "id": "red-dress",
    "title": "Red midi dress",
    "category": "dress",
    "gender": "Women",
    "colour": "red",
    "price": 79.0,
    "in_stock": True,
    "images": ["/v1/items/red-dress/photos/0"],
}
"""A product in examples."""
_HIT: JsonDict = {"id": "red-dress", "score": 0.731522, "item": ROW}


def photo_url(id: str, number: int) -> str:
    """Address of a product's photo; they are counted from 0."""
    return f"/v1/items/{quote(id, safe='')}/photos/{number}"


def _plain(text: str) -> str:
    """Refuse a text that stores and networks can't take."""
    if "\0" in text:
        raise PydanticCustomError("null_byte", "a text can't hold a null byte; leave it out")
    if not text.strip():
        raise PydanticCustomError("empty_text", "the text is empty; say something, or leave the field out")
    return text


_FILLED: JsonDict = {"minLength": 1}
Text = Annotated[str, Field(max_length=MAX_TEXT, json_schema_extra=_FILLED), AfterValidator(_plain)]
Id = Annotated[str, Field(max_length=MAX_ID, json_schema_extra=_FILLED), AfterValidator(_plain)]
_Filter = Annotated[str, Field(max_length=filters.MAX_LENGTH, json_schema_extra=_FILLED), AfterValidator(_plain)]
Where = Annotated[_Filter | None, Field(description="A filter in SQL over the shop's columns.")]
K = Annotated[int, Field(ge=1, le=MAX_K, description="Hits on a page; fewer where the shop has fewer.")]
MinScore = Annotated[float | None, Field(ge=-1, le=1, allow_inf_nan=False, description="Least score of a hit.")]
Cursor = Annotated[
    str | None, Field(pattern="^[0-9]{1,9}$", description="`next` of the page before; the rest as it was asked there.")
]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Texts = Annotated[list[Text], Field(min_length=1, max_length=MAX_TURNS)]
_Ids = Annotated[list[Id], Field(min_length=1, max_length=MAX_ITEMS)]
_Categories = Annotated[list[Text], Field(min_length=1, max_length=MAX_WANTED)]
Turns = Annotated[_Texts, BeforeValidator(_listed, json_schema_input_type=Text | _Texts)]
Ids = Annotated[_Ids, BeforeValidator(_listed, json_schema_input_type=Id | _Ids)]
Wanted = Annotated[_Categories, BeforeValidator(_listed, json_schema_input_type=Text | _Categories)]


class RequestBody(BaseModel):
    """A request: fields that it doesn't have are errors, which name the nearest one that it has."""

    model_config = ConfigDict(extra="forbid")
    uploads: ClassVar[Mapping[str, str]] = {}
    """Files that a form may have beside the fields, each with its description."""

    @model_validator(mode="before")
    @classmethod
    def _known(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        given = {name: value for name, value in fields.items() if name not in cls.uploads or value is not None}
        for name in given:
            if name in cls.uploads:
                raise PydanticCustomError(
                    "upload", "a file is uploaded; send multipart/form-data with a file called {name}", {"name": name}
                )
            if name not in cls.model_fields:
                reason = str(unknown("field", name, [*cls.model_fields, *cls.uploads]))
                raise PydanticCustomError("unknown_field", "{reason}", {"reason": reason})
        return given


class SearchRequest(RequestBody):
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


class RefineRequest(RequestBody):
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


class CompleteRequest(RequestBody):
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


class ImagineRequest(RequestBody):
    """Draw what a text says, word by word, and find the products that look and read like it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "women's black jeans", "k": 5}, {"text": "blue shorts", "seed": 3}]}
    )

    text: Annotated[Text, Field(description="What it should be.")]
    seed: Annotated[int, Field(ge=0, le=LAST_SEED, description="Another one draws another product.")] = 0
    n: Annotated[int, Field(ge=1, le=MOST, description="Pictures of each prefix; the first is searched with.")] = 1
    k: K = 10
    where: Where = None


class TranscribeRequest(RequestBody):
    """A recording of at most a minute."""

    uploads: ClassVar[Mapping[str, str]] = {"audio": "A WAV file of at most a minute."}


class Item(BaseModel):
    """A product: its fields, and the shop's own attributes beside them."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [ROW]})

    id: str
    images: list[str] = Field(description="Addresses of its photos at this service.")
    # pylint: disable=duplicate-code  # the fields of `catalog.records.Product`, which is no model of pydantic's
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
        """From a row of the shop, which needs no checks; its photos are addresses at this service, never paths."""
        # JSON has no word for what is no number
        values = {name: it for name, it in row.items() if not (isinstance(it, float) and not math.isfinite(it))}
        values["images"] = [photo_url(str(row["id"]), number) for number in range(len(row.get("images") or ()))]
        return cls.model_construct(**values)


_Row = Annotated[Item, BeforeValidator(Item.of)]
_Score = Annotated[float, AfterValidator(lambda score: round(score, 6))]
"""Further digits are noise that differs between machines."""


class _Answer(BaseModel):
    """Is validated from what the shop found, whose fields have the same names."""

    model_config = ConfigDict(from_attributes=True)


class Hit(_Answer):
    """A product that was found."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HIT]})

    id: str
    score: _Score = Field(description="How near it is, 1 being perfect.")
    item: _Row


class Hits(_Answer):
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
    turns: list[Hit] = Field([], description="Best hit of each turn before the last one.")
    notes: list[str] = Field([], description="Notes on the text: what is left out, what was not understood.")


class Worn(_Answer):
    """An item of the outfit that was asked about."""

    id: str
    category: str = Field(description="The network's category.")
    predicted: bool = Field(description="Whether its photo told it, because its own category isn't understood.")
    item: _Row


class Match(Hit):
    """A product that completes an outfit."""

    category: str = Field(description="The category asked for, as the shop or the network calls it.")
    contributions: dict[str, _Score] = Field(description="Contribution of each item of the outfit to the score, by id.")
    top_contributor: str = Field(description="The item that tells this product most from the others.")
    margin: _Score = Field(description="Contribution of that item above its mean contribution to the others.")


class Group(_Answer):
    """Products that were found in one category."""

    category: str
    hits: list[Match]
    total: int = Field(description="Products of the category that pass the filter and the least score.")
    likely: _Score | None = Field(description="Probability that such outfits have one; null where it was asked for.")


class Look(_Answer):
    """Products that complete an outfit together, one of each category that was asked for."""

    hits: list[Match]
    score: _Score = Field(description="Mean of the hits' scores.")


class Completion(_Answer):
    """Products that complete an outfit: groups, or whole looks where several categories were asked for."""

    items: list[Worn]
    groups: list[Group] = Field(description="Of the category asked for, or of the likeliest that are missing.")
    looks: list[Look] = Field(description="Whole outfits, best first, where several categories were asked for.")
    notes: list[str] = Field(description="Assumptions that were made.")
    left_out: int = Field(description="Products that can't be found, because their photos are gone or changed.")
    hits: list[Match] = Field(description="The hits of all groups.")


class Frame(BaseModel):
    """The pictures of a text's beginning."""

    text: str
    word: str = Field(description="The last one, which is what is new.")
    pictures: list[str] = Field(
        description="PNG files as data: addresses; their metadata say that a network made them."
    )


class Imagined(BaseModel):
    """A picture for every beginning of a text, and products that are like the last one."""

    frames: list[Frame]
    words: list[str] = Field(description="Those that were understood.")
    notes: list[str] = Field(description="Words that were not understood, and contradictions.")
    hits: list[Hit]
    total: int = Field(description="Products that pass the filter, shown or not.")


class Transcribed(BaseModel):
    """The text of a recording."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "in navy", "transcriber": "pocketsphinx"}]})

    text: str = Field(description="In lower case; empty where no word was understood. Show it before it is used.")
    transcriber: str = Field(description="The transcriber that wrote it down.")
