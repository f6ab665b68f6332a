"""The drawn shop: products with pictures, masks, words and true attributes, all from a seed."""

from modiste.boutique.kinds import KINDS
from modiste.boutique.make import LICENCE, VERSION, make
from modiste.boutique.render import SIZE, Photo, draw, photograph, render
from modiste.boutique.spec import Spec, design
from modiste.boutique.titles import attributes, description, title

__all__ = [
    "KINDS",
    "LICENCE",
    "SIZE",
    "VERSION",
    "Photo",
    "Spec",
    "attributes",
    "description",
    "design",
    "draw",
    "make",
    "photograph",
    "render",
    "title",
]
