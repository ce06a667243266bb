"""What was measured of an engine, in words and as an object."""

from __future__ import annotations

from playground.surfaces.rendering.screen import Screen
from playground.surfaces.rendering.sentences import money_in_words, seconds_in_words
from playground.surfaces.working.benching import Measured
from playground.surfaces.working.lines import cost_object, tokens_object


def show_speed(measured: Measured, *, screen: Screen) -> None:
    """Prints one line for each number."""
    answer, reuse = measured.answer_tokens_per_s, measured.prefix_reuse
    cold, warm = measured.cold, measured.warm
    rows = [
        ("engine", f"{measured.engine} ({measured.kind} {measured.version})".replace(" )", ")")),
        ("model", measured.model),
        ("prompt", f"{measured.prompt_tokens_per_s:,.1f} tokens/s, of {cold.usage.prompt:,}"),
        ("answer", f"{answer:,.1f} tokens/s" if answer is not None else "too short to tell"),
        ("first token", f"{seconds_in_words(cold.first_s)}, nothing cached"),
        ("", f"{seconds_in_words(warm.first_s)}, the same beginning again"),
        ("prefix reuse", f"{reuse:.0%}" if reuse is not None else "the engine does not say"),
    ]
    if measured.cost.amount:
        rows.append(("cost", money_in_words(measured.cost)))
    for label, text in rows:
        screen.show(f"{label:<13} {text}")


def speed_object(measured: Measured) -> dict[str, object]:
    """Returns the same as an object; rates are tokens per wall second."""
    return {
        "type": "bench",
        "engine": measured.engine,
        "kind": measured.kind,
        "model": measured.model,
        "version": measured.version,
        "prompt_tokens_per_s": round(measured.prompt_tokens_per_s, 3),
        "answer_tokens_per_s": _rounded(measured.answer_tokens_per_s),
        "first_token_s": round(measured.cold.first_s, 4),
        "first_token_again_s": round(measured.warm.first_s, 4),
        "prefix_reuse": _rounded(measured.prefix_reuse),
        "tokens": tokens_object(measured.cold.usage + measured.warm.usage),
        "cost": cost_object(measured.cost),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
