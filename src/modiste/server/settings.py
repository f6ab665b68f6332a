"""Settings of a service: arguments, or MODISTE_ variables of the environment."""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from modiste.errors import UsageError
from modiste.images import MAX_PIXELS

PREFIX = "MODISTE_"

Keys = Annotated[frozenset[str], NoDecode, Field(repr=False)]
Origins = Annotated[frozenset[str], NoDecode]


class Settings(BaseSettings):
    """Limits and keys of a service.

    Raises:
        UsageError: a value that can't be; the message names its variable.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    read_keys: Keys = frozenset()
    """Keys that may ask, separated by commas; without any, everybody may."""
    write_keys: Keys = frozenset()
    """Keys that may change the shop, separated by commas; without any, nobody may."""
    metrics_keys: Keys = frozenset()
    """Keys that may read /metrics, separated by commas, and nothing else; without any, everybody may."""
    cors_origins: Origins = frozenset()
    """Pages that may ask from a browser, such as https://shop.example, separated by commas, or * for all."""
    access_log: Literal["plain", "json", "off"] = "plain"
    """Format of the line on standard error for each request."""
    max_body: int = Field(16 * 2**20, ge=1024)
    """Bytes of a request at most; uploads are held in memory."""
    body_wait: float = Field(30, gt=0, allow_inf_nan=False)
    """Seconds that a request may take to send the next piece of its body."""
    max_pixels: int = Field(MAX_PIXELS, ge=1, le=MAX_PIXELS)
    """Pixels of an uploaded photo at most."""
    threads: int = Field(4, ge=1)
    """Requests that are worked on at once; more of them hinder one another, for most of a request is Python."""
    batch: int = Field(16, ge=1)
    """Requests that a network sees together at most."""
    batch_wait: float = Field(0.002, ge=0, allow_inf_nan=False)
    """Seconds that a request waits for company where it has to wait anyway."""
    jobs: int = Field(8, ge=1)
    """Try-ons that wait to be refined at most."""
    job_minutes: float = Field(15, gt=0, allow_inf_nan=False)
    """Minutes for which a finished try-on can be fetched."""
    job_threads: int = Field(1, ge=1)
    """Try-ons that are refined at once."""
    grace: float = Field(60, ge=0, allow_inf_nan=False)
    """Seconds that shutting down waits for what was accepted."""
    replica: str = Field(default_factory=lambda: secrets.token_hex(3), pattern="^[A-Za-z0-9_]+$")
    """Name of this one among several services on one shop; its jobs are named after it."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise UsageError("; ".join(_explained(dict(one)) for one in error.errors())) from None

    @field_validator("read_keys", "write_keys", "metrics_keys", "cors_origins", mode="before")
    @classmethod
    def _split(cls, parts: Any) -> Any:
        """`"one, two"` as two of them."""
        return frozenset(part.strip() for part in parts.split(",") if part.strip()) if isinstance(parts, str) else parts

    @field_validator("read_keys", "write_keys", "metrics_keys")
    @classmethod
    def _sendable(cls, keys: frozenset[str]) -> frozenset[str]:
        if any(not key or not all("!" <= letter <= "~" for letter in key) for key in keys):
            raise ValueError("a key is sent in a header; make it of letters, digits and signs of ASCII, without spaces")
        return keys

    @field_validator("cors_origins")
    @classmethod
    def _as_browsers_send_them(cls, origins: frozenset[str]) -> frozenset[str]:
        for origin in origins - {"*"}:
            if not re.fullmatch(r"https?://[^\s/?#@]+", origin):
                raise ValueError(f'"{origin}" is no origin; write https://shop.example, without a slash at the end')
        return origins


def _explained(error: dict[str, Any]) -> str:
    """Explain what is wrong with a setting; a key is never shown."""
    name = str(error["loc"][0]) if error["loc"] else "settings"
    why = error["msg"].removeprefix("Value error, ")
    if name not in Settings.model_fields:
        return f'no setting "{name}"; there are {", ".join(Settings.model_fields)}'
    given = "" if name.endswith(("keys", "origins")) else f"; got {error['input']}"
    return f"{PREFIX}{name.upper()}: {why[:1].lower()}{why[1:]}{given}"
