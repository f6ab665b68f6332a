"""What is asked, and which products answer."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from modiste.catalog.records import Product
from modiste.colour import RELATIONS
from modiste.errors import UsageError
from modiste.lab.refine.asking import (
    _HELD_SWAPS,
    _SWAPS,
    SPOKEN,
    TOLD,
    Answers,
    Asked,
    Draw,
    colour_requests,
    difference_requests,
    model_requests,
    plain_title,
    word_requests,
)
from modiste.phrases import DERIVED, Request, Want, accepts, asks, facts
from tests.lab.refine.shops import FREQUENT, designed, written_down

SHOPS = {
    "made up": lambda: written_down(90),
    "models": lambda: written_down(90, models=True),
    "silent": lambda: written_down(90, silent=True),
    "boutique": lambda: designed(120),
}


@pytest.fixture(scope="module", params=SHOPS)
def shop(request: pytest.FixtureRequest) -> tuple[list[Product], Answers]:
    products = SHOPS[request.param]()
    return products, Answers(products)


def accepted(asked: Asked, products: list[Product]) -> list[int]:
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
    products, answers = shop
    rng = Random(seed)
    concrete = [name for name in SPOKEN if name not in DERIVED]
    for _ in range(60):
        names = rng.sample(concrete, rng.choice((1, 2))) if rng.random() < 0.8 else [rng.choice(DERIVED)]
        wants = {name: any_want(name, answers.facts, rng) for name in names}
        keeps = rng.choice([None, (), ("category", "gender"), set(TOLD) - set(DERIVED), tuple(SPOKEN)])
        asked = Asked(rng.randrange(len(products)), 0, "", "", wants, keeps)
        assert answers.right(asked).tolist() == accepted(asked, products), asked


def test_answers_of_a_composed_difference_are_those_that_are_accepted(shop):
    products, answers = shop
    for about in (SPOKEN, TOLD):
        draw, rng = difference_requests(products, answers, held_out=False, about=about), Random(1)
        for asked in (draw(rng) for _ in range(40)):
            assert answers.right(asked).tolist() == accepted(asked, products), asked


def test_a_part_answers_as_it_would_alone(shop):
    products, answers = shop
    part, alone = answers.part(20, 60), Answers(products[20:60])
    draw, rng = difference_requests(products[20:60], alone, held_out=False), Random(0)
    for asked in (draw(rng) for _ in range(20)):
        assert part.right(asked).tolist() == alone.right(asked).tolist()


def test_questions_that_allow_the_same_share_a_row():
    products = written_down(40)
    answers = Answers(products)
    red = {"colour": Want("is", ("red",))}
    alike = [place for place, product in enumerate(products) if product.colour == products[0].colour]
    rows = [answers.question(Asked(place, 0, "", "", red, ("gender",)))[2] for place in alike]
    assert len(set(rows)) == 1
    assert answers.allowed[2][rows[0]].sum() == 1


def test_where_nothing_is_said_everything_answers():
    answers = Answers(written_down(30))
    asked = Asked(4, 0, "", "", {}, ())
    assert answers.question(asked) == [0] * answers.codes.shape[1]
    assert answers.right(asked).tolist() == [place for place in range(30) if place != 4]


def drawn(draw: Draw, count: int = 150, seed: int = 0) -> list[Asked]:
    rng = Random(seed)
    return [draw(rng) for _ in range(count)]


def test_colour_questions_stay_with_gender_and_category():
    products = written_down(200)
    answers = Answers(products)
    for asked in drawn(colour_requests(products, frequent=FREQUENT, held_out=False)):
        source, target = products[asked.source], products[asked.target]
        named = facts(target)["colour"]
        same = [one for one in products if (one.gender, one.category, one.colour)
                == (source.gender, source.category, target.colour)]  # fmt: skip
        assert (source.gender, source.category) == (target.gender, target.category)
        assert facts(source)["colour"] != named == asked.wants["colour"].values[0]
        assert [products[place] for place in answers.right(asked)] == same


def test_colour_questions_name_frequent_colours_alone():
    asked = drawn(colour_requests(written_down(200), frequent=("red", "white"), held_out=False))
    assert {one.wants["colour"].values[0] for one in asked} == {"red", "white"}


def test_colour_sentences_say_the_colour():
    products = [Product(f"{n}", category="Shirts", gender="Men", colour=("Red", "Multi", "Black")[n]) for n in range(3)]
    words = {"red": ("red",), "multi": ("colour",), "black": ("black",)}
    for held_out in (False, True):
        for asked in drawn(colour_requests(products, frequent=("red", "multi", "black"), held_out=held_out)):
            assert any(word in asked.text for word in words[asked.wants["colour"].values[0]]), asked


def test_two_spellings_are_one_colour():
    """And what nobody can read is none."""
    paints = ("Grey", "gray", "Red", "红")
    products = [Product(f"{n}", category="Shirts", gender="Men", colour=paint) for n, paint in enumerate(paints)]
    asked = drawn(colour_requests(products, frequent=[paint.lower() for paint in paints], held_out=False))
    assert {frozenset((one.source, one.target)) for one in asked} == {frozenset((0, 2)), frozenset((1, 2))}


def unlike(source: list[str], target: list[str]) -> tuple[str, str]:
    """What is left of two titles without the words that they begin and end with alike."""
    for end in (0, -1):
        while source and target and source[end] == target[end]:
            source.pop(end), target.pop(end)
    return " ".join(source), " ".join(target)


def test_word_questions_swap_one_phrase_for_another():
    products = written_down(200)
    titles = [plain_title(product) for product in products]
    answers = Answers(products)
    seen = set()
    for asked in drawn(word_requests(products, held_out=False), 300):
        before, after = unlike(titles[asked.source].split(), titles[asked.target].split())
        assert 1 <= len(before.split()) <= 2
        assert 1 <= len(after.split()) <= 2
        assert after in asked.text
        assert answers.right(asked).tolist() == [n for n, title in enumerate(titles) if title == titles[asked.target]]
        seen.add((before, after))
    assert {("red", "white"), ("navy blue", "red"), ("men", "women")} <= seen


def test_word_questions_know_the_words_they_swap():
    titles = ("Lee Men Zorpy Jeans", "Lee Men Qwzx Jeans", "Lee Men Slim Jeans", "Lee Men Skinny Jeans")
    products = [Product(f"{n}", title=title) for n, title in enumerate(titles)]
    asked = drawn(word_requests(products, held_out=False))
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
    assert plain_title(Product("1", title=title)) == plain


def test_model_questions_stay_with_the_model():
    products = written_down(200, models=True)
    answers = Answers(products)
    for asked in drawn(model_requests(products, held_out=False)):
        source, target = products[asked.source], products[asked.target]
        assert source.variant_of == target.variant_of
        assert source.colour != target.colour
        same = [one for one in products if (one.variant_of, one.colour) == (source.variant_of, target.colour)]
        assert [products[place] for place in answers.right(asked)] == same


@pytest.mark.parametrize("about", [SPOKEN, TOLD])
def test_differences_are_answered_by_their_target(shop, about):
    products, answers = shop
    for asked in drawn(difference_requests(products, answers, held_out=False, about=about), 60):
        genders = [answers.facts[place].get("gender") for place in (asked.source, asked.target)]
        # where only one of them tells its gender, nobody can say that both are for the same people
        if set(asked.wants) & set(DERIVED) and genders[0] != genders[1]:
            continue
        assert asked.target in answers.right(asked)
        assert set(asked.wants) <= set(about)


MAKERS: dict[str, Callable[[bool], Draw]] = {
    "colour": lambda held: colour_requests(written_down(150), frequent=FREQUENT, held_out=held),
    "words": lambda held: word_requests(written_down(150), held_out=held),
    "model": lambda held: model_requests(written_down(150, models=True), held_out=held),
    "difference": lambda held: difference_requests(designed(200), Answers(designed(200)), held_out=held),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_held_out_is_never_said_in_training(kind):
    said, held = ({one.text.lower() for one in drawn(MAKERS[kind](kept), 800)} for kept in (False, True))
    assert len(said) > 30
    assert len(held) > 30
    assert not said & held


def test_swaps_that_are_held_out_are_others():
    both = [tuple(swap.format(before="red", after="navy") for swap in swaps) for swaps in (_SWAPS, _HELD_SWAPS)]
    assert len(set(both[0]) | set(both[1])) == len(_SWAPS) + len(_HELD_SWAPS)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_seed_draws_the_same(kind):
    assert drawn(MAKERS[kind](False), 30, seed=3) == drawn(MAKERS[kind](False), 30, seed=3)


ALIKE = [Product(f"{number}", title="Lee Men Blue Shirts", category="Shirts", colour="Blue") for number in range(4)]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: colour_requests(ALIKE, frequent=["blue"], held_out=False), "one gender and category in two frequent"),
        (lambda: word_requests(ALIKE, held_out=False), "no titles that differ in one word"),
        (lambda: model_requests(ALIKE, held_out=False), "no models in more than one colour"),
        (lambda: difference_requests([], Answers([]), held_out=False), "no two products of one kind"),
        (lambda: difference_requests(ALIKE, Answers(ALIKE), held_out=False)(Random(0)), "no two products are near"),
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
