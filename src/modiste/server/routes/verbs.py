"""The verbs: everything that asks the shop's networks and changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable

from fastapi import APIRouter, Depends, Request, Response
from PIL import Image

from modiste.errors import UsageError
from modiste.images import made_png
from modiste.server.auth import reader
from modiste.server.problems import PROBLEMS
from modiste.server.routes.bodies import InMemoryRoute, described, photo_of, read, written
from modiste.server.schemas import (
    CompleteRequest,
    Completion,
    Frame,
    Hit,
    Hits,
    Imagined,
    ImagineRequest,
    RefineRequest,
    SearchRequest,
    Transcribed,
    TranscribeRequest,
)
from modiste.server.service import ReadyService, Service
from modiste.shop import Page, Shop

router = APIRouter(
    prefix="/v1",
    tags=["verbs"],
    dependencies=[Depends(reader)],
    responses={415: PROBLEMS[415]},
    route_class=InMemoryRoute,
)


@router.post("/search", response_model=Hits, openapi_extra=described(SearchRequest))
async def search(request: Request, service: ReadyService) -> Response:
    """Find products by words, by a photo, by a product of the shop, or by one of these and words together."""
    body, upload = await read(request, SearchRequest, service)
    image = await photo_of(upload, service) if upload else None
    return await service.call(_page, service.shop.search, body, image)


@router.post("/refine", response_model=Hits, openapi_extra=described(RefineRequest))
async def refine(request: Request, service: ReadyService) -> Response:
    """Find products that look like a photo, or a product of the shop, but for what the text says.

    Several texts are turns: each starts from the best product that the one before found, which `turns` names.
    """
    body, upload = await read(request, RefineRequest, service)
    image = await photo_of(upload, service) if upload else None
    return await service.call(_page, service.shop.refine, body, image)


@router.post("/complete", response_model=Completion, openapi_extra=described(CompleteRequest))
async def complete(request: Request, service: ReadyService) -> Response:
    """Find what completes an outfit: these items, and which shoes?"""
    body, _ = await read(request, CompleteRequest, service)
    return await service.call_alone(_complete, service.shop, body)


@router.post("/imagine", response_model=Imagined, openapi_extra=described(ImagineRequest))
async def imagine(request: Request, service: ReadyService) -> Response:
    """Draw what a text says, word by word, and find the products that look and read like it."""
    body, _ = await read(request, ImagineRequest, service)
    call = service.call_long if body.n > 1 else service.call
    return await call(_imagine, service.shop, body)


@router.post(
    "/transcribe",
    response_model=Transcribed,
    responses={501: PROBLEMS[501]},
    openapi_extra=described(TranscribeRequest),
)
async def transcribe(request: Request, service: ReadyService) -> Response:
    """Write down what is said in a recording, which stays in memory only."""
    _, recording = await read(request, TranscribeRequest, service)
    if recording is None:
        raise UsageError('there is no recording; send multipart/form-data with a WAV file called "audio"')
    return await service.call_long(_transcribe, service, await recording.read())


def _page(verb: Callable[..., Page], body: SearchRequest | RefineRequest, image: bytes | None) -> Response:
    return written(Hits.model_validate(verb(image=image, **body.model_dump())))


def _complete(shop: Shop, body: CompleteRequest) -> Response:
    return written(Completion.model_validate(shop.complete(**body.model_dump())))


def _imagine(shop: Shop, body: ImagineRequest) -> Response:
    imagined = shop.imagine(**body.model_dump())
    frames = []
    for frame in imagined.strip.frames:
        files = [made_png(Image.fromarray(picture), shop.imaginer.name) for picture in frame.pictures]
        addresses = [f"data:image/png;base64,{base64.b64encode(file).decode()}" for file in files]
        frames.append(Frame(text=frame.text, word=frame.word, pictures=addresses))
    words, notes = [word.text for word in imagined.strip.words], list(imagined.strip.notes)
    hits = [Hit.model_validate(hit) for hit in imagined.hits]
    return written(Imagined(frames=frames, words=words, notes=notes, hits=hits, total=imagined.total))


def _transcribe(service: Service, recording: bytes) -> Response:
    transcriber = service.transcriber()
    return written(Transcribed(text=transcriber.transcribe(recording), transcriber=transcriber.name))
