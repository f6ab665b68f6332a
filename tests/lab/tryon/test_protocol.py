"""The pair list: drawn from a seed, printed, and named by a hash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modiste.lab.tryon.protocol import PairList, Request, _wearable, draw
from tests.tryon.figures import VALUE, person


def dressed_in(**classes: str):
    """A figure some of whose classes are told as others."""
    scene = person()
    map = scene.map.copy()
    for old, new in classes.items():
        map[scene.map == VALUE[old]] = VALUE[new]
    return replace(scene, map=map)


@pytest.fixture(scope="module")
def scenes():
    long = {f"l{number}": person() for number in range(4)}
    short = {f"s{number}": person(sleeves="short", bottom="skirt") for number in range(4)}
    others = {"dress": dressed_in(top="dress", bottom="dress"), "coat": dressed_in(top="outer")}
    return {**long, **short, **others, "nobody": person(confidence=0.0)}


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (person(), [("top",), ("bottom",), ("top", "bottom"), ("dress",), ("outer",)]),
        (dressed_in(top="dress", bottom="dress"), [("dress",), ("top", "bottom")]),
        (dressed_in(top="outer"), [("bottom",), ("outer",)]),
        (dressed_in(top="background", bottom="background"), []),
    ],
)
def test_wearable_are_what_somebody_can_wear(scene, expected):
    assert _wearable(scene) == expected


def test_drawn_requests_can_be_met(scenes):
    requests = draw(scenes, swaps=20, sleeves=3, selves=2)
    swaps = [request for request in requests if request.kind == "swap"]
    assert len({request.query for request in swaps}) == len(swaps) == 10
    for request in swaps:
        assert tuple(request.garments) in _wearable(scenes[request.query])
        for region, source in request.garments.items():
            assert source not in (request.query, "nobody")
            assert scenes[source].mask(region).mean() >= 0.03


def test_sleeves_go_from_long_to_short(scenes):
    pairs = [request for request in draw(scenes, sleeves=3) if request.kind == "sleeve"]
    assert len(pairs) == 3
    assert {request.query[0] for request in pairs} == {"l"}
    assert {request.garments["top"][0] for request in pairs} == {"s"}


def test_own_garments_are_their_own_reference(scenes):
    own = [request for request in draw(scenes, selves=2) if request.kind == "self"]
    assert len(own) == 2
    assert all(set(request.garments.values()) == {request.query} for request in own)


def test_a_seed_is_a_draw_and_fewer_are_the_beginning_of_more(scenes):
    assert draw(scenes, seed=3) == draw(dict(reversed(scenes.items())), seed=3)
    assert draw(scenes, seed=3) != draw(scenes, seed=4)
    assert draw(scenes, swaps=4, sleeves=0, selves=0) == draw(scenes, swaps=8, sleeves=0, selves=0)[:4]


def test_nobody_is_drawn_from_nobody():
    assert draw({}) == ()
    assert draw({"one": person()}, selves=0) == ()


ONE, TWO = Request("p1", {"top": "p2", "bottom": "p3"}), Request("p4", {"top": "p4"}, "self")


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"seen_by": "parser-photos@12345678"}, True),
        ({"refined": 8}, True),
        ({"requests": (replace(ONE, garments={"bottom": "p3", "top": "p2"}), TWO)}, True),
        ({"requests": (TWO, ONE)}, False),
        ({"requests": (ONE,)}, False),
    ],
)
def test_the_hash_is_of_the_pairs(change, same):
    pairs = PairList((ONE, TWO))
    assert (replace(pairs, **change).hash == pairs.hash) is same


def test_a_pair_list_says_what_it_is():
    pairs = PairList((ONE, TWO), refined=8, steps=30, seen_by="parser-photos@12345678")
    assert str(pairs) == (
        f"pairs@{pairs.hash}: 1 swaps between different people, 1 own garments as references; 256x192, bicubic with a "
        "reducing gap of 2; people seen by parser-photos@12345678; 8 of them refined in at most 30 steps"
    )
    assert str(ONE) == "swap p1 bottom=p3 top=p2"
