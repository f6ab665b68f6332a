"""CSA-Net at work."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from modiste.backgrounds import even_background
from modiste.catalog.categories import OUTFIT_CATEGORIES, outfit_category
from modiste.complete import load_completer
from modiste.complete.lookup import MaskTable, fold, unfold
from modiste.complete.model import Backbone, CSANet, CSANetConfig, Outfits
from modiste.complete.pipeline import CHUNK, Completer, load_network
from modiste.encoders.pipeline import TrainedEncoder, encoder_of
from modiste.errors import UsageError
from modiste.lab.complete.data import photo_chunks
from modiste.lab.datasets import read
from modiste.weights import find, save
from tests.lab.complete.conftest import saved
from tests.refine.networks import stirred

CONFIG = CSANetConfig(dim=16, hidden=0)
OWN = ("Sofa", "handbag", "boots")


@pytest.fixture(scope="module")
def folders(tmp_path_factory, encoder):
    """Where weights of a network with some settings are, by a name."""
    width = Backbone(encoder).width

    def folder(name, config=CONFIG, **record):
        torch.manual_seed(0)
        place = tmp_path_factory.getbasetemp() / f"complete-{name}"
        return str(saved(place, stirred(CSANet(width, config), by=0.1), **record).folder)

    return folder


@pytest.fixture(scope="module")
def completer(folders):
    return Completer(folders("ours"), threads=1)


@pytest.fixture(scope="module")
def products(boutique):
    return read(boutique).products[:60]


@pytest.fixture(scope="module")
def photos(products):
    return np.concatenate(list(photo_chunks([product.images[0] for product in products])))


@pytest.fixture(scope="module")
def gallery(completer, photos):
    return completer.gallery(photos[:12])


def by_torch(completer, photos):
    """Vectors without the graph, and not folded."""
    network, backbone = load_network(completer.weights), Backbone(encoder_of(completer.weights)).eval()
    with torch.inference_mode():
        return network.trunk(backbone(torch.from_numpy(even_background(photos)))).numpy()


@torch.inference_mode()
def scores(completer, vectors, categories, want, candidates):
    network = load_network(completer.weights)
    numbers = torch.tensor([[completer.categories.index(category) for category in categories]])
    asked = Outfits(
        torch.from_numpy(vectors)[None],
        numbers,
        torch.ones(numbers.shape),
        torch.tensor([completer.categories.index(want)]),
    )
    return network.scores(asked, torch.from_numpy(candidates)[None])[0].numpy()


def test_gallery_is_that_of_the_network(completer, photos, gallery):
    assert gallery.shape == (12, completer.dim) == (12, 33)
    assert gallery.dtype == np.float32
    assert np.abs(gallery - fold(by_torch(completer, photos[:12]))).max() < 1e-3
    assert np.allclose(np.linalg.norm(gallery, axis=1), 1, atol=1e-5)


def test_vectors_hardly_depend_on_what_else_is_asked(completer, photos, gallery):
    """But for rounding, which turns a pixel of a backdrop now and then."""
    assert len(photos) > CHUNK + 2
    many = completer.gallery(photos)
    assert np.abs(many[:12] - gallery).max() < 0.02
    assert np.abs(many[CHUNK + 1] - completer.gallery(photos[CHUNK + 1 : CHUNK + 2])[0]).max() < 0.02


def test_nothing_gives_nothing(completer, photos):
    assert completer.gallery(photos[:0]).shape == (0, completer.dim)


def test_photos_are_left_as_they_were(completer, photos):
    before = photos[:2].copy()
    completer.gallery(photos[:2])
    assert np.array_equal(photos[:2], before)


@pytest.mark.parametrize("want", ["shoes", "tops"])
@pytest.mark.parametrize("items", [1, 4])
@pytest.mark.parametrize(
    "config",
    [CONFIG, replace(CONFIG, attention=False), replace(CONFIG, residual=False, attention=False)],
    ids=["ours", "no attention", "published"],
)
def test_a_query_scores_as_the_network_does(folders, gallery, config, items, want):
    completer = Completer(folders(f"of-{config.attention}-{config.residual}", config))
    worn, candidates = gallery[:items], gallery[4:]
    categories = ["tops", "bottoms", "outerwear", "bags"][:items]
    expected = scores(completer, unfold(worn), categories, want, unfold(candidates))
    asked = completer.query(worn, categories, want)
    assert np.abs(asked.scores(candidates) - expected).max() < 1e-4
    assert np.linalg.norm(asked.vector) == pytest.approx(1, abs=1e-5)
    shares = completer.contributions(worn, categories, want, candidates)
    assert shares.shape == (8, items)
    assert np.abs(shares.sum(1) - expected).max() < 1e-4


@pytest.mark.parametrize(
    ("categories", "want", "says"),
    [
        (["tops"], "shoe", 'no category "shoe"; nearest: shoes'),
        (["topps"], "shoes", 'no category "topps"; nearest: tops'),
    ],
)
def test_categories_that_it_does_not_know(completer, gallery, categories, want, says):
    for ask in (completer.query, lambda *given: completer.contributions(*given, gallery)):
        with pytest.raises(UsageError, match=says):
            ask(gallery[:1], categories, want)
    with pytest.raises(UsageError, match=r'no category "topps"; nearest: tops'):
        completer.missing(["shoes", "topps"])


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        replace(CONFIG, residual=False),
        replace(CONFIG, attention=False),
        replace(CONFIG, categories=OWN, subspaces=2, table=5),
    ],
    ids=["ours", "mixture", "no attention", "own categories"],
)
def test_masks_without_torch_are_those_of_the_network(folders, config):
    weights = find(folders(f"masks-{config.residual}-{config.attention}-{len(config.categories)}", config))
    table, network, count = MaskTable(weights), load_network(weights), len(config.categories)
    random = np.random.default_rng(0)
    vectors = random.normal(size=(5, 16)).astype(np.float32)
    categories = random.integers(0, count, 5)
    with torch.inference_mode():
        pairs = torch.meshgrid(torch.arange(count), torch.arange(count), indexing="ij")
        assert np.abs(table.table - network.masks(*pairs).numpy()).max() < 1e-5
        for wanted in range(count):
            asked = Outfits(
                torch.from_numpy(vectors)[None],
                torch.from_numpy(categories)[None],
                torch.ones(1, 5),
                torch.tensor([wanted]),
            )
            shares = table.item_weights(vectors, categories, wanted)
            assert np.abs(shares - network.item_weights(asked)[0].numpy()).max() < 1e-5
            assert shares.sum() == pytest.approx(1, abs=1e-5)


def test_it_says_what_it_is(completer, folders):
    assert completer.name == str(completer.weights.folder)
    assert len(completer.revision) == 8
    assert completer.size == (128, 96)
    assert completer.dim == 33
    assert completer.categories == OUTFIT_CATEGORIES
    assert len(completer.preprocessing) == 8
    assert completer.preprocessing != TrainedEncoder.preprocessing, "backgrounds are made even besides"
    assert Completer(folders("own", replace(CONFIG, categories=OWN))).categories == OWN


@pytest.mark.parametrize(
    ("label", "published", "own"),
    [
        ("Casual Shoes", "shoes", None),
        ("handbag", "bags", "handbag"),
        (" HANDBAG ", "bags", "handbag"),
        ("boots", "shoes", "boots"),
        ("sofa", None, "Sofa"),
        ("Perfume and Body Mist", None, None),
        ("", None, None),
    ],
)
def test_category_of_a_shops_label(completer, folders, label, published, own):
    assert completer.category_of(label) == published
    assert Completer(folders("own", replace(CONFIG, categories=OWN))).category_of(label) == own


def test_predicts_what_is_on_a_photo(completer, products, photos):
    predicted = completer.predict(photos)
    told = [outfit_category(product.category) for product in products]
    assert set(predicted) <= set(OUTFIT_CATEGORIES)
    assert np.mean([one == other for one, other in zip(predicted, told, strict=True)]) > 0.8
    assert completer.predict(photos[:0]) == []


def test_predicts_among_its_own_categories_what_the_encoder_knows(folders, products, photos):
    """The encoder has never seen a sofa; boots and handbags it has."""
    own = Completer(folders("own", replace(CONFIG, categories=OWN)))
    predicted = own.predict(photos)
    assert set(predicted) == {"handbag", "boots"}
    for product, category in zip(products, predicted, strict=True):
        if product.category in OWN:
            assert product.category == category


def test_what_the_encoder_has_never_seen_it_cannot_tell(folders, photos):
    other = Completer(folders("rooms", replace(CONFIG, categories=("sofa", "lamp"))))
    with pytest.raises(UsageError, match=r"no category of .*complete-rooms can be told from a photo; give the product"):
        other.predict(photos[:1])


WORN = [
    *(["tops", "bottoms", "shoes"] for _ in range(50)),
    *(["tops", "bottoms", "shoes", "bags"] for _ in range(10)),
    *(["all-body", "shoes", "bags"] for _ in range(35)),
    *(["all-body", "shoes"] for _ in range(5)),
]
"""A hundred outfits; nobody wears trousers under a dress, and bags go with dresses."""


@pytest.fixture(scope="module")
def counting(folders):
    has = np.array([[category in outfit for category in OUTFIT_CATEGORIES] for outfit in WORN], np.int64)
    return Completer(folders("counting", missing={"outfits": len(WORN), "both": (has.T @ has).tolist()}))


@pytest.mark.parametrize(
    ("categories", "first", "likely", "unlikely"),
    [
        (["tops"], ["shoes", "bottoms"], {"shoes", "bottoms"}, {"all-body", "hats"}),
        (["all-body"], ["shoes", "bags"], {"shoes", "bags"}, {"tops", "bottoms"}),
        (["tops", "bottoms"], ["shoes"], {"shoes"}, {"all-body"}),
        (["bags"], ["shoes", "all-body"], {"all-body"}, {"hats"}),
        (["all-body", "shoes", "bags"], [], set(), set(OUTFIT_CATEGORIES) - {"all-body", "shoes", "bags"}),
        ([], ["shoes"], {"shoes", "bottoms"}, {"hats", "scarves"}),
    ],
)
def test_what_an_outfit_lacks(counting, categories, first, likely, unlikely):
    found = counting.missing(categories)
    names, chances = [name for name, _ in found], dict(found)
    assert names[: len(first)] == first
    assert set(names) == set(OUTFIT_CATEGORIES) - set(categories)
    assert list(chances.values()) == sorted(chances.values(), reverse=True)
    assert all(0 < chance < 1 for chance in chances.values())
    assert all(chances[name] > 0.5 for name in likely)
    assert all(chances[name] < 0.2 for name in unlikely)


@pytest.mark.parametrize("given", ["tops", "all-body", "bags", "shoes"])
def test_beside_one_category_others_are_as_likely_as_they_were(counting, given):
    having = [outfit for outfit in WORN if given in outfit]
    for name, chance in counting.missing([given]):
        assert chance == pytest.approx(np.mean([name in outfit for outfit in having]), abs=0.06)


def test_what_is_there_twice_lacks_the_same(counting):
    assert counting.missing(["tops", "tops"]) == counting.missing(["tops"])
    assert counting.missing(["shoes", "tops"]) == counting.missing(["tops", "shoes"])


def test_weights_come_back_as_they_were(completer):
    network = load_network(completer.weights)
    assert not network.training
    assert network.config == CONFIG
    for name, tensor in completer.weights.tensors().items():
        assert np.array_equal(network.state_dict()[name].numpy(), tensor), name


def test_weights_of_a_run_are_at_work(run, photos):
    completer = Completer(str(run))
    vectors = completer.gallery(photos[:4])
    assert vectors.shape == (4, completer.dim)
    assert np.abs(vectors - fold(by_torch(completer, photos[:4]))).max() < 1e-3
    assert completer.missing(["tops", "bottoms"])[0][0] == "shoes", "the boutique's outfits have some"


@pytest.mark.parametrize("name", ["encoder-boutique", "refine-boutique"])
def test_weights_of_another_system_are_refused(name):
    system = name.split("-")[0]
    with pytest.raises(UsageError, match=rf"{name} does not complete, it is for {system}; .*: modiste models"):
        Completer(name)


@pytest.mark.parametrize("ask", [Completer.gallery, Completer.predict], ids=["gallery", "predict"])
@pytest.mark.parametrize(
    ("trained", "says"),
    [
        ({"name": "encoder-boutique", "revision": "00000000"}, "@00000000, this is @.*modiste train complete"),
        ({"name": "encoder-of-mine", "revision": "00000000"}, 'no weights "encoder-of-mine"'),
    ],
    ids=["changed", "gone"],
)
def test_an_encoder_that_is_no_longer_what_it_was_is_refused(folders, photos, ask, trained, says):
    unlike = replace(CONFIG, subspaces=3)  # other tensors, whose graph no test has left in the cache
    other = Completer(folders(f"on-{trained['name']}", unlike, encoder=trained))
    with pytest.raises(UsageError, match=says):
        ask(other, photos[:1])


def test_weights_that_lack_a_tensor_are_refused(folders):
    place = find(folders("lacking"))
    tensors = place.tensors()
    del tensors["voice.weight"]
    save(place.folder, tensors, place.config)
    with pytest.raises(RuntimeError, match=r"Missing key.*voice\.weight"):
        load_network(place)


@pytest.mark.parametrize(
    ("name", "encoder", "loaded"),
    [
        (None, "", "complete-photos"),
        (None, "encoder-photos", "complete-photos"),
        (None, "encoder-boutique", "complete-boutique"),
        ("runs/mine", "encoder-boutique", "runs/mine"),
    ],
)
def test_weights_that_suit_a_shop(monkeypatch, name, encoder, loaded):
    monkeypatch.setattr("modiste.complete.pipeline.Completer", lambda name: name)
    assert load_completer(name, encoder=encoder) == loaded
