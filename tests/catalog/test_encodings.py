from __future__ import annotations

import codecs

import pytest

from modiste.catalog.encodings import decode
from modiste.errors import UsageError

SAMPLES = {
    "cp1252": (
        "Robe d’été “Noémie” – fleurs;49,95 €\nGröße 42",
        "Vestido de niña;algodón",
        "Skjorte blå ærmer;Røde sko",
    ),
    "cp1250": ("Dámské šaty žluté;499 Kč", "Sukienka żółta, długa\nPłaszcz męski", "Női ruha\nFérfi cipő, bőr, fűzős"),
    "cp1251": ("Платье женское красное\nРубашка мужская",),
    "cp1253": ("Φόρεμα γυναικείο κόκκινο\nΠαπούτσια",),
    "cp1254": ("Kadın elbise kırmızı\nAyakkabı siyah, güneş gözlüğü",),
    "cp1257": ("Moteriška suknelė, ilga, žalia\nVyriški batai, juodi, dydžių",),
    "cp932": ("赤いドレス 女性用\n靴",),
    "gb18030": ("红色连衣裙 女士\n皮鞋 男",),
    "cp949": ("빨간 드레스 여성\n신발",),
    "mac_roman": ("Robe d’été “Noémie” – fleurs\nChemise à manches œuvrée",),
}


@pytest.mark.parametrize(("encoding", "text"), [(name, text) for name, texts in SAMPLES.items() for text in texts])
def test_encodings_are_told_from_their_letters(encoding: str, text: str) -> None:
    read, (note,) = decode(text.encode(encoding), "shop.csv")
    assert read == text
    assert note.startswith(f"read shop.csv as {encoding.replace('cp125', 'windows-125')}, since it isn't UTF-8")


@pytest.mark.parametrize(
    "data",
    [
        "id;é".encode(),
        codecs.BOM_UTF8 + codecs.BOM_UTF8 + "id;é".encode(),
        "id;é".encode("utf-16"),
        "id;é".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "id;é".encode("utf-16-be"),
        "id;é".encode("utf-16-be"),
        "id;é".encode("utf-32"),
    ],
)
def test_unicode_needs_no_note(data: bytes) -> None:
    assert decode(data, "shop.csv") == ("id;é", ())


def test_a_bad_byte_spoils_no_other_line() -> None:
    text, notes = decode("id;é\n".encode() + b"1;Caf\xe9\n" + "2;ß\r3;ö\r\n".encode(), "shop.csv")
    assert text == "id;é\n1;Caf\ufffd\n2;ß\n3;ö\n"
    assert notes == ("shop.csv has bytes that are no utf-8, read as \ufffd, in line 2",)


def test_null_characters_are_left_out() -> None:
    assert decode(b"id\n1\x001", "shop.csv") == ("id\n11", ("shop.csv has null characters, left out, in line 2",))


def test_an_encoding_may_be_said() -> None:
    assert decode("Größe".encode("cp850"), "shop.csv", "cp850") == ("Größe", ())
    assert decode(b"+2D0-x", "shop.csv", "utf-7") == ("?x", ()), "half of a surrogate pair"


@pytest.mark.parametrize("encoding", ["cp9999", "idna", "punycode", "undefined", "hex", "a\0"])
def test_an_encoding_that_reads_no_table_is_refused(encoding: str) -> None:
    with pytest.raises(UsageError, match=f'no encoding "{encoding}"; give one such as utf-8, cp1252'):
        decode(b"", "shop.csv", encoding)
