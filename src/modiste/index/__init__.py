"""Vectors and rows of a shop, kept on disk and searched: works without torch."""

from modiste.index.lance import Index
from modiste.index.records import Fingerprint, Identity, Query, SearchResult, identity_of
from modiste.index.snapshot import as_item, quote

__all__ = ["Fingerprint", "Identity", "Index", "Query", "SearchResult", "as_item", "identity_of", "quote"]
