"""`modiste train`: weights from your own data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.options import Data, Device, Json, Resume, RunFolder, Seed, weights_option

if TYPE_CHECKING:
    from modiste.weights import Weights


def _preset_option(help: str) -> Any:
    return typer.Option("--preset", metavar="NAME", help=help)


def encoder(
    data: Data,
    out: RunFolder,
    preset: Annotated[str, _preset_option("quick shows in a minute that all works.")] = "default",
    resume: Resume = False,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Train the encoder of photos and words.

    On products with photos and titles: a published data set, or your own catalogue.
    """
    from modiste.lab.encoder.train import train

    _print_weights(train(data, out, preset=preset, resume=resume, device=device), out, "--encoder", as_json)


def refine(
    data: Data,
    out: RunFolder,
    preset: Annotated[
        str,
        _preset_option(
            "modern, paper (the published network and loss), boutique (for drawings), "
            "or quick, which shows in a minute that all works."
        ),
    ] = "modern",
    seed: Seed = 0,
    resume: Resume = False,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Train the networks that change a photo by a sentence.

    On products with photos, categories and colours: sentences are composed from what tells two products apart.
    """
    from modiste.lab.refine.train import train

    weights = train(data, out, preset=preset, seed=seed, resume=resume, device=device)
    _print_weights(weights, out, "--weights", as_json)


def complete(
    data: Data,
    out: RunFolder,
    preset: Annotated[
        str,
        _preset_option(
            "modern, paper (the published head, loss and rates), boutique (for drawings), "
            "or quick, which shows in a minute that all works."
        ),
    ] = "modern",
    split: Annotated[
        str,
        typer.Option(
            "--split", metavar="NAME", help="disjoint keeps items out of training, random whole outfits only."
        ),
    ] = "disjoint",
    seed: Seed = 0,
    resume: Resume = False,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Train the network that finds the item that an outfit lacks.

    On products with photos that were put together: outfits of a published data set, or of your own catalogue.
    """
    from modiste.lab.complete.train import train

    weights = train(data, out, preset=preset, split=split, seed=seed, resume=resume, device=device)
    _print_weights(weights, out, "--weights", as_json)


def parser(
    data: Data,
    out: RunFolder,
    preset: Annotated[
        str,
        _preset_option(
            "photos, further (with --start), boutique (for drawings), or quick, which shows that all works."
        ),
    ] = "photos",
    start: Annotated[str, weights_option("A parser to go on from.", "--start")] = "",
    seed: Seed = 0,
    resume: Resume = False,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Train a parser of people's garments and joints.

    On people with parsing maps, and on catalogues whose garments lie alone: give both, each with its own --data.
    """
    from modiste.lab.parser.train import train

    weights = train(data, out, preset=preset, start=start, seed=seed, resume=resume, device=device)
    _print_weights(weights, out, "--weights", as_json)


def tryon(
    data: Data,
    out: RunFolder,
    part: Annotated[
        str,
        typer.Option(
            "--part", metavar="NAME", help="shape or appearance; neither needs the other, and a run needs both."
        ),
    ],
    preset: Annotated[
        str, _preset_option("photos, boutique (for drawings), or quick, which shows in a minute that all works.")
    ] = "photos",
    seed: Seed = 0,
    resume: Resume = False,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Train the networks that put garments on people.

    On photos of dressed people with parsing maps and joints, one part after the other into the same run.
    """
    from modiste.lab.tryon.train import PARTS, train

    weights = train(data, out, part=part, preset=preset, seed=seed, resume=resume, device=device)
    if weights.folder == out or as_json:
        _print_weights(weights, out, "--weights", as_json)
    elif not _is_follower():
        other = next(name for name in PARTS if name != part)
        output.say(f"[bold]{part}[/] is trained; the run still lacks the other part: --part {other} --out {out}")


def imagine(
    data: Data,
    out: RunFolder,
    preset: Annotated[
        str, _preset_option("photos, boutique (for drawings), or quick, which shows in a minute that all works.")
    ] = "photos",
    seed: Seed = 0,
    resume: Resume = False,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Train the networks that draw products from words.

    On products with photos and titles; only trousers, jeans and shorts that are seen whole are learnt from.
    """
    from modiste.lab.imagine.train import train

    weights = train(data, out, preset=preset, seed=seed, resume=resume, device=device)
    _print_weights(weights, out, "--weights", as_json)


def _is_follower() -> bool:
    """Return whether torchrun started this process beside another, which prints for both."""
    return os.environ.get("RANK", "0") != "0"


def _print_weights(weights: Weights, out: Path, option: str, as_json: bool) -> None:
    """Print the weights of a run, and the option that takes them."""
    if _is_follower():
        return
    if as_json:
        output.emit({"run": str(out), "name": weights.name, "revision": weights.revision})
    else:
        output.say(f"[bold]{weights.name}@{weights.revision}[/] is in {out}; it goes by its folder: {option} {out}")
