"""Category tables of outfits, parsing and try-on, and the mappings of each data set's labels to them."""

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

FASHION_PRODUCT_IMAGES = {
    "tops": "Tshirts, Shirts, Tops, Kurtas, Kurtis, Tunics, Sweatshirts, Sweaters, Lounge Tshirts",
    "bottoms": """Jeans, Trousers, Track Pants, Shorts, Capris, Leggings, Jeggings, Skirts, Salwar, Churidar,
        Patiala, Salwar and Dupatta, Rain Trousers, Lounge Pants, Lounge Shorts""",
    "all-body": """Dresses, Jumpsuit, Rompers, Sarees, Lehenga Choli, Kurta Sets, Clothing Set, Tracksuits,
        Swimwear""",
    "outerwear": "Jackets, Blazers, Waistcoat, Shrug, Nehru Jackets, Rain Jacket, Suits",
    "shoes": """Casual Shoes, Sports Shoes, Formal Shoes, Heels, Flats, Sandals, Sports Sandals, Flip Flops,
        Booties""",
    "bags": """Handbags, Backpacks, Clutches, Duffel Bag, Laptop Bag, Messenger Bag, Rucksacks, Trolley Bag,
        Waist Pouch""",
    "jewellery": """Watches, Earrings, Pendant, Necklace and Chains, Ring, Bangle, Bracelet, Jewellery Set,
        Cufflinks""",
    "accessories": """Belts, Wallets, Ties, Ties and Cufflinks, Socks, Stockings, Tights, Gloves, Suspenders,
        Wristbands, Mobile Pouch, Tablet Sleeve, Travel Accessory, Accessory Gift Set, Umbrellas, Key chain,
        Hair Accessory, Headband, Water Bottle""",
    "hats": "Caps, Hat",
    "scarves": "Scarves, Stoles, Mufflers, Dupatta",
    "sunglasses": "Sunglasses",
    NOT_WORN: """Bra, Briefs, Trunk, Boxers, Innerwear Vests, Camisoles, Shapewear, Baby Dolls, Nightdress,
        Night suits, Bath Robe, Robe, Shoe Accessories, Shoe Laces, Perfume and Body Mist, Deodorant,
        Fragrance Gift Set, Lipstick, Lip Gloss, Lip Care, Lip Liner, Lip Plumper, Nail Polish, Nail Essentials,
        Kajal and Eyeliner, Eyeshadow, Mascara, Concealer, Compact, Foundation and Primer, Highlighter and Blush,
        Makeup Remover, Eye Cream, Face Moisturisers, Face Wash and Cleanser, Face Scrub and Exfoliator,
        Face Serum and Gel, Mask and Peel, Toner, Sunscreen, Body Lotion, Body Wash and Scrub, Hair Colour,
        Beauty Accessory, Mens Grooming Kit, Free Gifts, Footballs, Basketballs, Cushion Covers, Ipad""",
}
"""Outfit category to the labels of `articleType`."""

MANGO = {
    "tops": """Top, T-Shirt, Shirt, Blouse, Sweater, Sweater Vest, Sweatshirt, Cardigan, Cardigan Vest, Bodysuit,
        Poloshirt, Bikini top""",
    "bottoms": "Trousers, Jeans, Shorts, Bermudas, Skirt, Skort, Leggings, Joggers, Bikini pantie",
    "all-body": "Dress, Pichi, Jumpsuit, Overall, Swimsuit, Kaftan",
    "outerwear": """Coat, Jacket, Jacket (Cazadora), Leather Jacket, Blazer, Vest, Outer vest, Overshirt, Parka,
        Puffer coat, Trenchcoat, Poncho, Cape""",
    "shoes": "Sandals, Shoes, Ankle Boots, Boots, Trainers, Clogs, Slippers",
    "bags": """Handbag, Shoulder bag, Crossbody bag, Totes bag, Bucket bag, Citybag, Mini Bag, Belt bag, Backpack,
        Clutch and Pochettes""",
    "jewellery": "Earrings, Necklace, Ring, Bracelet",
    "accessories": """Belt, Braces, Tie, Gloves, Socks, Sock (Pack), Tights, Hairclip, Hairband, Headband, Wallet,
        Purse, Card holder, Case, Cosmetic bag, Glasses case, Umbrella, Keyring, Gadget, Beach Towel""",
    "hats": "Hat, Cap, Beanie, Turban",
    "scarves": "Scarf, Foulard, Kerchief",
    "sunglasses": "Sunglasses, Glasses",
    NOT_WORN: """Bras, Knicker, Shape, Nightgown, Dressing Gown (Bata), Pyjama, Pyjama Trousers, Pyjama Shirt,
        Pyjama Shorts, Pyjama T-Shirt, Pyjama Top, Pyjama Sweatshirt, Pyjama Cardigan""",
}
"""Outfit category to the labels of `des_product_type`."""

BOUTIQUE = {
    "tops": "t-shirt, shirt, blouse, sweater, cardigan, hoodie, sweatshirt, tank top, camisole, polo shirt",
    "bottoms": "jeans, trousers, chinos, joggers, shorts, skirt, leggings",
    "all-body": "dress, shirt dress, jumpsuit",
    "outerwear": "coat, trench coat, jacket, blazer, denim jacket, bomber jacket, puffer, puffer jacket, vest",
    "shoes": "sneakers, boots, ankle boots, heels, sandals, loafers, ballet flats",
    "bags": "handbag, backpack, tote, tote bag, clutch, crossbody bag",
    "hats": "cap, beanie, sun hat, bucket hat, hat",
    "accessories": "belt",
    "scarves": "scarf",
    "sunglasses": "sunglasses, glasses",
}
"""Outfit category to the kinds that the drawn boutique sells."""

_NOUNS = {
    "tops": """top, tee, tshirt, shirt, blouse, polo, poloshirt, sweater, jumper, pullover, sweatshirt, hoodie,
        cardigan, knit, tank, bodysuit, tunic, kurta, turtleneck, henley, jersey""",
    "bottoms": """jeans, jean, trouser, pants, pant, shorts, short, skirt, legging, jegging, chino, jogger,
        sweatpants, culottes, bermuda, capri, skort, slacks, bottom""",
    "all-body": "dress, gown, jumpsuit, romper, playsuit, overall, dungarees, saree, sari, kaftan, swimsuit",
    "outerwear": """jacket, coat, overcoat, raincoat, blazer, parka, anorak, trench, trenchcoat, puffer, bomber,
        poncho, cape, gilet, vest, waistcoat, kimono, suit, windbreaker, fleece, outerwear""",
    "shoes": """shoe, sneaker, trainer, boot, bootie, heel, pump, stiletto, sandal, loafer, flat, ballerina, mule,
        clog, slipper, espadrille, oxford, brogue, moccasin, wedge, flip flop, flops, slides, footwear""",
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
"""Outfit category to nouns, for labels that are in no table."""


def _by_label(table: Mapping[str, str]) -> dict[str, str]:
    return {label: name for name, labels in table.items() for label in re.split(r",\s+", labels.strip())}


_OUTFIT_LABELS = {
    label.lower(): category
    for table in (_NOUNS, {name: name for name in OUTFIT_CATEGORIES}, BOUTIQUE, MANGO, FASHION_PRODUCT_IMAGES)
    for label, category in _by_label(table).items()
}
_WORDS = _by_label(_NOUNS)
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

    Labels of the known data sets are looked up; of any other label the last noun that is known decides.

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
    return _OUTFIT_LABELS.get(name) or _WORDS.get(_head_noun(name), "")


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
