"""What customers say: short search texts, and sentences about how products differ with what they mean."""

from modiste.phrases.describe import describe
from modiste.phrases.facts import facts
from modiste.phrases.grammar import grammar, vocabulary
from modiste.phrases.idle import asks
from modiste.phrases.lexicon import DERIVED, LEXICON, SCALES
from modiste.phrases.requests import Change, Request, Want, accepts, difference
from modiste.phrases.sentences import ask, sentence

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
