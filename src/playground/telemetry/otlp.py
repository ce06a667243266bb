"""OpenTelemetry: traces of runs and counters, sent over OTLP/HTTP.

Names follow the semantic conventions for generative AI, version 0.1.0 of their own repository
(open-telemetry/semantic-conventions-genai), where there are any; two histograms go out under their
older names too, which most dashboards still read. No code, no path and no text of a prompt, an
answer or a person leaves the machine: what is told are ids, rules, outcomes, models, tokens, money
and seconds.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Counter, Histogram, Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
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
from playground.domain.candidates import Cost, Usage
from playground.domain.events import (
    CandidateGenerated,
    CandidateReflected,
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
_SECONDS = [0.01 * 2**n for n in range(14)]  # the conventions' buckets, as those of tokens
_TOKENS = [4**n for n in range(14)]

Attributes = Mapping[str, str | int | float | bool]


def sink_to(endpoint: str, *, timeout_s: int = _TIMEOUT_S) -> OtlpSink:
    """Returns a sink that sends to a collector, such as "http://localhost:4318"."""
    base = endpoint.rstrip("/")
    spans = OTLPSpanExporter(endpoint=f"{base}/v1/traces", timeout=timeout_s)
    metrics = OTLPMetricExporter(endpoint=f"{base}/v1/metrics", timeout=timeout_s)
    reader = PeriodicExportingMetricReader(metrics, export_interval_millis=_EVERY_MS)
    return OtlpSink(spans, reader=reader, timeout_s=timeout_s)


class OtlpSink:
    """The port `Sink` on OpenTelemetry's own machinery, which sends from threads of its own.

    Args:
        spans: where spans go.
        reader: where metrics go.
        timeout_s: a collector that does not answer for so long is given up at the end.
    """

    def __init__(
        self, spans: SpanExporter, *, reader: MetricReader, timeout_s: int = _TIMEOUT_S
    ) -> None:
        self._timeout_s = timeout_s
        resource = Resource.create({"service.name": "playground", "service.version": __version__})
        self._ids = _Ids()
        self._tracing = TracerProvider(resource=resource, id_generator=self._ids)
        self._tracing.add_span_processor(BatchSpanProcessor(spans))
        self._metering = MeterProvider([reader], resource=resource)
        self._tracer = self._tracing.get_tracer("playground", __version__)
        meter = self._metering.get_meter("playground", __version__)
        self._calls = _Calls(meter)
        self._steps = meter.create_histogram(
            "playground.step.duration",
            unit="s",
            description="What the step that led to an event took.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._events = meter.create_counter(
            "playground.events", unit="{event}", description="Events of runs and campaigns."
        )
        self._looks = meter.create_counter(
            "playground.reviewer.time", unit="s", description="What persons took to look."
        )

    def run_event(self, run_id: str, *, event: Event) -> None:
        """Makes a span of the step that led to the event, below the root of the run's trace."""
        name = type(event).__name__
        told = {"playground.run": run_id, **_told(event)}
        self._events.add(1, {"playground.event": name, **_told(event)})
        self._steps.record(event.seconds, {"playground.event": name})
        end = time.time_ns()
        if isinstance(event, TaskOpened):
            self._root(run_id, event, at=end)
        context = set_span_in_context(NonRecordingSpan(_root_of(run_id)))
        start = end - int(event.seconds * _NS)
        span = self._tracer.start_span(name, context, start_time=start, attributes=told)
        span.end(end)
        for call in _calls_of(event):
            self._call(run_id, call, end=end)

    def campaign_event(self, campaign_id: str, *, event: CampaignEvent) -> None:
        """Counts what became of items and how long persons looked."""
        labels = {"playground.event": type(event).__name__, "playground.campaign": campaign_id}
        if isinstance(event, ItemSettled):
            labels["playground.outcome"] = event.outcome
        if isinstance(event, ReviewTaken | CanaryJudged):
            self._looks.add(event.seconds, {"playground.campaign": campaign_id})
        if isinstance(event, CanaryJudged):
            labels["playground.noticed"] = "yes" if event.caught else "no"
        self._events.add(1, labels)

    def flush(self) -> None:
        """Sends the spans that are not sent yet."""
        self._tracing.force_flush()

    def close(self) -> None:
        """Sends what is left; a collector that does not answer is given up soon."""
        self._tracing.shutdown()
        self._metering.shutdown(timeout_millis=self._timeout_s * 1_000)

    def _root(self, run_id: str, opened: TaskOpened, *, at: int) -> None:
        """Makes the span that all others of the run hang under.

        A run is opened once, by one process; others may carry it on, and a person may take days.
        So the root goes out at once and ends as it begins.

        Args:
            run_id: the run.
            opened: its first event.
            at: nanoseconds since the epoch.
        """
        workflow = opened.task.kind.value
        told = {
            "gen_ai.operation.name": "invoke_workflow",
            "gen_ai.workflow.name": workflow,
            "playground.run": run_id,
            **_told(opened),
        }
        with self._ids.given(_root_of(run_id)):
            span = self._tracer.start_span(
                f"invoke_workflow {workflow}", Context(), start_time=at, attributes=told
            )
        span.end(at)

    def _call(self, run_id: str, call: _Call, *, end: int) -> None:
        """Makes a span of one call of an engine, as the conventions want it."""
        span = self._tracer.start_span(
            f"chat {call.model}",
            set_span_in_context(NonRecordingSpan(_root_of(run_id))),
            kind=SpanKind.CLIENT,
            start_time=end - int(call.seconds * _NS),
            attributes={**call.who, **call.used, "playground.run": run_id},
        )
        span.end(end)
        self._calls.count(call)


class _Ids(RandomIdGenerator):
    """Random ids, but those that a thread asked for."""

    def __init__(self) -> None:
        self._wanted = threading.local()

    @contextmanager
    def given(self, context: SpanContext) -> Generator[None]:
        """Gives this thread's next span these ids."""
        self._wanted.context = context
        try:
            yield
        finally:
            self._wanted.context = None

    def generate_span_id(self) -> int:
        """Returns the id of a span."""
        wanted = self._context()
        return super().generate_span_id() if wanted is None else wanted.span_id

    def generate_trace_id(self) -> int:
        """Returns the id of a trace."""
        wanted = self._context()
        return super().generate_trace_id() if wanted is None else wanted.trace_id

    def _context(self) -> SpanContext | None:
        return getattr(self._wanted, "context", None)


@dataclass(frozen=True)
class _Call:
    """One call of an engine.

    Attributes:
        provider: kind of the engine, or its configured name where the kind was not recorded.
        model: resolved id.
    """

    provider: str
    model: str
    usage: Usage
    seconds: float
    cost: Cost
    seed: int | None = None

    @property
    def who(self) -> dict[str, str]:
        """Attributes of the span and of all metrics."""
        return {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self.provider,
            "gen_ai.request.model": self.model,
            "gen_ai.response.model": self.model,
        }

    @property
    def used(self) -> dict[str, int]:
        """More attributes of the span."""
        return {
            "gen_ai.usage.input_tokens": self.usage.prompt,
            "gen_ai.usage.cache_read.input_tokens": self.usage.cached,
            "gen_ai.usage.output_tokens": self.usage.completion,
            **({} if self.seed is None else {"gen_ai.request.seed": self.seed}),
        }


class _Calls:
    """The metrics of calls.

    Args:
        meter: makes instruments.
    """

    def __init__(self, meter: Meter) -> None:
        def seconds(name: str) -> Histogram:
            return meter.create_histogram(
                name, unit="s", explicit_bucket_boundaries_advisory=_SECONDS
            )

        def tokens(name: str) -> Histogram:
            return meter.create_histogram(
                name, unit="{token}", explicit_bucket_boundaries_advisory=_TOKENS
            )

        def count(name: str) -> Counter:
            return meter.create_counter(f"gen_ai.client.inference.usage.{name}", unit="{token}")

        self._durations = [
            seconds("gen_ai.client.inference.duration"),
            seconds("gen_ai.client.operation.duration"),  # before version 0.1.0
        ]
        self._input, self._output = count("input_tokens"), count("output_tokens")
        self._cached = count("cache_read.input_tokens")
        self._inputs = tokens("gen_ai.client.inference.operation.input_tokens")
        self._outputs = tokens("gen_ai.client.inference.operation.output_tokens")
        self._tokens = tokens("gen_ai.client.token.usage")  # before version 0.1.0
        self._money = meter.create_counter(
            "playground.money", unit="{money}", description="What priced engines cost."
        )

    def count(self, call: _Call) -> None:
        """Counts a call."""
        who, usage = call.who, call.usage
        text = {**who, "gen_ai.token.modality": "text"}
        for histogram in self._durations:
            histogram.record(call.seconds, who)
        self._input.add(usage.prompt, text)
        self._output.add(usage.completion, text)
        self._cached.add(usage.cached, text)
        self._inputs.record(usage.prompt, who)
        self._outputs.record(usage.completion, who)
        for kind, amount in (("input", usage.prompt), ("output", usage.completion)):
            self._tokens.record(amount, {**who, "gen_ai.token.type": kind})
        if call.cost.amount:
            self._money.add(
                float(call.cost.value), {**who, "playground.currency": call.cost.currency}
            )


def _calls_of(event: Event) -> Iterator[_Call]:
    """Yields the calls of engines that led to an event."""
    match event:
        case CandidateGenerated(drafts=drafts):
            for made in (draft.provenance for draft in drafts):
                if made.model:
                    yield _Call(
                        made.engine or made.name,
                        made.model,
                        made.usage,
                        made.seconds,
                        made.cost,
                        made.seed,
                    )
        case CandidateReflected(engine=engine) if engine:
            yield _Call(engine, event.critique.by, event.usage, event.seconds, event.cost)
        case _:
            return


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
            return {"playground.kind": task.kind.value, "playground.rule": rule}
        case CandidateGenerated(source=source):
            return {"playground.source": source.value}
        case CandidateTested(verdict=verdict):
            return {
                "playground.conclusion": verdict.conclusion.value,
                "playground.risk": verdict.risk.value,
            }
        case ProposalMade(proposal=proposal):
            return {"playground.risk": proposal.risk.value}
        case DecisionTaken(decision=decision):
            return {"playground.decision": type(decision).__name__}
        case RunEnded(outcome=outcome):
            return {"playground.outcome": outcome}
        case _:
            return {}
