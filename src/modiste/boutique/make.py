"""A boutique on disk: a table, a picture and a mask of every product, and outfits of them."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from modiste.boutique.garments.photo import SIZE, Photo, photograph
from modiste.boutique.garments.spec import KINDS, Spec, design, design_bottom
from modiste.boutique.garments.titles import attributes, bottom_title, description, title
from modiste.boutique.outfits import Look, draw_outfits
from modiste.boutique.people.crowd import Crowd, draw_crowd
from modiste.boutique.people.person import PEOPLE_SIZE
from modiste.errors import UsageError

VERSION = 1
"""Goes up whenever the same seed draws something else."""
QUALITY = 92
"""Of the JPEG pictures; colours are kept at full size."""
RECORD, BEGUN = "boutique.json", "boutique.json.begun"
"""What a boutique is, and what it will be while it is drawn."""
LICENCE = "Drawn by Modiste; CC0 1.0, no rights reserved."


def make(
    folder: Path,
    *,
    seed: int = 0,
    products: int = 600,
    outfits: int = 400,
    people: int = 0,
    bottoms: int = 0,
    size: tuple[int, int] = SIZE,
    progress: Callable[[int, int], None] | None = None,
) -> int:  # long: half of it says what a boutique holds
    """Draw a shop: products.csv, outfits.csv, images/ID.jpg, masks/ID.png and boutique.json, which is written last.

    With people, also people.csv, people/ID.jpg, their parsing maps people/ID.png, keypoints.json and swaps.csv.

    The same seed and version give the same bytes. The products of a smaller shop are the beginning of a larger one's,
    and fewer outfits, people or further bottoms of the same products the beginning of more. The same boutique is drawn
    over itself, also where its drawing was cut off; nothing else that is there is touched.

    Args:
        outfits: at most; a few products give fewer.
        people: in the shop's products; every second one has a swap with its answer. None where a few products dress
            nobody.
        bottoms: further trousers, jeans and shorts, in petite and capri cuts too; they stand behind the products in
            products.csv, which then tells their size, and neither outfits nor people take any of them.
        size: height and width of the pictures in pixels, 4 to 3; people's are a little larger unless it is given.
        progress: called with how many pictures are drawn, and of how many.

    Returns:
        How many outfits there are.

    Raises:
        UsageError: no products, or fewer than no outfits, people or bottoms, are asked for; the folder is a file, or
            holds something else than this boutique.
    """
    if products < 1:
        raise UsageError(f"a boutique needs at least 1 product; got {products}")
    for name, count in (("outfits", outfits), ("people", people), ("further bottoms", bottoms)):
        if count < 0:
            raise UsageError(f"a boutique has 0 {name} or more; got {count}")
    counts = {"products": products, "outfits": outfits, "people": people, "bottoms": bottoms}
    asked = {"version": VERSION, "seed": seed, **counts, "size": list(size)}
    _prepare(folder, asked)
    total = products + bottoms + people + people // 2
    specs = [design(seed, index) for index in range(products)]
    further = [design_bottom(seed, index) for index in range(bottoms)]
    for done, spec in enumerate([*specs, *further], 1):
        photo = photograph(spec, size)
        _save(photo, folder, spec.id)
        if progress is not None:
            progress(done, total)
    drawn = list(
        islice(draw_outfits([spec.id for spec in specs], [Look.of_spec(spec) for spec in specs], seed), outfits)
    )
    crowd = Crowd()
    if people:
        shown = PEOPLE_SIZE if size == SIZE else size
        tell = (lambda done: progress(products + bottoms + done, total)) if progress else None
        crowd = draw_crowd(folder, specs, people, seed=seed, size=shown, progress=tell)
    rows = [_row(spec, sized=bool(further)) for spec in (*specs, *further)]
    worn = [{"outfit": outfit.id, "product": item} for outfit in drawn for item in outfit.items]
    (folder / "products.csv").write_bytes(_table(rows, list(rows[0])))
    (folder / "outfits.csv").write_bytes(_table(worn, ("outfit", "product")))
    kinds = Counter(spec.kind for spec in specs)
    record = {
        "drawn_by": "modiste",
        "version": VERSION,
        "seed": seed,
        "products": len(specs),
        "models": sum(not spec.variant_of for spec in specs),
        "outfits": len(drawn),
        "size": list(size),
        **({"bottoms": bottoms} if bottoms else {}),
        **({"people": crowd.people, "swaps": crowd.swaps} if crowd.people else {}),
        "kinds": {kind: kinds[kind] for kind in KINDS if kinds[kind]},
        "licence": LICENCE,
        "asked": asked,
    }
    (folder / RECORD).write_text(_json(record), encoding="utf-8")
    (folder / BEGUN).unlink()
    return len(drawn)


def _prepare(folder: Path, asked: Mapping[str, object]) -> None:
    """Begin in a folder that holds nothing, or this very boutique, of which every file is then written again."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder for the boutique")
    held = min((path.name for path in folder.iterdir()), default="") if folder.exists() else ""
    before = next((folder / name for name in (RECORD, BEGUN) if (folder / name).is_file()), None)
    if held and before is None:
        raise UsageError(f"{folder} holds {held}, which is no drawn boutique; name a new folder")
    if before is not None:
        try:
            settings = json.loads(before.read_text(encoding="utf-8"))["asked"]
        except (ValueError, TypeError, KeyError):  # an older Modiste, or somebody else, wrote the file
            settings = None
        if settings != asked:
            raise UsageError(f"{folder} holds a boutique of other settings; name another folder, or remove this one")
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / BEGUN).write_text(_json({"asked": asked}), encoding="utf-8")


def _save(photo: Photo, folder: Path, name: str) -> None:
    # JPEG, as a shop's photos are: a quarter of the room, and decoded at half its size where a small one is needed.
    Image.fromarray(photo.pixels).save(folder / "images" / f"{name}.jpg", quality=QUALITY, subsampling=0)
    Image.fromarray(photo.mask.astype(np.uint8) * 255).convert("1").save(folder / "masks" / f"{name}.png")


def _table(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def _row(spec: Spec, sized: bool) -> dict[str, str]:
    """Row of a product; without further bottoms the table has no column of sizes."""
    return {
        "id": spec.id,
        "image": f"images/{spec.id}.jpg",
        "title": bottom_title(spec) if spec.size else title(spec),
        "description": description(spec),
        "category": spec.kind,
        "gender": spec.gender,
        "colour": spec.colour,
        "price": f"{spec.price:.2f}",
        "in_stock": "true" if spec.in_stock else "false",
        "variant_of": spec.variant_of,
        **attributes(spec),
        **({"size": spec.size} if sized else {}),
    }


def _json(record: Mapping[str, object]) -> str:
    return json.dumps(record, indent=2) + "\n"
