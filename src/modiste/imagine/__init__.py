"""Imagine: a product's picture from words, refined word by word, that finds products (ReStGAN)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modiste.imagine.pipeline import Imaginer, Strip, imagine, load_imaginer

__all__ = ["Imaginer", "Strip", "imagine", "load_imaginer"]


def __getattr__(name: str) -> Any:
    if name in __all__:  # torch is imported when it is needed
        from modiste.imagine import pipeline

        return getattr(pipeline, name)
    raise AttributeError(name)
