"""Our BERT against the one of transformers."""

from __future__ import annotations

import pytest
import torch

from modiste.encoders.bert import load_bert
from modiste.encoders.pipeline import _minilm_folder


def test_states_are_those_of_transformers():
    transformers = pytest.importorskip("transformers")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    theirs = transformers.BertModel.from_pretrained(_minilm_folder()).eval()
    ours = load_bert(_minilm_folder() / "model.safetensors")
    ids = torch.tensor([[101, 2417, 4377, 102, 0], [101, 2630, 6312, 2005, 102]])
    mask = (ids > 0).long()
    with torch.no_grad():
        expected, found = theirs(ids, attention_mask=mask).last_hidden_state, ours(ids, mask)
    assert torch.allclose(found[mask.bool()], expected[mask.bool()], atol=1e-5)
