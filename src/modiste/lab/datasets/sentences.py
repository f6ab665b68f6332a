"""Texts that customers would type, to train and evaluate with: about one product, and about the difference of two."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from modiste.colour import SYNONYMS
from modiste.errors import UsageError
from modiste.phrases.book import KINDS, SLOTS, Wording, article, frames, mark, wordings
from modiste.phrases.facts import MULTICOLOURED, OWNERS, Facts, Item, facts
from modiste.phrases.lexicon import DERIVED, LEXICON, PAIRS, SCALES, Value, head, nouns
from modiste.phrases.requests import SUBJECTS, Change, Request, Want, difference, wants_of

_FEATURES: Mapping[str, float] = {
    "pattern": 0.5, "fabric": 0.4, "sleeve": 0.3, "neck": 0.3, "length": 0.3, "fit": 0.3, "heel": 0.3,
    "formality": 0.12,
}  # fmt: skip
"""How often an attribute is named. A season says little about one product."""
_ORDER: Mapping[str, float] = {"formality": 0, "fit": 1, "length": 1, "colour": 2, "pattern": 2, "neck": 3, "fabric": 4}
"""Rank of an adjective among those before the noun."""
_ODD = {"wash", "marine", "melange", "bleach", "brass", "toned", "fuschia"}
"""Words of synonyms that are understood but would sound odd."""
_COLOUR_WORDS = {
    colour: [word for word, name in SYNONYMS.items() if name == colour and not _ODD & set(word.split())]
    for colour in SYNONYMS.values()
}
_WEIGHTS: Mapping[str, int] = {"precise": 4, "comparative": 3, "negated": 2, "abstract": 2}
"""How often customers use each kind, relative to the others."""
_JOINED = ("adjective", "phrase", "thing")
"""Forms that "and" can join."""
_NOUN_ONLY = (
    *("sleeve", "neck", "fit", "heel", "leg", "print", "dot", "block", "logo", "graphic", "check", "wedge"),
    *("party", "sports", "summer", "spring", "autumn", "winter"),
)
"""Last words of what only stands before a noun: nobody says "make it logo"."""


@dataclass(frozen=True)
class _Choice:
    """A wording, and what it asks for."""

    wording: Wording
    attribute: str
    want: Want


def describe(item: Item, rng: Random) -> str:
    """A short search text that is true of the product, in lower case.

    Every call may give another: with or without gender, colour and up to two further attributes, in several orders.
    A product of which nothing is known gives its title.

    >>> describe({"category": "Tshirts", "gender": "Women", "colour": "navy"}, Random(2))
    'women navy blue t-shirt'
    """
    known = facts(item)
    names = nouns(known.get("category", ""))
    if not names:
        return str(item.get("title", "")) if isinstance(item, Mapping) else item.title
    noun = names[0] if rng.random() < 0.6 else rng.choice(names)
    before, after = _features(known, noun, rng)
    owners, chance = OWNERS.get(known.get("gender", ""), ((), ())), rng.random()
    owner = rng.choice(owners[0]) if owners[0] and chance < 0.45 else ""
    owner_after = rng.choice(owners[1]) if not owner and owners[1] and chance < 0.6 else ""
    bare = not (before or after or owner or owner_after)
    if "colour" in known and (bare or rng.random() < 0.85):
        colour = colour_word(known["colour"], rng)
        if known["colour"] != "multi" and rng.random() < 0.12:
            after.insert(0, f"in {colour}")
        else:
            before["colour"] = colour
    # Customers keep to the usual order of adjectives, more or less.
    adjectives = sorted(before, key=lambda name: _ORDER.get(name, 1) + 1.4 * rng.random())
    having = " and ".join(phrase.removeprefix("with ") for phrase in after if phrase.startswith("with "))
    rest = [phrase for phrase in after if not phrase.startswith("with ")]
    with_all = [f"with {having}"] if having else []  # "with a v-neck and long sleeves for work"
    words = [owner, *(before[name] for name in adjectives), noun, *with_all, *rest, owner_after]
    return " ".join(filter(None, words))


def ask(
    source: Item,
    target: Item,
    rng: Random,
    *,
    held_out: bool = False,
    kind: str = "",
    about: Collection[str] = SUBJECTS,
) -> Request:
    """A request that leads from the source to the target; `accepts` agrees that the target answers it.

    It speaks of all differences when there are one or two, or of season or formality alone, which let others change.

    Args:
        source: the product that the customer looks at.
        target: the product that they will choose.
        rng: decides the wording.
        held_out: use only wordings that are kept for testing.
        kind: only this kind of request, one of `KINDS` or `composed`.
        about: attributes that count, in a catalogue whose others say nothing about the photo; give `accepts` the
            same ones to keep.

    Raises:
        UsageError: the products don't differ, or in more than one sentence says, or no wording fits.
    """
    changes = [change for change in difference(source, target) if change.attribute in about]
    concrete = [change for change in changes if change.attribute not in DERIVED]
    topics = [concrete] * 3 if 1 <= len(concrete) <= 2 else []
    if all(
        change.attribute != "gender" and (change.attribute != "category" or head(change.before) == head(change.after))
        for change in concrete
    ):
        topics += [[change] for change in changes if change.attribute in DERIVED and change.before]
    category = facts(source).get("category", "")
    for topic in rng.sample(topics, len(topics)):
        try:
            return sentence(topic, rng, held_out=held_out, kind=kind, category=category)
        except UsageError:
            continue
    names = ", ".join(change.attribute for change in changes) or "nothing"
    raise UsageError(
        f"no {kind or 'single'} sentence says this difference: {names}; take products nearer to each other"
    )


def sentence(
    changes: Sequence[Change], rng: Random, *, held_out: bool = False, kind: str = "", category: str = ""
) -> Request:
    """A request for one change, or for two at once.

    Args:
        changes: one or two; of a request for two, every one is fulfilled.
        rng: decides the wording.
        held_out: use only wordings that are kept for testing.
        kind: only this kind of request, one of `KINDS` or `composed`; any that fits when empty.
        category: the product's label, for "it" or "them" and its noun.

    Raises:
        UsageError: not one or two changes, or no wording of this kind fits them.
    """
    if len(changes) not in (1, 2):
        raise UsageError(f"a sentence speaks of one or two changes, got {len(changes)}; choose among them")
    speech = _Speech(category, held_out, rng)
    if len(changes) == 2 and kind in ("", "composed"):
        choices = [speech.choose(change, _JOINED) for change in changes]
        choices.sort(key=lambda choice: _JOINED.index(choice.wording.form))
        texts = [("with " if choice.wording.form == "thing" else "") + choice.wording.text for choice in choices]
        if all(text.startswith("with ") for text in texts):
            texts[1] = texts[1].removeprefix("with ")
        form = "adjective" if choices[0].wording.form == "adjective" else "phrase"
        wants = {choice.attribute: choice.want for choice in choices}
        return Request(speech.framed(" and ".join(texts), form), "composed", wants)
    if len(changes) == 2 or kind == "composed":
        raise UsageError(f'two changes make a composed sentence, one any of {", ".join(KINDS)}; got kind "{kind}"')
    choice = speech.choose(changes[0], kind=kind)
    text = speech.framed(choice.wording.text, choice.wording.form)
    return Request(text, choice.wording.kind, {choice.attribute: choice.want})


def colour_word(colour: str, rng: Random) -> str:
    """A colour's name, or now and then another word for it."""
    if colour == "multi":
        return rng.choice(MULTICOLOURED)
    others = _COLOUR_WORDS.get(colour, [])
    word = rng.choice(others) if others and rng.random() < 0.3 else colour
    return word.replace("grey", "gray") if rng.random() < 0.2 else word


def _features(known: Facts, noun: str, rng: Random) -> tuple[dict[str, str], list[str]]:
    """Phrases for up to two further attributes: before the noun, by attribute, and after it."""
    before, after = {}, []
    text = f"{noun} {known.get('colour', '')}"
    names = [name for name in _FEATURES if name in known and rng.random() < _FEATURES[name]]
    for name in rng.sample(names, min(2, len(names))):
        value = _value_of(name, known[name])
        # That something has no pattern is worth few words.
        if _repeats(known[name], text) or (known[name] == "solid" and rng.random() < 0.7):
            continue
        text += f" {known[name]}"
        if value.after and (not value.before or rng.random() < 0.4):
            after.append(rng.choice(value.after))
        elif value.before:
            before[name] = rng.choice(value.before)
    return before, after


class _Speech:
    """Chooses words for one product."""

    def __init__(self, category: str, held_out: bool, rng: Random) -> None:
        self.noun, self.held_out, self.rng = (nouns(category) or ("",))[0], held_out, rng
        self.pair = bool(self.noun) and self.noun.split()[-1] in PAIRS
        self.slots = {slot: words[self.pair] for slot, words in SLOTS.items()}
        self.slots["noun"] = self.noun or self.slots["one"]

    def choose(self, change: Change, forms: Sequence[str] = (), kind: str = "") -> _Choice:
        """A wording of the change with its slots filled: a kind by its weight, then any wording of it."""
        fitting = [choice for choice in _choices(change, self.held_out) if kind in ("", choice.wording.kind)]
        if forms:
            fitting = [each for each in fitting if each.wording.form in forms and "{before}" not in each.wording.text]
        if not fitting:
            raise UsageError(f"no {kind or 'known'} wording asks for {change.attribute} {change.after}; choose another")
        kinds = sorted({choice.wording.kind for choice in fitting})
        chosen = self.rng.choices(kinds, [_WEIGHTS[kind] for kind in kinds])[0]
        choice = self.rng.choice([choice for choice in fitting if choice.wording.kind == chosen])
        return replace(choice, wording=choice.wording._replace(text=self._filled(choice.wording, change)))

    def framed(self, text: str, form: str) -> str:
        """The text within a sentence."""
        return self.rng.choice(frames(form, self.held_out)).format(x=text, **self.slots)

    def _filled(self, wording: Wording, change: Change) -> str:
        words = {
            "before": self._word(change.attribute, change.before),
            "after": self._word(change.attribute, change.after),
            "mark": mark(change.before),
            "a_before": _with_article(change.before),
            "a_after": _with_article(change.after),
            "owner": OWNERS[change.after][0][0] if change.after in OWNERS else change.after,
        }
        text = wording.text.format(**words, **self.slots)
        if wording.form != "named":
            return text
        nouns = [self.slots["one"]] if _repeats(text, self.noun) else [self.slots["one"], self.slots["noun"]]
        named = f"{text} {self.rng.choice(nouns)}"
        return named if self.pair else f"{article(text)} {named}"

    def _word(self, attribute: str, value: str) -> str:
        if attribute == "colour" and value:
            return colour_word(value, self.rng)
        return next(iter(_words(attribute, value)), "")


@lru_cache(4096)
def _choices(change: Change, held_out: bool) -> tuple[_Choice, ...]:
    """Every wording that may ask for the change, its slots still empty."""
    pattern = "" if change.before == "solid" else change.before
    values = {"before}": change.before, "mark}": pattern, "after}": change.after}
    wordless = [slot for slot, value in values.items() if not _words(change.attribute, value)]
    choices = []
    for relation, want in wants_of(change):
        exaggerates = relation in ("more", "less") and not _in_excess(change.attribute, relation, change.before)
        for wording in [*wordings(change.attribute, relation), *(_by_lexicon(change) if relation == "is" else ())]:
            # Training never uses what is held out; testing may put any wording into its own frames.
            allowed = wording.held_out == held_out or (held_out and wording.form != "sentence")
            untrue = exaggerates and wording.kind == "negated"
            if allowed and not untrue and not any(slot in wording.text for slot in wordless):
                choices.append(_Choice(wording, change.attribute, want))
    return tuple(choices)


def _by_lexicon(change: Change) -> Iterator[Wording]:
    """Precise wordings from the lexicon: "striped", "a striped one", "with stripes"."""
    kind = "abstract" if change.attribute in DERIVED else "precise"
    if change.attribute == "gender":
        yield from (Wording(word, kind, "phrase", False) for word in OWNERS.get(change.after, ((), ()))[1])
    if change.attribute not in LEXICON:
        return
    value = _value_of(change.attribute, change.after)
    for word in value.before:
        yield Wording(word, kind, "named", False)
        if not word.endswith(_NOUN_ONLY):
            yield Wording(word, kind, "adjective", False)
    for phrase in value.after:
        yield Wording(phrase, "negated" if phrase.startswith("without") else kind, "phrase", False)


def _words(attribute: str, value: str) -> tuple[str, ...]:
    """Words for a value before a noun; nothing for unknown values and those without a word."""
    if attribute in LEXICON and value:
        return _value_of(attribute, value).before
    # Nobody says "in multi".
    return (value,) if value not in ("", "multi") else ()


def _in_excess(attribute: str, relation: str, value: str) -> bool:
    """True if a value has too little for `more` or too much for `less`: nobody calls a regular fit baggy."""
    scale = next(scale for scale in SCALES[attribute] if value in scale)
    position, middle = scale.index(value), (len(scale) - 1) / 2
    return position <= middle if relation == "more" else position >= middle


def _with_article(category: str) -> str:
    noun = (nouns(category) or ("",))[0]
    return noun if not noun or noun.split()[-1] in PAIRS else f"{article(noun)} {noun}"


def _value_of(attribute: str, value: str) -> Value:
    """Words for a value; one that the lexicon lacks is its own word."""
    return LEXICON[attribute].get(value) or Value((value,))


def _repeats(value: str, text: str) -> bool:
    """True if a text already says a value: "denim" jacket, "casual" shoes, "hooded" hoodie."""
    stems = {word[:4] for word in text.replace("jeans", "denim").split()}
    return any(word[:4] in stems for word in value.split())
