"""How words are said: the recogniser's dictionary, and the words of fashion that it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

Sounds = Mapping[str, tuple[str, ...]]
"""Word to the ways it is said, each a row of phones such as "D R EH S"."""

# fmt: off
RARE: Mapping[str, str] = {
    "bardot": "B AA R D OW", "beanie": "B IY N IY", "cami": "K AE M IY", "camo": "K AE M OW",
    "capris": "K AH P R IY Z", "chequered": "CH EH K ER D", "claret": "K L EH R AH T", "clingy": "K L IH NG IY",
    "colourful": "K AH L ER F AH L", "foulard": "F UW L AA R D", "fuchsia": "F Y UW SH AH",
    "fuschia": "F Y UW SH AH", "gilet": "ZH IH L EY", "hoodie": "HH UH D IY", "jewellery": "JH UW AH L R IY",
    "kurta": "K ER T AH", "kurti": "K ER T IY", "marl": "M AA R L", "multicoloured": "M AH L T IY K AH L ER D",
    "neckerchief": "N EH K ER CH IH F", "oxblood": "AA K S B L AH D", "paler": "P EY L ER",
    "pyjama": "P AH JH AA M AH", "pyjamas": "P AH JH AA M AH Z", "romper": "R AA M P ER", "saree": "S AA R IY",
    "stripy": "S T R AY P IY", "summery": "S AH M ER IY", "taupe": "T OW P", "tshirt": "T IY SH ER T",
    "wintery": "W IH N T ER IY", "womens": "W IH M AH N Z",
}
# fmt: on
"""Words that neither stand in the dictionary nor are put together from two that do."""

_SHORTEST = 3
"""Letters of a part of a compound: anything can be cut into shorter ones."""


def read_dictionary(path: Path) -> dict[str, tuple[str, ...]]:
    """A dictionary in the form of CMUdict: a word and its phones a line, `word(2)` for a second way."""
    known: dict[str, tuple[str, ...]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry, _, phones = line.partition(" ")
        word = re.sub(r"\(\d+\)$", "", entry)
        known[word] = (*known.get(word, ()), phones.strip())
    return known


def sounds(word: str, known: Sounds) -> tuple[str, ...]:
    """Every way to say a word, nothing if none can be told.

    >>> sounds("neckline", {"neck": ("N EH K",), "line": ("L AY N",)})
    ('N EH K L AY N',)
    """
    if word in known:
        return known[word]
    if word in RARE:
        return (RARE[word],)
    if "-" in word:
        return _said_in_a_row(word.split("-"), known)
    cuts = ((word[:at], word[at:]) for at in range(len(word) - _SHORTEST, _SHORTEST - 1, -1))
    return next((_said_in_a_row(parts, known) for parts in cuts if all(part in known for part in parts)), ())


def dictionary(words: Iterable[str], known: Sounds) -> tuple[str, list[str]]:
    """The dictionary of some words as text, and the words that had to be left out."""
    lines, left_out = [], []
    for word in sorted(words):
        ways = sounds(word, known)
        lines += [f"{word}{f'({number})' if number > 1 else ''} {way}" for number, way in enumerate(ways, 1)]
        if not ways:
            left_out.append(word)
    return "\n".join(lines) + "\n", left_out


def _said_in_a_row(parts: Iterable[str], known: Sounds) -> tuple[str, ...]:
    ways = [sounds(part, known) for part in parts]
    return (" ".join(way[0] for way in ways),) if all(ways) else ()
