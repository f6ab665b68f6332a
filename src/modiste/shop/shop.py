"""One catalogue and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from modiste.catalog.records import Catalog, Product, Rejected
from modiste.errors import unknown
from modiste.index import Identity, Index, LanceIndex, identity_of, meta
from modiste.shop import intake
from modiste.shop.assortment import Assortment
from modiste.shop.outfits import Room, Terms, complete
from modiste.shop.requests import (
    FACETS,
    check_looks,
    items_of,
    offset_of,
    page_size,
    turns_of,
    wanted_of,
)
from modiste.shop.results import Completion, Page, Report
from modiste.shop.search import search
from modiste.shop.turns import refine
from modiste.types import Progress

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer
    from modiste.encoders import Encoder
    from modiste.imagine.pipeline import Imaginer
    from modiste.parsing import Parser
    from modiste.refine.pipeline import Refiner
    from modiste.shop.imagine import Imagined
    from modiste.tryon.dresser import Dresser
    from modiste.tryon.known import ParsedPerson
    from modiste.tryon.model import StepProgress
    from modiste.tryon.pipeline import Fitting, TryOn


class Shop:
    """One catalogue and its search; made by `open_shop`."""

    def __init__(
        self,
        path: Path,
        stored: Identity | None,
        encoder: str | Encoder | None = None,
        refiner: str | Refiner | None = None,
        completer: str | Completer | None = None,
        imaginer: str | Imaginer | None = None,
    ) -> None:
        self.path = path
        self._stored, self._encoder = stored, encoder
        self._refiner, self._completer, self._imaginer = refiner, completer, imaginer
        self._sorted: Assortment | None = None

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def index(self) -> Index:
        """Where the products are."""
        return LanceIndex(self.path, self._stored or identity_of(self.encoder))

    @cached_property
    def encoder(self) -> Encoder:
        """Turns photos and words into vectors; loaded at first use."""
        if self._encoder is not None and not isinstance(self._encoder, str):
            return self._encoder
        from modiste.encoders import DEFAULT, load_encoder

        return load_encoder(self._encoder or (self._stored.encoder if self._stored else DEFAULT))

    @cached_property
    def refiner(self) -> Refiner:
        """Turns a photo and what should be different into vectors; loaded at first use."""
        if self._refiner is not None and not isinstance(self._refiner, str):
            return self._refiner
        from modiste.refine import load_refiner

        return load_refiner(self._refiner, encoder=self.index.identity.encoder)

    @cached_property
    def completer(self) -> Completer:
        """Turns items and the category that they lack into vectors; loaded at first use."""
        if self._completer is not None and not isinstance(self._completer, str):
            return self._completer
        from modiste.complete import load_completer

        return load_completer(self._completer, encoder=self.index.identity.encoder)

    @cached_property
    def imaginer(self) -> Imaginer:
        """Turns words into pictures; loaded at first use."""
        if self._imaginer is not None and not isinstance(self._imaginer, str):
            return self._imaginer
        from modiste.imagine import load_imaginer
        from modiste.shop.imagine import weights_for

        return load_imaginer(self._imaginer or weights_for(self.index.identity.encoder))

    def check_encoder(self) -> None:
        """Raise a `UsageError` that names the remedy where another encoder made the shop's vectors."""
        given = identity_of(self.encoder)
        if not given.made(self.index.identity):
            asked = self._encoder if isinstance(self._encoder, str) else None
            raise meta.mismatch(self.path, self.index.identity, given, asked)

    def add(
        self,
        source: str | Path | Catalog,
        *,
        format: str = "auto",
        columns: Mapping[str, str] = MappingProxyType({}),
        prune: bool = False,
        prune_many: bool = False,
        reembed: bool = False,
        allow_downloads: bool = False,
        refresh: bool = False,
        encoding: str | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Bring a catalogue in: new and changed products are indexed, the rest is left alone.

        It may be killed at any moment: what was written stays, and the same call goes on from there.

        Args:
            source: a catalogue, or where `modiste.catalog.read`, which explains the options, finds one.
            prune: remove products that the catalogue no longer names; more than a fifth only with `prune_many`.
            reembed: change the shop over to this encoder first.
            progress: called with the number of products that are done, and of all.

        Raises:
            UsageError: nothing can be used, too much would be removed, or another encoder made the shop's vectors.
            LockedError: another process writes to the shop.
        """
        from modiste.catalog import read

        catalogue = (
            source
            if isinstance(source, Catalog)
            else read(Path(source), format, columns, allow_downloads, refresh, encoding)
        )
        intake.check_not_empty(catalogue.name, len(catalogue.products), catalogue.rejected)
        if reembed and self._stored is not None:
            self.reembed(progress)
        self.check_encoder()
        report = intake.add(self.path, self.index, self.encoder, catalogue, prune or prune_many, prune_many, progress)
        self._stored = self.index.identity
        return report

    def reembed(self, progress: Progress | None = None) -> Report:
        """Encode every photo with this encoder, from the files that the shop knows.

        The old vectors serve until all new ones are there. A product whose photos are gone leaves the shop, and
        `rejected.jsonl` says so.
        """
        new = LanceIndex(self.path, identity_of(self.encoder), columns=self.index.columns())
        report = intake.reembed(self.path, self.index, new, self.encoder, progress)
        self.index, self._stored = new, new.identity
        return report

    def upsert(self, products: Sequence[Product]) -> tuple[Report, tuple[Rejected, ...]]:
        """Add products or change them one by one; `rejected.jsonl` stays as the last catalogue left it.

        Returns:
            What became of them, and those that can't be used.

        Raises:
            UsageError: none of them can be used, or another encoder made the shop's vectors.
            LockedError: another process writes to the shop.
        """
        self.check_encoder()
        report, rejected = intake.upsert(self.index, self.encoder, products)
        self._stored = self.index.identity
        return report, rejected

    def remove(self, ids: Sequence[str]) -> None:
        """Take products out.

        Raises:
            UsageError: an id that the shop doesn't have; nothing is removed then.
        """
        with self.index.writing():
            held = self.index.ids()
            known = set(held)
            for id in ids:
                if id not in known:
                    raise unknown("product", id, held, "in this shop")
            self.index.remove(ids)

    def search(
        self,
        text: str | None = None,
        image: str | Path | bytes | None = None,
        id: str | None = None,
        where: str | None = None,
        k: int = 10,
        min_score: float | None = None,
        cursor: str | None = None,
    ) -> Page:
        """Find products by words, by a photo, by a product of the shop, or by one of these and words together.

        Args:
            text: what it should be; what is negated, as in "dress, not red", is left out.
            image: a file, or its bytes.
            id: "more like this"; the product itself is left out.
            where: a filter in SQL, such as `category = 'shoes' AND price < 80`.
            k: hits on a page; fewer where the shop has fewer.
            min_score: least cosine.
            cursor: `Page.next` of the page before.

        Raises:
            UsageError: an argument that makes no sense; the message says what to do.
        """
        return search(self, text, image, id, where, k, min_score, cursor)

    def browse(self, where: str | None = None, k: int = 10, cursor: str | None = None) -> Page:
        """Products in the order of the shop, none better than another.

        Args:
            where: a filter in SQL, such as `category = 'shoes' AND price < 80`.
            k: products on a page.
            cursor: `Page.next` of the page before.

        Raises:
            UsageError: an argument that makes no sense; the message says what to do.
        """
        k = page_size(self.path, len(self), k, None)
        offset = offset_of(cursor)
        return Page.of(self.index.browse(where or "", k, offset), offset)

    def facets(self) -> Mapping[str, Mapping[str, int]]:
        """What filters may ask for: category, gender and colour, each value with its number of products."""
        return {column: {value: n for value, n in self.index.counts(column).items() if value} for column in FACETS}

    def refine(
        self,
        text: str | Sequence[str],
        image: str | Path | bytes | None = None,
        id: str | None = None,
        where: str | None = None,
        k: int = 10,
        min_score: float | None = None,
        cursor: str | None = None,
        progress: Progress | None = None,
    ) -> Page:
        """Find products that look like a photo but for what the text says, such as "in navy, with long sleeves".

        What the shop doesn't have can't be found: the nearest products come, with the scores that they deserve, and
        `min_score` leaves out what is too far. The first call looks at every photo of the shop once, later ones only
        at what is new.

        Args:
            text: what should be different; several texts are turns, each of which starts from the best answer to the
                one before. A turn that finds nothing ends the request with an empty page. What is negated, as in
                "anything but blue", is left out.
            image: the photo to start from, a file or its bytes; a product of which it is the only photo is left out.
            id: the product of the shop to start from, which is left out of the first turn's answers.
            where: a filter in SQL that holds for every turn, such as `category = 'shoes' AND price < 80`.
            k: hits on a page of the last turn.
            min_score: least cosine, in every turn.
            cursor: `Page.next` of the page before.
            progress: called with the number of products that were looked at, and of all that are new.

        Raises:
            UsageError: an argument that makes no sense; the message says what to do.
        """
        return refine(self, turns_of(text, image, id), image, id, where, k, min_score, cursor, progress)

    def complete(
        self,
        items: str | Sequence[str],
        want: str | Sequence[str] | None = None,
        where: str | None = None,
        k: int = 10,
        min_score: float | None = None,
        progress: Progress | None = None,
    ) -> Completion:
        """Find what completes an outfit: these items, and which shoes?

        The items themselves are never found, nor are they in other colours, nor what is for another gender than they
        are, unless `where` speaks of gender. The first call looks at every photo of the shop once, later ones only at
        what is new.

        Args:
            items: ids of up to 20 products of the shop that are worn together.
            want: a category, such as `shoes`, or a label of the shop, such as `sandals`: one group is found. Several
                of them: whole looks, with a product of each. None: the likeliest categories that are missing.
            where: a filter in SQL that holds for everything found, such as `price < 80`.
            k: hits of each group, or looks, of which there are at most 50.
            min_score: least score of a product, 1 being perfect.
            progress: called with the number of products that were looked at, and of all that are new.

        Raises:
            UsageError: an argument that makes no sense; the message says what to do.
        """
        ids, names = items_of(items), wanted_of(want)
        k = page_size(self.path, len(self), k, min_score)
        check_looks(names, k)
        room = Room(self.path, self.index, self.completer, identity_of(self.completer), self._assortment())
        return complete(room, ids, names, Terms(where or "", k, min_score), progress)

    def try_on(
        self,
        person: str | Path | bytes | ParsedPerson,
        items: str | Sequence[str],
        refine_steps: int = 0,
        weights: str | Dresser | None = None,
        parser: str | Parser | None = None,
        progress: StepProgress | None = None,
        anyway: bool = False,
    ) -> TryOn:
        """Show somebody wearing products of the shop, all at once; the photo is kept nowhere.

        Args:
            person: a photo of whoever is to be dressed, a file or its bytes, or with its map and joints if they are
                known.
            items: ids of products, each of which is worn in another place, as its category says.
            refine_steps: of online refinement, which brings back a print or a logo; 0 for the feed-forward picture.
            weights: of try-on; by default those that go with the shop's encoder.
            parser: what sees people and garments; by default the one that goes with the weights, and for the person
                the one that fits the picture, be it a photograph or drawn.
            progress: called with the steps that are done, and all; answers whether to go on.
            anyway: try what is refused otherwise, because its photo shows next to nothing of a garment, or the
                person's photo doesn't show where it is worn.

        Raises:
            UsageError: an argument that makes no sense; the message says what to do.
        """
        fitting = self.fitting(person, items, refine_steps, weights, parser, anyway=anyway)
        return fitting.refined(refine_steps, progress) if refine_steps else fitting.feed_forward

    def fitting(
        self,
        person: str | Path | bytes | ParsedPerson,
        items: str | Sequence[str],
        refine_steps: int = 0,
        weights: str | Dresser | None = None,
        parser: str | Parser | None = None,
        anyway: bool = False,
    ) -> Fitting:
        """The same in two steps: the feed-forward picture is there at once, and what it gives can refine it later.

        Args:
            refine_steps: how many are meant to follow.
            anyway: as in `try_on`.

        Raises:
            UsageError: an argument that makes no sense; the message says what to do.
        """
        from modiste.shop.tryon import fitting

        photo = Path(person) if isinstance(person, str) else person
        ids = [items] if isinstance(items, str) else items
        return fitting(self.index, photo, ids, refine_steps, weights, parser, anyway)

    def imagine(
        self,
        text: str,
        *,
        seed: int = 0,
        n: int = 1,
        k: int = 10,
        where: str | None = None,
    ) -> Imagined:
        """Draw what a text says, word by word, and find the products that look and read like it.

        Args:
            text: what it should be, such as "women's black jeans"; words that the weights don't know are left out of
                the picture, which is said, and still count in the search.
            seed: another one draws another product for the same words.
            n: pictures of each prefix; the first is searched with.
            k: hits.
            where: a filter in SQL, such as `category = 'jeans' AND price < 80`.

        Raises:
            UsageError: an argument that makes no sense; the message says what to do.
        """
        from modiste.shop.imagine import imagine

        return imagine(self, text, seed=seed, n=n, k=k, where=where)

    def _assortment(self) -> Assortment:
        """What there is in each category of outfits, sorted anew when somebody has written."""
        if self._sorted is None or self._sorted.version != self.index.version():
            self._sorted = Assortment(self.index, self.completer, self._sorted)
        return self._sorted
