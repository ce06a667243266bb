from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from telemetry_world import ASKED, OPENED, SECRET

from playground.domain.campaigns import ReviewTaken
from playground.domain.errors import Conflict
from playground.domain.events import RunEnded
from playground.telemetry import observed
from playground.telemetry.observing import ObservedJournal
from playground.telemetry.otlp import OtlpSink
from playground.testing.journal import MemoryJournal


class Collector:
    """What a collector would get."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.sink = OtlpSink(self.spans, reader=self.reader)
        self.journal = ObservedJournal(MemoryJournal(), sink=self.sink)

    def finished(self) -> tuple[ReadableSpan, ...]:
        self.sink.flush()
        return self.spans.get_finished_spans()

    def metrics(self) -> dict[str, list[dict[str, object]]]:
        read = self.reader.get_metrics_data()
        assert read is not None
        data = json.loads(read.to_json())
        scope = data["resource_metrics"][0]["scope_metrics"][0]
        return {metric["name"]: metric["data"]["data_points"] for metric in scope["metrics"]}


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.journal.close()


def test_a_run_is_one_trace_with_a_span_for_each_step(collector: Collector) -> None:
    events = (OPENED, ASKED, RunEnded("gave_up", SECRET))
    for seq, event in enumerate(events):
        collector.journal.append("run1", seq=seq, event=event)
    collector.journal.append("run2", seq=0, event=OPENED)
    spans = collector.finished()
    traces = {span.context.trace_id for span in spans if span.context}
    assert len(traces) == 2
    names = [span.name for span in spans]
    root = "invoke_workflow repair"
    steps = ["TaskOpened", "CandidateGenerated", "chat qwen", "RunEnded"]
    assert names == [root, *steps, root, "TaskOpened"]
    step = spans[2]
    assert step.end_time is not None
    assert step.start_time is not None
    assert step.end_time - step.start_time == 2_500_000_000


def test_an_engines_call_is_told_as_the_conventions_want_it(collector: Collector) -> None:
    collector.journal.append("run1", seq=0, event=OPENED)
    collector.journal.append("run1", seq=1, event=ASKED)
    call = next(span for span in collector.finished() if span.name == "chat qwen")
    told = dict(call.attributes or {})
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.response.model"] == "qwen"
    assert told["gen_ai.usage.input_tokens"] == 100
    assert told["gen_ai.usage.output_tokens"] == 30
    points = collector.metrics()
    assert sum(float(str(p["sum"])) for p in points["gen_ai.client.token.usage"]) == 130
    assert points["playground.money"][0]["value"] == 0.5


def test_no_code_no_path_and_no_words_leave(collector: Collector) -> None:
    for seq, event in enumerate((OPENED, ASKED, RunEnded("gave_up", SECRET))):
        collector.journal.append("run1", seq=seq, event=event)
    told = "".join(span.to_json() for span in collector.finished())
    assert SECRET not in told
    assert SECRET not in json.dumps(collector.metrics())


def test_what_was_not_recorded_is_not_told(collector: Collector) -> None:
    collector.journal.append("run1", seq=0, event=OPENED)
    with pytest.raises(Conflict):
        collector.journal.append("run1", seq=0, event=OPENED)
    assert len(collector.finished()) == 2  # the root and the step


def test_reviews_count_the_time_of_persons(collector: Collector) -> None:
    look = ReviewTaken((), 3, 12.5, "ada", 1.0)
    collector.sink.campaign_event("campaign/a", event=look)
    assert collector.metrics()["playground.reviewer.time"][0]["value"] == 12.5


@dataclass
class Configured:
    endpoint: str


def test_without_an_endpoint_nothing_is_between() -> None:
    journal = MemoryJournal()
    assert observed(journal, Configured("")) is journal


@pytest.mark.slow
def test_a_collector_that_is_away_disturbs_nothing() -> None:
    journal = observed(MemoryJournal(), Configured("http://127.0.0.1:9"))
    journal.append("run1", seq=0, event=OPENED)
    assert journal.load("run1").events == (OPENED,)
    journal.close()
