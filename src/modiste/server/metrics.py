"""Metrics of a service, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """Counters of one service, apart from those of others in the same process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "modiste_requests", "Requests that were answered.", ("route", "method", "status"), registry=registry
        )
        self.seconds = Histogram(
            "modiste_request_seconds",
            "Seconds from a request to the end of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self.batches = Histogram(
            "modiste_batch_size",
            "Requests that a network saw together.",
            ("network",),
            buckets=SIZES,
            registry=registry,
        )
        self.jobs = Gauge("modiste_jobs", "Try-ons that are kept, by state.", ("state",), registry=registry)
        self.products = Gauge("modiste_products", "Products of the shop.", registry=registry)
