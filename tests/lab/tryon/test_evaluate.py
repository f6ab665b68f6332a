"""The verb's metrics, on figures: what is asked, of whom, and what a file says of it."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from modiste.errors import UsageError
from modiste.lab.tryon import evaluate as module
from modiste.lab.tryon.baselines import BASELINES
from modiste.lab.tryon.evaluate import REFINED, _maps, _means, _score, evaluate
from modiste.lab.tryon.protocol import Reader, Request
from modiste.tryon.composite import Dressed
from tests.lab.tryon.crowds import Colours, crowd
from tests.tryon.figures import PaintParser, dresser, person

AGAINST = {"ssim", "psnr", "perceptual", "map_iou", "ssim_inside", "psnr_inside", "perceptual_inside"}
LIKENESS = {"garment_deltaE", "texture", "untouched"}


@pytest.fixture
def world(monkeypatch, tmp_path):
    """Networks that haven't learnt, an encoder of colours and a parser of paints, in the places of those that ship."""
    sets: dict[str, object] = {}
    config: dict[str, object] = {}
    networks = dresser()
    monkeypatch.setattr(module, "load_dresser", lambda name: networks)
    monkeypatch.setattr(module, "find", lambda name: SimpleNamespace(name=name, config=config))
    monkeypatch.setattr(module, "TrainedEncoder", Colours)
    monkeypatch.setattr(module, "open_parser", lambda name: PaintParser())
    monkeypatch.setattr(module, "read_people", lambda source, unseen: sets[str(source)])
    sets["swaps"], sets["strangers"] = crowd(tmp_path / "swaps", swaps=True), crowd(tmp_path / "strangers", swaps=False)
    return SimpleNamespace(sets=sets, config=config, networks=networks)


def test_against_the_truth(world):
    result = evaluate(["swaps"], parser=None, refined=1, refine_steps=2)
    assert list(result["models"]) == ["tryon", *BASELINES, "no texture path", "no shape network", REFINED]
    assert set(result["models"]["tps paste"]) == AGAINST | LIKENESS
    assert set(result["models"][REFINED]) == AGAINST | LIKENESS | {"refined_gain"}
    assert set(result["subset"]) == set(result["models"])
    assert (result["system"], result["data"], result["split_hash"], result["refused"]) == (
        "tryon", ["crowd"], world.sets["swaps"].split.hash, 0
    )  # fmt: skip
    assert "2 swaps with a true answer; 256x192" in result["protocol"]
    assert "people seen by given maps; 1 of them refined in at most 2 steps" in result["protocol"]
    assert json.loads(json.dumps(result)) == result


def test_a_refined_model_is_no_rival_of_ours(world):
    result = evaluate(["swaps"], parser=None, refined=1, refine_steps=2)
    rivals = [metrics["ssim"] for name, metrics in result["models"].items() if name not in ("tryon", REFINED)]
    assert result["ratios"]["ssim"] == pytest.approx(result["models"]["tryon"]["ssim"] / max(rivals), rel=1e-3)


def test_between_strangers_through_a_parser(world):
    result = evaluate(["strangers"], refined=1, refine_steps=1, limit=6, baselines=False)
    assert list(result["models"]) == ["tryon", REFINED]
    assert {"fd", "kid", "sleeve", "self_ssim", "self_perceptual", *LIKENESS} <= set(result["models"]["tryon"])
    assert {"refined_gain", "silhouette_iou"} <= set(result["models"]["tryon"])
    assert result["models"]["tryon"]["untouched"] == 1
    assert result["models"][REFINED]["untouched"] == 1
    assert "people seen by paint-parser@12345678" in result["protocol"]
    assert "6 swaps between different people" in result["protocol"]


def test_without_refinement_there_is_none(world):
    result = evaluate(["swaps"], parser=None, refined=0, baselines=False)
    assert list(result["models"]) == ["tryon"]
    assert result["subset"] == {}


def test_people_who_were_trained_on_are_refused(world):
    world.config["trained_on"] = {"crowd": "0123456789ab"}
    with pytest.raises(UsageError, match=r"was trained on split 0123456789ab of crowd, this is .*, --split all"):
        evaluate(["swaps"], "mine", parser=None)


@pytest.mark.parametrize(
    ("asked", "says"),
    [({"split": "half"}, 'no split "half"'), ({"limit": 0, "parser": None}, "crowd has nobody to dress")],
)
def test_evaluate_refuses(world, asked, says):
    source = "strangers" if "limit" in asked else "swaps"
    with pytest.raises(UsageError, match=says):
        evaluate([source], **asked)


def cases(people, *requests, parser=None):
    return Reader(people, parser).cases(requests)


def test_the_truth_itself_is_perfect(tmp_path):
    people = crowd(tmp_path, swaps=True)
    (case,), _ = cases(people, Request("p1", {"top": "p0"}, "truth", "t1"))
    perfect = Dressed(case.truth.pixels, case.truth.map, np.ones_like(case.truth.zone))
    query = case.query.scene
    lazy = Dressed(query.pixels, query.map, np.zeros_like(case.truth.zone))
    best, least = (_score(case, dressed, Colours(), None).metrics for dressed in (perfect, lazy))
    assert (best["ssim"], best["psnr"], best["map_iou"]) == pytest.approx((1, 60, 1))
    assert best["perceptual"] == pytest.approx(0, abs=1e-6)
    for metric in ("ssim", "ssim_inside", "psnr", "map_iou"):
        assert least[metric] < best[metric], metric
    assert least["ssim_inside"] < least["ssim"]
    assert least["perceptual_inside"] > least["perceptual"] > 0


def test_a_painted_sleeve_is_judged_by_the_parser(tmp_path):
    (case,), _ = cases(crowd(tmp_path, swaps=False), Request("p1", {"top": "p0"}, "sleeve"), parser=PaintParser())
    query = case.query.scene
    claims = Dressed(query.pixels, person(sleeves="short").map, np.ones(query.map.shape, bool))
    assert _score(case, claims, Colours(), PaintParser()).metrics["sleeve"] == 0
    assert "sleeve" not in _score(replace(case, request=Request("p1", {"top": "p0"})), claims, Colours(), None).metrics


def test_own_garments_that_come_back_are_perfect(tmp_path):
    (case,), _ = cases(crowd(tmp_path, swaps=False), Request("p1", {"top": "p1"}, "self"))
    query = case.query.scene
    same = Dressed(query.pixels, query.map, query.mask("top"))
    found = _score(case, same, Colours(), None).metrics
    assert found == {"untouched": 1, "self_ssim": pytest.approx(1), "self_perceptual": pytest.approx(0, abs=1e-6)}


def test_what_a_parser_does_not_find_is_counted(tmp_path):
    people = crowd(tmp_path, swaps=False)
    found, refused = cases(people, Request("p1", {"top": "p0"}), Request("p1", {"hat": "p0"}), parser=PaintParser())
    assert [len(found), len(refused)] == [1, 1]


def test_photos_without_maps_are_seen_through_the_parser(tmp_path):
    people = crowd(tmp_path, swaps=False)
    bare = [replace(photo, map=None, keypoints=None) if photo.id == "p2" else photo for photo in people.photos]
    people = replace(people, photos=tuple(bare))
    assert "p2" not in Reader(people, None).scenes(people.photos, 6)
    assert "p2" in Reader(people, PaintParser()).scenes(people.photos, 6)
    assert "p2" not in Reader(people, PaintParser()).scenes(people.photos, 5)
    assert cases(people, Request("p2", {"top": "p0"}))[1] == [Request("p2", {"top": "p0"})]


def test_pairs_are_drawn_from_no_more_photos_than_will_do(tmp_path):
    photos = list(crowd(tmp_path, swaps=False).photos)
    photos[2] = replace(photos[2], map=None)
    pool = module._pool(photos, 5, seed=0)
    assert {photo.id for photo in pool} == {"p0", "p1", "p3", "p4", "p5"}
    assert [photo.id for photo in pool] != [photo.id for photo in module._pool(photos, 5, seed=1)]
    assert module._pool(photos, 9, seed=0)[-1].id == "p2"


def test_the_truth_lies_in_the_query_s_frame(tmp_path):
    people = crowd(tmp_path, swaps=True)
    (case,), _ = cases(people, Request("p1", {"top": "p0"}, "truth", "t1"))
    same = (case.truth.pixels == case.query.scene.pixels).all(2)
    assert same[~case.truth.zone].mean() > 0.99  # edges ring a little when a photo is brought to size
    assert same[case.truth.zone].mean() < 0.9


def test_a_product_that_lies_alone_has_the_region_s_class(tmp_path):
    people = crowd(tmp_path, swaps=True)
    (case,), _ = cases(people, Request("p1", {"top": "b1"}, "truth", "t1"))
    lying = case.scenes["top"]
    assert set(np.unique(lying.map)) == {0, 5}
    assert not lying.keypoints.any()
    assert 0.05 < lying.mask("top").mean() < 0.4


def test_a_drawn_product_has_its_drawn_mask(tmp_path):
    people = crowd(tmp_path / "people", swaps=True)
    mask = np.zeros((256, 192), np.uint8)
    mask[100:150, 60:120] = 255
    (tmp_path / "masks").mkdir()
    Image.fromarray(mask).save(tmp_path / "masks" / "b1.png")
    (case,), _ = cases(people, Request("p1", {"top": "b1"}, "truth", "t1"))
    assert np.array_equal(case.scenes["top"].mask("top"), mask > 0)


def test_features_are_those_of_the_whole_picture_in_tiles():
    pixels = person().pixels
    found = _maps(Colours(), pixels)
    whole = pixels.reshape(32, 8, 24, 8, 3).mean((1, 3)).transpose(2, 0, 1)
    assert found["low"] == pytest.approx(whole)
    assert found["mid"].shape == (3, 16, 12)


def test_means_are_over_those_that_have_a_metric():
    assert _means([{"a": 1.0}, {"a": 3.0, "b": 5.0}, {}]) == {"a": 2.0, "b": 5.0}
