"""Figures of one process for Prometheus: how much, how fast, how it goes. Never of whom, never where.

Served on a port of its own (`metrics_port`), which is not for the public. Each worker has its own: the first
that number, the next one more.
"""

from collections.abc import Callable, Iterable
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import Scope

from server.background import Background

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """What is counted. Labels have few values: templates of addresses, kinds, states."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        add = self.registry
        self.requests = Counter(
            "shirube_http_requests", "Answered HTTP requests", ("method", "route", "status"), registry=add
        )
        self.request_seconds = Histogram(
            "shirube_http_request_seconds",
            "Until the answer began",
            ("route",),
            buckets=_SECONDS,
            registry=add,
        )
        self.events = Counter("shirube_events_stored", "Events on the disk", registry=add)
        self.commit_seconds = Histogram(
            "shirube_ingest_commit_seconds", "One group of events", buckets=_SECONDS, registry=add
        )
        self.uplinks = Gauge("shirube_uplinks", "Devices that are connected", registry=add)
        self.viewers = Gauge("shirube_live_viewers", "Open live views", registry=add)
        self.alerts = Counter(
            "shirube_alerts", "Alerts by what became of them", ("kind", "state"), registry=add
        )
        self.deliveries = Counter(
            "shirube_alert_deliveries", "Messages of alerts", ("kind", "state"), registry=add
        )
        self.refused = Counter("shirube_refused", "What was turned away", ("what",), registry=add)
        # What the store itself says, looked at now and then (`server.lookout`); the same in every process.
        self.checks = Gauge("shirube_check_ok", "1 while the check finds nothing", ("check",), registry=add)
        self.watch_behind_s = Gauge(
            "shirube_watch_behind_seconds",
            "Age of the oldest event that no alert rule has seen",
            registry=add,
        )
        self.watch_silent_s = Gauge(
            "shirube_watch_silent_seconds", "Since the alert rules last looked at the trips", registry=add
        )
        self.oldest_delivery_s = Gauge(
            "shirube_oldest_delivery_seconds", "Age of the oldest message that is not sent", registry=add
        )
        self.unanswered = Gauge(
            "shirube_alerts_unanswered", "Open alerts that nobody has answered", ("kind",), registry=add
        )
        self.store_bytes = Gauge("shirube_store_bytes", "Size of the store", registry=add)

    def watch(self, background: Background) -> None:
        """Tell of the jobs as well."""
        self.registry.register(_Jobs(background))

    def answered(self, scope: Scope, status: int, took_s: float) -> None:
        """Count an answer by the template of its address, never by the id in it."""
        route = route_of(scope)
        self.requests.labels(_method(scope), route, str(status)).inc()
        self.request_seconds.labels(route).observe(took_s)

    def serve(self, host: str, port: int) -> Callable[[], None]:
        """Answer on that port in a thread; what ends it. `OSError` where the port is taken."""
        server, thread = start_http_server(port, addr=host, registry=self.registry)
        return lambda: _stop(server, thread)


def _stop(server: WSGIServer, thread: Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()


class _Jobs(Collector):
    def __init__(self, background: Background) -> None:
        self._background = background

    def collect(self) -> Iterable[Metric]:
        """Running or not, and failures, by job."""
        running = GaugeMetricFamily("shirube_job_running", "1 while the job runs", labels=["job"])
        failures = CounterMetricFamily("shirube_job_failures", "Times that the job ended", labels=["job"])
        for name, state in self._background.states.items():
            running.add_metric([name], float(state.running))
            failures.add_metric([name], state.failures)
        return running, failures


def route_of(scope: Scope) -> str:
    """The template of the address that was asked for; `other` where there is none."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return path if isinstance(path, str) else "other"


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
