"""Metrics of a service, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SIZES = (1, 2, 4, 8, 16, 32, 64)
STATES = ("waiting", "running", "done", "cancelled", "failed")
"""Of jobs."""

UNKNOWN = "unknown"
"""The route of what has none: names that clients make up would fill the memory."""


def shown_method(method: str) -> str:
    """A request's method; those that clients make up are one."""
    return method if method in METHODS else "OTHER"


class Metrics:
    """Counters of one service, apart from those of others in the same process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "modiste_requests",
            "Requests that were answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "modiste_request_seconds",
            "Seconds from a request to the end of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.batches = Histogram(
            "modiste_batch_size",
            "Requests that a network saw together.",
            ("network",),
            buckets=SIZES,
            registry=self.registry,
        )
        self.jobs = Gauge("modiste_jobs", "Try-ons that are kept, by state.", ("state",), registry=self.registry)
        self.products = Gauge("modiste_products", "Products of the shop.", registry=self.registry)
        for state in STATES:
            self.jobs.labels(state)

    def answered(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """A request has been answered.

        Args:
            route: the template of its address.
        """
        name = route or UNKNOWN
        self.requests.labels(name, shown_method(method), str(status)).inc()
        self.seconds.labels(name).observe(seconds)

    def batch(self, network: str, size: int) -> None:
        """A network has seen so many requests together."""
        self.batches.labels(network).observe(size)

    def job(self, before: str | None, after: str | None) -> None:
        """A job goes from one state to another; None before it is there, and when it is forgotten."""
        if before:
            self.jobs.labels(before).dec()
        if after:
            self.jobs.labels(after).inc()

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self.registry)
