"""Vectors and rows of a shop, kept on disk and searched: works without torch."""

from modiste.index.base import Fingerprint, Identity, Index, IndexedProduct, Query, SearchResult, identity_of
from modiste.index.lance import LanceIndex

__all__ = ["Fingerprint", "Identity", "Index", "IndexedProduct", "LanceIndex", "Query", "SearchResult", "identity_of"]
