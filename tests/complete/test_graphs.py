"""The gallery's graph."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch

from modiste.complete.lookup import fold
from modiste.complete.model import Backbone, CSANet, CSANetConfig, _GalleryGraph, export_gallery
from tests.refine.networks import stirred


@pytest.fixture(scope="module")
def backbone(encoder):
    return Backbone(encoder).eval()


@pytest.fixture(scope="module", params=[0, 16], ids=["one layer", "perceptron"])
def network(request, backbone):
    torch.manual_seed(0)
    return stirred(CSANet(backbone.width, CSANetConfig(dim=8, hidden=request.param)), by=0.02)


@pytest.fixture(scope="module")
def photos():
    return np.random.default_rng(0).integers(0, 256, (5, 128, 96, 3), dtype=np.uint8)


@torch.inference_mode()
def folded(network, backbone, photos):
    return fold(network.trunk(backbone(torch.from_numpy(photos))).numpy())


def test_a_gallery_folds_what_the_network_makes_of_features(network, backbone, photos):
    with torch.inference_mode():
        found = _GalleryGraph(network, backbone)(torch.from_numpy(photos)).numpy()
    assert found.shape == (5, 17)
    assert np.abs(found - folded(network, backbone, photos)).max() < 1e-6


def test_the_graph_gives_the_same_for_any_number_of_photos(network, backbone, encoder, photos, tmp_path):
    export_gallery(network, encoder, tmp_path / "gallery.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "gallery.onnx", providers=["CPUExecutionProvider"])
    for count in (1, 2, 5):
        (found,) = session.run(["vector"], {"photos": photos[:count]})
        assert np.abs(found - folded(network, backbone, photos[:count])).max() < 1e-4
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
