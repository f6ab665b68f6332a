"""Whether the service is well, and what it has done."""

from __future__ import annotations

from typing import Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from modiste.server.auth import scraper
from modiste.server.problems import LOADING, PROBLEMS, Problem
from modiste.server.service import VERBS, AnyService, Service, ready_service

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process is there."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Verbs that can be asked for."""

    status: Literal["ready"] = "ready"
    replica: str = Field(description="Which of several services on one shop this is.", examples=["3f2a91"])
    products: int = Field(description="Of the shop.", examples=[600])
    verbs: list[str] = Field(description="What works.", examples=[list(VERBS)])
    unavailable: dict[str, str] = Field(description="What doesn't, and why.", examples=[{}])


@router.get("/healthz", summary="Whether the process is there")
async def healthz() -> Health:
    """Answers at once, while the networks are still being loaded too."""
    return Health()


@router.get("/readyz", summary="Whether requests can be served", responses={503: PROBLEMS[503]})
async def readyz(service: AnyService) -> Readiness:
    """Answers 503 until every network is loaded, and while the service shuts down."""
    if service.closing:
        raise Problem(503, "the service shuts down; ask another replica", retry_after=LOADING)
    await ready_service(service)
    unavailable = dict(service.unavailable)
    return Readiness(
        replica=service.settings.replica,
        products=await _products(service),
        verbs=[verb for verb in VERBS if verb not in unavailable],
        unavailable=unavailable,
    )


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    dependencies=[Depends(scraper)],
    response_class=Response,
    responses={
        401: PROBLEMS[401],
        200: {"content": {CONTENT_TYPE_LATEST.partition(";")[0]: {"schema": {"type": "string"}}}},
    },
)
async def metrics(service: AnyService) -> Response:
    """Requests, seconds, batch sizes, jobs and products, in Prometheus' text format."""
    service.metrics.products.set(await _products(service))
    return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)


async def _products(service: Service) -> int:
    """Number of products, counted outside of the service's own threads: those may all be busy."""
    return await anyio.to_thread.run_sync(len, service.shop)
