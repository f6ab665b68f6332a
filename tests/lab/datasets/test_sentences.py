"""Texts for training: true, varied, and with wordings that only tests use."""

from __future__ import annotations

import re
from itertools import pairwise, product
from random import Random

import pytest

from modiste.catalog import Product
from modiste.errors import UsageError
from modiste.lab.datasets import read
from modiste.lab.datasets.sentences import ask, describe, sentence
from modiste.phrases import Change, accepts, facts, vocabulary
from modiste.phrases.book import KINDS

VALUES = {
    "colour": ["navy blue", "red", "black", "white", "light blue", "mustard", "pink", "multi"],
    "pattern": ["solid", "striped", "checked", "dotted", "floral", "logo"],
    "neck": ["crew", "v-neck", "scoop", "collar", "turtleneck", "boat"],
    "sleeve": ["sleeveless", "short", "three-quarter", "long"],
    "length": ["mini", "knee", "midi", "maxi"],
    "fit": ["slim", "regular", "relaxed", "oversized"],
    "heel": ["flat", "low", "high"],
    "fabric": ["cotton", "denim", "knit", "leather", "woven"],
    "formality": ["sporty", "casual", "smart casual", "formal"],
    "season": ["summer", "autumn", "winter"],
}
CATEGORIES = ["t-shirt", "dress", "jeans", "casual shoes", ""]


def pairs(count, seed):
    """Products that differ in one or two attributes."""
    rng = Random(seed)
    for _ in range(count):
        source = {"category": rng.choice(CATEGORIES), "gender": "women"}
        source |= {attribute: rng.choice(values) for attribute, values in VALUES.items()}
        changed = rng.sample(list(VALUES), rng.choice([1, 1, 2]))
        yield source, source | {name: rng.choice([v for v in VALUES[name] if v != source[name]]) for name in changed}


@pytest.mark.parametrize("held_out", [False, True])
def test_the_target_answers_and_the_source_does_not(held_out):
    rng = Random(1)
    for source, target in pairs(800, seed=int(held_out)):
        request = ask(source, target, rng, held_out=held_out)
        assert accepts(request, source, target), request
        assert not accepts(request, source, source), request
        assert request.kind in (*KINDS, "composed")


@pytest.mark.parametrize("held_out", [False, True])
def test_sentences_read_cleanly(held_out):
    rng = Random(2)
    for source, target in pairs(800, seed=2):
        text = ask(source, target, rng, held_out=held_out).text
        words = text.rstrip("?").split()
        assert not set("{}<>|") & set(text)
        assert text == " ".join(text.split()) == text.lower()
        assert not any(first == second for first, second in pairwise(words)), text
        assert set(re.findall(r"[a-z'/]+", text)) <= vocabulary(), text


def test_held_out_wordings_are_never_used_in_training():
    training, testing = set(), set()
    for held_out, texts in ((False, training), (True, testing)):
        rng = Random(3)
        texts.update(ask(source, target, rng, held_out=held_out).text for source, target in pairs(3000, seed=3))
    assert len(training) > 1500
    assert len(testing) > 1500
    assert not training & testing


def test_every_change_has_several_wordings_of_several_kinds():
    rng = Random(4)
    for attribute, values in VALUES.items():
        for before, after in product(values, values):
            if before != after and "woven" not in (before, after):
                requests = [sentence([Change(attribute, before, after)], rng, category="dress") for _ in range(60)]
                assert len({request.text for request in requests}) >= 8, (attribute, before, after)
                assert len({request.kind for request in requests}) >= 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_can_be_chosen(kind):
    requests = [sentence([Change("colour", "navy blue", "sky blue")], Random(i), kind=kind) for i in range(20)]
    assert {request.kind for request in requests} == {kind}


@pytest.mark.parametrize(
    ("category", "words"),
    [
        ("dress", {"it", "this", "one", "dress"}),
        ("jeans", {"them", "these", "ones", "pair", "jeans"}),
        ("", {"it", "one"}),
    ],
)
def test_pronouns_follow_the_noun(category, words):
    texts = [sentence([Change("colour", "red", "navy blue")], Random(i), category=category).text for i in range(400)]
    said = {word for text in texts for word in text.split()}
    assert words <= said
    assert not ({"it", "this", "one", "them", "these", "ones"} - {"one", "this"} - words) & said


@pytest.mark.parametrize(
    ("change", "beginnings"),
    [
        (Change("colour", "red", "ivory"), "an ivory one"),
        (Change("pattern", "striped", "solid"), "without any stripes"),
        (Change("neck", "crew", "v-neck"), "with a v-neck"),
        (Change("sleeve", "short", "long"), "longer sleeves"),
        (Change("length", "regular", "cropped"), "make it cropped"),
        (Change("formality", "casual", "formal"), "something more formal"),
        (Change("season", "winter", "summer"), "for summer"),
        (Change("colour", "black", "light blue"), "not so dark"),
        (Change("colour", "black", "red"), "brighter"),
        (Change("colour", "black", "burgundy"), "in burgundy"),
        (Change("neck", "crew", "boat"), "change the neck style"),
        (Change("gender", "men", "women"), "for women"),
        (Change("category", "dress", "skirt"), "a skirt instead"),
    ],
)
def test_what_customers_say_is_among_the_sentences(change, beginnings):
    rng = Random(5)
    texts = {sentence([change], rng, category="dress").text for _ in range(4000)}
    assert beginnings in texts


def test_composition_joins_both():
    changes = [Change("colour", "red", "black"), Change("sleeve", "short", "long")]
    requests = [sentence(changes, Random(seed), category="dress") for seed in range(300)]
    assert all(set(request.wants) == {"colour", "sleeve"} and " and " in request.text for request in requests)
    assert any(request.text.startswith("in black") for request in requests)


def test_season_and_formality_may_be_asked_for_alone():
    source = {"category": "dress", "colour": "red", "sleeve": "long", "fabric": "wool", "formality": "casual"}
    target = {"category": "dress", "colour": "black", "sleeve": "short", "fabric": "silk", "formality": "formal"}
    request = ask(source, target, Random(0))
    assert set(request.wants) == {"formality"}
    assert accepts(request, source, target)


def test_attributes_that_do_not_count_are_overlooked():
    source = {"category": "Tshirts", "colour": "red", "season": "summer", "pattern": "striped", "fit": "slim"}
    target = {"category": "Tshirts", "colour": "blue", "season": "winter", "pattern": "floral", "fit": "regular"}
    about = ("category", "gender", "colour")
    request = ask(source, target, Random(0), about=about)
    assert set(request.wants) == {"colour"}
    assert accepts(request, source, target, keeps=about)
    assert not accepts(request, source, target)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ask({"colour": "red"}, {"colour": "red"}, Random(0)), "says this difference: nothing"),
        (
            lambda: ask({"fit": "slim", "neck": "crew"}, {"fit": "wide", "neck": "boat", "colour": "red"}, Random(0)),
            "colour, neck, fit; take products nearer",
        ),
        (lambda: sentence([], Random(0)), "one or two changes, got 0"),
        (lambda: sentence([Change("fit", "slim", "wide")], Random(0), kind="composed"), 'got kind "composed"'),
        (
            lambda: sentence([Change("fit", "slim", "wide")], Random(0), kind="rude"),
            "no rude wording asks for fit wide",
        ),
        (lambda: sentence([Change("fabric", "", "woven")], Random(0)), "no known wording asks for fabric woven"),
    ],
)
def test_what_cannot_be_said_is_refused(call, says):
    with pytest.raises(UsageError, match=says):
        call()


SHIRT = {
    "category": "Shirts", "gender": "Men", "colour": "navy blue", "pattern": "striped", "sleeve": "long",
    "neck": "collar", "fabric": "cotton", "formality": "formal",
}  # fmt: skip


def many(item, count=300, seed=0):
    rng = Random(seed)
    return [describe(item, rng) for _ in range(count)]


def test_descriptions_vary_and_name_the_product():
    texts = many(SHIRT)
    assert len(set(texts)) > 150
    assert all("shirt" in text.split() for text in texts)
    assert all(text == text.lower() and "  " not in text and len(text) < 80 for text in texts)


@pytest.mark.parametrize(
    "part",
    [
        "navy",
        "navy blue",
        "men's",
        "for men",
        "striped",
        "with stripes",
        "long sleeve",
        "with a collar",
        "cotton",
        "in navy",
    ],
)
def test_every_attribute_is_named_now_and_then(part):
    assert 5 < sum(part in text for text in many(SHIRT, 600)) < 540


def test_descriptions_are_true():
    """What is read back from a description is what was known."""
    known = facts(SHIRT)
    for text in many(SHIRT):
        read = facts({"title": text})
        assert {name: known[name] for name in read} == read


@pytest.mark.parametrize(
    ("item", "never"),
    [
        ({"category": "Casual Shoes", "colour": "red", "usage": "Casual"}, "casual casual"),
        ({"category": "Jeans", "colour": "blue", "fabric": "denim"}, "denim"),
        ({"category": "Denim jacket", "colour": "red", "fabric": "denim"}, "denim denim"),
        ({"category": "Tshirts", "colour": "red"}, "multi"),
        ({"category": "Jackets", "colour": "bleached denim"}, "wash"),
    ],
)
def test_nothing_is_said_twice_or_oddly(item, never):
    assert not any(never in text for text in many(item))


def test_a_product_of_which_nothing_is_known_gives_its_title():
    assert describe(Product("1", title="Gift card"), Random(0)) == "Gift card"
    assert describe({"title": "Gift card"}, Random(0)) == "Gift card"
    assert describe({}, Random(0)) == ""


def test_a_seed_gives_the_same_texts():
    assert many(SHIRT, seed=3) == many(SHIRT, seed=3) != many(SHIRT, seed=4)


def test_real_products_are_described_in_few_words(photographs):
    rng = Random(0)
    for layout in ("fashion-product-images", "mango"):
        products = rng.sample(read(photographs / layout).products, 500)
        texts = [describe(product, rng) for product in products]
        assert all(texts)
        assert sum(len(text.split()) for text in texts) / 500 == pytest.approx(3.5, abs=1)
