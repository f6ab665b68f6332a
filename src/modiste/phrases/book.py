"""The phrase book: every wording of a request, what it asks for, and its frames; and the grammar of all of them.

One block holds the wordings of one relation of one attribute. A line gives their kind and form, then the wordings; an
asterisk keeps them for testing: no sentence for training uses them.

Forms: `adjective` ("longer"), `phrase` ("in navy"), `thing` ("longer sleeves"), `named` (stands before the noun: "a
striped one") and `sentence`, which needs no frame. Slots: {before} and {after} are the values of source and target,
{mark} the noun for the source's pattern ("stripes"); {it}, {they}, {this}, {one} ... follow the number of the noun.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from modiste.colour import COLOURS, MODIFIERS, SYNONYMS
from modiste.phrases.facts import MULTICOLOURED, OWNERS
from modiste.phrases.lexicon import LEXICON, NOUNS, Value, noun_phrase

KINDS = ("precise", "comparative", "negated", "abstract")
"""Kinds of request, by how directly they name what is wanted."""
FORMS = ("adjective", "phrase", "thing", "named", "sentence")
SLOTS: Mapping[str, tuple[str, str]] = {
    "it": ("it", "them"), "they": ("it", "they"), "this": ("this", "these"), "one": ("one", "ones"),
    "a_one": ("one", "a pair"), "is": ("is", "are"), "do": ("does", "do"),
}  # fmt: skip
"""Slot to its word for a single product and for a pair."""


class Wording(NamedTuple):
    """One wording of a request."""

    text: str
    kind: str
    """One of `KINDS`."""
    form: str
    held_out: bool
    """Kept for testing."""


@cache
def wordings(attribute: str, relation: str) -> tuple[Wording, ...]:
    """The wordings for a relation of an attribute; none if the book has no such block."""
    return tuple(
        Wording(text, kind, form, held_out)
        for (kind, form, held_out), texts in _lines(BOOK.get((attribute, relation), ""))
        for text in texts
    )


@cache
def frames(form: str, held_out: bool) -> tuple[str, ...]:
    """The sentences that hold a wording of this form, as {x}."""
    kept = (texts for (_, of, held), texts in _lines(_FRAMES) if (of, held) == (form, held_out))
    return tuple(text for texts in kept for text in texts)


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
    rules["mark"] = tuple(mark(pattern) for pattern in LEXICON["pattern"] if pattern != "solid")
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


def mark(pattern: str) -> str:
    """The noun for a pattern: "stripes", "logo".

    >>> mark("checked")
    'checks'
    """
    value = LEXICON["pattern"].get(pattern, Value())
    return noun_phrase(value.after[0]) if value.after else "pattern"


def _lines(block: str) -> Iterator[tuple[tuple[str, str, bool], list[str]]]:
    for line in filter(None, map(str.strip, block.splitlines())):
        head, _, texts = line.partition(": ")
        kind, form = head.removesuffix("*").split()
        yield (kind, form, head.endswith("*")), [text.strip() for text in texts.split("|")]


def _texts_of(form: str, held_out: bool) -> Iterator[str]:
    """Every text of a form, with rules in place of slots for values."""
    texts = [word for values in LEXICON.values() for value in values.values() for word in value.before]
    filled = []
    for attribute, relation in BOOK:
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


_FRAMES = """
    any adjective: {x} | {x} please | make {it} {x} | something {x} | the same but {x} | like {this} but {x}
    any adjective: i want {it} {x} | i'd like something {x} | show me something {x} | similar but {x}
    any adjective: do you have something {x}? | this style but {x} | i prefer {it} {x} | same {noun} but {x}
    any adjective: i like {this} but want {it} {x}
    any adjective*: could you make {it} {x}? | could {they} be {x}? | got anything {x}? | ideally {x}
    any adjective*: i was hoping for something {x} | have you got {this} but {x}? | what about something {x}?
    any phrase: {x} | {x} please | the same {x} | the same but {x} | like {this} but {x} | i want {it} {x}
    any phrase: i'd like {this} {x} | show me {this} {x} | do you have {this} {x}? | similar but {x}
    any phrase: i want {a_one} {x} | can i get {this} {x}? | something like {this} {x} | i prefer {it} {x}
    any phrase: same {noun} {x} | i like {this} but want {it} {x}
    any phrase*: {is} {this} available {x}? | would love {this} {x} | got {this} {x}? | looking for {this} {x}
    any phrase*: have you got {it} {x}? | any chance of {this} {x}? | could i see {it} {x}?
    any thing: {x} | with {x} | {x} please | the same with {x} | i want {x} | i'd like {x} | give me {x}
    any thing: like {this} but with {x} | similar with {x} | needs {x} | do you have {this} with {x}?
    any thing*: would love {x} | got {this} with {x}? | can we go for {x}? | it should have {x} | i'm after {x}
    any thing*: ideally with {x} | could i see {it} with {x}?
    any named: {x} | {x} please | show me {x} | i want {x} | i'd prefer {x} | do you have {x}?
    any named: {x} instead
    any named*: got {x}? | i was looking for {x} | could i get {x}? | {is} there {x}? | i'd rather have {x}
    any sentence: {x}
    any sentence*: {x}
"""

BOOK: Mapping[tuple[str, str], str] = {
    ("colour", "is"): """
        precise phrase: in {after} | in {after} instead | in {after} instead of {before}
        precise adjective: {after} | {after} instead of {before}
        precise sentence: change the colour to {after} | i prefer {after} | replace {before} with {after}
        precise named: {after}
        precise phrase*: in {after} rather than {before}
        precise sentence*: swap the {before} for {after} | rather {after} than {before} | {do} {it} come in {after}?
        negated sentence: not {before} but {after} | not in {before}, in {after}
        negated sentence*: i don't want {before}, i want {after}
    """,
    ("colour", "isn't"): """
        abstract phrase: in another colour | in a different colour
        abstract sentence: change the colour | other colours
        abstract phrase*: in some other colour
        abstract sentence*: what other colours are there?
        negated phrase: in any colour but {before}
        negated sentence: not {before} | anything but {before} | i don't like the {before}
        negated sentence*: i'm tired of {before} | please no {before}
    """,
    ("colour", "lighter"): """
        comparative adjective: lighter | lighter in colour | paler | a bit lighter
        comparative phrase: in a lighter colour | in a lighter shade
        negated adjective: not so dark | less dark
        comparative adjective*: a few shades lighter | on the lighter side
        negated sentence*: {this} {is} too dark for me | why so dark?
    """,
    ("colour", "darker"): """
        comparative adjective: darker | darker in colour | a bit darker
        comparative phrase: in a darker colour | in a darker shade
        negated adjective: not so light | less pale
        comparative adjective*: a few shades darker | on the darker side
        negated sentence*: {this} {is} too light for me | why so pale?
    """,
    ("colour", "brighter"): """
        comparative adjective: brighter | more colourful | more vivid
        comparative phrase: in a brighter colour
        abstract adjective: more cheerful | more eye-catching
        negated adjective: not so dull | less gloomy
        comparative phrase*: in a more vibrant colour
        abstract sentence*: i need more colour in my life | something that pops
        negated sentence*: {this} {is} too drab
    """,
    ("colour", "duller"): """
        comparative adjective: more muted | more neutral | calmer in colour
        comparative phrase: in a quieter colour
        abstract adjective: more discreet | more understated
        negated adjective: not so bright | less loud | less bright
        comparative adjective*: more toned down
        abstract sentence*: something that doesn't stand out so much
        negated sentence*: {this} {is} too bright for me
    """,
    ("colour", "warmer"): """
        comparative phrase: in a warmer colour | in a warmer tone
        negated phrase: in a colour that isn't so cold
        comparative phrase*: with more warmth in the colour
    """,
    ("colour", "cooler"): """
        comparative phrase: in a cooler colour | in a cooler tone
        negated phrase: in a colour that isn't so warm
        comparative phrase*: with a colder shade
    """,
    ("sleeve", "more"): """
        comparative thing: longer sleeves | sleeves that are longer | a bit more sleeve
        comparative sentence: make the sleeves longer
        negated thing: sleeves that aren't so short
        comparative thing*: sleeves that cover more of the arm
        negated sentence*: the sleeves are too short
    """,
    ("sleeve", "less"): """
        comparative thing: shorter sleeves | sleeves that are shorter | a bit less sleeve
        comparative sentence: make the sleeves shorter
        negated thing: sleeves that aren't so long
        comparative thing*: sleeves that end higher up
        negated sentence*: the sleeves are too long
    """,
    ("length", "more"): """
        comparative adjective: longer | a bit longer | longer in length
        comparative phrase: with more length
        negated adjective: not so short | less short
        comparative adjective*: a few inches longer
        negated sentence*: {this} {is} too short for me
        abstract sentence*: i'd like to be more covered
    """,
    ("length", "less"): """
        comparative adjective: shorter | a bit shorter | shorter in length
        comparative phrase: with less length
        negated adjective: not so long | less long
        comparative adjective*: a few inches shorter
        negated sentence*: {this} {is} too long for me
    """,
    ("fit", "more"): """
        comparative adjective: looser | roomier | a bit looser | more relaxed in the fit
        comparative thing: a looser fit
        comparative phrase: with more room
        negated adjective: not so tight | less tight | not so slim
        abstract adjective: more comfortable
        comparative adjective*: wider cut
        negated sentence*: {this} {is} too tight | nothing clingy please
    """,
    ("fit", "less"): """
        comparative adjective: slimmer | tighter | more fitted | closer to the body
        comparative thing: a slimmer fit | a tighter fit
        negated adjective: not so loose | less baggy | not so wide
        abstract adjective: more flattering
        comparative adjective*: narrower cut
        negated sentence*: {this} {is} too baggy | nothing shapeless please
    """,
    ("neck", "more"): """
        comparative thing: a lower neckline | a deeper neckline | a more open neck
        negated thing: a neck that isn't so high | a neck that isn't so closed
        comparative sentence*: show a bit more neck
        negated sentence*: the neck is too high
    """,
    ("neck", "less"): """
        comparative thing: a higher neckline | a higher neck | a more closed neck
        negated thing: a neckline that isn't so low | a less revealing neckline
        comparative sentence*: cover the neck a bit more
        negated sentence*: the neckline is too low
    """,
    ("neck", "isn't"): """
        abstract thing: a different neck | another neckline
        abstract sentence: change the neck style | change the neckline
        abstract sentence*: i don't care for this neckline
    """,
    ("heel", "more"): """
        comparative thing: a higher heel | higher heels | a taller heel
        negated adjective: not so flat | less flat
        comparative thing*: a few more inches of heel
        negated sentence*: these are too flat
    """,
    ("heel", "less"): """
        comparative thing: a lower heel | lower heels
        negated adjective: not so high | less high
        abstract adjective: more comfortable to walk in
        comparative thing*: a heel i can walk in
        negated sentence*: these heels are too high
    """,
    ("pattern", "isn't"): """
        negated phrase: without any {mark} | without the {mark}
        negated sentence*: i'm not into the {mark}
    """,
    ("pattern", "other"): """
        abstract thing: a different pattern | another pattern | another print
        abstract sentence: change the pattern
        abstract sentence*: i'd swap the pattern for something else
    """,
    ("pattern", "some"): """
        abstract thing: a pattern | some pattern
        abstract adjective: less plain | more interesting | patterned
        negated adjective: not so plain | not so boring
        abstract adjective*: a bit more fun
        abstract sentence*: can it have something going on?
        negated sentence*: {this} {is} too plain
    """,
    ("pattern", "none"): """
        negated phrase: without the {mark} | without the pattern | without any {mark}
        negated sentence: no {mark} | no pattern | remove the {mark}
        abstract adjective: simpler | less busy
        negated sentence*: lose the {mark} | skip the {mark} please | nothing printed on it
        abstract sentence*: {this} {is} too busy for me
    """,
    ("fabric", "is"): """
        precise phrase: in {after} | made of {after} | in {after} instead of {before}
        precise phrase*: made from {after}
        precise sentence*: is there a version in {after}?
    """,
    ("fabric", "isn't"): """
        abstract phrase: in another fabric | in a different material
        negated phrase: in anything but {before}
        negated sentence: not {before}
        abstract sentence*: what else is it made in?
        negated sentence*: i can't wear {before}
    """,
    ("formality", "more"): """
        abstract adjective: more formal | dressier | smarter | more elegant
        abstract phrase: for the office | for a special occasion
        negated adjective: not so casual | less casual
        abstract adjective*: more dressed up | a touch more polished
        abstract sentence*: something i can wear to a meeting | i need it for a job interview
        negated sentence*: {this} {is} too casual
    """,
    ("formality", "less"): """
        abstract adjective: more casual | more everyday
        abstract phrase: for everyday wear | for the weekend
        negated adjective: not so formal | less formal | less dressy
        abstract adjective*: more laid-back
        abstract sentence*: something to wear at home | i need it for running errands
        negated sentence*: {this} {is} too formal
    """,
    ("season", "more"): """
        abstract phrase: for colder weather | for cooler days
        abstract adjective: more wintery | warm enough for cold days
        negated adjective: not so summery
        abstract sentence*: something that keeps me warm | i get cold easily
    """,
    ("season", "less"): """
        abstract phrase: for warmer weather | for hot days
        abstract adjective: more summery | light enough for hot days
        negated adjective: not so wintery
        abstract sentence*: something for my beach holiday | i sweat in {this}
    """,
    ("gender", "is"): """
        precise sentence: the {owner} version | show me the {owner} {one}
        precise sentence*: what is there in the {owner} section?
    """,
    ("category", "is"): """
        precise sentence: {a_after} instead | rather {a_after} | as {a_after} | show me {a_after} like {this}
        precise sentence: the same look as {a_after} | {a_after} instead of {a_before}
        precise sentence*: would there be {a_after} in this style? | swap {it} for {a_after}
        negated sentence: not {a_before} but {a_after}
        negated sentence*: i don't need {a_before}, i need {a_after}
    """,
}
"""Attribute and relation to their block."""
