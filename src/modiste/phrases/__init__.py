"""Customers' words: short search texts, and sentences about the difference between products with their meaning."""

from modiste.phrases.facts import describe, facts
from modiste.phrases.lexicon import DERIVED, LEXICON, SCALES, asks
from modiste.phrases.requests import Change, Request, Want, accepts, difference
from modiste.phrases.sentences import ask, grammar, sentence, vocabulary

__all__ = [
    "DERIVED",
    "LEXICON",
    "SCALES",
    "Change",
    "Request",
    "Want",
    "accepts",
    "ask",
    "asks",
    "describe",
    "difference",
    "facts",
    "grammar",
    "sentence",
    "vocabulary",
]
