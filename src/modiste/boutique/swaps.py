"""Who wears what, and swaps: the same person in other garments, so that try-on has a true answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from modiste.boutique.people import Person
from modiste.boutique.spec import Spec
from modiste.catalog.categories import REGIONS, REPLACES, tryon_region

_EXTRAS = {"outer": 0.35, "bag": 0.35, "hat": 0.2}
"""Region to how often somebody wears something there."""
_SWAPPED = {"top": 4.0, "bottom": 4.0, "dress": 2.0, "outer": 2.0, "shoes": 1.5, "bag": 0.7, "hat": 0.7}
"""How often a region is asked for, where several can be."""
_TRIES = 40
"""How often other regions are tried where the shop has nothing else for somebody."""

Outfit = Mapping[str, Spec]


@dataclass(frozen=True)
class Swapped:
    """A swap: who is dressed in what, from where, and what they wear then."""

    person: int
    garments: Mapping[str, str]
    """Region to the photo that shows the garment on somebody, or to a product that lies alone."""
    worn: Outfit


class Wardrobe:
    """A shop's products by the region in which they are worn."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self.shelves: dict[str, list[Spec]] = {region: [] for region in REGIONS}
        for spec in specs:
            if region := tryon_region(spec.kind):
                self.shelves[region].append(spec)

    def dresses(self, gender: str) -> bool:
        """Whether there is enough for somebody to go out in."""
        return bool(self._for("dress", gender)) or bool(self._for("top", gender) and self._for("bottom", gender))

    def dress(self, person: Person, rng: Random) -> dict[str, Spec]:
        """Something for everywhere that must be covered, and some of the rest."""
        gender = person.figure.build.gender
        regions = [region for region, often in _EXTRAS.items() if rng.random() < often]
        return self._picked([*self._covering(gender, rng), "shoes", *regions], gender, rng)

    def pick(self, region: str, gender: str, rng: Random) -> Spec | None:
        """One product for a region; None where the shop has none."""
        shelf = self._for(region, gender)
        return rng.choice(shelf) if shelf else None

    def _covering(self, gender: str, rng: Random) -> list[str]:
        dress, pair = bool(self._for("dress", gender)), bool(self._for("top", gender) and self._for("bottom", gender))
        return ["dress"] if dress and (not pair or rng.random() < 0.27) else ["top", "bottom"]

    def _picked(self, regions: Sequence[str], gender: str, rng: Random) -> dict[str, Spec]:
        found = {region: self.pick(region, gender, rng) for region in regions}
        return {region: spec for region, spec in found.items() if spec is not None}

    def _for(self, region: str, gender: str) -> list[Spec]:
        return [spec for spec in self.shelves[region] if spec.gender in (gender, "Unisex")]


def draw_swaps(people: Sequence[Person], worn: Sequence[Outfit], wardrobe: Wardrobe, seed: int) -> Iterator[Swapped]:
    """A swap for every second person, in the order of people.

    Garments come from people before them as far as somebody of their gender wears one, and else from the shop.
    """
    for at in range(1, len(people), 2):
        rng = Random(f"swap {seed} {at}")
        for _ in range(_TRIES):
            wanted = _regions(worn[at], rng)
            source = {region: _source(people, worn, at, region, wardrobe, rng) for region in wanted}
            found = {region: told for region, told in source.items() if told is not None}
            if len(found) == len(wanted):
                garments = {region: name for region, (name, _) in found.items()}
                yield Swapped(at, garments, exchanged(worn[at], {region: spec for region, (_, spec) in found.items()}))
                break


def exchanged(worn: Outfit, garments: Outfit) -> dict[str, Spec]:
    """What somebody wears after a swap; a dress takes the place of top and bottom, and they that of a dress."""
    gone = {old for region in garments for old in REPLACES.get(region, ())}
    gone |= {region for region, replaced in REPLACES.items() if set(replaced) & set(garments)}
    kept = {region: spec for region, spec in worn.items() if region not in gone}
    new = {**kept, **garments}
    return {region: new[region] for region in REGIONS if region in new}


def _regions(worn: Outfit, rng: Random) -> list[str]:
    """One to three regions; somebody in a dress changes into a top and a bottom together."""
    first = rng.choices(list(_SWAPPED), list(_SWAPPED.values()))[0]
    wanted = {first, *rng.sample(list(_SWAPPED), rng.choice([0, 0, 1, 2]))}
    if "dress" in wanted:
        wanted -= {"top", "bottom"}
    elif "dress" in worn and wanted & {"top", "bottom"}:
        wanted |= {"top", "bottom"}
    body = [region for region in ("bottom", "top", "dress") if region in wanted]
    rest = [region for region in REGIONS if region in wanted and region not in body]
    return body + rest[: 3 - len(body)]


def _source(
    people: Sequence[Person], worn: Sequence[Outfit], at: int, region: str, wardrobe: Wardrobe, rng: Random
) -> tuple[str, Spec] | None:
    """Whose garment it is, or which product."""
    gender, flat = people[at].figure.build.gender, rng.random() < 0.3
    owners = [
        other
        for other in range(at)
        if region in worn[other] and worn[other][region].gender in (gender, "Unisex")
        and worn[other][region] != worn[at].get(region)
    ]  # fmt: skip
    if owners and not flat:
        owner = rng.choice(owners)
        return people[owner].id, worn[owner][region]
    spec = wardrobe.pick(region, gender, rng)
    return None if spec is None or spec == worn[at].get(region) else (spec.id, spec)
