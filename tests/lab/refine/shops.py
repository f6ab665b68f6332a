"""Made-up shops without photos."""

from __future__ import annotations

from random import Random

from modiste.boutique import attributes, design, title
from modiste.catalog.records import Product

OWNERS = ("Men", "Women", "Girls")
ARTICLES = ("Tshirts", "Shirts", "Casual Shoes", "Formal Shoes", "Handbags")
FREQUENT = ("navy blue", "red", "white", "light blue", "multi")
PAINTS = ("Navy Blue", "Red", "White", "Light Blue", "Multi")
WORDS = {"sleeve": ("", "short", "long"), "pattern": ("", "striped", "solid"), "fit": ("slim", "relaxed")}
TIMES = {"season": ("Summer", "Winter"), "formality": ("Casual", "Formal", "Party")}


def written_down(count: int, seed: int = 0, *, models: bool = False, silent: bool = False) -> list[Product]:
    """Products without photos, as a shop's table tells them.

    Args:
        models: most are one of a model's two to four colours.
        silent: genders and colours are missing now and then.
    """
    rng = Random(seed)
    products = []
    for number in range(count):
        own = Random(f"{seed} {number // 4}") if models else rng
        owner, article = own.choice(OWNERS), own.choice(ARTICLES)
        told = {name: own.choice(values) for name, values in (WORDS | TIMES).items()}
        words = " ".join(filter(None, (told["pattern"], told["sleeve"] and f"{told['sleeve']} sleeve")))
        paint = rng.choice(PAINTS)
        name = f"{rng.choice(('Lee', 'Puma'))} {owner} {paint} {words} {article}"
        gone = [silent and rng.random() < 0.2 for _ in range(2)]
        products.append(
            Product(
                f"w{number}",
                title=" ".join(name.split()),
                category=article,
                gender="" if gone[0] else owner,
                colour="" if gone[1] else paint,
                variant_of=f"m{number // 4}" if models else "",
                attributes={name: value for name, value in told.items() if value},
            )
        )
    return products


def designed(count: int, seed: int = 0) -> list[Product]:
    """Products of a boutique, of which nothing but the drawing lacks."""
    specs = [design(seed, index) for index in range(count)]
    return [
        Product(
            spec.id, (), title(spec), category=spec.kind, gender=spec.gender, colour=spec.colour,
            variant_of=spec.variant_of, attributes=attributes(spec),
        )
        for spec in specs
    ]  # fmt: skip
