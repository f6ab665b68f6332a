"""`modiste tryon`: garments of several photos on one person."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modiste.catalog.categories import REGIONS
from modiste.cli import output
from modiste.cli.options import (
    Json,
    ShopWeights,
    file_option,
    names_of,
    picture_option,
    shop_option,
    shop_unless,
    weights_option,
)
from modiste.cli.paths import file_to_read
from modiste.errors import UsageError, nearest

if TYPE_CHECKING:
    from PIL import Image

    from modiste.tryon import TryOn
    from modiste.types import Progress

DEFAULT = "tryon-photos"
"""Weights where no shop says which."""
CELL = (512, 384)
"""Height and width of a picture on the contact sheet."""


Garments = Annotated[
    list[str] | None,
    typer.Option(
        "--garment",
        metavar="REGION=FILE",
        help="What is worn where, such as top=blouse.jpg, on somebody or alone; give it again for more. "
        f"Regions: {', '.join(REGIONS)}.",
    ),
]
Items = Annotated[
    list[str] | None,
    typer.Option("--items", metavar="ID,ID,...", help="Products of the shop, each worn where its category says."),
]
Steps = Annotated[
    int,
    typer.Option("--refine", metavar="STEPS", help="Tune the painter on these garments for so many steps, such as 30."),
]
ParserName = Annotated[str | None, weights_option("What sees people; by default what fits the weights.", "--parser")]
Anyway = Annotated[
    bool,
    typer.Option(
        "--anyway",
        help="Try what is refused otherwise: a garment of which its photo shows next to nothing or another kind, "
        "a person of whom the place for it isn't seen.",
    ),
]


def tryon(
    context: typer.Context,
    person: Annotated[Path, file_option("--person", "A photo of whoever is to be dressed.")],
    out: Annotated[Path, picture_option("--out", "OUT.png", "The picture to write, of the photo's size.")],
    garment: Garments = None,
    shop: Annotated[Path | None, shop_option("The shop of --items, instead of --garment.")] = None,
    items: Items = None,
    refine: Steps = 0,
    weights: ShopWeights = None,
    parser: ParserName = None,
    anyway: Anyway = False,
    sheet: Annotated[
        Path | None, picture_option("--sheet", "SHEET.png", "Draw the photo, the garments and the results together.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a person in the garments of other photos.

    All of them at once, at the photo's own size. The photo is written nowhere but into the pictures that are asked
    for. Ctrl-C while it refines keeps what was there before.
    """
    shop = shop_unless(garment, shop, context)
    ids, worn = _ids(shop, items, garment), _garments(garment or ())
    opened = None
    if shop is not None:
        from modiste.shop import open_shop
        from modiste.shop.tryon import garments_of

        opened = open_shop(shop)
        worn = garments_of(opened.index, ids)
    _check_files((person, *worn.values()), out, sheet)
    with output.progress("refining") as bar, _Interrupt(refine, bar) as interrupt:
        if opened is not None:
            made = opened.try_on(person, ids, refine, weights, parser, interrupt, anyway)
        else:
            from modiste.tryon import try_on

            made = try_on(
                person, worn, refine_steps=refine, weights=weights or DEFAULT, parser=parser, progress=interrupt,
                anyway=anyway,
            )  # fmt: skip
    used = weights or (DEFAULT if opened is None else opened.weights_for("tryon"))
    output.write_made(made.feed_forward if interrupt.stopped else made.photo, out, used, composite=True)
    if sheet is not None:
        output.write_made(_sheet(person, worn, made, interrupt.stopped), sheet, used, composite=True)
    if as_json:
        output.emit(_plain(made, out, sheet, worn, interrupt.stopped))
    else:
        _show(made, interrupt.stopped)


class _Interrupt:
    """Ctrl-C ends the refinement alone; a second one ends everything.

    Args:
        steps: of the refinement; without any, Ctrl-C is what it always is.
        bar: shows its progress.
    """

    def __init__(self, steps: int, bar: Progress) -> None:
        self.stopped, self._pressed, self._refines, self._bar = False, False, steps > 0, bar
        self._usual = signal.getsignal(signal.SIGINT)

    def __enter__(self) -> _Interrupt:
        if self._refines:
            signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._usual)

    def __call__(self, done: int, total: int) -> bool:
        """Show the progress, and return whether to go on."""
        self._bar(done, total)
        self.stopped = self._pressed and done < total
        return not self.stopped

    def _press(self, number: int, frame: FrameType | None) -> None:
        self._pressed = True
        signal.signal(signal.SIGINT, self._usual)
        output.note("stopping; the picture will be what it was before refinement. Ctrl-C again ends at once")


def _garments(given: Sequence[str]) -> dict[str, Path]:
    """`["top=a.jpg"]` as `{"top": Path("a.jpg")}`."""
    worn: dict[str, Path] = {}
    for entry in given:
        region, equals, file = (part.strip() for part in entry.partition("="))
        if not (region and equals and file):
            raise UsageError(f'--garment takes REGION=FILE, such as top=blouse.jpg; got "{entry}"')
        if region not in REGIONS:
            close = nearest(region, REGIONS, 1)
            meant = f"{close[0]}? " if close else ""
            raise UsageError(f'no region "{region}"; {meant}there are {", ".join(REGIONS)}')
        if region in worn:
            raise UsageError(f"--garment names {region} twice, {worn[region]} and {file}; one is worn there at a time")
        try:
            worn[region] = file_to_read(file)
        except typer.BadParameter as error:
            raise UsageError(f"--garment {region}: {error.message}") from None
    return worn


def _ids(shop: Path | None, items: Sequence[str] | None, garment: Sequence[str] | None) -> list[str]:
    """Check that the garments come from files or from a shop, and return the ids of the shop's products."""
    if (shop is not None or items) and garment:
        raise UsageError("garments come from files (--garment) or from a shop (--shop and --items); leave one out")
    if shop is None and items:
        raise UsageError(f"--items {','.join(items)} are products of a shop; name it: --shop SHOP")
    if shop is not None and not items:
        raise UsageError(f"nothing of the shop {shop} is named; give the ids of its products: --items ID,ID,...")
    if shop is None and not garment:
        raise UsageError("there is nothing to try on; give --garment REGION=FILE, or --shop SHOP --items ID,ID,...")
    return names_of(items or ())


def _check_files(given: Sequence[Path], out: Path, sheet: Path | None) -> None:
    """No picture is written over a photo that was given, or over the other picture."""
    photos = [file.resolve() for file in given]
    for name, file in (("--out", out), ("--sheet", sheet)):
        if file is not None and file.resolve() in photos:
            raise UsageError(f"{name} {file} would overwrite a photo that was given; name another file")
    if sheet is not None and sheet.resolve() == out.resolve():
        raise UsageError(f"--out and --sheet are both {out}; name another file for the sheet")


def _sheet(person: Path, worn: Mapping[str, Path], made: TryOn, stopped: bool) -> Image.Image:
    """A row: the photo, marked, the garments in layer order, and the results."""
    from modiste.contact_sheets import Cell, sheet
    from modiste.images import load_image

    # Shrunk photos are decoded at a smaller scale; the query must look as it looks in the results beside it.
    cells: list[Cell] = [(load_image(person), "the photo", True)]
    cells += [(worn[region], region, False) for region in REGIONS if region in worn]
    cells.append((made.feed_forward, "tried on", False))
    if made.steps and not stopped:
        cells.append((made.photo, f"refined, {made.steps} steps", False))
    return sheet([("", cells)], thumb=CELL, columns=len(cells))


def _show(made: TryOn, stopped: bool) -> None:
    """Print the notes, and the result of refinement."""
    output.notes(made.notes)
    if stopped:
        output.say(f"[yellow]refinement was stopped after {made.steps:,} steps[/]; the picture is without it")
    elif made.gain is not None:
        output.say(f"refined in {made.steps:,} steps: the error inside the garments fell by {made.gain:.0%}")


def _plain(made: TryOn, out: Path, sheet: Path | None, worn: Mapping[str, Path], stopped: bool) -> dict[str, Any]:
    """The result as JSON values."""
    new = made.changed.histogram()
    return {
        "out": str(out),
        "sheet": sheet and str(sheet),
        "width": made.photo.width,
        "height": made.photo.height,
        "regions": [region for region in REGIONS if region in worn],
        "changed": round(1 - new[0] / sum(new), 4),
        "refined": {"steps": made.steps, "gain": made.gain and round(made.gain, 4), "stopped": stopped},
        "notes": list(made.notes),
    }
