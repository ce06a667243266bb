"""What goes over the wire: the real exporter, HTTP and protocol buffers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from otlp_receiver import Receiver, attributes, receiving
from telemetry_world import ASKED, OPENED, REFLECTED, SECRET

from playground.domain.events import RunEnded
from playground.telemetry.observing import ObservedJournal
from playground.telemetry.otlp import sink_to
from playground.testing.journal import MemoryJournal

UNITS = {
    "gen_ai.client.inference.duration": "s",
    "gen_ai.client.inference.operation.input_tokens": "{token}",
    "gen_ai.client.inference.operation.output_tokens": "{token}",
    "gen_ai.client.inference.usage.cache_read.input_tokens": "{token}",
    "gen_ai.client.inference.usage.input_tokens": "{token}",
    "gen_ai.client.inference.usage.output_tokens": "{token}",
    "gen_ai.client.operation.duration": "s",
    "gen_ai.client.token.usage": "{token}",
    "playground.events": "{event}",
    "playground.money": "{money}",
    "playground.step.duration": "s",
}


@pytest.fixture(scope="module")
def received() -> Iterator[Receiver]:
    """What a run sends, all of it, when the journal is closed."""
    with receiving() as receiver:
        sink = sink_to(f"{receiver.endpoint}/", timeout_s=60)
        journal = ObservedJournal(MemoryJournal(), sink=sink)
        for seq, event in enumerate((OPENED, ASKED, REFLECTED, RunEnded("gave_up", SECRET))):
            journal.append("run1", seq=seq, event=event)
        journal.close()
        yield receiver


def test_everything_can_be_read_and_says_whose_it_is(received: Receiver) -> None:
    assert received.problems == []
    names = ["invoke_workflow repair", "TaskOpened", "CandidateGenerated", "chat qwen"]
    names += ["CandidateReflected", "chat qwen", "RunEnded"]
    assert [span.name for span in received.spans] == names
    assert len({span.trace_id for span in received.spans}) == 1
    assert {told["service.name"] for told in received.resources} == {"playground"}


def test_all_spans_of_a_run_hang_under_one_root(received: Receiver) -> None:
    (root,) = (span for span in received.spans if not span.parent_span_id)
    assert all(span.parent_span_id == root.span_id for span in received.spans if span is not root)
    assert len({span.span_id for span in received.spans}) == len(received.spans)
    assert attributes(list(root.attributes)) == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "repair",
        "playground.run": "run1",
        "playground.kind": "repair",
        "playground.rule": "B006",
    }


def test_whoever_carries_a_run_on_adds_to_its_trace() -> None:
    journal = MemoryJournal()
    with receiving() as receiver:
        for seq, event in enumerate((OPENED, ASKED, RunEnded("gave_up", SECRET))):
            process = ObservedJournal(journal, sink=sink_to(receiver.endpoint, timeout_s=60))
            process.append("run1", seq=seq, event=event)
            process.close()
    assert len({span.trace_id for span in receiver.spans}) == 1
    (root,) = (span for span in receiver.spans if not span.parent_span_id)
    below = [span for span in receiver.spans if span.parent_span_id == root.span_id]
    assert len(below) == len(receiver.spans) - 1 == 4


def test_a_call_is_a_span_as_the_conventions_want_it(received: Receiver) -> None:
    call = next(span for span in received.spans if span.name == "chat qwen")
    assert call.kind == Span.SPAN_KIND_CLIENT
    assert call.end_time_unix_nano - call.start_time_unix_nano == 2_000_000_000
    assert attributes(list(call.attributes)) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "llama_cpp",
        "gen_ai.request.model": "qwen",
        "gen_ai.response.model": "qwen",
        "gen_ai.request.seed": 7,
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.cache_read.input_tokens": 20,
        "gen_ai.usage.output_tokens": 30,
        "playground.run": "run1",
    }


def test_every_metric_has_its_unit(received: Receiver) -> None:
    assert {name: metric.unit for name, metric in received.newest().items()} == UNITS


def test_tokens_and_money_of_reviews_are_counted_too(received: Receiver) -> None:
    newest = received.newest()
    tokens = newest["gen_ai.client.inference.usage.input_tokens"].sum.data_points
    assert sum(point.as_int for point in tokens) == 100 + 50
    assert all(attributes(list(p.attributes))["gen_ai.token.modality"] == "text" for p in tokens)
    money = newest["playground.money"].sum.data_points
    assert sum(point.as_double for point in money) == 0.75


def test_buckets_are_those_of_the_conventions(received: Receiver) -> None:
    newest = received.newest()
    (seconds, _) = newest["gen_ai.client.inference.duration"].histogram.data_points
    assert list(seconds.explicit_bounds)[:3] == [0.01, 0.02, 0.04]
    assert seconds.explicit_bounds[-1] == pytest.approx(81.92)
    (tokens, _) = newest["gen_ai.client.inference.operation.input_tokens"].histogram.data_points
    assert (tokens.explicit_bounds[0], tokens.explicit_bounds[-1]) == (1, 67_108_864)


def test_no_code_no_path_and_no_words_are_on_the_wire(received: Receiver) -> None:
    assert received.texts
    assert not [text for text in received.texts if SECRET in text]
