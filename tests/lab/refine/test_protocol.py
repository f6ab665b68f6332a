"""What refine is measured on."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.lab.datasets import read
from modiste.lab.refine.asking import SPOKEN, Answers
from modiste.lab.refine.protocol import draws, frequent_colours, protocols, written_cases
from modiste.phrases import LEXICON, asks, facts
from tests.conftest import ROOT
from tests.lab.refine.shops import FREQUENT, designed, written_down

CASES = list(written_cases())
DATA = ("fashion-product-images", "mango")


def asked_of(products, name="shop", **change):
    return protocols(name, products, **{"colours": FREQUENT, "count": 60, **change})


@pytest.mark.parametrize(
    ("products", "name", "names"),
    [
        (written_down(120), "shop", ["shop-colour", "shop-words", "shop-difference"]),
        (written_down(120), "fashion-product-images", ["fpi-colour", "fpi-words", "fpi-difference"]),
        (written_down(120, models=True), "shop", ["shop-colour", "shop-words", "shop-difference"]),
        ([replace(one, title="") for one in written_down(120)], "shop", ["shop-colour", "shop-difference"]),
        (
            designed(200),
            "boutique",
            ["boutique-colour", "boutique-words", "boutique-difference"],
        ),
    ],
)
def test_protocols_are_those_that_the_products_allow(products, name, names):
    assert [one.name for one in asked_of(products, name)] == names


@pytest.mark.parametrize("products", [written_down(120), written_down(120, models=True, silent=True), designed(150)])
def test_every_question_has_an_answer_that_is_not_its_source(products):
    for protocol in asked_of(products):
        assert protocol.gallery == tuple(product.id for product in products)
        assert protocol.questions
        for question in protocol.questions:
            assert question.right
            assert question.source not in question.right
            assert {question.source, *question.right} <= set(protocol.gallery)
        told = [(question.source, question.text) for question in protocol.questions]
        assert len(told) == len(set(told))


def test_right_answers_have_the_colour_that_is_named():
    products = written_down(120)
    by_id = {product.id: product for product in products}
    for question in asked_of(products)[0].questions:
        source, answers = by_id[question.source], [by_id[id] for id in question.right]
        (colour,) = {facts(one)["colour"] for one in answers}
        assert colour != facts(source)["colour"]
        assert {(one.gender, one.category) for one in answers} == {(source.gender, source.category)}


def test_the_same_products_and_seed_ask_the_same():
    first, again = ([one.hash for one in asked_of(written_down(120))] for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("change", "products"),
    [
        ({"seed": 6}, written_down(120)),
        ({"count": 59}, written_down(120)),
        ({"name": "other"}, written_down(120)),
        ({}, written_down(120)[1:]),
        ({}, [replace(one, colour="Red") if one.id == "w5" else one for one in written_down(120)]),
    ],
)
def test_whatever_is_asked_otherwise_has_another_hash(change, products):
    assert asked_of(written_down(120))[0].hash != asked_of(products, **change)[0].hash


def test_questions_do_not_depend_on_the_process():
    """Sets of words come in another order in every one."""
    script = (
        "from modiste.lab.refine.protocol import protocols\n"
        "from tests.lab.refine.shops import FREQUENT, written_down\n"
        "print([one.hash for one in protocols('shop', written_down(60), colours=FREQUENT, count=60)])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", script]
    printed = subprocess.run(command, check=True, text=True, capture_output=True, env=environment, cwd=ROOT).stdout
    assert printed.strip() == str([one.hash for one in asked_of(written_down(60))])


@pytest.mark.parametrize(
    ("colours", "least", "frequent"),
    [
        (["Red", "red", "Blue"], 2, ["red"]),
        (["Red", "red", "Blue"], 1, ["blue", "red"]),
        (["Red", "", "Blue"], 5, ["blue", "red"]),
        (["", ""], 1, []),
    ],
)
def test_frequent_colours(colours, least, frequent):
    products = [Product(f"{number}", colour=colour) for number, colour in enumerate(colours)]
    assert frequent_colours(products, least) == frequent


def test_what_turns_out_to_be_unlike_in_too_much_is_not_asked():
    """The titles tell a word apart, while the products differ in more than a sentence says."""
    many = {name: list(LEXICON[name]) for name in ("sleeve", "neck", "fit", "length")}
    products = [
        Product(f"{n}", title=f"Lee Men {('Blue', 'Red')[n]} Shirts", category="Shirts", gender="Men",
                attributes={name: values[n] for name, values in many.items()})
        for n in range(2)
    ]  # fmt: skip
    assert list(draws("shop", products, Answers(products), colours=[], held_out=False)) == ["shop-words"]


@pytest.mark.parametrize("products", [[], [Product("1", category="Shirts")]])
def test_products_of_which_nothing_can_be_asked(products):
    with pytest.raises(UsageError, match=f"nothing can be asked about the {len(products)} products of shop; give them"):
        asked_of(products)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["source"])
def test_a_written_case_says_what_an_answer_must_be(case):
    assert case["data"] in DATA
    assert case["text"].strip() == case["text"]
    assert asks(case["text"])
    assert {"category"} <= set(case["wants"]) <= set(SPOKEN)
    for name, values in case["wants"].items():
        assert values
        assert [facts({name: value}).get(name) for value in values] == values, f"{name} never has such a value"
    assert all(word == word.lower().strip() for word in case.get("title", ()))


def test_written_cases_are_many_and_of_different_photos():
    assert len(CASES) >= 150
    for part in (lambda case: (case["data"], case["source"]), lambda case: case["text"].lower()):
        assert len({part(case) for case in CASES}) == len(CASES)


@pytest.mark.slow
def test_no_written_sentence_is_one_of_training():
    said = set()
    for name, products in (
        ("shop", written_down(800)), ("models", written_down(800, 1, models=True)), ("boutique", designed(1500)),
    ):  # fmt: skip
        kinds = draws(name, products, Answers(products), colours=FREQUENT, held_out=False)
        for draw in kinds.values():
            rng = Random(0)
            said |= {draw(rng).text.lower() for _ in range(20_000 // 3 // len(kinds))}
    assert len(said) > 5_000
    assert not said & {case["text"].lower() for case in CASES}


@pytest.mark.slow
@pytest.mark.parametrize("name", DATA)
def test_written_cases_are_answered_by_real_products(photographs, name):
    products = read(photographs / name).products
    answered = protocols(name, products, colours=frequent_colours(products), count=1)[-1]
    assert answered.name.endswith("-written")
    assert len(answered.questions) == sum(case["data"] == name for case in CASES)


def test_written_cases_are_asked_where_their_source_is():
    case = next(case for case in CASES if "title" not in case)
    told = {name: values[0] for name, values in case["wants"].items()}
    own = {name: told.pop(name, "") for name in ("category", "gender", "colour")}
    right = Product("right", **own, attributes=told)
    wrong = Product("wrong", **{**own, "category": "umbrella"}, attributes=told)
    products = [Product(case["source"], category="umbrella"), *written_down(60), right, wrong]
    found = asked_of(products, case["data"])[-1]
    assert found.name.endswith("-written")
    (question,) = found.questions
    assert (question.source, question.text, question.right) == (case["source"], case["text"], ("right",))
    assert not asked_of(products, "shop")[-1].name.endswith("-written")
