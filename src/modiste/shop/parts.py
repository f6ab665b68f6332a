"""Parts of a shop: its index and its networks, each opened at first use."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from modiste.index import Identity, Index, LanceIndex, identity_of

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer
    from modiste.encoders import Encoder
    from modiste.imagine.pipeline import Imaginer
    from modiste.refine.pipeline import Refiner


class ShopParts:
    """Index and networks of a shop.

    Args:
        path: of its folder.
        stored: identity of the encoder that made its vectors; nothing for a new shop.
        encoder: an encoder or its name, and so on; by default the ones that go with the shop.
    """

    def __init__(
        self,
        path: Path,
        stored: Identity | None,
        encoder: str | Encoder | None = None,
        refiner: str | Refiner | None = None,
        completer: str | Completer | None = None,
        imaginer: str | Imaginer | None = None,
    ) -> None:
        self.path = path
        self._stored, self._encoder = stored, encoder
        self._refiner, self._completer, self._imaginer = refiner, completer, imaginer

    @cached_property
    def index(self) -> Index:
        """The products and their vectors."""
        return LanceIndex(self.path, self._stored or identity_of(self.encoder))

    @cached_property
    def encoder(self) -> Encoder:
        """Turns photos and words into vectors; loaded at first use."""
        if self._encoder is not None and not isinstance(self._encoder, str):
            return self._encoder
        from modiste.encoders import DEFAULT, load_encoder

        return load_encoder(self._encoder or (self._stored.encoder if self._stored else DEFAULT))

    @cached_property
    def refiner(self) -> Refiner:
        """Turns a photo and what should be different into vectors; loaded at first use."""
        if self._refiner is not None and not isinstance(self._refiner, str):
            return self._refiner
        from modiste.refine import load_refiner

        return load_refiner(self._refiner, encoder=self.index.identity.encoder)

    @cached_property
    def completer(self) -> Completer:
        """Turns items and the category that they lack into vectors; loaded at first use."""
        if self._completer is not None and not isinstance(self._completer, str):
            return self._completer
        from modiste.complete import load_completer

        return load_completer(self._completer, encoder=self.index.identity.encoder)

    @cached_property
    def imaginer(self) -> Imaginer:
        """Turns words into pictures; loaded at first use."""
        if self._imaginer is not None and not isinstance(self._imaginer, str):
            return self._imaginer
        from modiste.imagine import load_imaginer
        from modiste.shop.imagine import weights_for

        return load_imaginer(self._imaginer or weights_for(self.index.identity.encoder))
