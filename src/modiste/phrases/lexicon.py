"""The words of fashion: attributes' values and their scales, kinds of product, and words that ask for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """One value of an attribute, with customers' words for it."""

    before: tuple[str, ...] = ()
    """Before the noun: "striped" shirt."""
    after: tuple[str, ...] = ()
    """After the noun: shirt "with stripes"."""
    also: tuple[str, ...] = ()
    """Understood in titles and columns, but never used in sentences."""
    column: tuple[str, ...] = ()
    """Understood only in the attribute's own column, where a bare "short" can't be mistaken."""


def word_set(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


# fmt: off
LEXICON: Mapping[str, Mapping[str, Value]] = {
    "pattern": {
        "solid": Value(("plain", "solid"), ("without a pattern", "in one colour"), ("solid colour",), ("uni", "none")),
        "striped": Value(("striped", "stripy"), ("with stripes",), ("stripe", "stripes", "stripped", "pinstripe")),
        "checked": Value(("checked", "plaid", "check"), ("with checks", "with a check pattern"),
                         ("checks", "checkered", "chequered", "tartan", "gingham")),
        "dotted": Value(("polka dot", "dotted", "spotted"), ("with dots", "with polka dots"), ("dot", "dots", "polka")),
        "floral": Value(("floral", "flowery"), ("with flowers", "with a floral print"),
                        ("flower", "flowers", "flower print", "floral print")),
        "animal print": Value(("animal print",), ("with an animal print",), ("leopard", "leopard print", "zebra")),
        "camouflage": Value(("camouflage", "camo"), ("with a camouflage print",)),
        "graphic": Value(("graphic",), ("with a graphic", "with a graphic print"), ("graphic print", "photo print")),
        "logo": Value(("logo",), ("with a logo", "with a logo on it")),
        "printed": Value(("printed",), ("with a print",), ("print",)),
        "embroidered": Value(("embroidered",), ("with embroidery",), ("embroidery",)),
        "colour block": Value(("colour block",), ("with colour blocks",), ("colour blocked", "color block")),
    },
    "neck": {
        "turtleneck": Value(("turtleneck", "roll neck"), ("with a turtleneck", "with a roll neck"),
                            ("high neck", "funnel neck", "turtle neck")),
        "crew": Value(("crew neck", "round neck"), ("with a crew neck", "with a round neck"), (), ("crew", "round")),
        "boat": Value(("boat neck",), ("with a boat neck",), (), ("boat", "bateau", "slash")),
        "square": Value(("square neck",), ("with a square neck",), (), ("square",)),
        "scoop": Value(("scoop neck",), ("with a scoop neck",), ("u neck",), ("scoop", "u")),
        "v-neck": Value(("v-neck",), ("with a v-neck",), ("vneck",), ("v", "deep v")),
        "collar": Value(("collared",), ("with a collar",), ("polo neck", "polo collar", "shirt collar"), ("collar",)),
        "hood": Value(("hooded",), ("with a hood",), (), ("hood",)),
        "halter": Value(("halter neck",), ("with a halter neck",), (), ("halter",)),
        "off-shoulder": Value(("off-the-shoulder",), ("off the shoulder",), ("off shoulder", "bardot")),
    },
    "sleeve": {
        "sleeveless": Value(("sleeveless",), ("without sleeves",), (), ("no sleeves", "strappy", "none")),
        "cap": Value(("cap sleeve",), ("with cap sleeves",), (), ("cap",)),
        "short": Value(("short sleeve", "short-sleeved"), ("with short sleeves",), ("half sleeve", "half sleeves"),
                       ("short", "half")),
        "three-quarter": Value(("three-quarter sleeve",), ("with three-quarter sleeves",),
                               ("3/4 sleeve", "elbow sleeve"), ("3/4", "elbow", "three quarter")),
        "long": Value(("long sleeve", "long-sleeved"), ("with long sleeves",), ("full sleeve", "full sleeves"),
                      ("long", "full")),
    },
    "length": {
        "mini": Value(("mini",), ("above the knee",), (), ("very short", "micro")),
        "knee": Value(("knee-length",), ("down to the knee",), (), ("knee",)),
        "midi": Value(("midi",), ("below the knee",), (), ("calf", "mid-calf")),
        "maxi": Value(("maxi",), ("down to the floor",), ("floor length",), ("floor",)),
        "cropped": Value(("cropped",), (), ("3/4 length", "3/4th"), ("crop", "short")),
        "ankle": Value(("ankle-length",), (), (), ("ankle", "7/8")),
        "regular": Value(column=("full", "full length", "hip", "standard", "normal")),
        "long": Value(("long", "longline"), (), (), ("tunic",)),
    },
    "fit": {
        "skinny": Value(("skinny", "skinny fit"), ("with a skinny fit",), ("body fit",)),
        "slim": Value(("slim", "slim fit"), ("with a slim fit",), ("fitted",), ("tailored",)),
        "regular": Value(("regular fit",), ("with a regular fit",), ("classic fit",), ("regular", "normal")),
        "straight": Value(("straight", "straight leg"), ("with straight legs",), ("straight fit",)),
        "tapered": Value(("tapered",), ("with tapered legs",), (), ("carrot",)),
        "relaxed": Value(("relaxed", "loose"), ("with a relaxed fit", "with a loose fit"),
                         ("comfort fit", "loose fit")),
        "oversized": Value(("oversized", "baggy"), ("with an oversized fit",), ("oversize", "boxy")),
        "wide": Value(("wide leg",), ("with wide legs",), ("palazzo",), ("wide",)),
        "flared": Value(("flared",), (), ("flare", "boot cut", "bootcut"), ("bell",)),
    },
    "heel": {
        "flat": Value(("flat",), ("with no heel",), (), ("none", "no heel")),
        "low": Value(("low heel", "low-heeled"), ("with a low heel",), (), ("low",)),
        "block": Value(("block heel",), ("with a block heel",), (), ("block",)),
        "wedge": Value(("wedge",), ("with a wedge heel",), ("wedges",)),
        "high": Value(("high heel", "high-heeled"), ("with a high heel",), ("stiletto",), ("high",)),
    },
    "fabric": {
        **{word: Value((word,)) for word in (
            "cotton", "denim", "leather", "faux leather", "patent leather", "silk", "satin", "linen", "wool",
            "cashmere", "suede", "canvas", "lace", "jersey", "velvet", "mesh", "fleece", "nylon", "straw", "corduroy",
            "chiffon", "tweed", "metal", "plastic"
        )},
        "wool": Value(("wool",), (), ("woollen", "woolen")),
        "woven": Value(column=("plain weave",)),
        "knit": Value(("knit", "knitted"), (), ("ribbed",)),
    },
    "formality": {
        "sporty": Value(("sporty", "sports"), ("for sports", "for the gym"), (), ("sport", "active", "athletic")),
        "casual": Value(("casual",)),
        "smart casual": Value(("smart casual", "smart"), (), (), ("business casual",)),
        "formal": Value(("formal",), ("for the office", "for work"), (), ("business", "office", "work", "dressy")),
        "party": Value(("party",), ("for a party", "for an evening out"), (), ("evening", "festive", "night out")),
        "ethnic": Value(("ethnic",), (), (), ("traditional",)),
    },
    "season": {
        "summer": Value(("summer",), ("for summer", "for warm days"), (), ("hot",)),
        "spring": Value(("spring",), ("for spring",), (), ("mild",)),
        "autumn": Value(("autumn",), ("for autumn",), (), ("fall",)),
        "winter": Value(("winter",), ("for winter", "for cold days"), (), ("cold",)),
        "all year": Value(("all-season",), ("for all seasons",), (), ("any", "all season", "year-round", "all")),
    },
}
"""Attribute to its values. Colours are in `modiste.colour`."""

SCALES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "sleeve": (("sleeveless", "cap", "short", "three-quarter", "long"),),
    "length": (("mini", "knee", "midi", "maxi"), ("cropped", "ankle", "regular", "long")),
    "fit": (("skinny", "slim", "regular", "relaxed", "oversized"), ("skinny", "slim", "tapered", "straight", "wide")),
    "neck": (("turtleneck", "crew", "scoop", "v-neck"),),
    "heel": (("flat", "low", "high"),),
    "formality": (("sporty", "casual", "smart casual", "formal"),),
    "season": (("summer", "spring", "autumn", "winter"),),
}
"""Attribute to its ordered scales, least first; only values of one scale can be compared."""

DERIVED = ("formality", "season")
"""Attributes that follow from the others: a request for something else lets them change."""

COLUMNS: Mapping[str, str] = {
    "usage": "formality", "occasion": "formality", "style": "formality", "neckline": "neck", "collar": "neck",
    "sleeves": "sleeve", "sleeve_length": "sleeve", "material": "fabric", "print": "pattern", "articletype": "category",
    "basecolour": "colour", "color": "colour", "type": "category", "kind": "category",
}
"""Other names of attributes in catalogues."""

PAIRS = word_set("""
    shoes sandals heels flats jeans trousers shorts pants leggings jeggings socks briefs capris sunglasses glasses
    gloves boots booties sneakers loafers slippers trainers flops tights stockings boxers earrings cufflinks suspenders
    trunks joggers bermudas braces clogs wristbands laces mules espadrilles chinos culottes pumps wedges
    pyjamas knickers bottoms
""")
"""Words that stay plural for one product."""

NOUNS: Mapping[str, tuple[str, ...]] = {
    "tshirt": ("t-shirt", "tee", "tshirt"), "t-shirt": ("t-shirt", "tee", "tshirt"),
    "lounge tshirt": ("lounge t-shirt",), "shirt": ("shirt",), "polo shirt": ("polo shirt", "polo"),
    "poloshirt": ("polo shirt", "polo"), "blouse": ("blouse",), "tank top": ("tank top", "vest top"),
    "sweater": ("sweater", "jumper", "pullover"), "sweatshirt": ("sweatshirt",),
    "hoodie": ("hoodie", "hooded sweatshirt"), "cardigan": ("cardigan",),
    "sweater vest": ("sweater vest", "knitted vest"), "waistcoat": ("waistcoat", "vest"),
    "innerwear vest": ("vest", "undershirt"), "camisole": ("camisole", "cami"), "bra": ("bra",),
    "briefs": ("briefs", "underpants"), "trunk": ("trunks",), "boxers": ("boxers", "boxer shorts"), "jeans": ("jeans",),
    "trousers": ("trousers", "pants"), "track pants": ("track pants", "tracksuit bottoms"),
    "lounge pants": ("lounge pants", "pyjama bottoms"), "capris": ("capris", "capri pants"),
    "joggers": ("joggers", "jogging bottoms"), "shorts": ("shorts",), "lounge shorts": ("lounge shorts",),
    "leggings": ("leggings",), "skirt": ("skirt",), "dress": ("dress",), "shirt dress": ("shirt dress", "shirtdress"),
    "nightdress": ("nightdress", "nightgown"), "night suit": ("pyjamas", "nightwear set"), "jumpsuit": ("jumpsuit",),
    "romper": ("romper", "playsuit"), "coat": ("coat",), "jacket": ("jacket",), "blazer": ("blazer",),
    "denim jacket": ("denim jacket", "jean jacket"), "leather jacket": ("leather jacket",),
    "rain jacket": ("rain jacket", "raincoat"), "puffer coat": ("puffer coat", "padded coat"),
    "puffer": ("puffer jacket", "padded jacket"), "puffer jacket": ("puffer jacket", "padded jacket"),
    "trenchcoat": ("trench coat", "trench"), "trench coat": ("trench coat", "trench"),
    "bomber jacket": ("bomber jacket", "bomber"), "outer vest": ("gilet",), "saree": ("saree", "sari"),
    "kurta": ("kurta",), "kurti": ("kurti",), "kurta set": ("kurta set",), "sports shoes": ("sports shoes", "trainers"),
    "formal shoes": ("formal shoes", "dress shoes"), "casual shoes": ("casual shoes",),
    "sneakers": ("sneakers", "trainers"), "trainers": ("trainers", "sneakers"),
    "ballet flats": ("ballet flats", "ballerinas"), "heels": ("heels", "high heels"), "flats": ("flats", "flat shoes"),
    "flip flops": ("flip flops",), "sports sandals": ("sports sandals",), "ankle boots": ("ankle boots", "booties"),
    "booties": ("ankle boots", "booties"), "handbag": ("handbag", "bag"), "clutch": ("clutch", "clutch bag"),
    "clutch and pochettes": ("clutch bag",), "backpack": ("backpack", "rucksack"), "rucksack": ("rucksack", "backpack"),
    "totes bag": ("tote bag", "tote"), "tote": ("tote bag", "tote"), "tote bag": ("tote bag", "tote"),
    "crossbody bag": ("crossbody bag",), "shoulder bag": ("shoulder bag",), "duffel bag": ("duffel bag", "gym bag"),
    "laptop bag": ("laptop bag",), "messenger bag": ("messenger bag",), "waist pouch": ("belt bag", "waist pouch"),
    "belt bag": ("belt bag", "bum bag"), "cap": ("cap",), "beanie": ("beanie", "knitted hat"), "sun hat": ("sun hat",),
    "hat": ("hat",), "sunglasses": ("sunglasses", "shades"), "glasses": ("glasses", "spectacles"),
    "watch": ("watch", "wristwatch"), "scarf": ("scarf",), "muffler": ("scarf", "muffler"), "stole": ("stole",),
    "kerchief": ("neckerchief", "scarf"), "foulard": ("foulard", "scarf"), "tie": ("tie", "necktie"),
    "wallet": ("wallet",), "belt": ("belt",), "necklace and chain": ("necklace", "chain"),
    "jewellery set": ("jewellery set",), "ring": ("ring",), "jacket (cazadora)": ("jacket",),
    "dressing gown (bata)": ("dressing gown", "robe"), "bath robe": ("bathrobe", "robe"), "sock (pack)": ("socks",),
    "bikini pantie": ("bikini bottom",), "knicker": ("knickers",), "bras": ("bra",),
}
"""Singular label to its nouns, the plainest first."""

_SIMILAR = {
    "rain jacket": "anorak, windbreaker, cagoule, windcheater, windjammer",
    "trench coat": "mac, mackintosh",
    "coat": "parka, overcoat, peacoat, pea coat, duffle coat, topcoat, greatcoat, cape, poncho, cloak",
    "jacket": "shacket, tuxedo jacket, biker jacket, fleece jacket, kimono",
    "shirt": "overshirt, henley, tunic, kurta, kurti, guayabera",
    "cardigan": "bolero, shrug, twinset",
    "gilet": "body warmer, bodywarmer, puffer vest",
    "scarf": "hijab, headscarf, shawl, pashmina, bandana, snood, sarong, dupatta, niqab, kufiya",
    "beanie": "turban, beret, bobble hat, balaclava, toque",
    "hat": "fedora, trilby, panama, bowler hat, stetson",
    "cap": "snapback, visor, baseball cap",
    "loafers": "moccasin, moccasins, boat shoes, espadrilles, slip ons, slip-ons",
    "formal shoes": "brogues, oxfords, derbies, monk straps, lace ups, lace-ups",
    "sneakers": "plimsolls, high tops, high-tops, kicks, runners, gym shoes, tennis shoes",
    "sandals": "slides, sliders, mules, clogs, crocs, huaraches, birkenstocks",
    "flip flops": "thongs",
    "heels": "stilettos, slingbacks, kitten heels, platforms",
    "ballet flats": "mary janes, pumps",
    "boots": "wellies, wellingtons, wellington boots, uggs, gumboots, galoshes",
    "ankle boots": "chelsea boots, chukkas, chukka boots, desert boots, bootees",
    "dress": "kaftan, caftan, abaya, gown, frock, sundress, pinafore, cheongsam, qipao, djellaba",
    "jumpsuit": "dungarees, overalls, boiler suit, boilersuit, catsuit, onesie, unitard",
    "tank top": "bandeau, tube top, singlet, crop top, bustier, corset",
    "trousers": "slacks, culottes, palazzos, palazzo pants, cargos, cargo pants, khakis",
    "joggers": "sweatpants, tracksuit, jogging pants",
    "leggings": "treggings, jodhpurs",
    "shorts": "hotpants, hot pants, boardshorts, board shorts, swim shorts, cutoffs",
    "skirt": "skort, kilt, tutu, lehenga",
    "handbag": "purse, satchel, pocketbook, hobo bag, baguette bag, bucket bag",
    "tote bag": "shopper, beach bag, shopping bag",
    "duffel bag": "holdall, weekender, gym bag",
    "belt bag": "bumbag, bum bag, fanny pack",
    "backpack": "knapsack, school bag, schoolbag",
    "clutch": "minaudiere, pochette",
    "sunglasses": "aviators, wayfarers, sunnies",
    "glasses": "specs, eyeglasses, eyewear",
    "checked": "gingham, houndstooth, windowpane, argyle, madras, pied de poule",
    "striped": "pinstriped, pinstripes, breton",
    "printed": "paisley, tie dye, tie dyed, batik, ikat, ditsy",
    "tie": "cravat, bow tie, bowtie, ascot",
}
"""Kind of product or pattern, as training sentences have it, to rarer words for it and for what is like it."""

SIMILAR = {word: name for name, words in _SIMILAR.items() for word in words.split(", ")}
"""Rare words to the nearest word that training sentences use."""

IDLE = word_set("""
    hello hi hey hiya howdy good morning afternoon evening day greetings yo ok okay yes no yeah yep nope well hmm um oh
    please thanks thank cheers sorry bye goodbye welcome a an the this that these those it its they them one ones thing
    things product products item items something anything i id im ive me my mine we us our you your he she his her is
    are was were be been am do does did have has had having got get give show find see look looking search want wants
    wanted would could should can may might will shall like likes love loves need needs prefer make made same similar
    alike exact exactly just only really very so too also but and or if of to for in on at with as than there here what
    which how when where why who test testing
""")
"""Words that ask for no change."""
# fmt: on


def noun_phrase(phrase: str) -> str:
    """A phrase without its "with": "stripes", "long sleeves"."""
    return re.sub(r"^with (an? )?", "", phrase)


def label(category: str) -> str:
    """A shop's label in lower case and in the singular, pairs left as they are.

    >>> label("Tshirts"), label("Casual Shoes"), label("Dresses")
    ('tshirt', 'casual shoes', 'dress')
    """
    *before, word = category.lower().split() or [""]
    if word == "scarves":
        word = "scarf"
    elif word not in PAIRS:
        if word.endswith("ies"):
            word = f"{word[:-3]}y"
        elif word.endswith(("sses", "ches", "shes", "xes")):
            word = word[:-2]
        elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
            word = word[:-1]
    return " ".join([*before, word])


def singulars(names: Iterable[str]) -> dict[str, str]:
    """Singular names and their plurals, as `label` understands them, to the name.

    >>> singulars(["dress"])
    {'dresses': 'dress', 'dress': 'dress'}
    """
    known = list(names)
    forms = (
        (name, f"{stem}{ending}")
        for name in known
        for stem, ending in ((name, "s"), (name, "es"), (name[:-1], "ies"), (name[:-1], "ves"))
    )
    return {form: name for name, form in forms if label(form) == name} | {name: name for name in known}


def nouns(category: str) -> tuple[str, ...]:
    """Customers' nouns for a product of this category, the plainest first."""
    name = label(category)
    return NOUNS.get(name, (name,) if name else ())


def head(category: str) -> str:
    """The head noun of a category: casual shoes and formal shoes are both "shoes"."""
    called = nouns(category)
    return called[0].split()[-1] if called else ""
