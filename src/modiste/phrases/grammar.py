"""Everything that the phrase book can say, as rules and as words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from modiste.colour import COLOURS, MODIFIERS, SYNONYMS
from modiste.phrases.book import blocks, frames, wordings
from modiste.phrases.describe import MULTICOLOURED, OWNERS
from modiste.phrases.lexicon import LEXICON, mark
from modiste.phrases.nouns import NOUNS
from modiste.phrases.sentences import SLOTS, article

FORMS = ("adjective", "phrase", "thing", "named", "sentence")


def grammar(*, held_out: bool = False) -> dict[str, tuple[str, ...]]:
    """Rules of all sentences: name to alternatives, in which `<name>` stands for another rule.

    It begins at `request`. A speech grammar or a list of examples can be written from it.

    Args:
        held_out: with the wordings that are kept for testing.
    """
    rules = {"request": tuple(f"<asked {form}>" for form in FORMS)}
    for form in FORMS:
        kept = frames(form, False) + (frames(form, True) if held_out else ())
        rules[f"asked {form}"] = _ruled(frame.replace("{x}", f"<{form}>") for frame in kept)
        rules[form] = _ruled(_of_form(form, held_out))
    rules |= SLOTS
    rules["colour"] = (*COLOURS, *SYNONYMS)
    rules["noun"] = tuple(dict.fromkeys(noun for called in NOUNS.values() for noun in called))
    rules["fabric"] = tuple(word for value in LEXICON["fabric"].values() for word in value.before)
    rules["mark"] = tuple(mark(pattern) for pattern in LEXICON["pattern"] if pattern != "solid")
    rules["owner"] = tuple(word for before, _ in OWNERS.values() for word in before)
    return rules


@cache
def vocabulary() -> frozenset[str]:
    """Every word that stands in a rule or is understood in titles and columns, in lower case."""
    texts = [text for alternatives in grammar(held_out=True).values() for text in alternatives]
    texts += [word for values in LEXICON.values() for name in values for word in (name, *values[name].also)]
    texts += [word for values in LEXICON.values() for value in values.values() for word in value.after]
    texts += [word for before, after in OWNERS.values() for word in (*before, *after)]
    texts += [*NOUNS, *MODIFIERS, *MULTICOLOURED]
    return frozenset(word for text in texts for word in re.findall(r"[a-z'/]+", re.sub(r"<[^>]*>", " ", text)))


def _of_form(form: str, held_out: bool) -> Iterator[str]:
    for attribute, relation in blocks():
        for wording in wordings(attribute, relation):
            if wording.form == form and (held_out or not wording.held_out):
                filled = re.sub(r"\{a_(before|after)\}", "<noun>", wording.text)
                filled = re.sub(r"\{(before|after)\}", f"<{attribute}>", filled)
                yield from _named(filled) if form == "named" else [filled]
    for value in (value for values in LEXICON.values() for value in values.values()):
        if form == "phrase":
            yield from value.after
        elif form == "adjective":
            yield from value.before
        elif form == "named":
            yield from (text for word in value.before for text in _named(word))


def _named(word: str) -> tuple[str, str, str]:
    return f"{article(word)} {word} one", f"{word} ones", f"{word} <noun>"


def _ruled(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.sub(r"\{(\w+)\}", r"<\1>", text) for text in texts))
