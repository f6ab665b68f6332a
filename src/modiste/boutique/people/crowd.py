"""People of a boutique on disk: pictures, parsing maps, joints, what they wear, and swaps.

A swap is the same person in other garments, so that try-on has a true answer.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image

from modiste.boutique.garments.spec import Spec
from modiste.boutique.people.person import Person, design_person, draw_person
from modiste.catalog.categories import REGIONS, REPLACES, tryon_region

QUALITY = 92
"""Of the JPEG pictures."""
_COLUMNS = ("photo", "person", "image", "map", "role", "worn")


_EXTRAS = {"outer": 0.35, "bag": 0.35, "hat": 0.2}
"""Region to the share of people who wear something there."""
_SWAPPED = {"top": 4.0, "bottom": 4.0, "dress": 2.0, "outer": 2.0, "shoes": 1.5, "bag": 0.7, "hat": 0.7}
"""Region to how often it is swapped, where several can be."""
_TRIES = 40
"""How often other regions are tried where the shop has nothing else for somebody."""

Clothes = Mapping[str, Spec]


@dataclass(frozen=True)
class Crowd:
    """Numbers of people and swaps in a boutique."""

    people: int = 0
    swaps: int = 0


def draw_crowd(
    folder: Path,
    specs: Sequence[Spec],
    count: int,
    *,
    seed: int,
    size: tuple[int, int],
    progress: Callable[[int], None] | None = None,
) -> Crowd:
    """Draw people in a shop's products, and every second one again in other garments.

    Nobody is drawn where the products dress no man or no woman.
    """
    products = ProductsByRegion(specs)
    if not all(products.dresses(gender) for gender in ("Women", "Men")):
        return Crowd()
    people = [design_person(seed, index) for index in range(count)]
    worn = [products.dress(person, Random(f"clothes {person.id}")) for person in people]
    swaps = list(draw_swaps(people, worn, products, seed))
    shown: list[tuple[str, str, Person, Clothes]] = [
        (person.id, "photo", person, clothes) for person, clothes in zip(people, worn, strict=True)
    ]
    shown += [(f"{people[swap.person].id}-truth", "truth", people[swap.person], swap.worn) for swap in swaps]
    (folder / "people").mkdir(exist_ok=True)
    rows, keypoints = [], []
    for done, (name, role, person, clothes) in enumerate(shown, 1):
        drawn = draw_person(person, clothes, size)
        image, parsing = f"people/{name}.jpg", f"people/{name}.png"
        Image.fromarray(drawn.pixels).save(folder / image, quality=QUALITY, subsampling=0)
        Image.fromarray(drawn.map).save(folder / parsing)
        rows.append(
            (name, person.id, image, parsing, role, json.dumps({region: spec.id for region, spec in clothes.items()}))
        )
        points = [[round(float(value), 5) for value in point] for point in drawn.keypoints]
        keypoints.append(f"{json.dumps(name)}: {json.dumps(points)}")
        if progress is not None:
            progress(done)
    queries = [
        (f"s{seed}-{swap.person:05d}", id, f"{id}-truth", json.dumps(dict(swap.garments)))
        for swap in swaps
        for id in [people[swap.person].id]
    ]
    _table(folder / "people.csv", _COLUMNS, rows)
    _table(folder / "swaps.csv", ("swap", "query", "truth", "garments"), queries)
    (folder / "keypoints.json").write_text("{\n" + ",\n".join(keypoints) + "\n}\n", encoding="utf-8")
    return Crowd(len(people), len(swaps))


def _table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_bytes(stream.getvalue().encode())


@dataclass(frozen=True)
class _Swapped:
    """A swap: index of the person, the garments with their sources, and the clothes after it."""

    person: int
    garments: Mapping[str, str]
    """Region to the photo that shows the garment on somebody, or to a product that lies alone."""
    worn: Clothes


class ProductsByRegion:
    """A shop's products by the region in which they are worn."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self.shelves: dict[str, list[Spec]] = {region: [] for region in REGIONS}
        for spec in specs:
            if region := tryon_region(spec.kind):
                self.shelves[region].append(spec)

    def dresses(self, gender: str) -> bool:
        """Return whether there is a dress, or a top and a bottom, for a gender."""
        return bool(self._for("dress", gender)) or bool(self._for("top", gender) and self._for("bottom", gender))

    def dress(self, person: Person, rng: Random) -> dict[str, Spec]:
        """Clothes for every region that must be covered, and some further ones."""
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


def draw_swaps(
    people: Sequence[Person], worn: Sequence[Clothes], products: ProductsByRegion, seed: int
) -> Iterator[_Swapped]:
    """A swap for every second person, in the order of people.

    Garments come from people before them as far as somebody of their gender wears one, and else from the shop.
    """
    for index in range(1, len(people), 2):
        rng = Random(f"swap {seed} {index}")
        for _ in range(_TRIES):
            wanted = _regions(worn[index], rng)
            source = {region: _source(people, worn, index, region, products, rng) for region in wanted}
            found = {region: garment for region, garment in source.items() if garment is not None}
            if len(found) == len(wanted):
                garments = {region: name for region, (name, _) in found.items()}
                yield _Swapped(
                    index, garments, exchanged(worn[index], {region: spec for region, (_, spec) in found.items()})
                )
                break


def exchanged(worn: Clothes, garments: Clothes) -> dict[str, Spec]:
    """Clothes after a swap; a dress replaces top and bottom, and they replace a dress."""
    gone = {old for region in garments for old in REPLACES.get(region, ())}
    gone |= {region for region, replaced in REPLACES.items() if set(replaced) & set(garments)}
    kept = {region: spec for region, spec in worn.items() if region not in gone}
    new = {**kept, **garments}
    return {region: new[region] for region in REGIONS if region in new}


def _regions(worn: Clothes, rng: Random) -> list[str]:
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
    people: Sequence[Person], worn: Sequence[Clothes], index: int, region: str, products: ProductsByRegion, rng: Random
) -> tuple[str, Spec] | None:
    """Id of the photo or product that shows a garment for a region, and the garment; None where there is none."""
    gender, flat = people[index].figure.build.gender, rng.random() < 0.3
    owners = [
        other
        for other in range(index)
        if region in worn[other] and worn[other][region].gender in (gender, "Unisex")
        and worn[other][region] != worn[index].get(region)
    ]  # fmt: skip
    if owners and not flat:
        owner = rng.choice(owners)
        return people[owner].id, worn[owner][region]
    spec = products.pick(region, gender, rng)
    return None if spec is None or spec == worn[index].get(region) else (spec.id, spec)
