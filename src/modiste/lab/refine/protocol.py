"""Queries about a catalogue's products, and their positives: the protocols, and triplets for training.

A protocol is a value: its gallery, its queries with all positives, and a hash that is printed beside every number.
Training triplets are drawn by the same functions, in other wordings: a protocol's are those that training never uses.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modiste.catalog.records import Product
from modiste.colour import COLOURS, SYNONYMS
from modiste.errors import UsageError
from modiste.lab.datasets.sentences import ask, colour_word, sentence
from modiste.lab.datasets.triplets import Protocol, Query
from modiste.phrases import DERIVED, LEXICON, Change, Request, Want, accepts, facts, vocabulary
from modiste.phrases.facts import spelled
from modiste.phrases.lexicon import NOUNS, head
from modiste.phrases.requests import SUBJECTS

QUERIES = 2000
"""Queries of a protocol."""
SEED = 5
WRITTEN = Path(__file__).parent / "written.jsonl"
"""Sentences that were written one by one about real photos, with what an answer must be."""
FREQUENT = 100
"""Photos of a colour in the training part from which on `fpi-colour` asks about it."""

LABELS = ("category", "gender", "colour")
EXACT = ("title", "model")
"""Compared for equality: the title without its brand, and the product's model."""
VISIBLE = tuple(name for name in SUBJECTS if name != "season")
"""Attributes of a real catalogue's columns and titles that a photo shows; its seasons say nothing about the photo."""

_OWNERS = ("men", "women", "boys", "girls", "unisex", "kids", "mens", "womens", "men's", "women's", "boy's", "girl's")
_SWAPS = (
    *("{after} instead of {before}", "{after}, not {before}", "i want {after}", "{after}", "make it {after}"),
    *("the same but {after}", "same thing, {after} rather than {before}", "{after} please"),
)
_HELD_OUT_SWAPS = (
    *("could it be {after} instead?", "swap {before} for {after}", "got this in {after}?"),
    "{after} would be better",
)
_PHRASES = {
    *COLOURS, *SYNONYMS, *(noun for called in NOUNS.values() for noun in called),
    *(word for values in LEXICON.values() for value in values.values() for word in (*value.before, *value.also)),
}  # fmt: skip


@dataclass(frozen=True)
class DrawnTriplet:
    """A source, a target, and a sentence composed from their difference."""

    source: int
    """Index among the products."""
    target: int
    text: str
    kind: str
    wants: Mapping[str, Want]
    keeps: Collection[str] | None
    """Attributes that stay as they are; without them everything but what follows from others (`phrases.accepts`)."""


Draw = Callable[[Random], DrawnTriplet]


class ProductAttributes:
    """Every product's attributes as numbers, and the values that each query allows.

    A product is a positive if each of its attributes has an allowed value. Queries that allow the same values of an
    attribute share a row of that attribute's table, so that a batch of queries against a batch of products is a few
    look-ups. Titles and models are too many for tables: a query names the one that it wants, or 0 for any.
    """

    def __init__(self, products: Sequence[Product]) -> None:
        self.facts = [
            {**facts(product), "title": _plain_title(product), "model": product.variant_of} for product in products
        ]
        self.values: list[dict[str, int]] = []
        for name in (*SUBJECTS, *EXACT):
            values = sorted({"", *(known.get(name, "") for known in self.facts)})
            self.values.append({value: number for number, value in enumerate(values)})
        columns = [
            [numbers[known.get(name, "")] for known in self.facts]
            for name, numbers in zip((*SUBJECTS, *EXACT), self.values, strict=True)
        ]
        self.codes = np.array(columns, np.int32).T.reshape(len(products), len(self.values))
        """Each product's values; 0 where nothing is known. Shape: (products, attributes)."""
        subjects = self.values[: len(SUBJECTS)]
        self._tables: list[list[NDArray[np.bool_]]] = [[np.ones(len(values), bool)] for values in subjects]
        self._rows: list[dict[tuple[Want | str, str], int]] = [{} for _ in SUBJECTS]

    def slice(self, start: int, stop: int) -> ProductAttributes:
        """The same for the products from `start` to `stop` alone; values keep their numbers, tables are shared."""
        part = copy(self)
        part.facts, part.codes = self.facts[start:stop], self.codes[start:stop]
        return part

    @property
    def allowed(self) -> list[NDArray[np.bool_]]:
        """For each subject the values that each row of its table allows; row 0 all. Shape: (rows, values)."""
        return [np.stack(table) for table in self._tables]

    def rows_of(self, triplet: DrawnTriplet) -> list[int]:
        """Row of each subject's table, then the wanted title and model. Shape: (attributes,)."""
        known, wants, keeps = self.facts[triplet.source], triplet.wants, triplet.keeps
        kept = set(SUBJECTS) - set(DERIVED) if keeps is None else keeps
        rows = []
        for index, name in enumerate(SUBJECTS):
            source = known.get(name, "")
            if name in wants:
                rows.append(self._row(index, wants[name], source))
            elif keeps is None and set(wants) & set(DERIVED):  # all may change but kind and gender
                rows.append(self._row(index, "alike", source) if name in ("category", "gender") else 0)
            else:
                rows.append(self._row(index, "kept", source) if name in kept and source else 0)
        for index, name in enumerate(EXACT, len(SUBJECTS)):
            wanted = wants[name].values[0] if name in wants else ""
            rows.append(self.values[index][known[name] if name in (keeps or ()) else wanted])
        return rows

    def positives(self, triplet: DrawnTriplet) -> NDArray[np.int64]:
        """Indices of the products that answer the triplet's query, the source aside."""
        passing = np.ones(len(self.facts), bool)
        for index, row in enumerate(self.rows_of(triplet)):
            codes = self.codes[:, index]
            if row:
                passing &= self._tables[index][row][codes] if index < len(SUBJECTS) else codes == row
        passing[triplet.source] = False
        return np.flatnonzero(passing)

    def _row(self, index: int, rule: Want | str, source: str) -> int:
        """Row of the values that a rule allows beside the source's value; added to the table at its first use."""
        rows, table = self._rows[index], self._tables[index]
        if (rule, source) not in rows:
            rows[rule, source] = len(table)
            table.append(np.array([_allows(rule, SUBJECTS[index], source, value) for value in self.values[index]]))
        return rows[rule, source]


def protocols(
    name: str, products: Sequence[Product], *, colours: Collection[str], count: int = QUERIES, seed: int = SEED
) -> list[Protocol]:
    """All protocols that these products allow, the one that is reported first in front.

    Args:
        name: of the data set.
        products: the gallery.
        colours: those that were frequent in the training part.
        count: queries of each; `written` has as many as were written.

    Raises:
        UsageError: nothing can be asked about these products.
    """
    attributes, ids = ProductAttributes(products), tuple(product.id for product in products)
    made = []
    for title, draw in draws(name, products, attributes, colours=colours, held_out=True).items():
        rng, distinct = Random(seed), dict[tuple[int, str], DrawnTriplet]()
        for _ in range(3 * count):  # no more draws than these, however few differ
            triplet = draw(rng)
            distinct.setdefault((triplet.source, triplet.text), triplet)
            if len(distinct) == count:
                break
        queries = []
        for triplet in distinct.values():
            positives = {triplet.target, *attributes.positives(triplet).tolist()} - {triplet.source}
            queries.append(Query(ids[triplet.source], triplet.text, tuple(ids[row] for row in sorted(positives))))
        made.append(Protocol(title, ids, tuple(queries)))
    written = _written(name, products, attributes)
    return [*made, Protocol(f"{_short_name(name)}-written", ids, written)] if written else made


def draws(
    name: str, products: Sequence[Product], attributes: ProductAttributes, *, colours: Collection[str], held_out: bool
) -> dict[str, Draw]:
    """The kinds of triplet that can be drawn from these products, by the names of their protocols.

    Where most products belong to a model, as Mango's do, `-colour` asks for the model in another of its colours;
    elsewhere for any product of the source's gender and category in the colour.

    Raises:
        UsageError: there is none.
    """
    short = _short_name(name)
    models = 2 * sum(bool(product.variant_of) for product in products) > len(products)
    makers: dict[str, Callable[[], Draw]] = {
        f"{short}-colour": lambda: (
            _model_triplets(products, held_out=held_out)
            if models
            else _colour_triplets(products, frequent=colours, held_out=held_out)
        ),
        f"{short}-words": lambda: _word_triplets(products, held_out=held_out),
        f"{short}-difference": lambda: _difference_triplets(products, attributes, held_out=held_out, about=VISIBLE),
    }
    possible = {}
    for title, make in makers.items():
        try:
            draw = make()
            draw(Random(SEED))  # products may all differ in more than a sentence says
        except UsageError:
            continue
        possible[title] = draw
    if not possible:
        raise UsageError(
            f"nothing can be asked about the {len(products)} products of {name}; give them categories, genders and "
            "colours"
        )
    return possible


def frequent_colours(products: Sequence[Product], least: int = FREQUENT) -> list[str]:
    """Colours that at least so many of the products have, in lower case; all of them where none has as many."""
    counts = Counter(product.colour.lower() for product in products if product.colour)
    return sorted(colour for colour, count in counts.items() if count >= least) or sorted(counts)


def written_cases() -> Iterator[dict[str, Any]]:
    """The written cases as they stand in the file."""
    return map(json.loads, WRITTEN.read_text(encoding="utf-8").splitlines())


def _plain_title(product: Product) -> str:
    """The title in lower case, from the word that says for whom it is: what stands before is the brand."""
    words = re.findall(r"[\w'/-]+", product.title.lower())
    start = next((index for index, word in enumerate(words) if word in _OWNERS), 1)
    return " ".join(words[start:])


def _colour_triplets(products: Sequence[Product], *, frequent: Collection[str], held_out: bool) -> Draw:
    """Triplets of `fpi-colour`: two products of one gender and category, of which the sentence names the colour.

    A group is drawn by its number of photos, then two of its colours, then a photo of each.

    Args:
        frequent: colours that are asked about.
    """
    groups: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, product in enumerate(products):
        colour = facts(product).get("colour", "")  # grey and gray are one colour
        if colour and product.colour.lower() in frequent:
            groups[product.gender, product.category][colour].append(index)
    usable = [group for group in groups.values() if len(group) > 1]
    sizes = list(itertools.accumulate(sum(map(len, group.values())) for group in usable))

    def draw(random: Random) -> DrawnTriplet:
        group = random.choices(usable, cum_weights=sizes)[0]
        before, after = random.sample(sorted(group), 2)
        source, target = random.choice(group[before]), random.choice(group[after])
        text = _colour_sentence(products[source], after, random, held_out)
        return DrawnTriplet(source, target, text, "colour", {"colour": Want("is", (after,))}, ("category", "gender"))

    _require(usable, "products of one gender and category in two frequent colours")
    return draw


def _word_triplets(products: Sequence[Product], *, held_out: bool) -> Draw:
    """Triplets of `fpi-words`: two products whose titles, the brand aside, differ in one word or phrase."""
    bearing: dict[str, list[int]] = defaultdict(list)
    for index, product in enumerate(products):
        bearing[_plain_title(product)].append(index)
    pairs = _title_pairs(bearing)
    templates = _HELD_OUT_SWAPS if held_out else _SWAPS
    weights = list(itertools.accumulate(len(bearing[source]) for source, _, _, _ in pairs))

    def draw(random: Random) -> DrawnTriplet:
        source, target, before, after = random.choices(pairs, cum_weights=weights)[0]
        text = random.choice(templates).format(before=before, after=after)
        wants = {"title": Want("is", (target,))}
        return DrawnTriplet(random.choice(bearing[source]), random.choice(bearing[target]), text, "words", wants, ())

    _require(pairs, "titles that differ in one word")
    return draw


def _model_triplets(products: Sequence[Product], *, held_out: bool) -> Draw:
    """Triplets of `mango-colour`: a model in another of its colours."""
    models: dict[str, list[int]] = defaultdict(list)
    for index, product in enumerate(products):
        if product.variant_of and "colour" in facts(product):
            models[product.variant_of].append(index)
    colours = {index: facts(products[index])["colour"] for members in models.values() for index in members}
    alike = [pair for members in models.values() for pair in itertools.product(members, members)]
    pairs = [(source, target) for source, target in alike if colours[source] != colours[target]]

    def draw(random: Random) -> DrawnTriplet:
        source, target = random.choice(pairs)
        text = _colour_sentence(products[source], colours[target], random, held_out)
        return DrawnTriplet(source, target, text, "model", {"colour": Want("is", (colours[target],))}, ("model",))

    _require(pairs, "models in more than one colour")
    return draw


def _difference_triplets(
    products: Sequence[Product],
    attributes: ProductAttributes,
    *,
    held_out: bool,
    about: Collection[str] = SUBJECTS,
) -> Draw:
    """Triplets about whatever one or two attributes two similar products differ in."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for index, known in enumerate(attributes.facts):
        kinds[head(known.get("category", ""))].append(index)
    members = {index: np.array(kind) for kind in kinds.values() for index in kind if len(kind) > 1}
    concrete = [column for column, name in enumerate(SUBJECTS) if name in about and name not in DERIVED]
    codes = attributes.codes[:, concrete]
    unknown = np.array([attributes.values[column].get("", -1) for column in concrete])
    sources = sorted(members)
    whole, lasting = set(about) == set(SUBJECTS), set(about) - set(DERIVED)

    def draw(random: Random) -> DrawnTriplet:
        for _ in range(1000):
            source = random.choice(sources)
            near = members[source][np.random.default_rng(random.getrandbits(32)).integers(0, len(members[source]), 64)]
            apart = ((codes[near] != codes[source]) & (codes[near] != unknown)).sum(1)
            near = near[(apart >= 1) & (apart <= 2)]
            if not len(near):
                continue
            target = int(random.choice(near.tolist()))
            try:
                request = ask(products[source], products[target], random, held_out=held_out, about=about)
            except UsageError:
                continue
            keeps = None if whole or set(request.wants) & set(DERIVED) else lasting
            return DrawnTriplet(source, target, request.text, request.kind, request.wants, keeps)
        raise UsageError("no two products are near enough to ask for a difference; give more products with attributes")

    _require(sources, "two products of one kind")
    return draw


def _allows(rule: Want | str, attribute: str, source: str, value: str) -> bool:
    """True if a positive may have this value where the source has its own.

    Args:
        rule: a want; `kept`: the source's value or unknown; `alike`: the source's gender or kind of product.
    """
    if isinstance(rule, Want):
        before, after = ({attribute: text} if text else {} for text in (source, value))
        return accepts(Request("", "", {attribute: rule}), before, after, keeps=())
    if rule == "kept":
        return value in ("", source)
    return head(value) == head(source) if attribute == "category" else value == source


def _colour_sentence(source: Product, colour: str, random: Random, held_out: bool) -> str:
    """A sentence that asks for the source in a colour."""
    change = Change("colour", facts(source).get("colour", ""), colour)
    try:
        return sentence([change], random, held_out=held_out, kind="precise", category=source.category).text
    except UsageError:  # nobody says "in multi"
        plain = [template for template in (_HELD_OUT_SWAPS if held_out else _SWAPS) if "{before}" not in template]
        return random.choice(plain).format(after=colour_word(colour, random))


def _title_pairs(titles: Collection[str]) -> list[tuple[str, str, str, str]]:
    """Pairs of titles that differ in one known word or phrase, with both phrases."""
    frames: dict[tuple[str, str], list[str]] = defaultdict(list)
    for words in map(str.split, sorted(titles)):
        for start, count in itertools.product(range(len(words)), (1, 2)):
            phrase = " ".join(words[start : start + count])
            known = phrase in (_PHRASES if count == 2 else vocabulary())
            if known and start + count <= len(words):
                frames[" ".join(words[:start]), " ".join(words[start + count :])].append(phrase)
    pairs = []
    for (before, after), phrases in sorted(frames.items()):
        if len(before.split()) + len(after.split()) >= 2:
            for old, new in itertools.product(phrases, phrases):
                if not set(old.split()) & set(new.split()):
                    source, target = (" ".join(filter(None, (before, phrase, after))) for phrase in (old, new))
                    pairs.append((source, target, old, new))
    return pairs


def _require(choices: Sequence[object], what: str) -> None:
    if not choices:
        raise UsageError(f"this catalogue has no {what}, so nothing can be asked of it; give another data set")


def _short_name(data: str) -> str:
    """The first part of the names of protocols on this data set."""
    return {"fashion-product-images": "fpi"}.get(data, data)


def _written(name: str, products: Sequence[Product], attributes: ProductAttributes) -> tuple[Query, ...]:
    """The written queries about products that are here and have a positive here."""
    ids, queries = {product.id for product in products}, []
    for case in written_cases():
        if case["data"] == name and case["source"] in ids:
            words = set(case.get("title", ()))
            positives = tuple(
                product.id
                for product, known in zip(products, attributes.facts, strict=True)
                if product.id != case["source"]
                and all(known.get(attribute, "") in values for attribute, values in case["wants"].items())
                and (not words or words & set(spelled(product.title).split()))
            )
            if positives:
                queries.append(Query(case["source"], case["text"], positives))
    return tuple(queries)
