"""People as data: figures in photos, with maps, joints, products and swaps, and an encoder that means colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from modiste.lab.datasets.people import People, PersonPhoto, Swap
from modiste.lab.datasets.splits import Split
from modiste.parsing import Scene
from tests.tryon.figures import HEIGHT, TSHIRT, WIDTH, flat, person, photo


def shot(folder: Path, id: str, scene: Scene, role: str = "photo") -> PersonPhoto:
    """A scene as a photo with its map and joints."""
    path = photo(folder / f"{id}.png", scene)
    Image.fromarray(scene.map).save(folder / f"{id}-map.png")
    points = scene.keypoints.copy()
    points[:, :2] /= (WIDTH, HEIGHT)
    return PersonPhoto(id, path, id, folder / f"{id}-map.png", points, role=role)


def crowd(folder: Path, *, swaps: bool) -> People:
    """Six people; with swaps, two of them have a true answer: a top from another, and one that lies alone."""
    photos = [
        shot(folder, f"p{at}", person(sleeves="long" if at % 2 else "short", bottom=("bottom", "skirt")[at // 3]))
        for at in range(6)
    ]
    ids = tuple(one.id for one in photos)
    if not swaps:
        return People("crowd", tuple(photos), Split((), (), ids), licence="none")
    truths = [shot(folder, f"t{at}", person(sleeves="short"), "truth") for at in (1, 2)]
    lying = photo(folder / "b1.png", flat("top", TSHIRT))
    return People(
        "crowd", (*photos, *truths), Split((), (), ids),
        (Swap("p1", "t1", {"top": "p0"}), Swap("p1", "t2", {"top": "b1"})), {"b1": lying}, "none",
    )  # fmt: skip


class Colours:
    """An encoder whose features are mean colours."""

    name, revision = "colours", "00000000"

    def __init__(self, name: str = "colours") -> None:
        pass

    def maps(self, photos: np.ndarray) -> dict[str, np.ndarray]:
        return {"low": self._cells(photos, 16, 12), "mid": self._cells(photos, 8, 6)}

    def encode_images(self, photos: np.ndarray) -> np.ndarray:
        return self._cells(photos, 2, 2).reshape(len(photos), -1) / 255

    def _cells(self, photos: np.ndarray, rows: int, columns: int) -> np.ndarray:
        count, height, width, _ = photos.shape
        cells = photos.reshape(count, rows, height // rows, columns, width // columns, 3).mean((2, 4))
        return cells.transpose(0, 3, 1, 2).astype(np.float32)
