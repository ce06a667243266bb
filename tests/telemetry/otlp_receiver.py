"""A receiver of OTLP over HTTP on loopback, which decodes the real protocol buffers."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Told = dict[str, str | int | float | bool]


def attributes(pairs: Iterator[KeyValue] | list[KeyValue]) -> Told:
    """Returns attributes as a mapping."""
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value")
        for pair in pairs
    }


@dataclass
class Receiver:
    """What arrived.

    Attributes:
        endpoint: where it listens.
        texts: every request as JSON, its protocol buffers decoded.
        problems: requests that could not be read.
    """

    endpoint: str = ""
    spans: list[Span] = field(default_factory=list[Span])
    metrics: list[Metric] = field(default_factory=list[Metric])
    resources: list[Told] = field(default_factory=list[Told])
    texts: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, path: str, body: bytes) -> None:
        """Decodes a request."""
        with self.lock:
            if path == "/v1/traces":
                traces = ExportTraceServiceRequest.FromString(body)
                self.texts.append(MessageToJson(traces))
                for group in traces.resource_spans:
                    self.resources.append(attributes(list(group.resource.attributes)))
                    self.spans += [s for scope in group.scope_spans for s in scope.spans]
            elif path == "/v1/metrics":
                numbers = ExportMetricsServiceRequest.FromString(body)
                self.texts.append(MessageToJson(numbers))
                for measured in numbers.resource_metrics:
                    self.resources.append(attributes(list(measured.resource.attributes)))
                    self.metrics += [m for scope in measured.scope_metrics for m in scope.metrics]
            else:
                self.problems.append(f"nothing is at {path}")

    def newest(self) -> dict[str, Metric]:
        """Returns the last state of each metric, by name."""
        with self.lock:
            return {metric.name: metric for metric in self.metrics}


@contextmanager
def receiving() -> Generator[Receiver]:
    """Lends a receiver that listens."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            try:
                receiver.take(self.path, body)
            except (DecodeError, OSError) as error:
                receiver.problems.append(repr(error))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Says nothing."""
            del code, size

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
