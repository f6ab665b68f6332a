"""Products that a shop sells, and the readers that bring them in."""

from modiste.catalog.readers import read
from modiste.catalog.records import Catalog, Outfit, Product, Rejected, Value
from modiste.catalog.table import write_rejected

__all__ = ["Catalog", "Outfit", "Product", "Rejected", "Value", "read", "write_rejected"]
