"""Visual product discovery for fashion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modiste.shop import Shop, open_shop

__version__ = "0.1.0"
__all__ = ["Shop", "__version__", "open_shop"]


def __getattr__(name: str) -> Any:
    """Bring in the shop when it is asked for, so that `import modiste` stays instant."""
    if name in ("Shop", "open_shop"):
        from modiste import shop

        return getattr(shop, name)
    raise AttributeError(f"module 'modiste' has no attribute {name!r}")
