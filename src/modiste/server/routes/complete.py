"""`POST /v1/complete`: what goes with an outfit."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from modiste import shop as shops
from modiste.server.routes.bodies import REFUSED, answer, described, read
from modiste.server.schemas import CompleteRequest, Hit, Item, rounded
from modiste.server.service import Desk

router = APIRouter()


class Worn(BaseModel):
    """An item of the outfit that was asked about."""

    id: str
    category: str = Field(description="What the network takes it for.")
    predicted: bool = Field(description="Whether its photo told that, because its own category isn't understood.")
    item: Item


class Match(Hit):
    """A product that completes an outfit."""

    category: str = Field(description="What was asked for, as the shop or the network calls it.")
    voices: dict[str, float] = Field(description="What each item of the outfit says of it, by id.")
    spoke: str = Field(description="The item that tells this product most from the others.")
    lift: float = Field(description="How much more that item says of it than of the others.")


class Group(BaseModel):
    """What was found in one category."""

    category: str
    hits: list[Match]
    total: int = Field(description="Products of the category that pass the filter and the least score.")
    likely: float | None = Field(description="How likely such outfits have one; null where it was asked for.")


class Look(BaseModel):
    """Products that complete an outfit together, one of each category that was asked for."""

    hits: list[Match]
    score: float = Field(description="Mean of the hits' scores.")


class Completion(BaseModel):
    """What completes an outfit: groups, or whole looks where several categories were asked for."""

    items: list[Worn]
    groups: list[Group] = Field(description="Of the category asked for, or of the likeliest that are missing.")
    looks: list[Look] = Field(description="Whole outfits, best first, where several categories were asked for.")
    notes: list[str] = Field(description="What was taken for granted.")
    left_out: int = Field(description="Products that can't be found, because their photos are gone or changed.")
    hits: list[Match] = Field(description="The hits of all groups.")


@router.post("/complete", response_model=Completion, responses=REFUSED, openapi_extra=described(CompleteRequest))
async def complete(request: Request, desk: Desk) -> Response:
    """Find what completes an outfit: these items, and which shoes?"""
    asked, _ = await read(request, CompleteRequest, desk)
    return await answer(desk, _found, asked, by=desk.call_alone)


def _found(shop: shops.Shop, asked: CompleteRequest) -> Completion:
    found = shop.complete(asked.items, asked.want, asked.where, asked.k, asked.min_score)
    groups = [
        Group(category=one.category, hits=_matches(one.hits), total=one.total, likely=_likely(one.likely))
        for one in found.groups
    ]
    return Completion(
        items=[
            Worn(id=one.id, category=one.category, predicted=one.predicted, item=Item.of(one.item))
            for one in found.items
        ],
        groups=groups,
        looks=[Look(hits=_matches(one.hits), score=rounded(one.score)) for one in found.looks],
        notes=list(found.notes),
        left_out=found.left_out,
        hits=[hit for group in groups for hit in group.hits],
    )


def _matches(hits: tuple[shops.Match, ...]) -> list[Match]:
    return [
        Match.model_construct(
            **dict(Hit.of(hit)),
            category=hit.category,
            voices={id: rounded(voice) for id, voice in hit.voices.items()},
            spoke=hit.spoke,
            lift=rounded(hit.lift),
        )
        for hit in hits
    ]


def _likely(odds: float | None) -> float | None:
    return None if odds is None else rounded(odds)
