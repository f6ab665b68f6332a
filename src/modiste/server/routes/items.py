"""Products: looked at page by page or one by one, with their photos; added, changed, removed."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict
from starlette.convertors import PathConvertor, register_url_convertor

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.images import ImageError
from modiste.index import as_item
from modiste.server.auth import reader, writer
from modiste.server.photos import Pictures, Size
from modiste.server.problems import PROBLEMS, Problem
from modiste.server.routes.bodies import written
from modiste.server.schemas import ROW, Cursor, Hits, Item, K, RequestBody, Where
from modiste.server.service import ReadyService
from modiste.shop import Page, Shop
from modiste.shop.contract import find_product

MOST = 100
"""Products that are sent in at once."""

AGE = 86_400
"""Seconds for which a browser need not ask again for a photo."""


class _AnyText(PathConvertor):
    """A part of an address with slashes and line ends in it, which ids may have."""

    regex = "(?s:.*)"


register_url_convertor("any", _AnyText())
router = APIRouter(prefix="/v1", tags=["items"])

_ROW: JsonDict = {**ROW, "attributes": {"season": "summer"}, "images": ["data:image/jpeg;base64,/9j/4AAQ..."]}


class _BrowseRequest(RequestBody):
    """Filter and page of the products to show."""

    where: Where = None
    k: K = 10
    cursor: Cursor = None


class UpsertRequest(RequestBody):
    """Products to add or to change."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_ROW]}, {"items": [{"id": "red-dress", "price": 59.0}]}]}
    )

    items: Annotated[
        list[Any],
        Field(
            min_length=1,
            max_length=MOST,
            description="Objects with `id`, and any of `images` (base64 or data: URLs; a new product needs one), "
            "`title`, `description`, `category`, `gender`, `colour`, `price`, `in_stock`, `variant_of`, `outfit_id` "
            "and `attributes` (names and values that filters can use). What is left out stays as it is, null empties "
            "it. Values are read as those of a catalogue's table are.",
        ),
    ]


class RejectedRow(BaseModel):
    """A row that can't be used, and why."""

    id: str = Field(description="As it was sent; empty where there was none.")
    reason: str
    source: str = Field(description="Where the row stood, such as `items[3]`.")


class UpsertAnswer(BaseModel):
    """Numbers of products that were added, changed or rejected."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "added": 1,
                    "updated": 0,
                    "unchanged": 0,
                    "rejected": [
                        {"id": "hat", "reason": 'price "ten" is not a number; write it as 12.50', "source": "items[1]"}
                    ],
                    "seconds": 0.21,
                }
            ]
        }
    )

    added: int
    updated: int
    unchanged: int
    rejected: list[RejectedRow]
    seconds: float


Id = Annotated[str, Path(description="Percent-encoded, slashes too.", examples=["red-dress"])]


@router.get("/items", dependencies=[Depends(reader)])
async def browse(query: Annotated[_BrowseRequest, Query()], service: ReadyService) -> Hits:
    """Products in the order of the shop, none better than another."""
    return await service.call(_browse, service.shop, query)


@router.get("/facets", dependencies=[Depends(reader)])
async def facets(service: ReadyService) -> dict[str, dict[str, int]]:
    """Values of category, gender and colour for filters, each with its number of products."""
    return {column: dict(counts) for column, counts in (await service.call(service.shop.facets)).items()}


@router.put("/items", dependencies=[Depends(writer)], responses={423: PROBLEMS[423]})
async def upsert(body: UpsertRequest, service: ReadyService) -> UpsertAnswer:
    """Add products or change them: all that can be used at once, the others are answered with what is wrong."""
    async with service.writing:
        outcome = await service.call(service.shop.upsert, body.items, service.settings.max_pixels)
    report, rejected = outcome.report, outcome.rejected
    if report is None:
        first = rejected[0]
        raise Problem(
            422,
            f"none of the {len(rejected)} products can be used; {first.source}: {first.reason}",
            errors=[{"where": f"body.{row.source}", "why": row.reason} for row in rejected],
        )
    return UpsertAnswer.model_validate({**asdict(report), "rejected": [asdict(row) for row in rejected]})


@router.get(
    "/items/{id:any}/photos/{number}",
    dependencies=[Depends(reader)],
    response_class=Response,
    responses={
        200: {"description": "The photo.", "content": {"image/webp": {"schema": {"type": "string"}}}},
        304: {"description": "The photo is the one that is known already."},
        404: PROBLEMS[404],
    },
)
async def photo(
    id: Id,
    number: Annotated[str, Path(description="Counted from 0."), WithJsonSchema({"type": "integer", "minimum": 0})],
    request: Request,
    service: ReadyService,
    size: Annotated[Size, Query(description="At most 320 or 1,200 pixels high.")] = "large",
) -> Response:
    """A photo of a product, upright and small enough for a page."""
    if not re.search(rb"/photos/\d{1,99}$", request.scope.get("raw_path") or b"/photos/0"):
        return written(await item(f"{id}/photos/{number}", service))  # no number, or encoded slashes: all is the id
    picture, etag = await service.call(_picture, service.shop, service.pictures, id, int(number), size)
    scope = "private" if service.settings.read_keys else "public"
    headers = {"ETag": etag, "Cache-Control": f"{scope}, max-age={AGE}"}
    tags = request.headers.get("if-none-match", "")
    if tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(picture, headers=headers, media_type="image/webp")


@router.get("/items/{id:any}", dependencies=[Depends(reader)], responses={404: PROBLEMS[404]})
async def item(id: Id, service: ReadyService) -> Item:
    """One product."""
    return Item.of(as_item(await service.call(_product, service.shop, id)))


@router.delete(
    "/items/{id:any}",
    status_code=204,
    dependencies=[Depends(writer)],
    responses={status: PROBLEMS[status] for status in (404, 423)},
)
async def remove(id: Id, service: ReadyService) -> None:
    """Take a product out, with the photos that were sent in for it alone."""
    async with service.writing:
        await service.call(_product, service.shop, id)
        await service.call(service.shop.remove_item, id)


def _browse(shop: Shop, query: _BrowseRequest) -> Hits:
    return Hits.model_validate(shop.browse(query.where, query.k, query.cursor) if len(shop) else Page((), 0))


def _product(shop: Shop, id: str) -> Product:
    try:
        return find_product(shop.index, id)
    except UsageError as error:
        raise Problem(404, str(error)) from None


def _picture(shop: Shop, pictures: Pictures, id: str, number: int, size: Size) -> tuple[bytes, str]:
    """A photo that the index names: nothing of the request becomes a path."""
    images = _product(shop, id).images
    if number >= len(images):
        raise Problem(404, f'product "{id}" has no photo {number}; it has {len(images)}, counted from 0')
    try:
        return pictures.of(images[number], size, f'photo {number} of product "{id}"')
    except ImageError as error:
        raise Problem(404, str(error)) from None
