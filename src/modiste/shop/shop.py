"""A shop: one catalogue, one index, its networks, and the verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from modiste.catalog.records import Catalog
from modiste.errors import UsageError, unknown
from modiste.images import MAX_PIXELS
from modiste.index import Identity, Index, identity_of
from modiste.index.folder import read_identity
from modiste.shop import catalogue, items
from modiste.shop.complete import Assortment
from modiste.shop.contract import (
    Completion,
    Imagined,
    Page,
    PageRequest,
    Report,
    check_search,
    items_of,
    turns_of,
    wanted_of,
)
from modiste.shop.refine import refine
from modiste.shop.search import imagine, search
from modiste.shop.tryon import garments_of
from modiste.types import Progress
from modiste.weights import domain_of, suited

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer
    from modiste.encoders import Encoder
    from modiste.imagine.pipeline import Imaginer
    from modiste.parsing import Parser
    from modiste.refine.pipeline import Refiner
    from modiste.tryon.dresser import Dresser
    from modiste.tryon.known import ParsedPerson
    from modiste.tryon.model import StepProgress
    from modiste.tryon.pipeline import Fitting, TryOn

FACETS = ("category", "gender", "colour")
"""Columns of which a customer chooses a value."""


def open_shop(
    path: str | Path,
    *,
    encoder: str | Encoder | None = None,
    refiner: str | Refiner | None = None,
    completer: str | Completer | None = None,
    imaginer: str | Imaginer | None = None,
    create: bool = False,
    reembed: bool = False,
) -> Shop:
    """Open the shop in a folder.

    Args:
        encoder: an encoder or its name; by default the one that the shop was indexed with, loaded when it is needed.
        refiner, completer, imaginer: the networks of these verbs, or their names; by default those that go with the
            shop's encoder.
        create: allow a folder that holds no shop; the first products that are added make it one.
        reembed: allow another encoder than the shop's; `Shop.reembed` then changes the shop over to it.

    Raises:
        UsageError: there is no shop, or another encoder made its vectors.
    """
    if "://" in str(path):
        raise UsageError(f"a shop is a folder on this machine; got {path}")
    folder = Path(path)
    stored = read_identity(folder)
    if stored is None and not create:
        raise UsageError(f"there is no shop at {folder}; run: modiste index SOURCE --shop {folder}")
    shop = Shop(folder, stored, encoder, refiner, completer, imaginer)
    if stored is not None and encoder is not None and not reembed:
        _ = shop._own_encoder  # which must have made the shop's vectors
    return shop


class Shop:
    """One catalogue and its search; made by `open_shop`.

    An argument that makes no sense raises a `UsageError`, whose message says what to do.

    Args:
        stored: identity of the encoder that made the vectors; nothing for a new shop.
    """

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
        self._assortment: Assortment | None = None

    @cached_property
    def index(self) -> Index:
        """The products and their vectors."""
        return Index(self.path, self._stored or identity_of(self.encoder))

    @cached_property
    def encoder(self) -> Encoder:
        """Turns photos and words into vectors; loaded at first use."""
        from modiste.encoders import DEFAULT, load_encoder

        given = self._encoder or (self._stored.encoder if self._stored else DEFAULT)
        return load_encoder(given) if isinstance(given, str) else given

    @cached_property
    def refiner(self) -> Refiner:
        """Turns a photo and what should be different into vectors; loaded at first use."""
        from modiste.refine import load_refiner

        given, encoder = self._refiner, self.index.identity.encoder
        return load_refiner(given, encoder=encoder) if isinstance(given, str | None) else given

    @cached_property
    def completer(self) -> Completer:
        """Turns items and the category that they lack into vectors; loaded at first use."""
        from modiste.complete import load_completer

        given, encoder = self._completer, self.index.identity.encoder
        return load_completer(given, encoder=encoder) if isinstance(given, str | None) else given

    @cached_property
    def imaginer(self) -> Imaginer:
        """Turns words into pictures; loaded at first use."""
        given = self._imaginer
        if not isinstance(given, str | None):
            return given
        from modiste.imagine import load_imaginer  # which loads torch

        return load_imaginer(given or self.weights_for("imagine"))

    @cached_property
    def _own_encoder(self) -> Encoder:
        """The encoder, once it is known to have made the shop's vectors.

        Raises:
            UsageError: another one did; the message names the remedy.
        """
        made, given = self.index.identity, identity_of(self.encoder)
        if not given.made(made):
            names = [str(made), str(given)]
            if names[0] == names[1]:
                names = [f"{identity} (preprocessing {identity.preprocessing})" for identity in (made, given)]
            named = f" --encoder {self._encoder}" if isinstance(self._encoder, str) else ""
            raise UsageError(
                f'shop "{self.path}" was indexed with {names[0]}, this is {names[1]}; '
                f"run: modiste index --shop {self.path} --reembed{named}"
            )
        return self.encoder

    def __len__(self) -> int:
        return len(self.index)

    def weights_for(self, system: str) -> str:
        """Shipped weights of a system that learnt from the same kind of pictures as the shop's encoder."""
        return suited(system, domain_of(self.index.identity.encoder))

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

        if not isinstance(source, Catalog):
            source = read(Path(source), format, columns, allow_downloads, refresh, encoding)
        catalogue.check_not_empty(source.name, len(source.products), source.rejected)
        if reembed and self._stored is not None:
            self.reembed(progress)
        report = catalogue.add(self.path, self.index, self._own_encoder, source, prune, prune_many, progress)
        self._stored = self.index.identity
        return report

    def reembed(self, progress: Progress | None = None) -> Report:
        """Encode every photo with this encoder, from the files that the shop knows.

        The old vectors serve until all new ones are there. A product whose photos are gone leaves the shop, and
        `rejected.jsonl` says so.
        """
        new = Index(self.path, identity_of(self.encoder), columns=self.index.columns())
        report = catalogue.reembed(self.path, self.index, new, self.encoder, progress)
        self.index, self._stored = new, new.identity
        return report

    def upsert(self, rows: Sequence[object], max_pixels: int = MAX_PIXELS) -> items.Outcome:
        """Add products or change them by rows of JSON; `rejected.jsonl` stays as the last catalogue left it.

        A field that a row leaves out stays as it is, `null` empties it. A row that can't be used changes nothing.

        Args:
            rows: objects with `id`, and any of `images` (in base64), the fields of a product and `attributes`.
            max_pixels: of a photo.

        Raises:
            UsageError: another encoder made the shop's vectors.
            LockedError: another process writes to the shop.
        """
        outcome = items.upsert(self.path, self.index, self._own_encoder, rows, max_pixels)
        self._stored = self.index.identity
        return outcome

    def remove_item(self, id: str) -> None:
        """Take a product out, and the photos that `upsert` stored for it and that no other product has.

        Raises:
            UsageError: the shop doesn't have it.
            LockedError: another process writes to the shop.
        """
        items.remove(self.path, self.index, id)

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
        """
        check_search(text, image, id)
        request = PageRequest.of(self.path, len(self), k, where, min_score, cursor, image, id)
        encoder = None if text is None and image is None else self._own_encoder
        return search(self.index, encoder, text, request)

    def browse(self, where: str | None = None, k: int = 10, cursor: str | None = None) -> Page:
        """Products in the order of the shop, none better than another.

        Args:
            where: a filter in SQL, such as `category = 'shoes' AND price < 80`.
            k: products on a page.
            cursor: `Page.next` of the page before.
        """
        request = PageRequest.of(self.path, len(self), k, where, cursor=cursor)
        return Page.of(self.index.browse(request.where, request.k, request.offset), request.offset)

    def facets(self) -> Mapping[str, Mapping[str, int]]:
        """Values of category, gender and colour for filters, each with its number of products."""
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
        """
        texts = turns_of(text, image, id)
        request = PageRequest.of(self.path, len(self), k, where, min_score, cursor, image, id)
        return refine(self.index, self.refiner, texts, request, progress)

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
        """
        ids = items_of(items)
        request = PageRequest.of(self.path, len(self), k, where, min_score)
        names = wanted_of(want, request.k)
        if self._assortment is None or self._assortment.version != self.index.version():  # somebody has written
            self._assortment = Assortment(self.path, self.index, self.completer, self._assortment)
        return self._assortment.complete(ids, names, request, progress)

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
        """
        garments = garments_of(self.index, [items] if isinstance(items, str) else items)
        from modiste.tryon.known import with_masks  # which loads torch, once the items are known to be fine
        from modiste.tryon.pipeline import TryOnRequest, fit_on

        photo = Path(person) if isinstance(person, str) else person
        worn = self.weights_for("tryon") if weights is None else weights
        request = TryOnRequest(
            photo, with_masks(garments), worn, parser, refine_steps, anyway, known=frozenset(garments)
        )
        return fit_on(request)

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
        """
        request = PageRequest.of(self.path, len(self), k, where)
        if request.where:
            self.index.check(request.where)
        return imagine(self.index, self._own_encoder, self.imaginer, text, seed, n, request)
