"""Short search texts: what a customer types who looks for this product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from modiste.colour import SYNONYMS
from modiste.phrases.facts import Facts, Item, facts
from modiste.phrases.lexicon import LEXICON, Value
from modiste.phrases.nouns import nouns

OWNERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "men": (("men's", "mens", "men"), ("for men", "for him")),
    "women": (("women's", "womens", "women", "ladies"), ("for women", "for her")),
    "boys": (("boys'", "boys", "boy's"), ("for boys", "for a boy")),
    "girls": (("girls'", "girls", "girl's"), ("for girls", "for a girl")),
    "unisex": (("unisex",), ()),
}
"""Gender to the words before and after the noun."""

MULTICOLOURED = ("multicoloured", "multi coloured", "colourful")
"""What the colour `multi` is called."""

_FEATURES: Mapping[str, float] = {
    "pattern": 0.5, "fabric": 0.4, "sleeve": 0.3, "neck": 0.3, "length": 0.3, "fit": 0.3, "heel": 0.3,
    "formality": 0.12,
}  # fmt: skip
"""How often an attribute is named. A season says little about one product."""

_ORDER: Mapping[str, float] = {"formality": 0, "fit": 1, "length": 1, "colour": 2, "pattern": 2, "neck": 3, "fabric": 4}
"""Place of an adjective before the noun."""


def describe(item: Item, rng: Random) -> str:
    """A short search text that is true of the product, in lower case.

    Every call may give another: with or without gender, colour and up to two further attributes, in several orders.
    A product of which nothing is known gives its title.

    >>> describe({"category": "Tshirts", "gender": "Women", "colour": "navy"}, Random(2))
    'women navy blue t-shirt'
    """
    known = facts(item)
    called = nouns(known.get("category", ""))
    if not called:
        return str(item.get("title", "")) if isinstance(item, Mapping) else item.title
    noun = _mostly_first(called, rng)
    before, after = _features(known, noun, rng)
    owner, owner_after = _owner(known, rng)
    bare = not (before or after or owner or owner_after)
    if "colour" in known and (bare or rng.random() < 0.85):
        colour = colour_word(known["colour"], rng)
        if known["colour"] != "multi" and rng.random() < 0.12:
            after.insert(0, f"in {colour}")
        else:
            before["colour"] = colour
    # Customers keep to the usual order of adjectives, more or less.
    adjectives = sorted(before, key=lambda name: _ORDER.get(name, 1) + 1.4 * rng.random())
    return " ".join(filter(None, [owner, *(before[name] for name in adjectives), noun, joined(after), owner_after]))


def colour_word(colour: str, rng: Random) -> str:
    """A colour's name, or now and then another word for it."""
    if colour == "multi":
        return rng.choice(MULTICOLOURED)
    others = _SAID.get(colour, [])
    word = rng.choice(others) if others and rng.random() < 0.3 else colour
    return word.replace("grey", "gray") if rng.random() < 0.2 else word


def value_of(attribute: str, value: str) -> Value:
    """How a value is said; one that the lexicon lacks is said as it stands."""
    return LEXICON[attribute].get(value) or Value((value,))


def joined(phrases: Sequence[str]) -> str:
    """Phrases behind a noun in one: "with a v-neck and long sleeves for work"."""
    having = [phrase.removeprefix("with ") for phrase in phrases if phrase.startswith("with ")]
    rest = [phrase for phrase in phrases if not phrase.startswith("with ")]
    return " ".join(([f"with {' and '.join(having)}"] if having else []) + rest)


def _features(known: Facts, noun: str, rng: Random) -> tuple[dict[str, str], list[str]]:
    """Up to two further attributes: what is said before the noun, by attribute, and what behind it."""
    before, after = {}, []
    said = f"{noun} {known.get('colour', '')}"
    names = [name for name in _FEATURES if name in known and rng.random() < _FEATURES[name]]
    for name in rng.sample(names, min(2, len(names))):
        value = value_of(name, known[name])
        # That something has no pattern is worth few words.
        if repeats(known[name], said) or (known[name] == "solid" and rng.random() < 0.7):
            continue
        said += f" {known[name]}"
        if value.after and (not value.before or rng.random() < 0.4):
            after.append(rng.choice(value.after))
        elif value.before:
            before[name] = rng.choice(value.before)
    return before, after


def _owner(known: Facts, rng: Random) -> tuple[str, str]:
    before, after = OWNERS.get(known.get("gender", ""), ((), ()))
    chance = rng.random()
    if before and chance < 0.45:
        return rng.choice(before), ""
    return "", rng.choice(after) if after and chance < 0.6 else ""


def _mostly_first(words: Sequence[str], rng: Random) -> str:
    return words[0] if rng.random() < 0.6 else rng.choice(words)


def repeats(value: str, said: str) -> bool:
    """Whether a value would be said twice: "denim" jacket, "casual" shoes, "hooded" hoodie."""
    stems = {word[:4] for word in said.replace("jeans", "denim").split()}
    return any(word[:4] in stems for word in value.split())


_UNSAID = {"wash", "marine", "melange", "bleach", "brass", "toned", "fuschia"}
"""In synonyms that are understood but would sound odd."""
_SAID = {
    colour: [word for word, name in SYNONYMS.items() if name == colour and not _UNSAID & set(word.split())]
    for colour in SYNONYMS.values()
}
