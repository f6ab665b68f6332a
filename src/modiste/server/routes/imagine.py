"""`POST /v1/imagine`: pictures of what is said, and products that are like it."""

from __future__ import annotations

import base64

from fastapi import APIRouter, Request, Response
from PIL import Image
from pydantic import BaseModel, Field

from modiste.images import made_png
from modiste.server.routes.bodies import REFUSED, answer, described, read
from modiste.server.schemas import Hit, ImagineRequest, hits_of
from modiste.server.service import Desk
from modiste.shop import Shop
from modiste.types import Pixels

router = APIRouter()


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
    notes: list[str] = Field(description="What was not understood, and what contradicts itself.")
    hits: list[Hit]
    total: int = Field(description="Products that pass the filter, shown or not.")


@router.post("/imagine", response_model=Imagined, responses=REFUSED, openapi_extra=described(ImagineRequest))
async def imagine(request: Request, desk: Desk) -> Response:
    """Draw what a text says, word by word, and find the products that look and read like it."""
    asked, _ = await read(request, ImagineRequest, desk)
    return await answer(desk, _imagined, asked, by=desk.call_long if asked.n > 1 else None)


def _imagined(shop: Shop, asked: ImagineRequest) -> Imagined:
    found = shop.imagine(asked.text, seed=asked.seed, n=asked.n, k=asked.k, where=asked.where)
    by = shop.imaginer.name
    frames = [
        Frame(text=one.text, word=one.word, pictures=[_address(picture, by) for picture in one.pictures])
        for one in found.strip.frames
    ]
    words = [word.text for word in found.strip.words]
    return Imagined(
        frames=frames, words=words, notes=list(found.strip.notes), hits=hits_of(found.hits), total=found.total
    )


def _address(picture: Pixels, by: str) -> str:
    """A picture that needs no second request."""
    return f"data:image/png;base64,{base64.b64encode(made_png(Image.fromarray(picture), by)).decode()}"
