"""What a link says of the page."""

from __future__ import annotations

from dataclasses import fields

import pytest
from starlette.datastructures import QueryParams

from modiste.shop.contract import MAX_ITEMS, MAX_TEXT, MAX_TURNS
from modiste.showroom.session import State

FULL = State(
    room="outfit",
    q="été à Paris",
    like="a/b c",
    category="Hand bags",
    gender="Women",
    colour="navy & white",
    under="50",
    open="x?y=z",
    source="p1",
    say=("in navy", "with long sleeves", "in navy"),
    board=("p1", "قميص", "👗"),
    want="all",
    person="model-3",
    words="women's black pants",
    seed=7,
)


def read(link: str) -> State:
    return State.of(QueryParams(link.partition("?")[2]))


@pytest.mark.parametrize("state", [State(), FULL, State(room="imagine", words="a=b&c=d#e")])
def test_a_link_brings_everything_back(state):
    assert read(state.link()) == state


def test_the_full_state_above_is_full():
    assert all(getattr(FULL, field.name) != field.default for field in fields(State))


def test_the_link_of_nothing_is_the_root():
    assert State().link() == "/"


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ("room=cellar", State()),
        ("seed=-1&under=cheap&nonsense=1", State()),
        ("seed=99999999999&under=1e3", State()),
        ("seed=４", State()),
        ("board=a&board=b&board=a&board=", State(board=("a", "b"))),
        ("q=%00red%0A%1Bdress%E2%80%AE", State(q="reddress")),
        ("q=" + "x" * 2000, State(q="x" * MAX_TEXT)),
    ],
)
def test_what_makes_no_sense_is_left_out(query, state):
    assert State.of(QueryParams(query)) == state


def test_a_link_asks_for_no_more_than_the_shop_answers():
    state = State.of(QueryParams([("say", "in navy")] * 99 + [("board", f"p{n}") for n in range(99)]))
    assert (len(state.say), len(state.board)) == (MAX_TURNS, MAX_ITEMS)


def test_filters_in_sql():
    assert State().where() == ""
    some = State(category='women\'s "tops"', colour="navy", under="80")
    assert some.where() == "category = 'women''s \"tops\"' AND colour = 'navy' AND price <= 80"
