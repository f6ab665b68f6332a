"""What refine is measured on: questions about products, and which products answer them.

A protocol is a value: its gallery, its questions with all right answers, and a hash that is printed beside every
number. Sentences use wordings that no training sentence uses.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.lab.datasets.triplets import Protocol, Question
from modiste.lab.refine.asking import (
    TOLD,
    Answers,
    Asked,
    Draw,
    colour_requests,
    difference_requests,
    model_requests,
    word_requests,
)
from modiste.phrases.facts import spelled

QUESTIONS = 2000
SEED = 5
WRITTEN = Path(__file__).parent / "written.jsonl"
"""Sentences that were written one by one about real photos, with what an answer must be."""
FREQUENT = 100
"""Photos of a colour in the training part from which on `fpi-colour` asks about it."""


def protocols(
    name: str, products: Sequence[Product], *, colours: Collection[str], count: int = QUESTIONS, seed: int = SEED
) -> list[Protocol]:
    """All protocols that these products allow, the one that is reported first in front.

    Args:
        name: of the data set.
        products: the gallery.
        colours: those that were frequent in the training part.
        count: questions of each; `written` has as many as were written.

    Raises:
        UsageError: nothing can be asked about these products.
    """
    answers, gallery = Answers(products), tuple(product.id for product in products)
    found = []
    for title, draw in draws(name, products, answers, colours=colours, held_out=True).items():
        asked = _distinct(draw, count, Random(seed))
        found.append(Protocol(title, gallery, tuple(_question(one, products, answers) for one in asked)))
    return [*found, *_written(name, products, answers)]


def draws(
    name: str, products: Sequence[Product], answers: Answers, *, colours: Collection[str], held_out: bool
) -> dict[str, Draw]:
    """The kinds of question that these products allow, by the names of their protocols.

    Where most products belong to a model, as Mango's do, `-colour` asks for the model in another of its colours;
    elsewhere for any product of the source's gender and category in the colour.

    Raises:
        UsageError: there is none.
    """
    short = short_name(name)
    models = 2 * sum(bool(product.variant_of) for product in products) > len(products)
    makers: dict[str, Callable[[], Draw]] = {
        f"{short}-colour": lambda: (
            model_requests(products, held_out=held_out)
            if models
            else colour_requests(products, frequent=colours, held_out=held_out)
        ),
        f"{short}-words": lambda: word_requests(products, held_out=held_out),
        f"{short}-difference": lambda: difference_requests(products, answers, held_out=held_out, about=TOLD),
    }
    found = {}
    for title, make in makers.items():
        try:
            draw = make()
            draw(Random(SEED))  # products may all differ in more than a sentence says
        except UsageError:
            continue
        found[title] = draw
    if not found:
        raise UsageError(
            f"nothing can be asked about the {len(products)} products of {name}; give them categories, genders and "
            "colours"
        )
    return found


def frequent_colours(products: Sequence[Product], least: int = FREQUENT) -> list[str]:
    """Colours that at least so many of the products have, in lower case; all of them where none has as many."""
    counts = Counter(product.colour.lower() for product in products if product.colour)
    return sorted(colour for colour, count in counts.items() if count >= least) or sorted(counts)


def short_name(data: str) -> str:
    """What protocols on this data set begin with."""
    return {"fashion-product-images": "fpi"}.get(data, data)


def written_cases() -> Iterator[dict[str, Any]]:
    """The written cases as they stand in the file."""
    return map(json.loads, WRITTEN.read_text(encoding="utf-8").splitlines())


def _distinct(draw: Draw, count: int, rng: Random) -> list[Asked]:
    """So many questions, or as many different ones as a few times that number of draws bring."""
    found: dict[tuple[int, str], Asked] = {}
    for _ in range(3 * count):
        asked = draw(rng)
        found.setdefault((asked.source, asked.text), asked)
        if len(found) == count:
            break
    return list(found.values())


def _question(asked: Asked, products: Sequence[Product], answers: Answers) -> Question:
    right = {asked.target, *answers.right(asked).tolist()} - {asked.source}
    return Question(products[asked.source].id, asked.text, tuple(products[place].id for place in sorted(right)))


def _written(name: str, products: Sequence[Product], answers: Answers) -> list[Protocol]:
    """The written cases about products that are here and have an answer here."""
    place = {product.id: number for number, product in enumerate(products)}
    questions = []
    for case in written_cases():
        if case["data"] == name and case["source"] in place:
            right = [
                product.id for product, told in zip(products, answers.facts, strict=True) if _does(case, product, told)
            ]
            right = [id for id in right if id != case["source"]]
            if right:
                questions.append(Question(case["source"], case["text"], tuple(right)))
    gallery = tuple(product.id for product in products)
    return [Protocol(f"{short_name(name)}-written", gallery, tuple(questions))] if questions else []


def _does(case: dict[str, Any], product: Product, told: dict[str, str]) -> bool:
    """Whether a product has what a written case wants."""
    words = case.get("title", ())
    wanted = all(told.get(name, "") in values for name, values in case["wants"].items())
    return wanted and (not words or bool(set(spelled(product.title).split()) & set(words)))
