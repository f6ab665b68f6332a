"""The page's parts in HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from modiste.shop import Hit
from modiste.showroom.markup import ICONS, button, card, cards, empty, made, photo_url, price_of, title_of

HOSTILE = "<script>alert(1)</script> \" ' & قميص"


class Elements(HTMLParser):
    """Tags with their attributes, and the texts between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(str(html))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_a_card_escapes_what_a_shop_wrote():
    read = Elements(card({"id": HOSTILE, "title": HOSTILE, "price": 9.5}, note=HOSTILE))
    assert read.named("script") == []
    (article,) = read.named("article")
    assert article["data-product"] == HOSTILE
    assert read.named("img")[0]["alt"] == HOSTILE
    assert HOSTILE in read.texts
    assert "9.50" in read.texts


@pytest.mark.parametrize(("board", "pressed", "says"), [((), "false", "Put"), (("p1",), "true", "Take")])
def test_a_card_says_whether_it_is_on_the_board(board, pressed, says):
    buttons = Elements(card({"id": "p1", "title": "Red dress"}, board)).named("button")
    (add,) = [one for one in buttons if one["data-act"] == "board"]
    assert add["aria-pressed"] == pressed
    assert add["aria-label"].startswith(f"{says} Red dress")


def test_cards_come_in_order():
    hits = [Hit(f"p{n}", 0.5, {"id": f"p{n}", "title": str(n)}) for n in range(3)]
    assert [one["data-product"] for one in Elements(cards(hits)).named("article")] == ["p0", "p1", "p2"]


@pytest.mark.parametrize(
    ("id", "address"),
    [
        ("p1", "/v1/items/p1/photos/0?size=small"),
        ("a/b c", "/v1/items/a%2Fb%20c/photos/0?size=small"),
        ("..", "/v1/items/../photos/0?size=small"),
    ],
)
def test_a_photos_address(id, address):
    assert photo_url(id) == address


@pytest.mark.parametrize("name", ICONS)
def test_icons_say_nothing(name):
    (drawing,) = Elements(button("", "do", sign=name, says="Do it")).named("svg")
    assert drawing["aria-hidden"] == "true"


def test_a_button_without_words_has_a_label():
    (found,) = Elements(button("", "close", sign="close", says="Close")).named("button")
    assert found["aria-label"] == found["title"] == "Close"
    assert found["type"] == "button"


@pytest.mark.parametrize(
    ("item", "title", "price"),
    [
        ({"id": "p1"}, "p1", ""),
        ({"id": "p1", "title": "", "category": "dress", "price": None}, "dress", ""),
        ({"id": "p1", "title": "Red", "price": 0.0}, "Red", "0.00"),
        ({"id": "p1", "title": "Red", "price": 1234.5}, "Red", "1,234.50"),
    ],
)
def test_what_a_product_is_called_and_costs(item, title, price):
    assert (title_of(item), price_of(item)) == (title, price)


def test_what_a_network_made_is_said():
    assert "Drawn by a network" in made("imagine-photos")
    assert "Partly drawn by a network" in made("tryon-photos", part=True)


def test_nothing_says_what_to_do():
    assert Elements(empty("Nothing here", HOSTILE)).texts == ["Nothing here", HOSTILE]
