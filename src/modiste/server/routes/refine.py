"""`POST /v1/refine`: products that look like one, but for what is said."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from modiste.server.limits import photo_of
from modiste.server.routes.bodies import REFUSED, answer, described, read
from modiste.server.schemas import Hits, RefineRequest
from modiste.server.service import Desk
from modiste.shop import Shop

router = APIRouter()


@router.post("/refine", response_model=Hits, responses=REFUSED, openapi_extra=described(RefineRequest))
async def refine(request: Request, desk: Desk) -> Response:
    """Find products that look like a photo, or a product of the shop, but for what the text says.

    Several texts are turns: each starts from the best product that the one before found, which `turns` names.
    """
    asked, image = await read(request, RefineRequest, desk, partial(photo_of, service=desk))
    return await answer(desk, _found, asked, image)


def _found(shop: Shop, asked: RefineRequest, image: bytes | None) -> Hits:
    return Hits.of(shop.refine(image=image, **asked.model_dump()))
