"""Sentences that customers would type about a product that should be different, and the grammar of all of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from random import Random

from modiste.colour import COLOURS, MODIFIERS, SYNONYMS
from modiste.errors import UsageError
from modiste.phrases.book import KINDS, Wording, blocks, frames, wordings
from modiste.phrases.facts import MULTICOLOURED, OWNERS, Item, colour_word, facts, repeats, value_of
from modiste.phrases.lexicon import DERIVED, LEXICON, NOUNS, PAIRS, SCALES, Value, head, noun_phrase, nouns
from modiste.phrases.requests import SUBJECTS, Change, Request, Want, difference, wants_of

FORMS = ("adjective", "phrase", "thing", "named", "sentence")
"""Forms of wordings, as in `book`."""
SLOTS: Mapping[str, tuple[str, str]] = {
    "it": ("it", "them"), "they": ("it", "they"), "this": ("this", "these"), "one": ("one", "ones"),
    "a_one": ("one", "a pair"), "is": ("is", "are"), "do": ("does", "do"),
}  # fmt: skip
"""Slot to its word for a single product and for a pair."""
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


def grammar(*, held_out: bool = False) -> dict[str, tuple[str, ...]]:
    """Rules of all sentences: name to alternatives, in which `<name>` stands for another rule.

    It begins at `request`. A speech grammar or a list of examples can be written from it.

    Args:
        held_out: with the wordings that are kept for testing.
    """
    rules = {"request": tuple(f"<asked {form}>" for form in FORMS)}
    for form in FORMS:
        kept = frames(form, False) + (frames(form, True) if held_out else ())
        framed = (frame.replace("{x}", f"<{form}>") for frame in kept)
        for name, texts in ((f"asked {form}", framed), (form, _texts_of(form, held_out))):
            rules[name] = tuple(dict.fromkeys(re.sub(r"\{(\w+)\}", r"<\1>", text) for text in texts))
    rules |= SLOTS
    rules["colour"] = (*COLOURS, *SYNONYMS)
    rules["noun"] = tuple(dict.fromkeys(noun for names in NOUNS.values() for noun in names))
    rules["fabric"] = tuple(word for value in LEXICON["fabric"].values() for word in value.before)
    rules["mark"] = tuple(_mark(pattern) for pattern in LEXICON["pattern"] if pattern != "solid")
    rules["owner"] = tuple(word for before, _ in OWNERS.values() for word in before)
    return rules


@cache
def vocabulary() -> frozenset[str]:
    """Every word of the grammar, of titles and of columns that is understood, in lower case."""
    texts = [text for alternatives in grammar(held_out=True).values() for text in alternatives]
    texts += [word for values in LEXICON.values() for name in values for word in (name, *values[name].also)]
    texts += [word for values in LEXICON.values() for value in values.values() for word in value.after]
    texts += [word for before, after in OWNERS.values() for word in (*before, *after)]
    texts += [*NOUNS, *MODIFIERS, *MULTICOLOURED]
    return frozenset(word for text in texts for word in re.findall(r"[a-z'/]+", re.sub(r"<[^>]*>", " ", text)))


def article(word: str) -> str:
    """The indefinite article before a word."""
    return "an" if word[0] in "aeio" else "a"


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
            "mark": _mark(change.before),
            "a_before": _with_article(change.before),
            "a_after": _with_article(change.after),
            "owner": OWNERS[change.after][0][0] if change.after in OWNERS else change.after,
        }
        text = wording.text.format(**words, **self.slots)
        if wording.form != "named":
            return text
        nouns = [self.slots["one"]] if repeats(text, self.noun) else [self.slots["one"], self.slots["noun"]]
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
    value = value_of(change.attribute, change.after)
    for word in value.before:
        yield Wording(word, kind, "named", False)
        if not word.endswith(_NOUN_ONLY):
            yield Wording(word, kind, "adjective", False)
    for phrase in value.after:
        yield Wording(phrase, "negated" if phrase.startswith("without") else kind, "phrase", False)


def _words(attribute: str, value: str) -> tuple[str, ...]:
    """Words for a value before a noun; nothing for unknown values and those without a word."""
    if attribute in LEXICON and value:
        return value_of(attribute, value).before
    # Nobody says "in multi".
    return (value,) if value not in ("", "multi") else ()


def _mark(pattern: str) -> str:
    """The noun for a pattern: "stripes", "logo".

    >>> _mark("checked")
    'checks'
    """
    value = LEXICON["pattern"].get(pattern, Value())
    return noun_phrase(value.after[0]) if value.after else "pattern"


def _in_excess(attribute: str, relation: str, value: str) -> bool:
    """True if a value has too little for `more` or too much for `less`: nobody calls a regular fit baggy."""
    scale = next(scale for scale in SCALES[attribute] if value in scale)
    position, middle = scale.index(value), (len(scale) - 1) / 2
    return position <= middle if relation == "more" else position >= middle


def _with_article(category: str) -> str:
    noun = (nouns(category) or ("",))[0]
    return noun if not noun or noun.split()[-1] in PAIRS else f"{article(noun)} {noun}"


def _texts_of(form: str, held_out: bool) -> Iterator[str]:
    """Every text of a form, with rules in place of slots for values."""
    texts = [word for values in LEXICON.values() for value in values.values() for word in value.before]
    filled = []
    for attribute, relation in blocks():
        for wording in wordings(attribute, relation):
            if wording.form == form and (held_out or not wording.held_out):
                text = re.sub(r"\{a_(before|after)\}", "<noun>", wording.text)
                filled.append(re.sub(r"\{(before|after)\}", f"<{attribute}>", text))
    if form == "phrase":
        texts = [phrase for values in LEXICON.values() for value in values.values() for phrase in value.after]
    elif form not in ("adjective", "named"):
        texts = []
    for text in (*filled, *texts):
        yield from (f"{article(text)} {text} one", f"{text} ones", f"{text} <noun>") if form == "named" else (text,)
