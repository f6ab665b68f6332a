"""Triplets of published data sets, the protocols of published results, and helpers of their readers."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modiste.catalog.records import Catalog, Layout
from modiste.errors import UsageError


@dataclass(frozen=True)
class Triplet:
    """A photo, another one, and what people wrote about the difference; photos go by their ids."""

    source: str
    target: str
    texts: tuple[str, ...]
    """One sentence an entry; any of them leads from the source to the target."""


@dataclass(frozen=True)
class Query:
    """One query of a protocol: a photo, a text, and its targets."""

    source: str
    text: str
    targets: tuple[str, ...]
    """The photos of the gallery that count as the answer."""


@dataclass(frozen=True)
class Protocol:
    """Queries and a gallery: every published number belongs to one of these."""

    name: str
    gallery: tuple[str, ...]
    queries: tuple[Query, ...]
    leaves_out_source: bool = True
    """True if the source is no answer to its own query. It is mostly the nearest photo, so this moves numbers."""

    @property
    def hash(self) -> str:
        """Name of the protocol: the first 12 hexadecimal digits of the SHA-256 of all of it as JSON."""
        content = {  # with the keys of the first protocols, so that their hashes stay
            "name": self.name,
            "gallery": self.gallery,
            "questions": [
                {"source": query.source, "text": query.text, "right": query.targets} for query in self.queries
            ],
            "leaves_out_source": self.leaves_out_source,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class TripletData:
    """A published data set, read for training and for its own protocols."""

    name: str
    photos: Mapping[str, Path]
    train: tuple[Triplet, ...]
    protocols: tuple[Protocol, ...]
    licence: str
    """The terms its publisher states, in a sentence."""
    notes: tuple[str, ...] = ()
    """Differences from the published data: missing files and entries that were left out."""


def files_below(source: Path) -> Iterator[Path]:
    """Every file below a folder that is neither hidden nor empty.

    Links are followed, because large photo folders are often linked to; failed downloads leave empty files.
    """
    for folder, folders, names in os.walk(source, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(folder, name) for name in sorted(names) if not name.startswith(".")):
            with suppress(OSError):  # a link to nowhere
                if path.stat().st_size > 0:
                    yield path


def photos_of(catalog: Catalog, source: Path) -> dict[str, Path]:
    """The photo of every product, by its id.

    Raises:
        UsageError: there is none.
    """
    if not catalog.products:
        raise UsageError(
            f"none of the {len(catalog.rejected):,} photos of this data set lies below {source}; "
            "put the publisher's photo folder there, or a link to it"
        )
    return {product.id: product.images[0] for product in catalog.products}


def read_json_list(path: Path) -> list[Any]:
    """The entries of a published JSON file.

    Raises:
        UsageError: it is damaged, or holds no list.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path} is missing; download it from the publisher") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is damaged ({error}); download it again") from None
    if not isinstance(entries, list):
        raise UsageError(f"{path} holds a {type(entries).__name__} where the published file has a list; check it")
    return entries


def read_lines(path: Path) -> list[str]:
    """The lines of a published text file, without the spaces around them.

    Raises:
        UsageError: it can't be read.
    """
    try:
        # Text mode ends lines at line feeds; str.splitlines would also do so at rarer signs within a caption.
        with path.open(encoding="utf-8", errors="replace") as stream:
            return [line.strip() for line in stream]
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}); download it from the publisher") from None


def field(entry: object, name: str, source: str) -> str:
    """The text that an entry of a published JSON file has under `name`.

    Args:
        source: file and number of the entry, for the error.

    Raises:
        UsageError: it has none.
    """
    value = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(value, str):
        raise UsageError(f'{source} has no text under "{name}"; download the file again')
    return value


def tidy(text: str) -> str:
    """A caption without stray spaces and closing punctuation, so that two can be joined by "and"."""
    return " ".join(text.split()).strip(" .,")


def published(
    catalog: Catalog, layout: Layout, photos: Mapping[str, Path], train: Iterable[Triplet],
    protocols: Iterable[Protocol], counts: Mapping[str, tuple[int, int]],
) -> TripletData:  # fmt: skip
    """A data set with those of its protocols that ask something, and with its differences from what was published.

    Args:
        counts: as of `unlike_published`.
    """
    asking = tuple(protocol for protocol in protocols if protocol.queries)
    notes = _left_out(catalog) + unlike_published(counts)
    return TripletData(layout.name, photos, tuple(train), asking, layout.licence, notes)


def unlike_published(counts: Mapping[str, tuple[int, int]]) -> tuple[str, ...]:
    """A note "4,642 of 4,658 photos" on every count that isn't the published one.

    Args:
        counts: name of what is counted, to the present and the published number.
    """
    return tuple(
        f"{present:,} of the published {published:,} {name}"
        for name, (present, published) in counts.items()
        if present != published
    )


def _left_out(catalog: Catalog) -> tuple[str, ...]:
    """A note on the photos that can't be used, if any."""
    if not catalog.rejected:
        return ()
    first, total = catalog.rejected[0], len(catalog.products) + len(catalog.rejected)
    return (
        f"{len(catalog.rejected):,} of {total:,} photos can't be used and are left out with all that needs them, "
        f"the first at {first.source}: {first.reason}",
    )
