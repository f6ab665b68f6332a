from __future__ import annotations

import pytest

from modiste.server.metrics import Metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_two_services_count_apart():
    one, other = Metrics(), Metrics()
    one.answered("/v1/search", "POST", 200, 0.2)
    assert value(one, "modiste_requests_total", route="/v1/search", method="POST", status="200") == 1
    assert value(other, "modiste_requests_total", route="/v1/search", method="POST", status="200") is None


def test_names_that_clients_make_up_are_one():
    metrics = Metrics()
    for number in range(3):
        metrics.answered(None, f"METHOD{number}", 404, 0.0)
    assert value(metrics, "modiste_requests_total", route="unknown", method="OTHER", status="404") == 3


def test_a_job_is_in_one_state_at_a_time():
    metrics = Metrics()
    for before, after in [(None, "waiting"), ("waiting", "running"), (None, "waiting"), ("running", "done")]:
        metrics.job(before, after)
    states = {state: value(metrics, "modiste_jobs", state=state) for state in ("waiting", "running", "done")}
    assert states == {"waiting": 1, "running": 0, "done": 1}
    metrics.job("done", None)
    assert value(metrics, "modiste_jobs", state="done") == 0


@pytest.mark.parametrize(("size", "bucket"), [(1, "1.0"), (3, "4.0"), (16, "16.0")])
def test_batches_by_network(size, bucket):
    metrics = Metrics()
    metrics.batch("refiner", size)
    assert value(metrics, "modiste_batch_size_bucket", network="refiner", le=bucket) == 1
    assert value(metrics, "modiste_batch_size_sum", network="refiner") == size


def test_requests_are_counted_by_the_template_of_their_address(client):
    for id in ("red-jeans", "blue-jeans"):
        assert client.get(f"/v1/items/{id}").status_code == 200
    client.get("/v1/nothing")
    client.delete("/healthz")
    text = client.get("/metrics").text
    assert 'modiste_requests_total{method="GET",route="/v1/items/{id:any}",status="200"} 2.0' in text
    assert 'modiste_requests_total{method="GET",route="unknown",status="404"} 1.0' in text
    assert 'method="DELETE",route="/healthz",status="405"' in text
    assert "red-jeans" not in text
    assert "modiste_products 36.0" in text


def test_the_text_format_is_declared(client):
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "text/plain" in client.get("/openapi.json").json()["paths"]["/metrics"]["get"]["responses"]["200"]["content"]
