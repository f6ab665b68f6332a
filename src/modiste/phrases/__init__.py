"""Customers' words: what they mean, what they exclude, and how they ask for a difference between products."""

from modiste.phrases.book import grammar, vocabulary
from modiste.phrases.facts import facts
from modiste.phrases.lexicon import DERIVED, LEXICON, SCALES
from modiste.phrases.negation import asks
from modiste.phrases.requests import Change, Request, Want, accepts, difference

__all__ = [
    "DERIVED",
    "LEXICON",
    "SCALES",
    "Change",
    "Request",
    "Want",
    "accepts",
    "asks",
    "difference",
    "facts",
    "grammar",
    "vocabulary",
]
