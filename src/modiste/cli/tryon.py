"""`modiste tryon`: garments of several photos on one person."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modiste.catalog.categories import REGIONS
from modiste.cli import output
from modiste.cli.options import Json, names_of, shop_option, shop_unless
from modiste.cli.paths import file_to_read, picture_to_write
from modiste.errors import UsageError, nearest

if TYPE_CHECKING:
    from PIL import Image

    from modiste.shop import Shop
    from modiste.tryon import TryOn
    from modiste.types import Progress

DEFAULT = "tryon-photos"
"""Weights where no shop says which."""
CELL = (512, 384)
"""Height and width of a picture on the contact sheet."""


def tryon(
    context: typer.Context,
    person: Annotated[
        Path,
        typer.Option(
            "--person",
            metavar="FILE",
            help="A photo of whoever is to be dressed.",
            parser=file_to_read,
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="OUT.png", help="The picture to write, of the photo's size.", parser=picture_to_write
        ),
    ],
    garment: Annotated[
        list[str] | None,
        typer.Option(
            "--garment",
            metavar="REGION=FILE",
            help="What is worn where, such as top=blouse.jpg, on somebody or alone; give it again for more. "
            f"Regions: {', '.join(REGIONS)}.",
        ),
    ] = None,
    shop: Annotated[Path | None, shop_option("The shop of --items, instead of --garment.")] = None,
    items: Annotated[
        list[str] | None,
        typer.Option("--items", metavar="ID,ID,...", help="Products of the shop, each worn where its category says."),
    ] = None,
    refine: Annotated[
        int,
        typer.Option(
            "--refine", metavar="STEPS", help="Tune the painter on these garments for so many steps, such as 30."
        ),
    ] = 0,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights", metavar="NAME_OR_RUN", help="By default those for photos, or those that go with the shop."
        ),
    ] = None,
    parser: Annotated[
        str | None,
        typer.Option("--parser", metavar="NAME_OR_RUN", help="What sees people; by default what fits the weights."),
    ] = None,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway",
            help="Try what is refused otherwise: a garment of which its photo shows next to nothing or another kind, "
            "a person of whom the place for it isn't seen.",
        ),
    ] = False,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="SHEET.png",
            help="Draw the photo, the garments and the results together.",
            parser=picture_to_write,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a person in the garments of other photos.

    All of them at once, at the photo's own size. The photo is written nowhere but into the pictures that are asked
    for. Ctrl-C while it refines keeps what was there before.
    """
    shop = shop_unless(garment, shop, context)
    ids, worn = _ids(shop, items, garment), _garments(garment or ())
    opened = None if shop is None else _opened(shop)
    if opened is not None:
        from modiste.shop.tryon import garments_of, weights_for

        worn = garments_of(opened.index, ids)
    _check_files((person, *worn.values()), out, sheet)
    with _Stop(refine) as stop, output.progress("refining") as bar:
        follow = stop.following(bar)
        if opened is not None:
            found = opened.try_on(person, ids, refine, weights, parser, follow, anyway)
        else:
            from modiste.tryon import try_on

            found = try_on(
                person, worn, refine_steps=refine, weights=weights or DEFAULT, parser=parser, progress=follow,
                anyway=anyway,
            )  # fmt: skip
    by = weights or (DEFAULT if opened is None else weights_for(opened.index.identity.encoder))
    output.write_made(found.feed_forward if stop.halted else found.photo, out, by, composite=True)
    if sheet is not None:
        output.write_made(_sheet(person, worn, found, stop.halted), sheet, by, composite=True)
    if as_json:
        output.emit(_plain(found, out, sheet, worn, stop.halted))
    else:
        _show(found, stop.halted)


class _Stop:
    """While something is refined, Ctrl-C ends the refinement alone; a second one ends everything.

    Args:
        steps: of the refinement; without any, Ctrl-C is what it always is.
    """

    def __init__(self, steps: int) -> None:
        self.pressed, self.halted, self._refines = False, False, steps > 0
        self._usual = signal.getsignal(signal.SIGINT)

    def __enter__(self) -> _Stop:
        if self._refines:
            signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._usual)

    def following(self, bar: Progress) -> Callable[[int, int], bool]:
        """Progress of the steps, which answers whether to go on."""

        def follow(done: int, total: int) -> bool:
            bar(done, total)
            self.halted = self.pressed and done < total
            return not self.halted

        return follow

    def _press(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        signal.signal(signal.SIGINT, self._usual)
        output.note("stopping; the picture will be what it was before refinement. Ctrl-C again ends at once")


def _opened(shop: Path) -> Shop:
    from modiste.shop import open_shop

    return open_shop(shop)


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
    """What of the shop is tried on, once it is clear that the garments come from one place."""
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


def _sheet(person: Path, worn: Mapping[str, Path], found: TryOn, halted: bool) -> Image.Image:
    """A row: the photo, marked, the garments in layer order, and what came of them."""
    from modiste.contact_sheets import Cell, sheet
    from modiste.images import load_image

    # Shrunk photos are decoded at a smaller scale; the query must look as it looks in the results beside it.
    cells: list[Cell] = [(load_image(person), "the photo", True)]
    cells += [(worn[region], region, False) for region in REGIONS if region in worn]
    cells.append((found.feed_forward, "tried on", False))
    if found.steps and not halted:
        cells.append((found.photo, f"refined, {found.steps} steps", False))
    return sheet([("", cells)], thumb=CELL, columns=len(cells))


def _show(found: TryOn, halted: bool) -> None:
    """Notes, and what refinement did."""
    for note in found.notes:
        output.say(f"[yellow]{output.escape(note)}[/]")
    if halted:
        output.say(f"[yellow]refinement was stopped after {found.steps:,} steps[/]; the picture is without it")
    elif found.gain is not None:
        output.say(f"refined in {found.steps:,} steps: the error inside the garments fell by {found.gain:.0%}")


def _plain(found: TryOn, out: Path, sheet: Path | None, worn: Mapping[str, Path], halted: bool) -> dict[str, Any]:
    """What was done, for machines."""
    new = found.changed.histogram()
    return {
        "out": str(out),
        "sheet": sheet and str(sheet),
        "width": found.photo.width,
        "height": found.photo.height,
        "regions": [region for region in REGIONS if region in worn],
        "changed": round(1 - new[0] / sum(new), 4),
        "refined": {"steps": found.steps, "gain": found.gain and round(found.gain, 4), "stopped": halted},
        "notes": list(found.notes),
    }
