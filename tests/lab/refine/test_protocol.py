"""Protocols, the triplets that are drawn, and which products answer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from modiste.catalog.records import Product
from modiste.colour import RELATIONS
from modiste.errors import UsageError
from modiste.lab.datasets import read
from modiste.lab.refine.protocol import (
    _HELD_OUT_SWAPS,
    _SWAPS,
    VISIBLE,
    Draw,
    DrawnTriplet,
    ProductAttributes,
    _colour_triplets,
    _difference_triplets,
    _model_triplets,
    _plain_title,
    _word_triplets,
    draws,
    frequent_colours,
    protocols,
    written_cases,
)
from modiste.phrases import DERIVED, LEXICON, Request, Want, accepts, asks, facts
from modiste.phrases.requests import SUBJECTS
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
        assert protocol.queries
        for question in protocol.queries:
            assert question.targets
            assert question.source not in question.targets
            assert {question.source, *question.targets} <= set(protocol.gallery)
        told = [(question.source, question.text) for question in protocol.queries]
        assert len(told) == len(set(told))


def test_right_answers_have_the_colour_that_is_named():
    products = written_down(120)
    by_id = {product.id: product for product in products}
    for question in asked_of(products)[0].queries:
        source, answers = by_id[question.source], [by_id[id] for id in question.targets]
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
    assert list(draws("shop", products, ProductAttributes(products), colours=[], held_out=False)) == ["shop-words"]


@pytest.mark.parametrize("products", [[], [Product("1", category="Shirts")]])
def test_products_of_which_nothing_can_be_asked(products):
    with pytest.raises(UsageError, match=f"nothing can be asked about the {len(products)} products of shop; give them"):
        asked_of(products)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["source"])
def test_a_written_case_says_what_an_answer_must_be(case):
    assert case["data"] in DATA
    assert case["text"].strip() == case["text"]
    assert asks(case["text"])
    assert {"category"} <= set(case["wants"]) <= set(SUBJECTS)
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
        kinds = draws(name, products, ProductAttributes(products), colours=FREQUENT, held_out=False)
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
    assert len(answered.queries) == sum(case["data"] == name for case in CASES)


def test_written_cases_are_asked_where_their_source_is():
    case = next(case for case in CASES if "title" not in case)
    told = {name: values[0] for name, values in case["wants"].items()}
    own = {name: told.pop(name, "") for name in ("category", "gender", "colour")}
    right = Product("right", **own, attributes=told)
    wrong = Product("wrong", **{**own, "category": "umbrella"}, attributes=told)
    products = [Product(case["source"], category="umbrella"), *written_down(60), right, wrong]
    found = asked_of(products, case["data"])[-1]
    assert found.name.endswith("-written")
    (question,) = found.queries
    assert (question.source, question.text, question.targets) == (case["source"], case["text"], ("right",))
    assert not asked_of(products, "shop")[-1].name.endswith("-written")


SHOPS = {
    "made up": lambda: written_down(90),
    "models": lambda: written_down(90, models=True),
    "silent": lambda: written_down(90, silent=True),
    "boutique": lambda: designed(120),
}


@pytest.fixture(scope="module", params=SHOPS)
def shop(request: pytest.FixtureRequest) -> tuple[list[Product], ProductAttributes]:
    products = SHOPS[request.param]()
    return products, ProductAttributes(products)


def accepted(asked: DrawnTriplet, products: list[Product]) -> list[int]:
    """Positions of the products that `phrases.accepts`, one by one."""
    request, source = Request(asked.text, asked.kind, asked.wants), products[asked.source]
    others = (place for place in range(len(products)) if place != asked.source)
    return [place for place in others if accepts(request, source, products[place], asked.keeps)]


def any_want(attribute: str, told: list[dict[str, str]], rng: Random) -> Want:
    """One of the wants that a sentence about this attribute could have."""
    values = sorted({one.get(attribute, "") for one in told} - {""}) or ["nothing"]
    relations = ["is", "isn't", "more", "less", *(RELATIONS if attribute == "colour" else ())]
    relation = rng.choice(relations)
    return Want(relation, tuple(rng.sample(values, min(2, len(values)))) if relation in ("is", "isn't") else ())


@pytest.mark.parametrize("seed", range(4))
def test_answers_are_the_products_that_are_accepted(shop, seed):
    """Whatever is wanted and kept; only that season or formality and another attribute are never wanted at once."""
    products, attributes = shop
    rng = Random(seed)
    concrete = [name for name in SUBJECTS if name not in DERIVED]
    for _ in range(60):
        names = rng.sample(concrete, rng.choice((1, 2))) if rng.random() < 0.8 else [rng.choice(DERIVED)]
        wants = {name: any_want(name, attributes.facts, rng) for name in names}
        keeps = rng.choice([None, (), ("category", "gender"), set(VISIBLE) - set(DERIVED), tuple(SUBJECTS)])
        asked = DrawnTriplet(rng.randrange(len(products)), 0, "", "", wants, keeps)
        assert attributes.positives(asked).tolist() == accepted(asked, products), asked


def test_answers_of_a_composed_difference_are_those_that_are_accepted(shop):
    products, attributes = shop
    for about in (SUBJECTS, VISIBLE):
        draw, rng = _difference_triplets(products, attributes, held_out=False, about=about), Random(1)
        for asked in (draw(rng) for _ in range(40)):
            assert attributes.positives(asked).tolist() == accepted(asked, products), asked


def test_a_part_answers_as_it_would_alone(shop):
    products, attributes = shop
    part, alone = attributes.slice(20, 60), ProductAttributes(products[20:60])
    draw, rng = _difference_triplets(products[20:60], alone, held_out=False), Random(0)
    for asked in (draw(rng) for _ in range(20)):
        assert part.positives(asked).tolist() == alone.positives(asked).tolist()


def test_questions_that_allow_the_same_share_a_row():
    products = written_down(40)
    attributes = ProductAttributes(products)
    red = {"colour": Want("is", ("red",))}
    alike = [place for place, product in enumerate(products) if product.colour == products[0].colour]
    rows = [attributes.rows_of(DrawnTriplet(place, 0, "", "", red, ("gender",)))[2] for place in alike]
    assert len(set(rows)) == 1
    assert attributes.allowed[2][rows[0]].sum() == 1


def test_where_nothing_is_said_everything_answers():
    attributes = ProductAttributes(written_down(30))
    asked = DrawnTriplet(4, 0, "", "", {}, ())
    assert attributes.rows_of(asked) == [0] * attributes.codes.shape[1]
    assert attributes.positives(asked).tolist() == [place for place in range(30) if place != 4]


def drawn(draw: Draw, count: int = 150, seed: int = 0) -> list[DrawnTriplet]:
    rng = Random(seed)
    return [draw(rng) for _ in range(count)]


def test_colour_questions_stay_with_gender_and_category():
    products = written_down(200)
    attributes = ProductAttributes(products)
    for asked in drawn(_colour_triplets(products, frequent=FREQUENT, held_out=False)):
        source, target = products[asked.source], products[asked.target]
        named = facts(target)["colour"]
        same = [one for one in products if (one.gender, one.category, one.colour)
                == (source.gender, source.category, target.colour)]  # fmt: skip
        assert (source.gender, source.category) == (target.gender, target.category)
        assert facts(source)["colour"] != named == asked.wants["colour"].values[0]
        assert [products[place] for place in attributes.positives(asked)] == same


def test_colour_questions_name_frequent_colours_alone():
    asked = drawn(_colour_triplets(written_down(200), frequent=("red", "white"), held_out=False))
    assert {one.wants["colour"].values[0] for one in asked} == {"red", "white"}


def test_colour_sentences_say_the_colour():
    products = [Product(f"{n}", category="Shirts", gender="Men", colour=("Red", "Multi", "Black")[n]) for n in range(3)]
    words = {"red": ("red",), "multi": ("colour",), "black": ("black",)}
    for held_out in (False, True):
        for asked in drawn(_colour_triplets(products, frequent=("red", "multi", "black"), held_out=held_out)):
            assert any(word in asked.text for word in words[asked.wants["colour"].values[0]]), asked


def test_two_spellings_are_one_colour():
    """And what nobody can read is none."""
    paints = ("Grey", "gray", "Red", "红")
    products = [Product(f"{n}", category="Shirts", gender="Men", colour=paint) for n, paint in enumerate(paints)]
    asked = drawn(_colour_triplets(products, frequent=[paint.lower() for paint in paints], held_out=False))
    assert {frozenset((one.source, one.target)) for one in asked} == {frozenset((0, 2)), frozenset((1, 2))}


def unlike(source: list[str], target: list[str]) -> tuple[str, str]:
    """What is left of two titles without the words that they begin and end with alike."""
    for end in (0, -1):
        while source and target and source[end] == target[end]:
            source.pop(end), target.pop(end)
    return " ".join(source), " ".join(target)


def test_word_questions_swap_one_phrase_for_another():
    products = written_down(200)
    titles = [_plain_title(product) for product in products]
    attributes = ProductAttributes(products)
    seen = set()
    for asked in drawn(_word_triplets(products, held_out=False), 300):
        before, after = unlike(titles[asked.source].split(), titles[asked.target].split())
        assert 1 <= len(before.split()) <= 2
        assert 1 <= len(after.split()) <= 2
        assert after in asked.text
        assert attributes.positives(asked).tolist() == [
            n for n, title in enumerate(titles) if title == titles[asked.target]
        ]
        seen.add((before, after))
    assert {("red", "white"), ("navy blue", "red"), ("men", "women")} <= seen


def test_word_questions_know_the_words_they_swap():
    titles = ("Lee Men Zorpy Jeans", "Lee Men Qwzx Jeans", "Lee Men Slim Jeans", "Lee Men Skinny Jeans")
    products = [Product(f"{n}", title=title) for n, title in enumerate(titles)]
    asked = drawn(_word_triplets(products, held_out=False))
    assert {titles[one.source].split()[2] for one in asked} == {"Slim", "Skinny"}


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Lee Cooper Men Blue Jeans", "men blue jeans"),
        ("Puma Blue Cap", "blue cap"),
        ("Women's red shirt", "women's red shirt"),
        ("Cap", ""),
        ("", ""),
        ("Lee Men T-Shirt, 3/4 sleeve!", "men t-shirt 3/4 sleeve"),
    ],
)
def test_a_plain_title_has_no_brand(title, plain):
    assert _plain_title(Product("1", title=title)) == plain


def test_model_questions_stay_with_the_model():
    products = written_down(200, models=True)
    attributes = ProductAttributes(products)
    for asked in drawn(_model_triplets(products, held_out=False)):
        source, target = products[asked.source], products[asked.target]
        assert source.variant_of == target.variant_of
        assert source.colour != target.colour
        same = [one for one in products if (one.variant_of, one.colour) == (source.variant_of, target.colour)]
        assert [products[place] for place in attributes.positives(asked)] == same


@pytest.mark.parametrize("about", [SUBJECTS, VISIBLE])
def test_differences_are_answered_by_their_target(shop, about):
    products, attributes = shop
    for asked in drawn(_difference_triplets(products, attributes, held_out=False, about=about), 60):
        genders = [attributes.facts[place].get("gender") for place in (asked.source, asked.target)]
        # where only one of them tells its gender, nobody can say that both are for the same people
        if set(asked.wants) & set(DERIVED) and genders[0] != genders[1]:
            continue
        assert asked.target in attributes.positives(asked)
        assert set(asked.wants) <= set(about)


MAKERS: dict[str, Callable[[bool], Draw]] = {
    "colour": lambda held: _colour_triplets(written_down(150), frequent=FREQUENT, held_out=held),
    "words": lambda held: _word_triplets(written_down(150), held_out=held),
    "model": lambda held: _model_triplets(written_down(150, models=True), held_out=held),
    "difference": lambda held: _difference_triplets(designed(200), ProductAttributes(designed(200)), held_out=held),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_held_out_is_never_said_in_training(kind):
    said, held = ({one.text.lower() for one in drawn(MAKERS[kind](kept), 800)} for kept in (False, True))
    assert len(said) > 30
    assert len(held) > 30
    assert not said & held


def test_swaps_that_are_held_out_are_others():
    both = [tuple(swap.format(before="red", after="navy") for swap in swaps) for swaps in (_SWAPS, _HELD_OUT_SWAPS)]
    assert len(set(both[0]) | set(both[1])) == len(_SWAPS) + len(_HELD_OUT_SWAPS)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_seed_draws_the_same(kind):
    assert drawn(MAKERS[kind](False), 30, seed=3) == drawn(MAKERS[kind](False), 30, seed=3)


ALIKE = [Product(f"{number}", title="Lee Men Blue Shirts", category="Shirts", colour="Blue") for number in range(4)]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: _colour_triplets(ALIKE, frequent=["blue"], held_out=False), "one gender and category in two frequent"),
        (lambda: _word_triplets(ALIKE, held_out=False), "no titles that differ in one word"),
        (lambda: _model_triplets(ALIKE, held_out=False), "no models in more than one colour"),
        (lambda: _difference_triplets([], ProductAttributes([]), held_out=False), "no two products of one kind"),
        (
            lambda: _difference_triplets(ALIKE, ProductAttributes(ALIKE), held_out=False)(Random(0)),
            "no two products are near",
        ),
    ],
)
def test_catalogues_of_which_nothing_can_be_asked(make, says):
    with pytest.raises(UsageError, match=says):
        make()


@pytest.mark.parametrize(
    ("text", "says"), [("", False), ("hi there!", False), ("I'd like the same, please", False), ("longer", True)]
)
def test_a_sentence_asks_for_something(text, says):
    assert asks(text) is says
