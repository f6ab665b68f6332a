"""What a shop sells, and the readers that bring it in."""

from modiste.catalog.gather import write_rejected
from modiste.catalog.readers import read
from modiste.catalog.readers.formats import read_catalog
from modiste.catalog.records import Catalog, Outfit, Product, Rejected, Value

__all__ = ["Catalog", "Outfit", "Product", "Rejected", "Value", "read", "read_catalog", "write_rejected"]
