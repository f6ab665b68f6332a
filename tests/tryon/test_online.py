"""Online refinement, and what voids it where it is done carelessly."""

from __future__ import annotations

import pytest
import torch

from modiste.errors import UsageError
from modiste.tryon.composite import one_hot
from modiste.tryon.online import MOST_STEPS, AppearanceInputs, RefineConfig, reference_error, refine, settled
from tests.tryon.figures import dresser

SIZE = (64, 48)


@pytest.fixture
def networks():
    made = dresser()
    with torch.no_grad():
        for parameter in made.appearance.late[-1].parameters():
            parameter.normal_(std=0.05)
    return made.appearance, made.discriminator


def painting(seed, *, reference=False, garment=1.0):
    """Something to paint; a reference knows its own answer."""
    torch.manual_seed(seed)
    map = torch.randint(0, 13, SIZE).byte().numpy()
    changed = torch.zeros(1, 1, *SIZE)
    changed[..., 8:-8, 8:-8] = 1
    composite, sampled = torch.rand(1, 3, *SIZE), (torch.rand(1, 1, *SIZE) > 0.5).float() * changed
    truth = (torch.full_like(composite, 0.7), changed * garment) if reference else (None, None)
    return AppearanceInputs(composite, sampled, changed, one_hot(map)[None], torch.rand(1, 13, 6), *truth)


def test_the_error_inside_the_references_garment_falls(networks):
    found = refine(*networks, painting(0), [painting(1, reference=True)], RefineConfig(steps=15))
    assert found.steps == 15
    assert found.gain > 0.05


def test_only_a_copy_of_the_late_layers_is_tuned(networks):
    before = [{name: value.clone() for name, value in network.state_dict().items()} for network in networks]
    refine(*networks, painting(0), [painting(1, reference=True)], RefineConfig(steps=2))
    for network, values in zip(networks, before, strict=True):
        assert all(torch.equal(value, values[name]) for name, value in network.state_dict().items())
        assert all(parameter.grad is None for parameter in network.parameters())


def test_the_discriminators_word_reaches_the_painter(networks):
    """Without a word on the reference all that moves the picture is the frozen discriminator's gradient."""
    silent = [painting(1, reference=True, garment=0.0)]
    without, with_word = (
        refine(*networks, painting(0), silent, RefineConfig(steps=2, adversarial=weight)) for weight in (0.0, 1.0)
    )
    assert (without.residual - with_word.residual).abs().max() > 1e-4


def test_what_may_not_change_gets_no_stroke(networks):
    query = painting(0)
    residual = refine(*networks, query, [painting(1, reference=True)], RefineConfig(steps=2)).residual
    assert not residual[(query.changed == 0).expand_as(residual)].any()
    assert residual.any()


def test_it_stops_where_somebody_says_so(networks):
    told = []

    def follow(done, total):
        told.append((done, total))
        return done < 3

    found = refine(*networks, painting(0), [painting(1, reference=True)], RefineConfig(steps=9), follow)
    assert told == [(1, 9), (2, 9), (3, 9)]
    assert found.steps == 3


@pytest.mark.parametrize(
    ("losses", "stops"),
    [
        ([1.0] * 11, False),
        ([1.0] * 12, True),
        ([1000.0] * 12, True),
        ([1.0] * 6 + [0.995] * 6, True),
        ([1.0] * 6 + [0.98] * 6, False),
        ([1000.0] * 6 + [980.0] * 6, False),
        ([0.5] * 6 + [0.6] * 6, True),
        ([], False),
    ],
)
def test_it_stops_by_a_share_of_the_loss_and_not_by_its_scale(losses, stops):
    assert settled(losses, RefineConfig(patience=6)) == stops


def test_a_request_that_gains_nothing_stops_early(networks):
    found = refine(*networks, painting(0), [painting(1, reference=True)], RefineConfig(steps=40, lr=1e-12, patience=6))
    assert found.steps == 12
    assert found.gain == pytest.approx(0, abs=1e-4)


def test_the_reference_error_is_the_mean_over_references_inside_garments():
    parts = [painting(seed, reference=True) for seed in (1, 2)]
    strokes = [part.photo - part.composite + shift for part, shift in zip(parts, (0.1, 0.3), strict=True)]
    assert reference_error(strokes, parts) == pytest.approx(0.2, abs=1e-5)


@pytest.mark.parametrize("steps", [-1, 0, MOST_STEPS + 1])
def test_steps_have_bounds(steps):
    with pytest.raises(UsageError, match=f"--refine takes 1 to {MOST_STEPS} steps; got {steps}"):
        RefineConfig(steps=steps)
