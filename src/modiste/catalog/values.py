"""Meaning of the cells of a shop's table: texts and their HTML, ids, stock, genders, lists and attributes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from html import unescape

from modiste.catalog.records import BadRow, Value

_MISSING = frozenset({"", "-", "--", "–", "—", "n/a", "#n/a", "n.a.", "na", "nan", "none", "null", "nil", "tba", "tbd"})
"""Signs of tables for a missing number, in lower case."""

_YES = """
    yes true y instock available limitedavailability lowstock limitedstock fewleft preorder presale backorder
    onbackorder backordered availableforpreorder availableforbackorder availableforpurchase availableonbackorder
    availablefororder madetoorder onorder instoreonly onlineonly instockonline buyable on enabled active published
    auflager lieferbar verfügbar vorrätig vorbestellbar ja enstock disponible disponibile oui si sí sì precommande
    précommande encommande preventa precompra opvoorraad leverbaar paalager pålager ilager finnsilager dostępny dostępne
    wmagazynie emestoque disponível sim skladem вналичии есть 有货 有貨 现货 在庫あり"""
_NO = """
    no false n outofstock soldout unavailable notavailable notinstock nostock nolongeravailable discontinued
    temporarilyoutofstock outofstockonline sold none nil oos temporarilyunavailable currentlyunavailable
    currentlyoutofstock off disabled inactive archived draft unpublished noneleft
    ausverkauft nichtverfügbar nichtlieferbar nichtvorrätig nichtauflager nein épuisé epuisé rupture rupturedestock
    indisponible nondisponible non agotado sinexistencias nodisponible esaurito nondisponibile uitverkocht
    nietopvoorraad slutsåld slutilager udsolgt utsolgt niedostępny niedostępne brak esgotado indisponível vyprodáno
    nee nej nie derzeitnichtverfügbar derzeitnichtlieferbar momentannichtverfügbar epuise нетвналичии нет
    缺货 缺貨 無貨 无货 售罄 在庫なし 在庫切れ 売り切れ 품절"""
_IN_STOCK, _OUT_OF_STOCK = frozenset(_YES.split()), frozenset(_NO.split())
"""Words for products that can be bought and that can't, in lower case, without spaces and signs."""

_GENDERS = {
    "Men": """men man mens male m menswear gentleman gentlemen gents him herren herr herrn männer mann homme hommes
        masculin hombre hombres masculino caballero uomo uomini maschile heren mannen herre herrer mężczyzna męskie
        męski mężczyźni homem homens muži pánské для мужчин мужской мужское""",
    "Women": """women woman womens female f w womenswear ladies lady ladieswear her damen dame frauen frau femme femmes
        féminin mujer mujeres femenino señora donna donne femminile dames vrouwen vrouw damer dam kvinder kvinner
        kobieta kobiety damskie damski mulher mulheres feminino ženy dámské женский женское""",
    "Unisex": "unisex all u uni mixed mixte everyone genderneutral genderless unisexe",
    "Boys": "boys boy jungen junge garçon garçons niño niños bambino bambini jongens drenge gutter pojkar chłopiec",
    "Girls": "girls girl mädchen fille filles niña niñas bambina bambine meisjes piger jenter flickor dziewczynka",
}
_GENDER_OF: Mapping[str, str] = {word: gender for gender, words in _GENDERS.items() for word in words.split()}
"""Shops' words, in lower case, without signs."""

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")  # longer ones are codes, and would lose digits
_COUNT = re.compile(
    r"(?:(?:qty|quantity|stock|in stock|only)\b[:=]? ?)?[<>~]?=? ?(-?\d{1,15})(?:[.,]\d{1,15})?"
    r"( ?[+]| ?[^\W\d_]{1,10}\.?)?(?: (?:in stock|left|available|on hand))?",
    re.IGNORECASE,
)
_CODE_LENGTH = 300
"""Characters of an id; one that is longer is no id but a text in the wrong column."""

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
"""Tags whose content a browser doesn't show."""
_TAG = re.compile(r"""(/?[A-Za-z][\w:-]*)(?:[\s/](?:[^>"']|"[^"]*"|'[^']*')*)?>""")
"""The part of a tag after `<`."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def text(cell: object) -> str:
    """A cell as text; empty where it holds nothing."""
    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode().strip()  # no file can hold half of a surrogate pair
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, Decimal):
        written = f"{cell:f}"
        return written.rstrip("0").rstrip(".") if "." in written else written
    if isinstance(cell, (list, tuple)):
        return ", ".join(text(part) for part in cell)
    if isinstance(cell, dict):
        return text(json.dumps(cell, ensure_ascii=False, default=str))
    if isinstance(cell, (bytes, bytearray, memoryview)):
        return bytes(cell).decode("utf-8", errors="ignore").strip() if len(cell) < _CODE_LENGTH else ""
    return str(cell)


def identifier(cell: object) -> str:
    """A product's id.

    Raises:
        BadRow: none, of several lines or with other control characters, a step of a path, or no text and no number.
    """
    written = text(cell)
    if not written:
        raise BadRow("the id is missing; give every product one")
    if isinstance(cell, (bool, list, tuple, dict)):
        raise BadRow(f"the id {written[:40]} is a {type(cell).__name__}; give a text or a number")
    if re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", written):
        raise BadRow(f"the id {written[:40]!r} holds a line break or a control character; leave it out")
    if written in (".", ".."):
        raise BadRow(f'the id "{written}" means a folder in an address, so it could not be asked for; give another one')
    return written


def plain(cell: object) -> str:
    """A cell as text without the tags and entities of HTML; texts of different blocks are parted by a space.

    >>> plain("<p>Soft &amp; light</p><ul><li>Machine wash</li></ul><style>.dress{color:red}</style>")
    'Soft & light Machine wash'
    """
    written = text(cell)
    for _ in range(2):  # once more where the tags themselves were written with entities
        if "<" in written:
            written = _without_tags(written)
        if _ENTITY.search(written):
            written = unescape(written).replace("\xa0", " ").strip()
    return written


def quoted(written: str) -> str:
    """The part of a cell that a message quotes."""
    return written if len(written) <= 40 else f"{written[:40]}..."


def is_missing(cell: object) -> bool:
    """True if a cell is empty, or holds a sign for a missing value such as N/A."""
    return text(cell).lower() in _MISSING


def stock(cell: object) -> bool:
    """Read if a product can be bought: yes or no in words, or how many are left; an empty cell means yes.

    Preorders and backorders can be bought.

    Raises:
        BadRow: neither a word that is known nor a number.
    """
    written = re.sub(r"\([^()]*\)", "", text(cell)).strip() or text(cell)
    # Feeds give the address of a word: https://schema.org/InStock
    word = re.sub(r"[\W_]+", "", written.lower().rpartition("/")[2])
    if word in _IN_STOCK or word in _OUT_OF_STOCK:
        return word in _IN_STOCK
    if is_missing(written):
        return True
    if number := _COUNT.fullmatch(written):
        return float(written if _NUMBER.fullmatch(written) else number[1]) > 0
    raise BadRow(f'in_stock "{quoted(written)}" is not understood; write yes, no or how many there are')


def gender(cell: object) -> str:
    """Men, Women, Unisex, Boys or Girls where the word is known, else the shop's own word."""
    written = plain(cell)
    word = re.sub(r"[\s'\u2018\u2019\u02bc`´-]+", "", written.lower())
    return _GENDER_OF.get(word, written)


def several(cell: object) -> list[str]:
    """The parts of a cell: a list, a JSON list, or text with `|` or `;` between the parts."""
    if isinstance(cell, (list, tuple)):
        parts = list(cell)
    else:
        written = text(cell)
        parts = _json_list(written) if written.startswith("[") else written.replace(";", "|").split("|")
    return [part for part in map(text, parts) if part]


def outfits(cell: object) -> str:
    """The ids of the outfits that a product belongs to, with `|` between them.

    Raises:
        BadRow: a list that can't be read.
    """
    return "|".join(several(cell))


def attribute_reader(cells: Iterable[object]) -> Callable[[object], Value | None]:
    """Build the function that reads a column that is no field: all numbers, all true or false, or text.

    A number that would be written otherwise (38.50, 1e3) stays the text that the file has, and so does yes.
    """
    known = [cell for cell in cells if not is_missing(cell)]
    if known and (all(map(is_truth, known)) or all(map(is_number, known))):
        return lambda cell: None if is_missing(cell) else _faithful(cell)
    return lambda cell: plain(cell) or None


def is_truth(cell: object) -> bool:
    """True if a cell says true or false."""
    return text(cell).lower() in ("true", "false")


def is_number(cell: object) -> bool:
    """True if a cell is a number, and no code such as 007."""
    return not isinstance(cell, bool) and _NUMBER.fullmatch(text(cell)) is not None


def _faithful(cell: object) -> Value:
    """A number or a truth, as long as it is written like that."""
    written = text(cell)
    if is_truth(cell):
        return written.lower() == "true" if written in ("true", "True", "false", "False") else written
    return float(written) if text(float(written)) == written else written


def _json_list(written: str) -> list[object]:
    try:
        parts = json.loads(written)
    except (json.JSONDecodeError, RecursionError) as error:
        why = getattr(error, "msg", "nested too deeply")
        raise BadRow(f'"{quoted(written)}" is not a JSON list ({why}); write ["one", "two"]') from None
    return parts if isinstance(parts, list) else [parts]


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
        bare = name.strip("/")
        known = bare in _INLINE or bare in _BLOCK or ":" in bare or "-" in bare  # the last two are an editor's own
        if inside:
            inside = "" if name == f"/{inside}" else inside
        elif tag is None or not known:
            parts.append(f"<{piece}")
            continue
        elif name in _HIDDEN and not tag[0].endswith("/>"):
            inside = name
        if not inside and tag:
            parts += ["" if bare in _INLINE else " ", piece[tag.end() :]]
    stripped = "".join(parts)
    return written if stripped == written else " ".join(stripped.split())
