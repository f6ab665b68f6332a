"""Mango's outfits (a datathon's release): `datathon/dataset/*.csv` and `datathon/images/`."""

from __future__ import annotations

import re
from pathlib import Path

from modiste.catalog.photos import PhotoFinder
from modiste.catalog.readers.csv_table import read_outfits, read_rows
from modiste.catalog.records import BadRow, Catalog, Layout, Product, Value
from modiste.catalog.table import gather

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

_FABRICS = {
    **{"P-PLANA": "woven", "C-COMPLEMENTOS": "", "K-CIRCULAR": "jersey", "T-TRICOT": "knitted", "J-JEANS": "denim"},
    **{"O-POLIPIEL": "faux leather", "L-PIEL": "leather"},
}
"""`des_fabric` in English; accessories have no fabric."""

_GENDERS = {
    **{("Female", "Adult"): "Women", ("Male", "Adult"): "Men"},
    **{("Female", "Kids"): "Girls", ("Male", "Kids"): "Boys"},
}
_POSSESSIVES = {"Women": "Women's", "Men": "Men's", "Girls": "Girls'", "Boys": "Boys'"}
_TYPES = {
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
_WITH_FABRIC = ("jeans", "denim", "leather", "knitted", "sweater", "cardigan", "t-shirt", "sweatshirt", "leggings")
"""Types that name their fabric, so that a title doesn't name it twice."""

_Row = dict[str, str]


def _read(source: Path) -> Catalog:
    """Read the published folder, or the `datathon` folder in it.

    Raises:
        UsageError: a table lacks a column that the publisher's has.
    """
    base, finder, remedy = _base(source), PhotoFinder(), "give the publisher's file"
    rows = read_rows(base / "dataset" / "product_data.csv", {"cod_modelo_color", "des_filename"}, remedy)
    products, rejected = gather(rows, lambda row: _product(row, base / "images", finder), "cod_modelo_color")
    ids, columns = {product.id for product in products}, ("cod_outfit", "cod_modelo_color")
    outfits, broken = read_outfits(base / "dataset" / "outfit_data.csv", columns, ids, remedy)
    return Catalog(source.resolve().name, products, outfits, rejected + broken, LAYOUT.licence)


def _base(source: Path) -> Path:
    return source / "datathon" if (source / "datathon").is_dir() else source


def _product(row: _Row, images: Path, finder: PhotoFinder) -> Product:
    id = row["cod_modelo_color"].strip()
    if not id:
        raise BadRow("cod_modelo_color is missing; give every product one")
    # The published names start with "datathon/", wherever the folder was put.
    photo = images / Path(row["des_filename"]).name
    if not finder.exists(photo):
        raise BadRow(f"no image at {photo}; put it there or remove the row")
    attributes = _attributes(row)
    gender = _GENDERS.get((row.get("des_sex", ""), row.get("des_age", "")), "")
    spanish = row.get("des_color_specification_esp", "").strip()
    colour, kind = COLOURS.get(spanish, spanish.lower()), row.get("des_product_type", "")
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


def _attributes(row: _Row) -> dict[str, Value]:
    attributes: dict[str, Value] = {
        "colour_group": row.get("des_agrup_color_eng", "").lower(),
        "line": row.get("des_line", ""),
        "fabric": _FABRICS.get(row.get("des_fabric", ""), ""),
        "product_category": row.get("des_product_category", ""),
        "aggregated_family": row.get("des_product_aggregated_family", ""),
        "family": row.get("des_product_family", ""),
        "colour_specification": row.get("des_color_specification_esp", ""),
    }
    if year := re.match(r"(\d{4})_", Path(row["des_filename"]).name):
        attributes["year"] = float(year[1])
    return {name: value for name, value in attributes.items() if value != ""}


def _title(gender: str, colour: str, fabric: str, kind: str) -> str:
    """A title from what is known: "Women's navy blue knitted top"; the publisher gives none."""
    kind = _TYPES.get(kind, re.sub(r"\s*\(.*\)", "", kind).lower())
    if fabric == "woven" or fabric in colour or any(word in kind for word in _WITH_FABRIC):
        fabric = ""
    title = " ".join(word for word in (_POSSESSIVES.get(gender, ""), colour, fabric, kind) if word)
    return title[:1].upper() + title[1:]


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
    detect=lambda source: (_base(source) / "dataset" / "product_data.csv").is_file(),
    read=_read,
)
