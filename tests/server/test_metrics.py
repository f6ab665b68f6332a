from __future__ import annotations

from modiste.server import create_app
from modiste.server.metrics import Metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_two_services_count_apart(client, shop):
    client.get("/v1/facets")
    counted = {"route": "/v1/facets", "method": "GET", "status": "200"}
    assert value(client.app.state.service.metrics, "modiste_requests_total", **counted) == 1
    assert value(create_app(shop).state.service.metrics, "modiste_requests_total", **counted) is None


def test_names_that_clients_make_up_are_one(client, service):
    for number in range(3):
        client.request(f"METHOD{number}", f"/nothing/{number}")
    counted = {"route": "unknown", "method": "OTHER", "status": "404"}
    assert value(service.metrics, "modiste_requests_total", **counted) == 3


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
