"""`POST /v1/transcribe`: what is said in a recording, for browsers that can't tell themselves."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from fastapi import APIRouter, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from modiste.errors import ModisteError, UsageError
from modiste.server.problems import PROBLEMS, Problem
from modiste.server.routes.bodies import REFUSED, answer, described, read
from modiste.server.schemas import Asked
from modiste.server.service import Desk
from modiste.shop import Shop

if TYPE_CHECKING:
    from modiste.speech import Transcriber

router = APIRouter()


class TranscribeRequest(Asked):
    """A recording of at most a minute."""

    uploads: ClassVar[Mapping[str, str]] = {"audio": "A WAV file of at most a minute."}


class Heard(BaseModel):
    """What was said in a recording."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "in navy", "transcriber": "pocketsphinx"}]})

    text: str = Field(description="In lower case; empty where no word was understood. Show it before it is used.")
    transcriber: str = Field(description="What heard it.")


class Ears:
    """The transcriber of one service, loaded when somebody speaks for the first time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._transcriber: Transcriber | None = None

    def hear(self, recording: bytes) -> Heard:
        """What is said.

        Raises:
            Problem: no transcriber is installed.
            UsageError: nothing can be heard.
        """
        with self._lock:
            transcriber = self._transcriber = self._transcriber or _loaded()
        return Heard(text=transcriber.transcribe(recording), transcriber=transcriber.name)


@router.post(
    "/transcribe",
    response_model=Heard,
    responses={**REFUSED, 501: PROBLEMS[501]},
    openapi_extra=described(TranscribeRequest),
)
async def transcribe(request: Request, desk: Desk) -> Response:
    """Write down what is said in a recording, which stays in memory only."""
    _, recording = await read(request, TranscribeRequest, desk, _bytes)
    if recording is None:
        raise UsageError('there is no recording; send multipart/form-data with a WAV file called "audio"')
    state = request.app.state
    state.ears = getattr(state, "ears", None) or Ears()
    return await answer(desk, _heard, state.ears, recording, by=desk.call_long)


def _heard(shop: Shop, ears: Ears, recording: bytes) -> Heard:
    return ears.hear(recording)


async def _bytes(upload: UploadFile) -> bytes:
    return await upload.read()


def _loaded() -> Transcriber:
    from modiste.speech import load_transcriber

    try:
        return load_transcriber()
    except UsageError:
        raise
    except ModisteError as missing:
        raise Problem(501, str(missing)) from None
