"""The drawn shop: products with pictures, masks, words and true attributes, and outfits of them, all from a seed."""

from modiste.boutique.kinds import KINDS
from modiste.boutique.make import LICENCE, VERSION, make
from modiste.boutique.outfits import draw_outfits
from modiste.boutique.render import SIZE, Photo, draw, photograph, render
from modiste.boutique.spec import Spec, design
from modiste.boutique.style import Look, compatibility, fit, fits, outfit_score
from modiste.boutique.titles import attributes, description, title

__all__ = [
    "KINDS",
    "LICENCE",
    "SIZE",
    "VERSION",
    "Look",
    "Photo",
    "Spec",
    "attributes",
    "compatibility",
    "description",
    "design",
    "draw",
    "draw_outfits",
    "fit",
    "fits",
    "make",
    "outfit_score",
    "photograph",
    "render",
    "title",
]
