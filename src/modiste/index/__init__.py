"""Vectors and rows of a shop, kept on disk and searched: works without torch."""

from modiste.index.base import Fingerprint, Found, Identity, Index, IndexedProduct, Query, identity_of
from modiste.index.lance import LanceIndex

__all__ = ["Fingerprint", "Found", "Identity", "Index", "IndexedProduct", "LanceIndex", "Query", "identity_of"]
