"""What a browser would show of HTML, as descriptions hold it."""

from __future__ import annotations

import re
from html import unescape

_INLINES = """
    a abbr b bdi big cite code data em font i ins mark q s small span strike strong sub sup time u wbr"""
_INLINE = frozenset(_INLINES.split())
_BLOCKS = """
    address area article aside audio blockquote body br button caption center col colgroup dd del details div dl dt
    embed fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe img input label legend li
    link main map meta nav noscript object ol option p param picture pre script section select source style summary svg
    table tbody td textarea tfoot th thead title tr ul video"""
_BLOCK = frozenset(_BLOCKS.split())
"""Tags of HTML; around the latter, words are apart."""
_HIDDEN = frozenset({"script", "style", "head", "noscript", "svg", "iframe"})
"""Tags in which nothing stands that a browser shows."""
_TAG = re.compile(r"""(/?[A-Za-z][\w:-]*)(?:[\s/](?:[^>"']|"[^"]*"|'[^']*')*)?>""")
"""What follows `<` in a tag."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def shown(written: str) -> str:
    """A text without the tags and entities of HTML; what stands in other blocks is parted by a space.

    >>> shown("<p>Soft &amp; light</p><ul><li>Machine wash</li></ul><style>.dress{color:red}</style>")
    'Soft & light Machine wash'
    """
    for _ in range(2):  # once more where the tags themselves were written with entities
        if "<" in written:
            written = _without_tags(written)
        if _ENTITY.search(written):
            written = unescape(written).replace("\xa0", " ").strip()
    return written


def _without_tags(written: str) -> str:
    """A text without HTML's tags, comments, styles and scripts; `5 < 6` stays.

    Piece by piece, because html.parser takes minutes for 200 kB of "</".
    """
    shown, *pieces = written.split("<")
    parts, inside = [shown], ""
    for piece in pieces:
        if inside == "!--" or piece.startswith("!--"):
            _, end, after = piece.partition("-->")
            inside = "" if end else "!--"
            parts.append(after)
            continue
        tag = _TAG.match(piece)
        name = tag[1].lower() if tag else ""
        if inside:
            inside = "" if name == f"/{inside}" else inside
        elif tag is None or not _is_tag(name.strip("/")):
            parts.append(f"<{piece}")
            continue
        elif name in _HIDDEN and not tag[0].endswith("/>"):
            inside = name
        if not inside and tag:
            parts += ["" if name.strip("/") in _INLINE else " ", piece[tag.end() :]]
    stripped = "".join(parts)
    return written if stripped == written else " ".join(stripped.split())


def _is_tag(name: str) -> bool:
    return name in _INLINE or name in _BLOCK or ":" in name or "-" in name  # the last two are an editor's own
