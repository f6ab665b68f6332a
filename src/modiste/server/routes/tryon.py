"""Try-on over HTTP: the feed-forward picture at once, the refined one as a job."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Path, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.types import Receive, Scope, Send

from modiste.catalog.categories import REGIONS
from modiste.errors import UsageError
from modiste.server import jobs
from modiste.server.auth import reader
from modiste.server.problems import PROBLEMS, Problem
from modiste.server.routes.bodies import InMemoryRoute, photo_of
from modiste.server.service import ReadyService, Service

DEFAULT_STEPS = 30
"""Of refinement, unless it is said."""
KEEP_ALIVE = 10.0
"""Seconds of silence after which an event stream says that it is still there, or proxies cut it."""
BUSY = 15
"""Seconds after which it is worth trying again where too many wait."""
EVENTS = "text/event-stream"
PRIVATE = {"Cache-Control": "private, no-store"}
"""Of pictures of people: nobody on the way keeps them."""

Name = Literal["feed_forward", "refined", "changed"]

router = APIRouter(tags=["try-on"], dependencies=[Depends(reader)], route_class=InMemoryRoute)


def _closed(schema: JsonDict) -> None:
    schema.pop("additionalProperties")


class Pictures(BaseModel):
    """Addresses of the pictures of a try-on: PNG files of the photo's size."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    feed_forward: str
    """Drawn at once."""
    refined: str | None
    """Drawn after refinement; null until the job is done."""
    changed: str
    """White where they may differ from the photo; elsewhere they are the photo, bit for bit."""


class Job(BaseModel):
    """A try-on that was accepted."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={
            "example": {
                "id": "7f3a1c-0b6b5dd1a7f0c1e2",
                "state": "running",
                "steps": 12,
                "of": 30,
                "notes": ["2 people are on the photo; the largest was dressed"],
                "gain": None,
                "detail": None,
                "made_by": "tryon-photos",
                "pictures": {
                    "feed_forward": "/v1/jobs/7f3a1c-0b6b5dd1a7f0c1e2/pictures/feed_forward",
                    "refined": None,
                    "changed": "/v1/jobs/7f3a1c-0b6b5dd1a7f0c1e2/pictures/changed",
                },
            }
        },
    )

    id: str
    """The replica that accepted it, and a token that can't be guessed."""
    state: jobs.State
    """`done`, `cancelled` and `failed` are final."""
    steps: int
    """Steps of refinement that are done; it stops early where nothing gets better."""
    of: int
    """Steps that were asked for."""
    notes: list[str]
    """Assumptions, such as which of several people was dressed."""
    gain: float | None
    """Share by which refinement lowered the error inside the garments."""
    detail: str | None
    """Reason why it failed, and what to do."""
    made_by: str
    """The networks that drew the pictures."""
    pictures: Pictures
    """Their addresses."""


class TryOnForm(BaseModel):
    """A person's photo, and what is tried on."""

    # what is unknown is refused by the route: a garment under a name that nobody reads must not be left out in silence
    model_config = ConfigDict(extra="allow", json_schema_extra=_closed)

    person: Annotated[UploadFile, Field(description="A photo of whoever is to be dressed; it is not kept.")]
    items: Annotated[
        list[str] | None,
        Field(description="Ids of products, repeated or separated by commas.", examples=[["red-dress"]]),
    ] = None
    refine_steps: Annotated[
        int, Field(ge=0, le=jobs.MOST_STEPS, description="Of refinement; 0 for the feed-forward picture alone.")
    ] = DEFAULT_STEPS
    anyway: Annotated[
        bool,
        Field(
            description="Try what is refused otherwise: a garment of which its photo shows next to nothing or another "
            "kind, a person of whom the place for it isn't seen."
        ),
    ] = False
    garment_legwear: UploadFile | None = None
    garment_bottom: UploadFile | None = None
    garment_top: UploadFile | None = None
    garment_dress: UploadFile | None = None
    garment_outer: UploadFile | None = None
    garment_shoes: UploadFile | None = None
    garment_bag: UploadFile | None = None
    garment_hat: UploadFile | None = None


Id = Annotated[str, Path(description="As `POST /v1/try-on` answered it.", examples=["7f3a1c-0b6b5dd1a7f0c1e2"])]

_STREAMED = {
    "description": "With `Accept: text/event-stream`: `feed_forward` (the job, and its `picture` as a data URL), "
    "`progress` (`state`, `steps`, `of`), `refined` (as `feed_forward`), and at the end `done`, `failed` or "
    "`cancelled` (the job). Whoever hangs up cancels it.",
    "content": {
        EVENTS: {
            "schema": {"type": "string"},
            "example": 'event: progress\ndata: {"state": "running", "steps": 12, "of": 30}\n\n',
        }
    },
}


@router.post(
    "/v1/try-on",
    status_code=202,
    response_model=Job,
    response_description="The feed-forward picture is there; the refined one comes.",
    responses={200: _STREAMED, 415: PROBLEMS[415]},
)
async def try_on(
    request: Request, response: Response, service: ReadyService, form: Annotated[TryOnForm, File()]
) -> Any:
    """Show somebody wearing products of the shop, garments of other photos, or both, all at once."""
    for name in form.model_extra or ():
        raise UsageError(f'no field "{name}"; there are {", ".join(TryOnForm.model_fields)}')
    try:
        service.jobs.check_capacity(form.refine_steps)
        person = await photo_of(form.person, service)
        garments = {}
        for region in REGIONS:
            upload: UploadFile | None = getattr(form, f"garment_{region}")
            # a field in which no file was chosen comes without a name and without bytes
            if upload is not None and (upload.filename or upload.size):
                garments[region] = await photo_of(upload, service)
        job = await service.call_long(_start, service, form, person, garments)
    except jobs.BusyError as error:
        raise Problem(503, str(error), retry_after=BUSY) from None
    if EVENTS in request.headers.get("accept", ""):
        return _JobStream(service, job)
    if await request.is_disconnected():  # nobody will ever ask for it
        service.jobs.cancel(job.id)
    response.headers.update({"Location": f"/v1/jobs/{job.id}", **PRIVATE})
    return _view(job)


@router.get("/v1/jobs/{id}", response_model=Job, responses={404: PROBLEMS[404]})
async def job(id: Id, service: ReadyService, response: Response) -> Any:
    """State of a try-on."""
    response.headers.update(PRIVATE)
    return _view(_job(service, id))


@router.get(
    "/v1/jobs/{id}/pictures/{name}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "A PNG file."}, 404: PROBLEMS[404]},
)
async def picture(id: Id, name: Name, service: ReadyService) -> Response:
    """A picture of a try-on; its metadata say that a network made it."""
    job = _job(service, id)
    if name in job.pictures:
        return Response(job.pictures[name], media_type="image/png", headers=PRIVATE)
    if not job.of:
        raise Problem(404, "no refinement was asked for; give refine_steps for one")
    if job.over:
        ended = "failed" if job.state == "failed" else "was cancelled"
        raise Problem(404, f"the refinement {ended}, so there is no picture of it; the feed-forward one is there")
    progress = f"the job is {job.state} ({job.steps} of {job.of} steps)"
    raise Problem(404, f"the refined picture isn't there yet, {progress}; ask again")


@router.delete("/v1/jobs/{id}", status_code=204, responses={404: PROBLEMS[404]})
async def forget(id: Id, service: ReadyService) -> None:
    """Stop a try-on and forget its pictures."""
    _job(service, id)
    service.jobs.forget(id)


def _view(job: jobs.Job) -> Job:
    """A job as clients see it."""
    state = job.state  # read first: what it promises is there before it
    folder = f"/v1/jobs/{job.id}/pictures"
    refined = f"{folder}/refined" if state == "done" and job.of else None
    return Job(
        id=job.id,
        state=state,
        steps=job.steps,
        of=job.of,
        notes=list(job.notes),
        gain=job.gain,
        detail=job.detail or None,
        made_by=job.made_by,
        pictures=Pictures(feed_forward=f"{folder}/feed_forward", refined=refined, changed=f"{folder}/changed"),
    )


class _JobStream(StreamingResponse):
    """A job as it goes on, as server-sent events; when nobody listens any more, it is cancelled."""

    def __init__(self, service: Service, job: jobs.Job) -> None:
        self._service, self._job, self._wake = service, job, asyncio.Event()
        headers = {**PRIVATE, "Location": f"/v1/jobs/{job.id}", "X-Accel-Buffering": "no"}
        super().__init__(self._events(), media_type=EVENTS, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        with self._service.jobs.listening(self._job, lambda: loop.call_soon_threadsafe(self._wake.set)):
            try:
                await super().__call__(scope, receive, send)
            finally:  # here rather than among the events, of which the first may never be asked for
                self._service.jobs.cancel(self._job.id)

    async def _events(self) -> AsyncIterator[str]:
        job, latest = self._job, 0
        yield await self._service.call(_picture_event, job, "feed_forward")
        while True:
            self._wake.clear()
            over, steps = job.over, job.steps  # read in this order, and after the clearing: nothing is missed
            if steps > latest:
                latest = steps
                yield _event("progress", {"state": job.state, "steps": steps, "of": job.of})
            if over:
                break
            try:
                await asyncio.wait_for(self._wake.wait(), KEEP_ALIVE)
            except TimeoutError:
                yield ": still here\n\n"
        if "refined" in job.pictures:
            yield await self._service.call(_picture_event, job, "refined")
        yield _event(job.state, _view(job).model_dump())


def _event(name: str, data: Mapping[str, Any]) -> str:
    """A server-sent event; JSON has no line breaks of its own."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _picture_event(job: jobs.Job, name: Name) -> str:
    """A job with one of its pictures; a large one takes a while to write down."""
    url = f"data:image/png;base64,{base64.b64encode(job.pictures[name]).decode()}"
    return _event(name, {**_view(job).model_dump(), "picture": url})


def _start(service: Service, form: TryOnForm, person: bytes, garments: Mapping[str, bytes]) -> jobs.Job:
    """Draw the feed-forward picture: everything that takes time before the answer.

    Args:
        garments: region to a photo of a garment that is worn there, on somebody or alone.
    """
    from modiste.shop.tryon import garments_of
    from modiste.tryon.known import with_masks
    from modiste.tryon.pipeline import TryOnRequest, fit_on

    index, ids = service.shop.index, []
    for item in form.items or ():
        parts = [item] if index.product(item) else item.split(",")  # an id may have a comma of its own
        ids += [id for part in parts if (id := part if part == item else part.strip())]
    if not ids and not garments:
        raise UsageError(
            "there is nothing to try on; give `items`, the ids of products, or a photo of a garment, such as "
            "`garment_top`"
        )
    worn = garments_of(index, ids) if ids else {}
    for region in garments:
        if region in worn:
            raise UsageError(
                f"one of the items is worn as {region}, and so is `garment_{region}`; leave one of them out"
            )
    weights, steps = service.shop.weights_for("tryon"), form.refine_steps
    request = TryOnRequest(
        person,
        {**with_masks(worn), **garments},
        weights=weights,
        refine_steps=steps,
        anyway=form.anyway,
        known=frozenset(worn),
    )
    return service.jobs.start(fit_on(request), steps, by=weights)


def _job(service: Service, id: str) -> jobs.Job:
    try:
        return service.jobs.get(id)
    except UsageError as error:
        raise Problem(404, str(error)) from None
