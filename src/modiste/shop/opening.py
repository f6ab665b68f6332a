"""The front door: a shop in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from modiste.errors import UsageError
from modiste.index import meta
from modiste.shop.shop import Shop

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer
    from modiste.encoders import Encoder
    from modiste.imagine.pipeline import Imaginer
    from modiste.refine.pipeline import Refiner


def open_shop(
    path: str | Path,
    *,
    encoder: str | Encoder | None = None,
    refiner: str | Refiner | None = None,
    completer: str | Completer | None = None,
    imaginer: str | Imaginer | None = None,
    create: bool = False,
    reembed: bool = False,
) -> Shop:
    """Open the shop in a folder.

    Args:
        encoder: an encoder or its name; by default the one that the shop was indexed with, loaded when it is needed.
        refiner: what `Shop.refine` asks, or its name; by default the one that goes with the shop's encoder.
        completer: what `Shop.complete` asks, or its name; by default the one that goes with the shop's encoder.
        imaginer: what `Shop.imagine` draws with, or its name; by default the one that goes with the shop's encoder.
        create: allow a folder that holds no shop; the first products that are added make it one.
        reembed: allow another encoder than the shop's; `Shop.reembed` then changes the shop over to it.

    Raises:
        UsageError: there is no shop, or another encoder made its vectors.
    """
    if "://" in str(path):
        raise UsageError(f"a shop is a folder on this machine; got {path}")
    folder = Path(path)
    stored = meta.read(folder)
    if stored is None and not create:
        raise UsageError(f"there is no shop at {folder}; run: modiste index SOURCE --shop {folder}")
    shop = Shop(folder, stored, encoder, refiner, completer, imaginer)
    if stored is not None and encoder is not None and not reembed:
        shop.check_encoder()
    return shop
