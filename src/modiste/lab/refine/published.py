"""Data sets that bring sentences of their own: FashionIQ, Fashion200k and Shoes, as `datasets.triplets` reads them.

A question's answer is its own target or, where captions decide, whatever has the target's caption.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np

from modiste.cache import cache_folder
from modiste.catalog.records import Catalog, Product
from modiste.encoders.pipeline import TrainedEncoder
from modiste.errors import UsageError
from modiste.lab.datasets import holds_triplets, read, read_triplets
from modiste.lab.datasets.splits import Split, split_products, whole
from modiste.lab.datasets.triplets import Protocol, Triplet, TripletData
from modiste.lab.refine.data import JUDGES, Corpus, Parts, Triplets, photos_of, usable
from modiste.lab.training.token_states import kept_states

BY_CAPTION = ("fashion200k",)
"""Where whatever has the target's caption is right."""
Source = Catalog | TripletData


def read_source(source: Path) -> Source:
    """Triplets where the publisher gives some, and else a catalogue, of which questions are made."""
    return read_triplets(source) if holds_triplets(source) else read(source)


def split_of(source: Source, part: str = "test") -> Split:
    """What is learned from and what is asked about; for published triplets the publisher has decided.

    Args:
        part: `test`, or `all` for a catalogue of which nothing was learned.
    """
    if isinstance(source, Catalog):
        return whole(source) if part == "all" else split_products(source)
    shown = {id for protocol in source.protocols for id in protocol.gallery}
    return Split(tuple(sorted(_photos(source.train) - shown)), (), tuple(sorted(shown)))


def split_published(data: Sequence[Path], encoder: TrainedEncoder, *, triplets: int, seed: int = 0) -> Parts:
    """The publisher's training triplets, a tenth of them at most for judges.

    Args:
        triplets: how many to draw; a pair that is drawn again comes with any of its sentences.

    Raises:
        UsageError: there are other data sets beside, or there are too few triplets.
    """
    if len(data) > 1:
        alone = next(source for source in data if holds_triplets(source))
        raise UsageError(f"{alone} holds triplets of its own, which are learned from alone; leave the other --data out")
    found = read_triplets(data[0])
    titles = {product.id: product.title for product in read(data[0]).products if product.title}
    learnt, watched = _divided(_readable(found, found.train), seed)
    return Parts(
        corpus_of(replace(found, train=learnt), encoder, triplets, titles=titles, seed=seed),
        corpus_of(replace(found, train=watched), encoder, len(watched), titles=titles, seed=seed),
        {found.name: split_of(found).hash},
        {},
        (found.licence,),
    )


def corpus_of(
    data: TripletData, encoder: TrainedEncoder, count: int, *, titles: Mapping[str, str], seed: int = 0
) -> Corpus:
    """A corpus of `count` triplets, each with one of its sentences.

    Args:
        titles: what describes a photo, by its id; other targets are described by their own sentence.
    """
    rng, ids = Random(seed), sorted(_photos(data.train))
    place = {id: row for row, id in enumerate(ids)}
    asked = [(pair, rng.choice(pair.texts)) for pair in _in_rounds(data.train, count, rng)]
    told = {pair.target: pair.texts[0] for pair in data.train}
    described = [titles.get(id) or told.get(id, "") for id in ids]  # only targets are ever described
    texts = list(dict.fromkeys([*(text for _, text in asked), *described]))
    number = {text: row for row, text in enumerate(texts)}
    named = [titles.get(id, id) for id in ids] if data.name in BY_CAPTION else ids
    codes = 1 + np.unique(named, return_inverse=True)[1].astype(np.int32)  # 0 would allow everything
    targets = np.array([place[pair.target] for pair, _ in asked])
    triplets = Triplets(
        sources=np.array([place[pair.source] for pair, _ in asked]),
        targets=targets,
        texts=np.array([number[text] for _, text in asked]),
        questions=codes[targets][:, None],
        allowed=(),
        codes=codes[:, None],
    )
    descriptions = np.array([[number[text]] for text in described])
    photos = photos_of([data.photos[id] for id in ids], encoder)
    return Corpus(photos, triplets, kept_states(texts, cache_folder()), descriptions, descriptions[:, 0])


def asked_of(data: TripletData) -> Iterator[Protocol]:
    """The publisher's protocols, without photos that can't be read and what needs them.

    Raises:
        UsageError: there is none.
    """
    if not data.protocols:
        raise UsageError(f"{data.name} asks nothing: {'; '.join(data.notes) or 'it has no questions'}")
    for protocol in data.protocols:
        shown = _intact(data, protocol.gallery)
        asked = [
            replace(question, right=tuple(id for id in question.right if id in shown))
            for question in protocol.questions
            if question.source in shown
        ]
        gallery = tuple(id for id in protocol.gallery if id in shown)
        yield replace(protocol, gallery=gallery, questions=tuple(one for one in asked if one.right))


def _divided(pairs: Sequence[Triplet], seed: int) -> tuple[tuple[Triplet, ...], tuple[Triplet, ...]]:
    """Pairs to learn from, and pairs to watch the progress on; no photo is in both."""
    mixed = Random(seed).sample(pairs, len(pairs))
    watched = tuple(mixed[: min(JUDGES, -(-len(pairs) // 10))])
    seen = _photos(watched)
    learnt = tuple(pair for pair in pairs if not {pair.source, pair.target} & seen)
    if len(learnt) < 2:
        raise UsageError(
            f"{len(pairs)} training triplets with photos are too few to learn from; download the rest of the photos"
        )
    return learnt, watched


def _in_rounds(pairs: Sequence[Triplet], count: int, rng: Random) -> list[Triplet]:
    """So many pairs; none comes again before all have come."""
    rounds = -(-count // len(pairs))
    return [pair for _ in range(rounds) for pair in rng.sample(pairs, len(pairs))][:count]


def _readable(data: TripletData, pairs: Sequence[Triplet]) -> list[Triplet]:
    """The pairs of which both photos can be read."""
    intact = _intact(data, _photos(pairs))
    return [pair for pair in pairs if {pair.source, pair.target} <= intact]


def _intact(data: TripletData, ids: Iterable[str]) -> set[str]:
    """The photos that can be read; downloads of many are never all whole."""
    return {product.id for product in usable(Catalog(data.name, tuple(Product(id, (data.photos[id],)) for id in ids)))}


def _photos(pairs: Iterable[Triplet]) -> set[str]:
    return {id for pair in pairs for id in (pair.source, pair.target)}
