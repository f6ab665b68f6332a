"""Products that a shop sells, and the readers that bring them in."""

from modiste.catalog.gather import write_rejected
from modiste.catalog.readers import read
from modiste.catalog.records import Catalog, Outfit, Product, Rejected, Value

__all__ = ["Catalog", "Outfit", "Product", "Rejected", "Value", "read", "write_rejected"]
