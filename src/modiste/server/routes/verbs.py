"""The verbs: everything that asks the shop's networks and changes nothing."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from modiste.server.auth import reader
from modiste.server.routes import complete, imagine, refine, search, transcribe

router = APIRouter(prefix="/v1", tags=["verbs"], dependencies=[Depends(reader)])
for _verb in (search, refine, complete, imagine, transcribe):
    router.include_router(_verb.router)
