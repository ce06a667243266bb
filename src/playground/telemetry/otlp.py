"""OpenTelemetry: traces of runs and counters, sent over OTLP/HTTP.

Names follow the semantic conventions for generative AI where there are any. No code, no path and no
text of a prompt, an answer or a person leaves the machine: what is told are ids, rules, outcomes,
models, tokens, money and seconds.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    set_span_in_context,
)

from playground import __version__
from playground.domain.campaigns import (
    CampaignEvent,
    CanaryJudged,
    ItemSettled,
    ReviewTaken,
)
from playground.domain.candidates import Provenance
from playground.domain.events import (
    CandidateGenerated,
    CandidateTested,
    DecisionTaken,
    Event,
    ProposalMade,
    RunEnded,
    TaskOpened,
)

_TIMEOUT_S = 2
_EVERY_MS = 10_000
_NS = 1_000_000_000

Attributes = Mapping[str, str | int | float | bool]


def sink_to(endpoint: str) -> OtlpSink:
    """Returns a sink that sends to a collector, such as "http://localhost:4318"."""
    base = endpoint.rstrip("/")
    spans = OTLPSpanExporter(endpoint=f"{base}/v1/traces", timeout=_TIMEOUT_S)
    metrics = OTLPMetricExporter(endpoint=f"{base}/v1/metrics", timeout=_TIMEOUT_S)
    reader = PeriodicExportingMetricReader(metrics, export_interval_millis=_EVERY_MS)
    return OtlpSink(spans, reader=reader)


class OtlpSink:
    """The port `Sink` on OpenTelemetry's own machinery, which sends from threads of its own.

    Args:
        spans: where spans go.
        reader: where metrics go.
    """

    def __init__(self, spans: SpanExporter, *, reader: MetricReader) -> None:
        resource = Resource.create({"service.name": "playground", "service.version": __version__})
        self._tracing = TracerProvider(resource=resource)
        self._tracing.add_span_processor(BatchSpanProcessor(spans))
        self._metering = MeterProvider([reader], resource=resource)
        self._tracer = self._tracing.get_tracer("playground", __version__)
        meter = self._metering.get_meter("playground", __version__)
        self._tokens = meter.create_histogram("gen_ai.client.token.usage", unit="{token}")
        self._calls = meter.create_histogram("gen_ai.client.operation.duration", unit="s")
        self._steps = meter.create_histogram("playground.step.duration", unit="s")
        self._events = meter.create_counter("playground.events", unit="{event}")
        self._money = meter.create_counter("playground.money", unit="{money}")
        self._looks = meter.create_counter("playground.reviewer.time", unit="s")

    def run_event(self, run_id: str, *, event: Event) -> None:
        """Makes a span of the step that led to the event, in the run's trace."""
        name = type(event).__name__
        told = {"playground.run": run_id, **_told(event)}
        self._events.add(1, {"event": name, **_told(event)})
        self._steps.record(event.seconds, {"event": name})
        end = time.time_ns()
        context = set_span_in_context(NonRecordingSpan(_root_of(run_id)))
        start = end - int(event.seconds * _NS)
        span = self._tracer.start_span(name, context, start_time=start, attributes=told)
        span.end(end)
        if isinstance(event, CandidateGenerated):
            for draft in event.drafts:
                self._call(run_id, draft.provenance, end=end)

    def campaign_event(self, campaign_id: str, *, event: CampaignEvent) -> None:
        """Counts what became of items and how long persons looked."""
        labels = {"event": type(event).__name__, "playground.campaign": campaign_id}
        if isinstance(event, ItemSettled):
            labels["outcome"] = event.outcome
        if isinstance(event, ReviewTaken | CanaryJudged):
            self._looks.add(event.seconds, {"playground.campaign": campaign_id})
        if isinstance(event, CanaryJudged):
            labels["noticed"] = "yes" if event.caught else "no"
        self._events.add(1, labels)

    def flush(self) -> None:
        """Sends the spans that are not sent yet."""
        self._tracing.force_flush()

    def close(self) -> None:
        """Sends what is left; a collector that does not answer is given up soon."""
        self._tracing.shutdown()
        self._metering.shutdown(timeout_millis=_TIMEOUT_S * 1_000)

    def _call(self, run_id: str, made: Provenance, *, end: int) -> None:
        """Makes a span of one call of an engine, as the conventions want it."""
        if not made.model:
            return
        who: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": made.engine or made.name,
            "gen_ai.request.model": made.model,
            "gen_ai.response.model": made.model,
        }
        used = {
            "gen_ai.usage.input_tokens": made.usage.prompt,
            "gen_ai.usage.cache_read.input_tokens": made.usage.cached,
            "gen_ai.usage.output_tokens": made.usage.completion,
        }
        span = self._tracer.start_span(
            f"chat {made.model}",
            set_span_in_context(NonRecordingSpan(_root_of(run_id))),
            kind=SpanKind.CLIENT,
            start_time=end - int(made.seconds * _NS),
            attributes={**who, **used, "playground.run": run_id},
        )
        span.end(end)
        self._calls.record(made.seconds, who)
        for kind, count in (("input", made.usage.prompt), ("output", made.usage.completion)):
            self._tokens.record(count, {**who, "gen_ai.token.type": kind})
        if made.cost.amount:
            self._money.add(float(made.cost.value), {**who, "currency": made.cost.currency})


def _root_of(run_id: str) -> SpanContext:
    """Returns the parent of a run's spans: the same in every process that works on the run."""
    digest = hashlib.sha256(run_id.encode()).digest()
    trace, span = int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])
    return SpanContext(trace or 1, span or 1, is_remote=True, trace_flags=TraceFlags(1))


def _told(event: Event) -> dict[str, str]:
    """Returns what may leave the machine of an event."""
    match event:
        case TaskOpened(task=task):
            rule = task.finding.rule if task.finding else ""
            return {"kind": task.kind.value, "rule": rule}
        case CandidateGenerated(source=source):
            return {"source": source.value}
        case CandidateTested(verdict=verdict):
            return {"conclusion": verdict.conclusion.value, "risk": verdict.risk.value}
        case ProposalMade(proposal=proposal):
            return {"risk": proposal.risk.value}
        case DecisionTaken(decision=decision):
            return {"decision": type(decision).__name__}
        case RunEnded(outcome=outcome):
            return {"outcome": outcome}
        case _:
            return {}
