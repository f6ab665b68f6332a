"""`POST /v1/search`: products by words, by a photo or by a product."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from modiste.server.limits import photo_of
from modiste.server.routes.bodies import REFUSED, answer, described, read
from modiste.server.schemas import Hits, SearchRequest
from modiste.server.service import Desk
from modiste.shop import Shop

router = APIRouter()


@router.post("/search", response_model=Hits, responses=REFUSED, openapi_extra=described(SearchRequest))
async def search(request: Request, desk: Desk) -> Response:
    """Find products by words, by a photo, by a product of the shop, or by one of these and words together."""
    asked, image = await read(request, SearchRequest, desk, partial(photo_of, service=desk))
    return await answer(desk, _found, asked, image)


def _found(shop: Shop, asked: SearchRequest, image: bytes | None) -> Hits:
    return Hits.of(shop.search(image=image, **asked.model_dump()))
