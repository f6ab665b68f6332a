"""Category tables of outfits, parsing and try-on, and the mapping of shops' labels to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

OUTFIT_CATEGORIES = (
    *("tops", "bottoms", "all-body", "outerwear", "shoes", "bags", "jewellery", "accessories", "hats", "scarves"),
    "sunglasses",
)
"""Categories of an outfit's items: the labels of `semantic_category` in Polyvore Outfits (CSA-Net, section 4.1)."""

PARSING_CLASSES = (
    *("background", "skin", "hair", "hat", "accessory", "top", "outer", "dress", "bottom", "skirt", "legwear", "shoes"),
    "bag",
)
"""Classes of a parsing map's pixels; the index in this tuple is the pixel's value."""

KEYPOINTS = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow"),
    *("right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle"),
    "right_ankle",
)
"""The joints of a body, as COCO orders them; left is the person's own left."""

REGIONS = ("legwear", "bottom", "top", "dress", "outer", "shoes", "bag", "hat")
"""Regions of a person in which garments are tried on, in layer order: a later one lies over an earlier one."""

REGION_CLASSES: Mapping[str, tuple[str, ...]] = {region: (region,) for region in REGIONS} | {
    "bottom": ("bottom", "skirt")
}
"""Region to the parsing classes that it covers."""

REPLACES: Mapping[str, tuple[str, ...]] = {"dress": ("top", "bottom")}
"""Region to the regions that it replaces."""

NOT_WORN = "none"
"""Marks labels in the tables that belong to no outfit: underwear, nightwear, beauty, home goods."""

_NOUNS = {
    "tops": """top, tee, tshirt, shirt, blouse, polo, poloshirt, sweater, jumper, pullover, sweatshirt, hoodie,
        cardigan, knit, tank, bodysuit, tunic, kurta, turtleneck, henley, jersey""",
    "bottoms": """jeans, jean, trouser, pants, pant, shorts, short, skirt, legging, jegging, chino, jogger,
        sweatpants, culottes, bermuda, capri, skort, slacks, bottom""",
    "all-body": "dress, gown, jumpsuit, romper, playsuit, overall, dungarees, saree, sari, kaftan, swimsuit",
    "outerwear": """jacket, coat, overcoat, raincoat, blazer, parka, anorak, trench, trenchcoat, puffer, bomber,
        poncho, cape, gilet, vest, waistcoat, kimono, suit, windbreaker, fleece, outerwear""",
    "shoes": """shoe, sneaker, trainer, boot, bootie, heel, pump, stiletto, sandal, loafer, flat, ballerina, mule,
        clog, slipper, espadrille, oxford, brogue, moccasin, wedge, flops, slides, footwear""",
    "bags": "bag, handbag, backpack, rucksack, tote, clutch, satchel, duffel, holdall, pochette, suitcase",
    "jewellery": """jewellery, jewelry, necklace, earring, ring, bracelet, bangle, pendant, chain, brooch, watch,
        cufflink, anklet""",
    "accessories": """accessory, accessories, belt, tie, glove, mitten, sock, tights, stocking, hosiery, pantyhose,
        legwear, wallet, purse, umbrella, hairband, headband, hairclip, keyring, braces, suspenders""",
    "hats": "hat, cap, beanie, beret, fedora, turban, headwear, visor",
    "scarves": "scarf, scarves, shawl, stole, foulard, kerchief, bandana, muffler, snood, wrap, dupatta",
    "sunglasses": "sunglasses, sunglass, glasses, eyewear, spectacles",
    NOT_WORN: """bra, bralette, brief, panties, knickers, thong, lingerie, underwear, innerwear, boxers, trunk,
        pyjama, pajama, nightgown, nightdress, nightwear, robe, shapewear, perfume, lipstick, deodorant,
        charm, hanger, insole, cleaner, shoelace, shoehorn""",
}
"""Outfit category to nouns; the last one in a label decides."""
_EXCEPTIONS = {
    "tops": "Kurtis, Sweater Vest, Cardigan Vest, camisole",
    "bottoms": "Salwar, Churidar, Patiala, Salwar and Dupatta, Bikini pantie",
    "all-body": "all-body, Lehenga Choli, Kurta Sets, Clothing Set, Tracksuits, Swimwear, Pichi",
    "outerwear": "Shrug, Overshirt",
    "shoes": "flip flop",
    "bags": "Waist Pouch, Citybag",
    "accessories": """Ties and Cufflinks, Wristbands, Mobile Pouch, Tablet Sleeve, Key chain, Water Bottle, Card holder,
        Case, Cosmetic bag, Glasses case, Gadget, Beach Towel""",
    NOT_WORN: """Innerwear Vests, Camisoles, Baby Dolls, Night suits, Shoe Accessories, Shoe Laces, Fragrance Gift Set,
        Lip Gloss, Lip Care, Lip Liner, Lip Plumper, Nail Polish, Nail Essentials, Kajal and Eyeliner, Eyeshadow,
        Mascara, Concealer, Compact, Foundation and Primer, Highlighter and Blush, Makeup Remover, Eye Cream,
        Face Moisturisers, Face Wash and Cleanser, Face Scrub and Exfoliator, Face Serum and Gel, Mask and Peel, Toner,
        Sunscreen, Body Lotion, Body Wash and Scrub, Hair Colour, Beauty Accessory, Mens Grooming Kit, Free Gifts,
        Footballs, Basketballs, Cushion Covers, Ipad, Knicker, Shape, Dressing Gown (Bata), Pyjama Trousers,
        Pyjama Shirt, Pyjama Shorts, Pyjama T-Shirt, Pyjama Top, Pyjama Sweatshirt, Pyjama Cardigan""",
}
"""Outfit category to labels of published shops and of the boutique whose last noun misleads, or that have none."""


def _by_label(table: Mapping[str, str]) -> dict[str, str]:
    return {label.lower(): name for name, labels in table.items() for label in re.split(r",\s+", labels.strip())}


_WORDS, _LABELS = _by_label(_NOUNS), _by_label(_EXCEPTIONS)
_LEGWEAR = frozenset({"sock", "stocking", "tights", "hosiery", "pantyhose", "legwear"})
_REGION_OF = {
    "tops": "top",
    "bottoms": "bottom",
    "all-body": "dress",
    "outerwear": "outer",
    "shoes": "shoes",
    "bags": "bag",
    "hats": "hat",
}


@lru_cache(4096)
def outfit_category(label: str) -> str | None:
    """The outfit category of a shop's own label, or None where it belongs in no outfit or isn't understood.

    The last noun that is known decides, but for labels of published data sets that it misleads about.

    >>> outfit_category("Casual Shoes"), outfit_category("dress shoes with straps"), outfit_category("Lipstick")
    ('shoes', 'shoes', None)
    """
    category = _category_of(label)
    return None if category in ("", NOT_WORN) else category


def never_worn(label: str) -> bool:
    """True if a label is understood, and belongs in no outfit."""
    return _category_of(label) == NOT_WORN


@lru_cache(4096)
def tryon_region(label: str) -> str | None:
    """The region of a person in which a shop's label is tried on, or None where it can't be."""
    if _head_noun(label.lower()) in _LEGWEAR:
        return "legwear"
    return _REGION_OF.get(outfit_category(label) or "")


def _category_of(label: str) -> str:
    """A category, `NOT_WORN`, or nothing where a label isn't understood."""
    name = label.strip().lower()
    return _LABELS.get(name) or _WORDS.get(_head_noun(name), "")


def _head_noun(name: str) -> str:
    """The last known noun of a label, such as boot in sock boots; "t-shirt" is one word, "with a belt" is left out."""
    single = re.sub(r"^.*\b(?:packs?|pairs?|sets?|bundle|box) of\b", "", name.replace("t-shirt", "tshirt"))
    head = re.split(r"\b(?:with|for|in|of)\b|\(", single)[0]
    words: list[str] = re.findall(r"[^\W\d_]+", head)
    for word in reversed(words):
        for form in (word, word.removesuffix("s"), word.removesuffix("es")):
            if form in _WORDS:
                return form
    return ""
