"""What customers ask about products of a catalogue, and which products answer it.

Triplets for training and the questions of the protocols are drawn by the same functions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import accumulate
from itertools import product as pairs_of
from random import Random

import numpy as np
from numpy.typing import NDArray

from modiste.catalog.records import Product
from modiste.colour import COLOURS, SYNONYMS
from modiste.errors import UsageError
from modiste.phrases import DERIVED, LEXICON, Change, Request, Want, accepts, ask, facts, sentence, vocabulary
from modiste.phrases.describe import colour_word
from modiste.phrases.nouns import NOUNS, head

LABELS = ("category", "gender", "colour")
SPOKEN = (*LABELS, *LEXICON)
NAMED = ("title", "model")
ATTRIBUTES = (*SPOKEN, *NAMED)
"""What an answer is judged by: what can be spoken of, and the title without its brand and the product's model, which
are the wanted ones or aren't."""
TOLD = tuple(name for name in SPOKEN if name != "season")
"""What a real catalogue's columns and titles tell that a photo shows; its seasons say nothing about the photo."""

OWNERS = ("men", "women", "boys", "girls", "unisex", "kids", "mens", "womens", "men's", "women's", "boy's", "girl's")
_SWAPS = (
    *("{after} instead of {before}", "{after}, not {before}", "i want {after}", "{after}", "make it {after}"),
    *("the same but {after}", "same thing, {after} rather than {before}", "{after} please"),
)
_HELD_SWAPS = (
    *("could it be {after} instead?", "swap {before} for {after}", "got this in {after}?"),
    "{after} would be better",
)


@dataclass(frozen=True)
class Asked:
    """One customer's sentence about one product, and a product that answers it."""

    source: int
    """Position among the products."""
    target: int
    text: str
    kind: str
    wants: Mapping[str, Want]
    keeps: Collection[str] | None
    """Attributes that stay as they are; without them everything but what follows from others (`phrases.accepts`)."""


Draw = Callable[[Random], Asked]


class Answers:
    """Which products answer what: every product's attributes as numbers, and what a question allows of each.

    A product answers when each of its attributes has an allowed value. Questions that allow the same values of an
    attribute share a row of that attribute's table, so that a batch of questions against a batch of products is a
    few look-ups. Titles and models are too many for tables: a question names the one that it wants, or 0 for any.
    """

    def __init__(self, products: Sequence[Product]) -> None:
        self.facts = [_told(product) for product in products]
        self.values = [_numbered(told.get(name, "") for told in self.facts) for name in ATTRIBUTES]
        columns = [
            [numbers[told.get(name, "")] for told in self.facts]
            for name, numbers in zip(ATTRIBUTES, self.values, strict=True)
        ]
        self.codes = np.array(columns, np.int32).T.reshape(len(products), len(ATTRIBUTES))
        """Each product's values; 0 where nothing is known. Shape: (products, attributes)."""
        spoken = self.values[: len(SPOKEN)]
        self._tables: list[list[NDArray[np.bool_]]] = [[np.ones(len(values), bool)] for values in spoken]
        self._rows: list[dict[object, int]] = [{} for _ in SPOKEN]

    def part(self, start: int, stop: int) -> Answers:
        """The same for the products from `start` to `stop` alone; values keep their numbers."""
        own = copy(self)
        own.facts, own.codes = self.facts[start:stop], self.codes[start:stop]
        return own

    @property
    def allowed(self) -> list[NDArray[np.bool_]]:
        """For each spoken attribute the values that each row of its table allows; row 0 all. Shape: (rows, values)."""
        return [np.stack(table) for table in self._tables]

    def question(self, asked: Asked) -> list[int]:
        """The row of each spoken attribute's table, and the wanted title and model. Shape: (attributes,)."""
        before = self.facts[asked.source]
        rows = [self._spoken(place, name, asked, before.get(name, "")) for place, name in enumerate(SPOKEN)]
        for place, name in enumerate(NAMED, len(SPOKEN)):
            wanted = asked.wants[name].values[0] if name in asked.wants else ""
            if asked.keeps is not None and name in asked.keeps:
                wanted = before[name]
            rows.append(self.values[place][wanted])
        return rows

    def right(self, asked: Asked) -> NDArray[np.int64]:
        """Positions of the products that answer, the source aside."""
        passing = np.ones(len(self.facts), bool)
        for place, row in enumerate(self.question(asked)):
            codes = self.codes[:, place]
            if row:
                passing &= self._tables[place][row][codes] if place < len(SPOKEN) else codes == row
        passing[asked.source] = False
        return np.flatnonzero(passing)

    def _spoken(self, place: int, name: str, asked: Asked, source: str) -> int:
        """The row of the values that the question allows of this attribute."""
        if name in asked.wants:
            want = asked.wants[name]
            return self._row(place, (want, source), _fulfilling(name, want, source))
        if asked.keeps is None and set(asked.wants) & set(DERIVED):  # all may change but kind and gender
            rules = {"category": lambda value: head(value) == head(source), "gender": lambda value: value == source}
            return self._row(place, ("kind", source), rules[name]) if name in rules else 0
        kept = set(SPOKEN) - set(DERIVED) if asked.keeps is None else asked.keeps
        if name not in kept or not source:
            return 0
        return self._row(place, source, lambda value: value in ("", source))

    def _row(self, place: int, key: object, rule: Callable[[str], bool]) -> int:
        rows = self._rows[place]
        if key not in rows:
            rows[key] = len(self._tables[place])
            self._tables[place].append(np.array([rule(value) for value in self.values[place]]))
        return rows[key]


def colour_requests(products: Sequence[Product], *, frequent: Collection[str], held_out: bool) -> Draw:
    """Questions of `fpi-colour`: two products of one gender and category, of which the sentence names the colour.

    A group is drawn by its number of photos, then two of its colours, then a photo of each.

    Args:
        frequent: colours that are asked about.
    """
    groups: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for position, product in enumerate(products):
        colour = facts(product).get("colour", "")  # grey and gray are one colour
        if colour and product.colour.lower() in frequent:
            groups[product.gender, product.category][colour].append(position)
    usable = [group for group in groups.values() if len(group) > 1]
    sizes = list(accumulate(sum(map(len, group.values())) for group in usable))

    def draw(random: Random) -> Asked:
        group = random.choices(usable, cum_weights=sizes)[0]
        before, after = random.sample(sorted(group), 2)
        source, target = random.choice(group[before]), random.choice(group[after])
        text = _naming(products[source], after, random, held_out)
        return Asked(source, target, text, "colour", {"colour": Want("is", (after,))}, ("category", "gender"))

    _check(usable, "products of one gender and category in two frequent colours")
    return draw


def word_requests(products: Sequence[Product], *, held_out: bool) -> Draw:
    """Questions of `fpi-words`: two products whose titles, the brand aside, differ in one word or phrase."""
    bearing: dict[str, list[int]] = defaultdict(list)
    for position, product in enumerate(products):
        bearing[plain_title(product)].append(position)
    found = [pair for pair in _differing(bearing) if pair]
    templates = _HELD_SWAPS if held_out else _SWAPS
    weights = list(accumulate(len(bearing[source]) for source, _, _, _ in found))

    def draw(random: Random) -> Asked:
        source, target, before, after = random.choices(found, cum_weights=weights)[0]
        text = random.choice(templates).format(before=before, after=after)
        right = {"title": Want("is", (target,))}
        return Asked(random.choice(bearing[source]), random.choice(bearing[target]), text, "words", right, ())

    _check(found, "titles that differ in one word")
    return draw


def model_requests(products: Sequence[Product], *, held_out: bool) -> Draw:
    """Questions of `mango-colour`: a model in another of its colours."""
    models: dict[str, list[int]] = defaultdict(list)
    for position, product in enumerate(products):
        if product.variant_of and "colour" in facts(product):
            models[product.variant_of].append(position)
    colours = {position: facts(products[position])["colour"] for places in models.values() for position in places}
    alike = [pair for places in models.values() for pair in pairs_of(places, places)]
    pairs = [(source, target) for source, target in alike if colours[source] != colours[target]]

    def draw(random: Random) -> Asked:
        source, target = random.choice(pairs)
        text = _naming(products[source], colours[target], random, held_out)
        wants = {"colour": Want("is", (colours[target],))}
        return Asked(source, target, text, "model", wants, ("model",))

    _check(pairs, "models in more than one colour")
    return draw


def difference_requests(
    products: Sequence[Product], answers: Answers, *, held_out: bool, about: Collection[str] = SPOKEN
) -> Draw:
    """Questions about whatever one or two attributes two similar products differ in."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for position, told in enumerate(answers.facts):
        kinds[head(told.get("category", ""))].append(position)
    members = {place: np.array(places) for places in kinds.values() for place in places if len(places) > 1}
    concrete = [place for place, name in enumerate(ATTRIBUTES) if name in about and name not in DERIVED]
    codes = answers.codes[:, concrete]
    unknown = np.array([answers.values[place].get("", -1) for place in concrete])
    sources = sorted(members)
    whole, lasting = set(about) == set(SPOKEN), set(about) - set(DERIVED)

    def draw(random: Random) -> Asked:
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
            return Asked(source, target, request.text, request.kind, request.wants, keeps)
        raise UsageError("no two products are near enough to ask for a difference; give more products with attributes")

    _check(sources, "two products of one kind")
    return draw


def plain_title(product: Product) -> str:
    """The title in lower case, from the word that says for whom it is: what stands before is the brand."""
    words = re.findall(r"[\w'/-]+", product.title.lower())
    start = next((place for place, word in enumerate(words) if word in OWNERS), 1)
    return " ".join(words[start:])


def _naming(source: Product, colour: str, random: Random, held_out: bool) -> str:
    """A sentence that asks for the source in a colour."""
    change = Change("colour", facts(source).get("colour", ""), colour)
    try:
        return sentence([change], random, held_out=held_out, kind="precise", category=source.category).text
    except UsageError:  # nobody says "in multi"
        plain = [template for template in (_HELD_SWAPS if held_out else _SWAPS) if "{before}" not in template]
        return random.choice(plain).format(after=colour_word(colour, random))


def _told(product: Product) -> dict[str, str]:
    return {**facts(product), "title": plain_title(product), "model": product.variant_of}


def _numbered(values: Iterator[str]) -> dict[str, int]:
    return {value: number for number, value in enumerate(sorted({"", *values}))}


def _fulfilling(attribute: str, want: Want, before: str) -> Callable[[str], bool]:
    source = {attribute: before} if before else {}
    request = Request("", "", {attribute: want})
    return lambda value: accepts(request, source, {attribute: value} if value else {}, keeps=())


def _differing(titles: Collection[str]) -> Iterator[tuple[str, str, str, str]]:
    """Pairs of titles with the phrases in which they differ."""
    frames: dict[tuple[str, str], list[str]] = defaultdict(list)
    for title in sorted(titles):
        for before, phrase, after in _phrases(title.split()):
            frames[before, after].append(phrase)
    for (before, after), phrases in sorted(frames.items()):
        if len(before.split()) + len(after.split()) >= 2:
            for one, other in pairs_of(phrases, phrases):
                if not set(one.split()) & set(other.split()):
                    titled = [" ".join(filter(None, (before, phrase, after))) for phrase in (one, other)]
                    yield titled[0], titled[1], one, other


def _phrases(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Every known word or phrase of a title, between what stands before and behind it."""
    for start in range(len(words)):
        for count in (1, 2):
            phrase = " ".join(words[start : start + count])
            known = phrase in _PHRASES if count == 2 else phrase in vocabulary()
            if known and start + count <= len(words):
                yield " ".join(words[:start]), phrase, " ".join(words[start + count :])


def _check(found: Sequence[object], what: str) -> None:
    if not found:
        raise UsageError(f"this catalogue has no {what}, so nothing can be asked of it; give another data set")


_PHRASES = {
    *COLOURS, *SYNONYMS, *(noun for called in NOUNS.values() for noun in called),
    *(word for values in LEXICON.values() for value in values.values() for word in (*value.before, *value.also)),
}  # fmt: skip
