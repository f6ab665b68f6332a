"""Try-on over HTTP: pictures at once and later, as a job or as a stream of events."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
import socket
import threading

import httpx
import numpy as np
import pytest
from PIL import Image

from modiste.catalog.categories import REGIONS, tryon_region
from modiste.errors import UsageError
from modiste.server import Settings, create_app
from modiste.server.routes import tryon
from tests.fakes import COLOURS
from tests.server.conftest import serving, until
from tests.server.fittings import PATIENCE, FakeFitting, colour_of
from tests.tryon.figures import PAINTS, person, photo

STREAM = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def me(tmp_path_factory):
    """Somebody's photo."""
    return photo(tmp_path_factory.mktemp("people") / "me.png", person(), (240, 320)).read_bytes()


@pytest.fixture
def asked(monkeypatch):
    """What was asked to be fitted; the next fittings, red and then blue, lie in `asked.next`."""

    class Asked(list):
        next: list[FakeFitting]

    asked = Asked()
    asked.next = []

    def fit_on(request):
        options = {name: getattr(request, name) for name in ("weights", "refine_steps", "anyway", "known")}
        asked.append((request.person, dict(request.garments), options))
        return asked.next.pop(0) if asked.next else FakeFitting()

    monkeypatch.setattr("modiste.tryon.pipeline.fit_on", fit_on)
    return asked


@pytest.fixture
def held(asked):
    """The next fitting, which takes the steps that it is allowed."""
    fitting = FakeFitting(held=True, notes=("2 people are on the photo",))
    asked.next.append(fitting)
    yield fitting
    fitting.allow(1000)


def post(client, me, items="red-t-shirt", steps=3, headers=None, **garments):
    files = {"person": ("me.png", me, "image/png")}
    files |= {f"garment_{region}": (f"{region}.png", data, "image/png") for region, data in garments.items()}
    return client.post("/v1/try-on", files=files, data={"items": items, "refine_steps": steps}, headers=headers)


def events(lines):
    """Server-sent events of a stream's lines: name and data of each, nothing for comments."""
    name, data = None, []
    for line in lines:
        if not line:
            if data:
                yield name, json.loads("\n".join(data))
            name, data = None, []
        elif line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data.append(line.removeprefix("data: "))
        else:
            assert line.startswith(":"), line


def test_the_feed_forward_picture_is_there_at_once_and_the_refined_one_later(client, me, held):
    answer = post(client, me, steps=3)
    assert answer.status_code == 202
    job = answer.json()
    place = f"/v1/jobs/{job['id']}"
    assert answer.headers["Location"] == place
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert job["id"].startswith("here-")
    assert job["state"] in ("waiting", "running")
    assert (job["steps"], job["of"], job["gain"], job["detail"]) == (0, 3, None, None)
    assert (job["notes"], job["made_by"]) == (["2 people are on the photo"], "tryon-photos")
    pictures = {
        "feed_forward": f"{place}/pictures/feed_forward",
        "refined": None,
        "changed": f"{place}/pictures/changed",
    }
    assert job["pictures"] == pictures
    first = client.get(pictures["feed_forward"])
    assert (first.status_code, first.headers["Content-Type"]) == (200, "image/png")
    assert first.headers["Cache-Control"] == "private, no-store"
    assert colour_of(first.content) == COLOURS["red"]
    early = client.get(f"{place}/pictures/refined")
    assert early.status_code == 404
    assert "the refined picture isn't there yet, the job is" in early.json()["detail"]
    held.allow(2)
    until(lambda: client.get(place).json()["steps"] == 2)
    held.allow(1)
    until(lambda: client.get(place).json()["state"] == "done")
    job = client.get(place).json()
    assert (job["steps"], job["gain"]) == (3, 0.25)
    assert job["pictures"]["refined"] == f"{place}/pictures/refined"
    refined = client.get(job["pictures"]["refined"]).content
    assert colour_of(refined) == COLOURS["blue"]
    assert "tryon-photos" in Image.open(io.BytesIO(refined)).info["Source"]
    assert Image.open(io.BytesIO(client.get(pictures["changed"]).content)).mode == "L"


def test_without_steps_a_job_is_done_at_once(client, me, asked):
    answer = post(client, me, steps=0)
    assert answer.status_code == 202
    job = answer.json()
    assert (job["state"], job["steps"], job["of"], job["pictures"]["refined"]) == ("done", 0, 0, None)
    missing = client.get(f"/v1/jobs/{job['id']}/pictures/refined")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "no refinement was asked for; give refine_steps for one"


@pytest.mark.parametrize(
    ("items", "worn"),
    [
        ("red-t-shirt", {"top": "red-t-shirt"}),
        ("red-t-shirt,blue-jeans", {"top": "red-t-shirt", "bottom": "blue-jeans"}),
        (["red-t-shirt, blue-jeans", "black-sneakers"],
         {"top": "red-t-shirt", "bottom": "blue-jeans", "shoes": "black-sneakers"}),
        (["red-t-shirt", "red-t-shirt", ""], {"top": "red-t-shirt"}),
    ],
    ids=str,
)  # fmt: skip
def test_items_are_named_one_by_one_or_together(items, worn, client, me, asked):
    assert post(client, me, items).status_code == 202
    ((who, garments, options),) = asked
    assert who == me
    assert {region: file.stem for region, file in garments.items()} == worn
    assert options == {"weights": "tryon-photos", "refine_steps": 3, "anyway": False, "known": frozenset(worn)}


def test_photos_of_garments_go_with_items_or_alone(client, me, asked):
    assert post(client, me, "blue-jeans", top=me, hat=me).status_code == 202
    assert post(client, me, (), top=me).status_code == 202
    first, second = (garments for _, garments, _ in asked)
    assert {region: isinstance(one, bytes) for region, one in first.items()} == {
        "bottom": False,
        "top": True,
        "hat": True,
    }
    assert second == {"top": me}


def test_what_is_refused_can_be_tried_anyway_and_categories_are_believed_of_items_alone(client, me, asked):
    files = {"person": ("me.png", me, "image/png"), "garment_top": ("top.png", me, "image/png")}
    form = {"items": "blue-jeans", "refine_steps": 0, "anyway": "true"}
    assert client.post("/v1/try-on", files=files, data=form).status_code == 202
    ((_, _, options),) = asked
    assert (options["anyway"], options["known"]) == (True, {"bottom"})


def test_a_file_field_that_was_left_empty_is_none(client, me, asked):
    files = {"person": ("me.png", me, "image/png"), "garment_hat": ("", b"", "application/octet-stream")}
    assert client.post("/v1/try-on", files=files, data={"items": "red-t-shirt"}).status_code == 202
    assert [list(garments) for _, garments, _ in asked] == [["top"]]


def test_30_steps_are_taken_unless_it_is_said(client, me, held):
    files = {"person": ("me.png", me, "image/png")}
    job = client.post("/v1/try-on", files=files, data={"items": "red-t-shirt"}).json()
    assert job["of"] == 30
    client.delete(f"/v1/jobs/{job['id']}")


def landscape():
    file = io.BytesIO()
    Image.new("RGB", (240, 320), PAINTS["background"]).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("form", "uploads", "status", "says"),
    [
        ({"items": "red-tshirt"}, {}, 422, 'no product "red-tshirt" in this shop; nearest: red-t-shirt'),
        ({"items": "red-t-shirt,blue-t-shirt"}, {}, 422, '"red-t-shirt" and "blue-t-shirt" are both tried on as top'),
        ({}, {}, 422, "there is nothing to try on; give `items`, the ids of products, or a photo of a garment"),
        ({"items": " , "}, {}, 422, "there is nothing to try on"),
        ({"items": "red-t-shirt"}, {"person": landscape()}, 422, "no person was found on the photo; give one that"),
        ({"items": "red-t-shirt"}, {"person": b"hello"}, 422, "is not an image that can be read"),
        ({"items": "red-t-shirt"}, {"person": b""}, 422, "is empty"),
        ({"items": "red-t-shirt"}, {"person": None}, 422, "body.person: field required"),
        ({"items": "red-t-shirt"}, {"garment_top": b"x"}, 422, "top.png is not an image that can be read"),
        ({"items": "red-t-shirt"}, {"garment_top": landscape()}, 422,
         "one of the items is worn as top, and so is `garment_top`; leave one of them out"),
        ({"items": "red-t-shirt"}, {"garment_dress": landscape()}, 422, "a dress takes the place of top; name one"),
        ({"items": "red-t-shirt"}, {"garment_shirt": landscape()}, 422, 'no field "garment_shirt"; there are'),
        ({"items": "red-t-shirt", "steps": "3"}, {}, 422, 'no field "steps"; there are person, items'),
        ({"items": "red-t-shirt", "refine_steps": "-1"}, {}, 422, "body.refine_steps: input should be greater than"),
        ({"items": "red-t-shirt", "refine_steps": "201"}, {}, 422, "input should be less than or equal to 200"),
        ({"items": "red-t-shirt", "refine_steps": "many"}, {}, 422, "refine_steps: input should be a valid integer"),
    ],
    ids=range(16),
)  # fmt: skip
def test_what_can_not_be_done_is_a_problem_before_there_is_a_job(form, uploads, status, says, client, me, service):
    photos = {"person": me} | uploads
    files = {
        name: (f"{name.removeprefix('garment_')}.png", data, "image/png")
        for name, data in photos.items()
        if data is not None
    }
    for headers in (None, STREAM):
        answer = client.post("/v1/try-on", files=files or {"x": b""}, data=form, headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
        assert says in answer.json()["detail"]
    assert service.jobs._jobs == {}


def test_a_file_of_another_kind_is_a_problem(client, asked):
    answer = client.post("/v1/try-on", files={"person": ("me.txt", b"me", "text/plain")}, data={"items": "red-t-shirt"})
    assert answer.status_code == 415
    assert "me.txt is sent as text/plain; send a JPEG, PNG or WebP file" in answer.json()["detail"]
    assert asked == []


def test_when_too_many_wait_the_photo_is_not_even_looked_at(shop, me, asked):
    with serving(create_app(shop, Settings(jobs=1))) as address, httpx.Client(base_url=address) as client:
        fittings = [FakeFitting(held=True) for _ in range(2)]
        asked.next += fittings
        for _ in fittings:
            assert post(client, me).status_code == 202
        answer = post(client, me)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")
        assert (
            "that wait to be refined is full (1); ask again in a while, or with refine_steps 0"
            in answer.json()["detail"]
        )
        assert len(asked) == 2
        assert post(client, me, steps=0).json()["state"] == "done"
        for fitting in fittings:
            fitting.allow(3)


def test_a_job_that_is_deleted_is_stopped_and_gone(client, me, held, service):
    job = post(client, me, steps=30).json()
    held.allow(1)
    place = f"/v1/jobs/{job['id']}"
    until(lambda: client.get(place).json()["steps"] == 1)
    assert client.delete(place).status_code == 204
    for gone in (client.get(place), client.get(f"{place}/pictures/feed_forward"), client.delete(place)):
        assert gone.status_code == 404
        assert f'no job "{job["id"]}" here; a finished one is kept for 15 minutes' in gone.json()["detail"]
    held.allow(30)
    until(lambda: not service.jobs._running)
    assert held.steps == 2


@pytest.mark.parametrize("path", ["", "/pictures/feed_forward"])
def test_a_job_of_another_replica_is_elsewhere(path, client):
    answer = client.get(f"/v1/jobs/there-0011{path}")
    assert answer.status_code == 404
    assert 'is in the replica "there", and this is "here"; send the request there' in answer.json()["detail"]


def test_there_are_three_pictures(client, me, asked):
    job = post(client, me, steps=0).json()
    answer = client.get(f"/v1/jobs/{job['id']}/pictures/before")
    assert answer.status_code == 422
    assert "path.name: input should be 'feed_forward', 'refined' or 'changed'" in answer.json()["detail"]


def test_a_refinement_that_fails_says_what_to_do(client, me, asked):
    asked.next += [FakeFitting(fails=RuntimeError("secret")), FakeFitting(fails=UsageError("too small; enlarge it"))]
    said = []
    for _ in range(2):
        place = post(client, me).headers["Location"]
        until(lambda place=place: client.get(place).json()["state"] == "failed")
        job = client.get(place).json()
        said.append(job["detail"])
        assert job["pictures"]["refined"] is None
        assert colour_of(client.get(job["pictures"]["feed_forward"]).content) == COLOURS["red"]
        missing = client.get(f"{place}/pictures/refined").json()["detail"]
        assert missing == "the refinement failed, so there is no picture of it; the feed-forward one is there"
    assert "the feed-forward picture is still there. Ask again, or with refine_steps 0" in said[0]
    assert "secret" not in said[0]
    assert said[1] == "too small; enlarge it"


def test_one_stream_tells_everything(client, me, asked):
    asked.next.append(FakeFitting(notes=("größer",)))
    answer = post(client, me, steps=5, headers=STREAM)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.text.endswith("\n\n")
    told = list(events(answer.text.split("\n")))
    names = [name for name, _ in told]
    assert names[0] == "feed_forward"
    assert names[-2:] == ["refined", "done"]
    assert set(names[1:-2]) == {"progress"}
    steps = [data["steps"] for name, data in told if name == "progress"]
    assert steps == sorted(set(steps))
    assert steps[-1] == 5
    for name, colour in (("feed_forward", "red"), ("refined", "blue")):
        data = dict(told)[name]
        assert data["picture"].startswith("data:image/png;base64,")
        assert colour_of(base64.b64decode(data["picture"].partition(",")[2])) == COLOURS[colour]
    last = told[-1][1]
    assert (last["state"], last["gain"], last["notes"]) == ("done", 0.25, ["größer"])
    assert "picture" not in last
    assert client.get(answer.headers["Location"]).json() == last


def test_a_stream_without_refinement_ends_after_the_first_picture(client, me, asked):
    told = list(events(post(client, me, steps=0, headers=STREAM).text.split("\n")))
    assert [name for name, _ in told] == ["feed_forward", "done"]


def test_a_stream_tells_of_a_failure(client, me, asked):
    asked.next.append(FakeFitting(fails=UsageError("too small; enlarge it")))
    told = list(events(post(client, me, headers=STREAM).text.split("\n")))
    assert [name for name, _ in told] in (["feed_forward", "progress", "failed"], ["feed_forward", "failed"])
    assert told[-1][1]["detail"] == "too small; enlarge it"


def listening(address, me, steps=30):
    """A stream that is open, and its lines as they come."""
    files, form = {"person": ("me.png", me, "image/png")}, {"items": "red-t-shirt", "refine_steps": steps}
    return httpx.stream("POST", f"{address}/v1/try-on", files=files, data=form, headers=STREAM, timeout=PATIENCE)


def test_events_come_as_things_happen(live, me, held, monkeypatch):
    monkeypatch.setattr(tryon, "KEEP_ALIVE", 0.05)
    with listening(live, me, 2) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: feed_forward"
        assert json.loads(next(lines).removeprefix("data: "))["state"] in ("waiting", "running")
        assert next(lines) == ""
        while (line := next(lines)) != ": still here":
            assert line == ""
        told = events(lines)
        held.allow(1)
        assert next(told) == ("progress", {"state": "running", "steps": 1, "of": 2})
        held.allow(1)
        assert [name for name, _ in told] == ["progress", "refined", "done"]


def test_whoever_hangs_up_cancels(live, me, held, service):
    with listening(live, me) as answer:
        told = events(answer.iter_lines())
        id = next(told)[1]["id"]
        held.allow(1)
        assert next(told)[0] == "progress"
    job = service.jobs.get(id)
    until(lambda: job.stopped)
    held.allow(30)
    until(lambda: job.over)
    assert (job.state, held.steps) == ("cancelled", 2)
    assert job.listeners == set()


def test_whoever_is_gone_before_the_first_event_cancels_too(client, service):
    fitting = FakeFitting(held=True)
    job = service.jobs.start(fitting, 30, by="fake-tryon")

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        pass

    async def answer():
        await tryon._JobStream(service, job)({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)

    asyncio.run(answer())
    assert job.stopped
    fitting.allow(1)
    until(lambda: job.over)
    assert job.state == "cancelled"


def test_a_stream_hears_that_somebody_else_has_cancelled(live, me, held):
    with listening(live, me) as answer:
        told = events(answer.iter_lines())
        id = next(told)[1]["id"]
        assert httpx.delete(f"{live}/v1/jobs/{id}").status_code == 204
        held.allow(1)
        assert [name for name, _ in told][-1] == "cancelled"


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["job", "stream"])
def test_whoever_hangs_up_while_the_first_picture_is_drawn_leaves_no_work(headers, app, live, me, monkeypatch, service):
    drawing, go_on, fitting = threading.Event(), threading.Event(), FakeFitting(held=True)

    def fit_on(*_, **__):
        drawing.set()
        assert go_on.wait(PATIENCE)
        return fitting

    monkeypatch.setattr("modiste.tryon.pipeline.fit_on", fit_on)
    files, form = {"person": ("me.png", me, "image/png")}, {"items": "red-t-shirt"}
    request = httpx.Request("POST", f"{live}/v1/try-on", files=files, data=form, headers=headers)
    host, port = live.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        connection.sendall(f"POST /v1/try-on HTTP/1.1\r\n{head}\r\n".encode() + request.read())
        assert drawing.wait(PATIENCE)
        assert httpx.get(f"{live}/healthz").status_code == 200  # others are answered meanwhile
    go_on.set()
    until(lambda: service.jobs._jobs)
    (job,) = service.jobs._jobs.values()
    until(lambda: job.stopped)
    fitting.allow(1)
    until(lambda: job.over)
    assert job.state == "cancelled"


def test_two_at_once_do_not_mix(live, me, asked):
    asked.next += [FakeFitting("red", "green"), FakeFitting("blue", "yellow")]
    found = {}

    def follow():
        with listening(live, me, 20) as answer:
            told = dict(events(answer.iter_lines()))
            pictures = [
                base64.b64decode(told[name]["picture"].partition(",")[2]) for name in ("feed_forward", "refined")
            ]
            found[told["done"]["id"]] = tuple(colour_of(picture) for picture in pictures)

    threads = [threading.Thread(target=follow) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    named = {tuple(COLOURS[name] for name in pair) for pair in (("red", "green"), ("blue", "yellow"))}
    assert set(found.values()) == named


def test_shutting_down_finishes_the_jobs_that_were_accepted(app, me, held, service):
    with serving(app) as address, httpx.Client(base_url=address) as client:
        id = post(client, me).json()["id"]
        threading.Timer(0.3, held.allow, [3]).start()
    assert service.jobs.get(id).state == "done"


def test_keys_are_asked_for(shop, me, asked):
    app = create_app(shop, Settings(read_keys=frozenset({"one"})))
    with serving(app) as address, httpx.Client(base_url=address) as client:
        for method, path in (
            ("POST", "/v1/try-on"), ("GET", "/v1/jobs/x"), ("DELETE", "/v1/jobs/x"),
            ("GET", "/v1/jobs/x/pictures/changed"),
        ):  # fmt: skip
            assert client.request(method, path).status_code == 401
        assert post(client, me, headers={"Authorization": "Bearer one"}).status_code == 202


def test_the_description_names_every_region_and_the_stream(app):
    api = app.openapi()
    post = api["paths"]["/v1/try-on"]["post"]
    form = api["components"]["schemas"][
        post["requestBody"]["content"]["multipart/form-data"]["schema"]["$ref"].rpartition("/")[2]
    ]
    assert set(form["properties"]) == {
        "person", "items", "refine_steps", "anyway", *(f"garment_{region}" for region in REGIONS)
    }  # fmt: skip
    assert form["required"] == ["person"]
    assert "text/event-stream" in post["responses"]["200"]["content"]
    job = api["components"]["schemas"]["Job"]
    assert job["properties"]["state"]["enum"] == ["waiting", "running", "done", "cancelled", "failed"]
    assert all("description" in field for field in job["properties"].values())


def test_the_shops_networks_dress_somebody(client, me):
    """Those that haven't learnt, on the figure that they can tell."""
    top = io.BytesIO()
    Image.open(io.BytesIO(me)).save(top, "PNG")
    job = post(client, me, (), steps=1, top=top.getvalue()).json()
    until(lambda: client.get(f"/v1/jobs/{job['id']}").json()["state"] == "done")
    job = client.get(f"/v1/jobs/{job['id']}").json()
    assert job["steps"] == 1
    pictures = {
        name: np.asarray(Image.open(io.BytesIO(client.get(place).content))) for name, place in job["pictures"].items()
    }
    before, new = np.asarray(Image.open(io.BytesIO(me))), pictures["changed"]
    assert pictures["refined"].shape == pictures["feed_forward"].shape == before.shape
    assert 0.01 < (new > 0).mean() < 0.7
    np.testing.assert_array_equal(pictures["refined"][new == 0], before[new == 0])


@pytest.mark.slow
def test_the_boutique_dresses_its_people(drawn, indexed, tmp_path, monkeypatch):
    """The networks that ship, from the photo to the refined picture."""
    monkeypatch.undo()  # no stand-ins
    from modiste.shop import open_shop

    shop = open_shop(shutil.copytree(indexed, tmp_path / "shop"))
    worn = {tryon_region(row.item["category"]): row.id for row in shop.browse(k=40).hits}
    who = sorted((drawn / "people").glob("*.jpg"))[0].read_bytes()
    with serving(create_app(shop, Settings())) as address:
        files, form = (
            {"person": ("me.jpg", who, "image/jpeg")},
            {"items": [worn["top"], worn["bottom"]], "refine_steps": 6},
        )
        with httpx.stream(
            "POST", f"{address}/v1/try-on", files=files, data=form, headers=STREAM, timeout=120
        ) as answer:
            assert answer.status_code == 200, answer.read()
            told = list(events(answer.iter_lines()))
    assert [name for name, _ in told] == ["feed_forward", *["progress"] * (len(told) - 3), "refined", "done"]
    last = told[-1][1]
    assert (last["state"], last["steps"], last["made_by"]) == ("done", 6, "tryon-boutique")
    assert last["gain"] > 0
    pictures = [base64.b64decode(dict(told)[name]["picture"].partition(",")[2]) for name in ("feed_forward", "refined")]
    first, refined = (np.asarray(Image.open(io.BytesIO(picture)), np.int32) for picture in pictures)
    before = np.asarray(Image.open(io.BytesIO(who)), np.int32)
    assert first.shape == refined.shape == before.shape
    assert (first != before).any()
    assert (refined != first).any()
