"""Kinds of product as customers call them."""

from __future__ import annotations

from collections.abc import Mapping

_PAIRS = """
    shoes sandals heels flats jeans trousers shorts pants leggings jeggings socks briefs capris sunglasses glasses
    gloves boots booties sneakers loafers slippers trainers flops tights stockings boxers earrings cufflinks suspenders
    trunks joggers bermudas braces clogs wristbands laces mules espadrilles chinos culottes pumps wedges
    pyjamas knickers bottoms"""
PAIRS = frozenset(_PAIRS.split())
"""Words that stay plural for one product."""

# fmt: off
NOUNS: Mapping[str, tuple[str, ...]] = {
    "tshirt": ("t-shirt", "tee", "tshirt"), "t-shirt": ("t-shirt", "tee", "tshirt"),
    "lounge tshirt": ("lounge t-shirt",), "shirt": ("shirt",), "polo shirt": ("polo shirt", "polo"),
    "poloshirt": ("polo shirt", "polo"), "blouse": ("blouse",), "tank top": ("tank top", "vest top"),
    "sweater": ("sweater", "jumper", "pullover"), "sweatshirt": ("sweatshirt",),
    "hoodie": ("hoodie", "hooded sweatshirt"),
    "cardigan": ("cardigan",), "sweater vest": ("sweater vest", "knitted vest"), "waistcoat": ("waistcoat", "vest"),
    "innerwear vest": ("vest", "undershirt"), "camisole": ("camisole", "cami"), "bra": ("bra",),
    "briefs": ("briefs", "underpants"), "trunk": ("trunks",), "boxers": ("boxers", "boxer shorts"),
    "jeans": ("jeans",), "trousers": ("trousers", "pants"), "track pants": ("track pants", "tracksuit bottoms"),
    "lounge pants": ("lounge pants", "pyjama bottoms"), "capris": ("capris", "capri pants"),
    "joggers": ("joggers", "jogging bottoms"),
    "shorts": ("shorts",), "lounge shorts": ("lounge shorts",), "leggings": ("leggings",), "skirt": ("skirt",),
    "dress": ("dress",), "shirt dress": ("shirt dress", "shirtdress"), "nightdress": ("nightdress", "nightgown"),
    "night suit": ("pyjamas", "nightwear set"), "jumpsuit": ("jumpsuit",), "romper": ("romper", "playsuit"),
    "coat": ("coat",), "jacket": ("jacket",), "blazer": ("blazer",), "denim jacket": ("denim jacket", "jean jacket"),
    "leather jacket": ("leather jacket",), "rain jacket": ("rain jacket", "raincoat"),
    "puffer coat": ("puffer coat", "padded coat"), "puffer": ("puffer jacket", "padded jacket"),
    "puffer jacket": ("puffer jacket", "padded jacket"), "trenchcoat": ("trench coat", "trench"),
    "trench coat": ("trench coat", "trench"), "bomber jacket": ("bomber jacket", "bomber"), "outer vest": ("gilet",),
    "saree": ("saree", "sari"), "kurta": ("kurta",), "kurti": ("kurti",), "kurta set": ("kurta set",),
    "sports shoes": ("sports shoes", "trainers"), "formal shoes": ("formal shoes", "dress shoes"),
    "casual shoes": ("casual shoes",), "sneakers": ("sneakers", "trainers"), "trainers": ("trainers", "sneakers"),
    "ballet flats": ("ballet flats", "ballerinas"), "heels": ("heels", "high heels"),
    "flats": ("flats", "flat shoes"), "flip flops": ("flip flops",),
    "sports sandals": ("sports sandals",), "ankle boots": ("ankle boots", "booties"),
    "booties": ("ankle boots", "booties"),
    "handbag": ("handbag", "bag"), "clutch": ("clutch", "clutch bag"), "clutch and pochettes": ("clutch bag",),
    "backpack": ("backpack", "rucksack"), "rucksack": ("rucksack", "backpack"), "totes bag": ("tote bag", "tote"),
    "tote": ("tote bag", "tote"), "tote bag": ("tote bag", "tote"), "crossbody bag": ("crossbody bag",),
    "shoulder bag": ("shoulder bag",), "duffel bag": ("duffel bag", "gym bag"), "laptop bag": ("laptop bag",),
    "messenger bag": ("messenger bag",), "waist pouch": ("belt bag", "waist pouch"),
    "belt bag": ("belt bag", "bum bag"),
    "cap": ("cap",), "beanie": ("beanie", "knitted hat"), "sun hat": ("sun hat",), "hat": ("hat",),
    "sunglasses": ("sunglasses", "shades"), "glasses": ("glasses", "spectacles"), "watch": ("watch", "wristwatch"),
    "scarf": ("scarf",), "muffler": ("scarf", "muffler"), "stole": ("stole",), "kerchief": ("neckerchief", "scarf"),
    "foulard": ("foulard", "scarf"), "tie": ("tie", "necktie"), "wallet": ("wallet",), "belt": ("belt",),
    "necklace and chain": ("necklace", "chain"), "jewellery set": ("jewellery set",), "ring": ("ring",),
    "jacket (cazadora)": ("jacket",), "dressing gown (bata)": ("dressing gown", "robe"),
    "bath robe": ("bathrobe", "robe"),
    "sock (pack)": ("socks",), "bikini pantie": ("bikini bottom",), "knicker": ("knickers",), "bras": ("bra",),
}
"""Singular label to what it is called, the plainest word first."""

SIMILAR: Mapping[str, str] = {
    **dict.fromkeys(("anorak", "windbreaker", "cagoule", "windcheater", "windjammer"), "rain jacket"),
    **dict.fromkeys(("mac", "mackintosh"), "trench coat"),
    **dict.fromkeys(
        ("parka", "overcoat", "peacoat", "pea coat", "duffle coat", "topcoat", "greatcoat", "cape", "poncho", "cloak"),
        "coat",
    ),
    **dict.fromkeys(("shacket", "tuxedo jacket", "biker jacket", "fleece jacket", "kimono"), "jacket"),
    **dict.fromkeys(("overshirt", "henley", "tunic", "kurta", "kurti", "guayabera"), "shirt"),
    **dict.fromkeys(("bolero", "shrug", "twinset"), "cardigan"),
    **dict.fromkeys(("body warmer", "bodywarmer", "puffer vest"), "gilet"),
    **dict.fromkeys(
        ("hijab", "headscarf", "shawl", "pashmina", "bandana", "snood", "sarong", "dupatta", "niqab", "kufiya"), "scarf"
    ),
    **dict.fromkeys(("turban", "beret", "bobble hat", "balaclava", "toque"), "beanie"),
    **dict.fromkeys(("fedora", "trilby", "panama", "bowler hat", "stetson"), "hat"),
    **dict.fromkeys(("snapback", "visor", "baseball cap"), "cap"),
    **dict.fromkeys(("moccasin", "moccasins", "boat shoes", "espadrilles", "slip ons", "slip-ons"), "loafers"),
    **dict.fromkeys(("brogues", "oxfords", "derbies", "monk straps", "lace ups", "lace-ups"), "formal shoes"),
    **dict.fromkeys(("plimsolls", "high tops", "high-tops", "kicks", "runners", "gym shoes", "tennis shoes"),
        "sneakers"),
    **dict.fromkeys(("slides", "sliders", "mules", "clogs", "crocs", "huaraches", "birkenstocks"), "sandals"),
    **dict.fromkeys(("thongs",), "flip flops"),
    **dict.fromkeys(("stilettos", "slingbacks", "kitten heels", "platforms"), "heels"),
    **dict.fromkeys(("mary janes", "pumps"), "ballet flats"),
    **dict.fromkeys(("wellies", "wellingtons", "wellington boots", "uggs", "gumboots", "galoshes"), "boots"),
    **dict.fromkeys(("chelsea boots", "chukkas", "chukka boots", "desert boots", "bootees"), "ankle boots"),
    **dict.fromkeys(
        ("kaftan", "caftan", "abaya", "gown", "frock", "sundress", "pinafore", "cheongsam", "qipao", "djellaba"),
        "dress"
    ),
    **dict.fromkeys(("dungarees", "overalls", "boiler suit", "boilersuit", "catsuit", "onesie", "unitard"), "jumpsuit"),
    **dict.fromkeys(("bandeau", "tube top", "singlet", "crop top", "bustier", "corset"), "tank top"),
    **dict.fromkeys(("slacks", "culottes", "palazzos", "palazzo pants", "cargos", "cargo pants", "khakis"), "trousers"),
    **dict.fromkeys(("sweatpants", "tracksuit", "jogging pants"), "joggers"),
    **dict.fromkeys(("treggings", "jodhpurs"), "leggings"),
    **dict.fromkeys(("hotpants", "hot pants", "boardshorts", "board shorts", "swim shorts", "cutoffs"), "shorts"),
    **dict.fromkeys(("skort", "kilt", "tutu", "lehenga"), "skirt"),
    **dict.fromkeys(("purse", "satchel", "pocketbook", "hobo bag", "baguette bag", "bucket bag"), "handbag"),
    **dict.fromkeys(("shopper", "beach bag", "shopping bag"), "tote bag"),
    **dict.fromkeys(("holdall", "weekender", "gym bag"), "duffel bag"),
    **dict.fromkeys(("bumbag", "bum bag", "fanny pack"), "belt bag"),
    **dict.fromkeys(("knapsack", "school bag", "schoolbag"), "backpack"),
    **dict.fromkeys(("minaudiere", "pochette"), "clutch"),
    **dict.fromkeys(("aviators", "wayfarers", "sunnies"), "sunglasses"),
    **dict.fromkeys(("specs", "eyeglasses", "eyewear"), "glasses"),
    **dict.fromkeys(("gingham", "houndstooth", "windowpane", "argyle", "madras", "pied de poule"), "checked"),
    **dict.fromkeys(("pinstriped", "pinstripes", "breton"), "striped"),
    **dict.fromkeys(("paisley", "tie dye", "tie dyed", "batik", "ikat", "ditsy"), "printed"),
    **dict.fromkeys(("cravat", "bow tie", "bowtie", "ascot"), "tie"),
}
"""Kinds of product and patterns by other words, which networks hardly met, and the nearest that is said often."""
# fmt: on


def label(category: str) -> str:
    """A shop's label in lower case and in the singular, pairs left as they are.

    >>> label("Tshirts"), label("Casual Shoes"), label("Dresses")
    ('tshirt', 'casual shoes', 'dress')
    """
    words = category.lower().split()
    if words and words[-1] not in PAIRS:
        words[-1] = _singular(words[-1])
    return " ".join(words)


def nouns(category: str) -> tuple[str, ...]:
    """What customers call a product of this category, the plainest word first."""
    name = label(category)
    return NOUNS.get(name, (name,) if name else ())


def head(category: str) -> str:
    """The last word of the plainest noun: casual shoes and formal shoes are both "shoes"."""
    called = nouns(category)
    return called[0].split()[-1] if called else ""


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    if word == "scarves":
        return "scarf"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
