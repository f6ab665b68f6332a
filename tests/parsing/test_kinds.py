"""Photos of another kind of garment are refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from modiste.catalog.categories import tryon_region
from modiste.errors import UsageError
from modiste.parsing import kinds

LABELS = ["t-shirt", "jacket", "jeans", "tights", "dress", "sneakers", "handbag", "cap", "watch"]


@pytest.fixture
def told(monkeypatch):
    """Let the encoder say how likely each label is."""

    def tell(**chances):
        shares = np.array([chances.get(label.replace("-", ""), 0.01) for label in LABELS], np.float32)
        network = SimpleNamespace(logits=lambda photos: {"category": np.log(shares)[None]})
        monkeypatch.setattr(kinds, "_network", lambda name: (network, list(map(tryon_region, LABELS))))

    return tell


PHOTO = Image.new("RGB", (96, 128))


@pytest.mark.parametrize(("chances", "region", "shown"), [
    ({"sneakers": 0.8}, "top", "shoes"),
    ({"handbag": 0.8}, "top", "bag"),
    ({"tshirt": 0.8}, "dress", "top"),
    ({"jeans": 0.8}, "dress", "bottom"),
    ({"tshirt": 0.8}, "bottom", "top"),
    ({"tshirt": 0.6, "dress": 0.1}, "dress", "top"),
    ({"cap": 0.8}, "shoes", "hat"),
])  # fmt: skip
def test_what_is_worn_elsewhere_is_refused(chances, region, shown, told):
    told(**chances)
    with pytest.raises(UsageError, match=f"the photo shows what is worn as {shown}, not as {region}"):
        kinds.check_kind(PHOTO, region, "encoder-photos")


@pytest.mark.parametrize(("chances", "region"), [
    ({"tshirt": 0.8}, "top"),
    ({"jacket": 0.8}, "top"),
    ({"tshirt": 0.8}, "outer"),
    ({"tights": 0.8}, "bottom"),
    ({"tshirt": 0.4, "dress": 0.3}, "dress"),  # it may be either
    ({"watch": 0.8}, "top"),  # nothing that is worn anywhere is likely
])  # fmt: skip
def test_what_may_be_worn_there_is_not(chances, region, told):
    told(**chances)
    kinds.check_kind(PHOTO, region, "encoder-photos")
