"""The people of a boutique on disk: pictures, parsing maps, joints, what they wear, and swaps."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.boutique.people import Drawn, Person, design_person, draw_person
from modiste.boutique.spec import Spec
from modiste.boutique.swaps import Outfit, Wardrobe, draw_swaps

QUALITY = 92
"""Of the JPEG pictures."""
_COLUMNS = ("photo", "person", "image", "map", "role", "worn")


@dataclass(frozen=True)
class Crowd:
    """How many are in a boutique."""

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
    wardrobe = Wardrobe(specs)
    if not all(wardrobe.dresses(gender) for gender in ("Women", "Men")):
        return Crowd()
    people = [design_person(seed, index) for index in range(count)]
    worn = [wardrobe.dress(person, Random(f"clothes {person.id}")) for person in people]
    swaps = list(draw_swaps(people, worn, wardrobe, seed))
    shown: list[tuple[str, str, Person, Outfit]] = [
        (person.id, "photo", person, clothes) for person, clothes in zip(people, worn, strict=True)
    ]
    shown += [(_answer(people[swap.person]), "truth", people[swap.person], swap.worn) for swap in swaps]
    (folder / "people").mkdir(exist_ok=True)
    rows, points = [], dict[str, NDArray[np.float32]]()
    for done, (name, role, person, clothes) in enumerate(shown, 1):
        drawn = draw_person(person, clothes, size)
        _save(drawn, folder, name)
        rows.append(_row(name, role, person, clothes))
        points[name] = drawn.keypoints
        if progress is not None:
            progress(done)
    asked = [
        (f"s{seed}-{swap.person:05d}", people[swap.person].id, _answer(people[swap.person]), _json(swap.garments))
        for swap in swaps
    ]
    _table(folder / "people.csv", _COLUMNS, rows)
    _table(folder / "swaps.csv", ("swap", "query", "truth", "garments"), asked)
    (folder / "keypoints.json").write_text(_joints(points), encoding="utf-8")
    return Crowd(len(people), len(swaps))


def _answer(person: Person) -> str:
    return f"{person.id}-truth"


def _save(drawn: Drawn, folder: Path, name: str) -> None:
    Image.fromarray(drawn.pixels).save(folder / "people" / f"{name}.jpg", quality=QUALITY, subsampling=0)
    Image.fromarray(drawn.map).save(folder / "people" / f"{name}.png")


def _row(name: str, role: str, person: Person, worn: Mapping[str, Spec]) -> tuple[str, ...]:
    clothes = _json({region: spec.id for region, spec in worn.items()})
    return name, person.id, f"people/{name}.jpg", f"people/{name}.png", role, clothes


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values))


def _joints(points: Mapping[str, NDArray[np.float32]]) -> str:
    rows = {name: [[round(float(value), 5) for value in joint] for joint in found] for name, found in points.items()}
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(joints)}" for name, joints in rows.items()) + "\n}\n"


def _table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_bytes(stream.getvalue().encode())
