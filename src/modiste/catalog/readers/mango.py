"""Mango's outfits (a datathon's release): `datathon/dataset/*.csv` and `datathon/images/`."""

from __future__ import annotations

import re
from pathlib import Path

from modiste.catalog.gather import BadRow, gather
from modiste.catalog.photos import PhotoFinder
from modiste.catalog.readers.csv_table import read_rows
from modiste.catalog.readers.layout import Layout
from modiste.catalog.records import Catalog, Outfit, Product, Rejected, Value

# fmt: off
COLOURS = {
    "AGUA": "aqua", "AMARILLO": "yellow", "AMARILLO FLUOR": "neon yellow", "AMARILLO PASTEL": "pale yellow",
    "ANTRACITA": "anthracite", "ARENA": "sand", "ASFALTO": "dark grey", "AZUL": "blue", "AZUL NOCHE": "midnight blue",
    "BEIGE": "beige", "BERMELLON": "vermilion", "BILLAR": "billiard green", "BLANCO": "white",
    "BLEACH": "bleached denim", "BLOOD": "blood red", "BLUEBLACK": "blue black", "BOTELLA": "bottle green",
    "BURDEOS": "burgundy", "CALDERO": "rust", "CAMEL": "camel", "CANELA": "cinnamon", "CARAMELO": "caramel",
    "CAZA": "hunter green", "CELESTE": "sky blue", "CENIZA": "ash grey", "CEREZA": "cherry", "CHICLE": "bubblegum",
    "CHOCOLATE": "chocolate", "CIRUELA": "plum", "COBRE": "copper", "COFFEE": "coffee brown", "COGNAC": "cognac",
    "CORAL": "coral", "CRUDO": "ecru", "CUERO": "leather brown", "CURRY": "curry", "DIRTY": "medium denim",
    "DIRTY CLARO": "light denim", "DIRTY OSCURO": "dark denim", "ELECTRICO": "electric blue", "ESMERALDA": "emerald",
    "FRESA": "strawberry", "FUCSIA": "fuchsia", "GERANIO": "geranium", "GRANATE": "maroon", "GRIS": "grey",
    "GRIS CLARO VIGORE": "light grey", "GRIS MEDIO VIGORE": "grey melange", "GRIS OSCURO VIGORE": "dark grey",
    "GUNMETAL": "gunmetal", "HIELO": "ice", "INDIGO": "indigo", "KHAKI": "khaki", "LILA": "lilac",
    "LIMA": "lime green", "MALVA": "mauve", "MANDARINA": "mandarin", "MANZANA": "apple green", "MARFIL": "ivory",
    "MARINO": "navy blue", "MARRON": "brown", "MENTA": "mint", "MISTERIO": "taupe", "MORADO": "purple",
    "MOSTAZA": "mustard", "MUSGO": "moss green", "NARANJA": "orange", "NARANJA PASTEL": "light orange",
    "NAVY": "navy blue", "NEGRO": "black", "NUDE": "nude", "OCRE": "ochre", "OFFWHITE": "off white", "OLIVA": "olive",
    "ORO": "gold", "PEACH": "peach", "PERLA": "pearl grey", "PETROLEO": "petrol blue", "PIEDRA": "stone",
    "PIMENTON": "paprika", "PLATA": "silver", "PORCELANA": "powder blue", "PRUSIA": "prussian blue", "ROJO": "red",
    "ROSA": "pink", "ROSA FLUOR": "neon pink", "ROSA LIGHT": "light pink", "ROSA PALO": "dusty pink",
    "ROSA PASTEL": "pastel pink", "SALMON": "salmon", "TABACO": "tobacco", "TAUPE": "taupe",
    "TEJANO CLARO": "light denim", "TEJANO GRIS": "grey denim", "TEJANO GRIS CLARO": "light grey denim",
    "TEJANO GRIS OSCURO": "dark grey denim", "TEJANO MEDIO": "medium denim", "TEJANO NEGRO": "black denim",
    "TEJANO OSCURO": "dark denim", "TEJANO SOFT": "dark denim", "TERRACOTA": "terracotta", "TINTA": "ink blue",
    "TOPO": "taupe", "TURQUESA": "turquoise blue", "VAINILLA": "vanilla", "VERDE": "green",
    "VERDE PASTEL": "pastel green", "VINO": "wine", "VIOLETA": "violet", "VISON": "mushroom brown",
}
# fmt: on
"""`des_color_specification_esp` in English. The group `des_agrup_color_eng` won't do: its GREY holds black."""

FABRICS = {
    "P-PLANA": "woven",
    "C-COMPLEMENTOS": "",
    "K-CIRCULAR": "jersey",
    "T-TRICOT": "knitted",
    "J-JEANS": "denim",
    "O-POLIPIEL": "faux leather",
    "L-PIEL": "leather",
}
"""`des_fabric` in English; accessories have no fabric."""

GENDERS = {
    ("Female", "Adult"): "Women",
    ("Male", "Adult"): "Men",
    ("Female", "Kids"): "Girls",
    ("Male", "Kids"): "Boys",
}
OWNERS = {"Women": "Women's", "Men": "Men's", "Girls": "Girls'", "Boys": "Boys'"}
KINDS = {
    "Bikini pantie": "bikini bottoms",
    "Citybag": "city bag",
    "Clutch and Pochettes": "clutch",
    "Knicker": "knickers",
    "Pichi": "pinafore dress",
    "Poloshirt": "polo shirt",
    "Shape": "shapewear",
    "Sock (Pack)": "pack of socks",
    "Totes bag": "tote bag",
    "Trenchcoat": "trench coat",
}
"""`des_product_type` in a title, where the shop's own label doesn't read well."""
IMPLIED = ("jeans", "denim", "leather", "knitted", "sweater", "cardigan", "t-shirt", "sweatshirt", "leggings")
"""Types that already say what they are made of, so that a title doesn't say it twice."""

Row = dict[str, str]


def read(source: Path) -> Catalog:
    """Read the published folder, or the `datathon` folder in it.

    Raises:
        UsageError: a table lacks a column that the publisher's has.
    """
    base = _base(source)
    finder = PhotoFinder()

    def parse(row: Row) -> Product:
        return _product(row, base / "images", finder)

    products, rejected = gather(_rows(base / "dataset" / "product_data.csv", "des_filename"), parse, "cod_modelo_color")
    outfits, broken = _outfits(base / "dataset" / "outfit_data.csv", {product.id for product in products})
    return Catalog(source.resolve().name, products, outfits, rejected + broken, LAYOUT.licence)


def _base(source: Path) -> Path:
    return source / "datathon" if (source / "datathon").is_dir() else source


def _detect(source: Path) -> bool:
    return (_base(source) / "dataset" / "product_data.csv").is_file()


def _rows(table: Path, column: str) -> list[tuple[str, Row | BadRow]]:
    return read_rows(table, {"cod_modelo_color", column}, "give the publisher's file")


def _product(row: Row, images: Path, finder: PhotoFinder) -> Product:
    id = row["cod_modelo_color"].strip()
    if not id:
        raise BadRow("cod_modelo_color is missing; give every product one")
    # The published names start with "datathon/", wherever the folder was put.
    photo = images / Path(row["des_filename"]).name
    if not finder.exists(photo):
        raise BadRow(f"no image at {photo}; put it there or remove the row")
    attributes = _attributes(row)
    gender = GENDERS.get((row.get("des_sex", ""), row.get("des_age", "")), "")
    colour, kind = _colour(row), row.get("des_product_type", "")
    return Product(
        id=id,
        images=(photo,),
        title=_title(gender, colour, str(attributes.get("fabric", "")), kind),
        category=kind,
        gender=gender,
        colour=colour,
        variant_of=id.rpartition("-")[0] or id,
        attributes=attributes,
    )


def _colour(row: Row) -> str:
    spanish = row.get("des_color_specification_esp", "").strip()
    return COLOURS.get(spanish, spanish.lower())


def _attributes(row: Row) -> dict[str, Value]:
    found: dict[str, Value] = {
        "colour_group": row.get("des_agrup_color_eng", "").lower(),
        "line": row.get("des_line", ""),
        "fabric": FABRICS.get(row.get("des_fabric", ""), ""),
        "product_category": row.get("des_product_category", ""),
        "aggregated_family": row.get("des_product_aggregated_family", ""),
        "family": row.get("des_product_family", ""),
        "colour_specification": row.get("des_color_specification_esp", ""),
    }
    if year := re.match(r"(\d{4})_", Path(row["des_filename"]).name):
        found["year"] = float(year[1])
    return {name: value for name, value in found.items() if value != ""}


def _title(gender: str, colour: str, fabric: str, kind: str) -> str:
    """A title from what is known: "Women's navy blue knitted top"; the publisher gives none."""
    kind = KINDS.get(kind, re.sub(r"\s*\(.*\)", "", kind).lower())
    if fabric == "woven" or fabric in colour or any(word in kind for word in IMPLIED):
        fabric = ""
    title = " ".join(word for word in (OWNERS.get(gender, ""), colour, fabric, kind) if word)
    return title[:1].upper() + title[1:]


def _outfits(table: Path, known: set[str]) -> tuple[tuple[Outfit, ...], tuple[Rejected, ...]]:
    if not table.is_file():
        return (), ()
    items: dict[str, list[str]] = {}
    rejected = []
    for place, row in _rows(table, "cod_outfit"):
        if isinstance(row, BadRow):
            rejected.append(Rejected("", str(row), place))
        elif row["cod_modelo_color"] in known:
            items.setdefault(row["cod_outfit"], []).append(row["cod_modelo_color"])
        else:
            reason = f'outfit {row["cod_outfit"]} names "{row["cod_modelo_color"]}", which is no product here'
            rejected.append(Rejected(row["cod_modelo_color"], reason, place))
    return tuple(Outfit(id, tuple(dict.fromkeys(group))) for id, group in items.items()), tuple(rejected)


LAYOUT = Layout(
    name="mango",
    files="datathon/dataset/product_data.csv (or dataset/product_data.csv) and images/",
    licence="Mango's datathon states no terms; the photographs are Mango's: use them for research.",
    traps=(
        "the colour group GREY holds black; colours come from the Spanish specification",
        "one pair of earrings is in 637 outfits: report popularity-weighted negatives and the popularity baseline too",
        "year and background leak outfits: draw negatives of the same family and year",
        "99% of the products are women's",
    ),
    detect=_detect,
    read=read,
)
