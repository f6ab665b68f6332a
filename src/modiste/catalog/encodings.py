"""Decoding of a table's bytes, in whatever encoding a spreadsheet wrote it."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence

from modiste.errors import UsageError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_ALPHABETS: Mapping[str, tuple[str, ...]] = {
    "cp1252": (
        *("àâæçéèêëîïôœùûüÿ", "äöüß", "áéíñóúü", "àèéìíòóù", "àáâãçéêíóôõú", "åäöéæø", "áéíóúæöþ", "éëïóöü"),
        *("àçèéíïòóúü", "äöåé"),
    ),
    "cp1250": ("áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "cp1254": ("âçğıöşü",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"),
}
"""Windows' encodings of Latin letters, which no statistics of so few letters distinguishes: the letters of the
languages that each is used for, ASCII's aside. The likeliest encoding comes first."""

_OTHERS = ("cp1251", "cp1253", "cp1255", "cp1256", "cp932", "gb18030", "big5", "cp949", "euc_jp", "koi8_r", "mac_roman")
"""Encodings of other scripts and systems, which statistics distinguish well."""

_SAMPLE = 100_000
"""Bytes that statistics are made of."""


def decode(data: bytes, name: str, encoding: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Text of a file, and notes on what was assumed to read it.

    A byte order mark decides, else UTF-8 if most of it is, else the likeliest encoding of its letters.

    Args:
        name: the file's, for notes and errors.
        encoding: of the file, where the user gives it.

    Raises:
        UsageError: no encoding of that name.
    """
    if encoding:
        try:
            bytes(range(256)).decode(encoding, errors="replace")  # idna and the like read no such bytes
        except (LookupError, ValueError):
            raise UsageError(f'no encoding "{encoding}"; give one such as utf-8, cp1252, cp1250 or gb18030') from None
    known = encoding or _marked(data) or ("utf-8" if _mostly_utf8(data) else "")
    chosen = known or _likeliest(data)
    text, notes = _text(data, chosen, name)
    windows = chosen.replace("cp125", "windows-125")
    guess = f"read {name} as {windows}, since it isn't UTF-8; if letters look wrong, say --encoding"
    return text, notes if known else (guess, *notes)


def _marked(data: bytes) -> str:
    """The encoding that a byte order mark names, or UTF-16 without one: of ASCII, every other byte is null then."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:1000]
    halves = {"utf-16-be": head[::2], "utf-16-le": head[1::2]}
    return next((encoding for encoding, half in halves.items() if half.count(0) > len(half) / 2), "")


def _text(data: bytes, encoding: str, name: str) -> tuple[str, tuple[str, ...]]:
    """The text with its line ends as `\\n` and unreadable bytes as �, and notes on what was mended."""
    text = data.decode(encoding, errors="replace").encode("utf-8", "replace").decode()  # without half surrogate pairs
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    notes = []
    own = "\ufffd" in data.decode(encoding, errors="ignore")
    if not own and "\ufffd" in text:
        notes.append(f"{name} has bytes that are no {encoding}, read as \ufffd, in {_lines_with(text, chr(0xFFFD))}")
    if "\0" in text:
        notes.append(f"{name} has null characters, left out, in {_lines_with(text, chr(0))}")
    return text.replace("\0", ""), tuple(notes)


def line_numbers(numbers: Sequence[int]) -> str:
    """Line numbers as notes write them: the first five, and how many more.

    >>> line_numbers([3]), line_numbers([3, 4, 7, 9, 11, 12, 15])
    ('line 3', 'lines 3, 4, 7, 9, 11 and 2 more')
    """
    shown = ", ".join(f"{number:,}" for number in numbers[:5])
    more = f" and {len(numbers) - 5:,} more" if len(numbers) > 5 else ""
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _lines_with(text: str, character: str) -> str:
    return line_numbers([number for number, line in enumerate(text.split("\n"), 1) if character in line])


def _mostly_utf8(data: bytes) -> bool:
    """True if more characters have several bytes than bytes are no character; in no other encoding that happens."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        read = data.decode("utf-8", errors="surrogateescape")
        bad = sum("\udc80" <= letter <= "\udcff" for letter in read)
        return sum(letter > "\x7f" for letter in read) - bad > bad
    return True


def _likeliest(data: bytes) -> str:
    from charset_normalizer import from_bytes  # slow to import, and needed for few files

    sample = b"\n".join(line for line in data.splitlines() if not line.isascii())[:_SAMPLE]
    best = from_bytes(sample, cp_isolation=[*_ALPHABETS, *_OTHERS]).best()
    if best is not None and best.encoding not in _ALPHABETS:
        return best.encoding
    return max(_ALPHABETS, key=lambda encoding: _explained_letters(sample, encoding))


def _explained_letters(data: bytes, encoding: str) -> int:
    """Number of letters beyond ASCII that are explained, if the bytes have this encoding and each line one language."""
    lines = data.decode(encoding, errors="replace").lower().split("\n")
    return sum(max(sum(map(line.count, alphabet)) for alphabet in _ALPHABETS[encoding]) for line in lines)
