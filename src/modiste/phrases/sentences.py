"""Sentences that customers would type about a product that should be different."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from modiste.errors import UsageError
from modiste.phrases.book import KINDS, Wording, frames, wordings
from modiste.phrases.describe import OWNERS, colour_word, repeats, value_of
from modiste.phrases.facts import Item, facts
from modiste.phrases.lexicon import DERIVED, LEXICON, in_excess, mark
from modiste.phrases.nouns import PAIRS, head, nouns
from modiste.phrases.requests import SUBJECTS, Change, Request, Want, difference, wants_of

_WEIGHTS: Mapping[str, int] = {"precise": 4, "comparative": 3, "negated": 2, "abstract": 2}
"""How often customers speak in each kind, relative to the others."""
_JOINED = ("adjective", "phrase", "thing")
"""Forms that "and" can join."""
_NOUN_ONLY = (
    *("sleeve", "neck", "fit", "heel", "leg", "print", "dot", "block", "logo", "graphic", "check", "wedge"),
    *("party", "sports", "summer", "spring", "autumn", "winter"),
)
"""Last words of what only stands before a noun: nobody says "make it logo"."""


SLOTS: Mapping[str, tuple[str, str]] = {
    "it": ("it", "them"), "they": ("it", "they"), "this": ("this", "these"), "one": ("one", "ones"),
    "a_one": ("one", "a pair"), "is": ("is", "are"), "do": ("does", "do"),
}  # fmt: skip
"""Slot to its word for one thing and for a pair."""


@dataclass(frozen=True)
class _Saying:
    """A wording with its slots filled, and what it asks for."""

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
        source: what the customer looks at.
        target: what they will choose.
        rng: decides the wording.
        held_out: use only wordings that are kept for testing.
        kind: only this kind of request, one of `KINDS` or `composed`.
        about: attributes that count, in a catalogue whose others say nothing about the photo; give `accepts` the
            same ones to keep.

    Raises:
        UsageError: the products don't differ, or in more than one sentence says, or no wording fits.
    """
    changes = [change for change in difference(source, target) if change.attribute in about]
    choices = _choices(changes)
    category = facts(source).get("category", "")
    for chosen in rng.sample(choices, len(choices)):
        try:
            return sentence(chosen, rng, held_out=held_out, kind=kind, category=category)
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
        return _composed([speech.choose(change, _JOINED) for change in changes], speech)
    if len(changes) == 2 or kind == "composed":
        raise UsageError(f'two changes make a composed sentence, one any of {", ".join(KINDS)}; got kind "{kind}"')
    said = speech.choose(changes[0], kind=kind)
    text = speech.framed(said.wording.text, said.wording.form)
    return Request(text, said.wording.kind, {said.attribute: said.want})


def _choices(changes: Sequence[Change]) -> list[list[Change]]:
    """What of a difference one sentence can be about."""
    concrete = [change for change in changes if change.attribute not in DERIVED]
    choices = [concrete] * 3 if 1 <= len(concrete) <= 2 else []
    if all(change.attribute != "gender" and _same_kind(change) for change in concrete):
        choices += [[change] for change in changes if change.attribute in DERIVED and change.before]
    return choices


def _same_kind(change: Change) -> bool:
    return change.attribute != "category" or head(change.before) == head(change.after)


def _composed(sayings: Sequence[_Saying], speech: _Speech) -> Request:
    """Both in one frame: adjectives first, then phrases; things get their "with"."""
    ordered = sorted(sayings, key=lambda said: _JOINED.index(said.wording.form))
    texts = [f"with {said.wording.text}" if said.wording.form == "thing" else said.wording.text for said in ordered]
    if all(text.startswith("with ") for text in texts):
        texts[1] = texts[1].removeprefix("with ")
    form = "adjective" if ordered[0].wording.form == "adjective" else "phrase"
    wants = {said.attribute: said.want for said in ordered}
    return Request(speech.framed(" and ".join(texts), form), "composed", wants)


class _Speech:
    """Chooses words for one product."""

    def __init__(self, category: str, held_out: bool, rng: Random) -> None:
        self.noun, self.held_out, self.rng = (nouns(category) or ("",))[0], held_out, rng
        pair = bool(self.noun) and self.noun.split()[-1] in PAIRS
        self.slots = {slot: words[pair] for slot, words in SLOTS.items()}
        self.slots["noun"] = self.noun or self.slots["one"]
        self.pair = pair

    def choose(self, change: Change, forms: Sequence[str] = (), kind: str = "") -> _Saying:
        """One way to ask for the change: a kind by its weight, then any wording of it."""
        fitting = [said for said in self._sayings(change) if kind in ("", said.wording.kind)]
        if forms:
            fitting = [said for said in fitting if said.wording.form in forms and "{before}" not in said.wording.text]
        if not fitting:
            raise UsageError(f"no {kind or 'known'} wording asks for {change.attribute} {change.after}; choose another")
        kinds = sorted({said.wording.kind for said in fitting})
        chosen = self.rng.choices(kinds, [_WEIGHTS[kind] for kind in kinds])[0]
        said = self.rng.choice([said for said in fitting if said.wording.kind == chosen])
        return replace(said, wording=said.wording._replace(text=self._filled(said.wording, change)))

    def framed(self, text: str, form: str) -> str:
        """The text within a sentence."""
        return self.rng.choice(frames(form, self.held_out)).format(x=text, **self.slots)

    def _sayings(self, change: Change) -> Iterator[_Saying]:
        for relation, want in wants_of(change):
            block = [*wordings(change.attribute, relation), *(_by_lexicon(change) if relation == "is" else ())]
            exaggerates = relation in ("more", "less") and not in_excess(change.attribute, relation, change.before)
            for wording in block:
                untrue = exaggerates and wording.kind == "negated"
                if self._may_say(wording) and not untrue and not _wordless(wording, change):
                    yield _Saying(wording, change.attribute, want)

    def _may_say(self, wording: Wording) -> bool:
        """Training never uses what is held out. Testing may put any wording into its own frames."""
        if wording.form == "sentence":
            return wording.held_out == self.held_out
        return self.held_out or not wording.held_out

    def _filled(self, wording: Wording, change: Change) -> str:
        words = {
            "before": _called(change.attribute, change.before, self.rng),
            "after": _called(change.attribute, change.after, self.rng),
            "mark": mark(change.before),
            "a_before": _witharticle(change.before),
            "a_after": _witharticle(change.after),
            "owner": OWNERS[change.after][0][0] if change.after in OWNERS else change.after,
        }
        text = wording.text.format(**words, **self.slots)
        if wording.form != "named":
            return text
        nouns = [self.slots["one"]] if repeats(text, self.noun) else [self.slots["one"], self.slots["noun"]]
        named = f"{text} {self.rng.choice(nouns)}"
        return named if self.pair else f"{article(text)} {named}"


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


def _wordless(wording: Wording, change: Change) -> bool:
    """Whether the wording speaks of a value that is unknown or that nobody has a word for."""
    marked = "" if change.before == "solid" else change.before
    values = {"before}": change.before, "mark}": marked, "after}": change.after}
    return any(slot in wording.text and not _words(change.attribute, value) for slot, value in values.items())


def _words(attribute: str, value: str) -> tuple[str, ...]:
    if attribute in LEXICON and value:
        return value_of(attribute, value).before
    # Nobody says "in multi".
    return (value,) if value not in ("", "multi") else ()


def _called(attribute: str, value: str, rng: Random) -> str:
    if attribute == "colour" and value:
        return colour_word(value, rng)
    return next(iter(_words(attribute, value)), "")


def _witharticle(category: str) -> str:
    noun = (nouns(category) or ("",))[0]
    return noun if not noun or noun.split()[-1] in PAIRS else f"{article(noun)} {noun}"


def article(word: str) -> str:
    """The indefinite article before a word."""
    return "an" if word[0] in "aeio" else "a"
