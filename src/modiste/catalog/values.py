"""What the cells of a shop's table mean."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from modiste.catalog.markup import shown
from modiste.catalog.records import BadRow, Value

MISSING = frozenset({"", "-", "--", "–", "—", "n/a", "#n/a", "n.a.", "na", "nan", "none", "null", "nil", "tba", "tbd"})
"""How tables say that there is no number."""

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
YES, NO = frozenset(_YES.split()), frozenset(_NO.split())
"""Words for what can be bought and for what can't, in lower case, without spaces and signs."""

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
GENDERS: Mapping[str, str] = {word: gender for gender, words in _GENDERS.items() for word in words.split()}
"""Shops' words, in lower case, without signs."""

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")  # longer ones are codes, and would lose digits
_COUNT = re.compile(
    r"(?:(?:qty|quantity|stock|in stock|only)\b[:=]? ?)?[<>~]?=? ?(-?\d{1,15})(?:[.,]\d{1,15})?"
    r"( ?[+]| ?[^\W\d_]{1,10}\.?)?(?: (?:in stock|left|available|on hand))?",
    re.IGNORECASE,
)
_CODE_LENGTH = 300
"""Characters of an id; one that is longer is no id but a text in the wrong column."""


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
    """A cell as text without HTML's tags and entities."""
    return shown(text(cell))


def quoted(written: str) -> str:
    """What a message quotes of a cell."""
    return written if len(written) <= 40 else f"{written[:40]}..."


def is_missing(cell: object) -> bool:
    """Whether a cell holds nothing, or a sign for it such as N/A."""
    return text(cell).lower() in MISSING


def stock(cell: object) -> bool:
    """Whether it can be bought: yes or no in words, or how many are left; an empty cell means yes.

    What can be ordered before it is there, or again, can be bought.

    Raises:
        BadRow: neither a word that is known nor a number.
    """
    written = re.sub(r"\([^()]*\)", "", text(cell)).strip() or text(cell)
    # Feeds give the address of a word: https://schema.org/InStock
    word = re.sub(r"[\W_]+", "", written.lower().rpartition("/")[2])
    if word in YES or word in NO:
        return word in YES
    if is_missing(written):
        return True
    number = re.fullmatch(_COUNT, written)
    if number:
        return float(written if _NUMBER.fullmatch(written) else number[1]) > 0
    raise BadRow(f'in_stock "{quoted(written)}" is not understood; write yes, no or how many there are')


def gender(cell: object) -> str:
    """Men, Women, Unisex, Boys or Girls where the word is known, else the shop's own word."""
    written = plain(cell)
    word = re.sub(r"[\s'\u2018\u2019\u02bc`´-]+", "", written.lower())
    return GENDERS.get(word, written)


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
    """How to read the cells of a column that is no field: all numbers, all true or false, or text.

    A number that would be written otherwise (38.50, 1e3) stays the text that the file has, and so does yes.
    """
    known = [cell for cell in cells if not is_missing(cell)]
    if known and (all(map(is_truth, known)) or all(map(is_number, known))):
        return lambda cell: None if is_missing(cell) else _faithful(cell)
    return lambda cell: plain(cell) or None


def is_truth(cell: object) -> bool:
    """Whether a cell says true or false."""
    return text(cell).lower() in ("true", "false")


def is_number(cell: object) -> bool:
    """Whether a cell is a number, and no code such as 007."""
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
