"""The drawn shop: products with pictures, masks, words and true attributes, and outfits of them, all from a seed."""

from modiste.boutique.drawing.light import render
from modiste.boutique.garments.photo import SIZE, Photo, draw, photograph
from modiste.boutique.garments.spec import KINDS, Spec, design
from modiste.boutique.garments.titles import attributes, description, title
from modiste.boutique.make import LICENCE, VERSION, make
from modiste.boutique.outfits import (
    Look,
    Relations,
    combine,
    compatibility,
    draw_outfits,
    fit,
    fits,
    outfit_score,
    relate,
)
from modiste.boutique.people.crowd import ProductsByRegion, exchanged
from modiste.boutique.people.models import (
    FACE_SIZE,
    MODEL_SIZE,
    MODELS,
    draw_models,
    model_person,
    plain_clothes,
    read_model,
)
from modiste.boutique.people.person import Drawn, design_person, draw_person

__all__ = [
    "FACE_SIZE",
    "KINDS",
    "LICENCE",
    "MODELS",
    "MODEL_SIZE",
    "SIZE",
    "VERSION",
    "Drawn",
    "Look",
    "Photo",
    "ProductsByRegion",
    "Relations",
    "Spec",
    "attributes",
    "combine",
    "compatibility",
    "description",
    "design",
    "design_person",
    "draw",
    "draw_models",
    "draw_outfits",
    "draw_person",
    "exchanged",
    "fit",
    "fits",
    "make",
    "model_person",
    "outfit_score",
    "photograph",
    "plain_clothes",
    "read_model",
    "relate",
    "render",
    "title",
]
