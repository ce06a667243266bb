from __future__ import annotations

import json
from pathlib import Path

import pytest

from playground.domain.errors import BadInput, EngineUnavailable, StorageUnavailable
from playground.domain.ports import Finish, GenerationRequest, Message
from playground.engines.scripted import Options, ScriptedEngine, read_script


def asked(text: str, **changes: int) -> GenerationRequest:
    messages = (Message("system", "Count"), Message("user", text))
    return GenerationRequest("1", messages, changes.get("max_tokens", 100))


def script(
    folder: Path, text: str, *, log: Path | None = None, prompts: Path | None = None
) -> ScriptedEngine:
    file = folder / "demo.yaml"
    file.write_text(text)
    options = Options(file=file, log=log, prompts=prompts)
    return ScriptedEngine(read_script(file), name="demo", logs=options)


def test_the_first_line_that_matches_the_last_user_message_answers(tmp_path: Path) -> None:
    engine = script(
        tmp_path,
        """
- match: Count
  answer: from the system message
- pattern: "B00[0-9]"
  answer: [first, second]
- answer: anything else
""",
    )
    texts = [engine.generate(asked(t)).text for t in ("B006", "B008", "B001", "other")]
    assert texts == ["first", "second", "second", "anything else"]
    assert engine.generate(asked("x")).model == "scripted-demo"


def test_each_answer_asked_for_is_on_the_disk_before_it_is_given(tmp_path: Path) -> None:
    log = tmp_path / "log"
    engine = script(tmp_path, "- {match: a, answer: [x, y]}\n- {answer: z}\n", log=log)
    stream = engine.stream(asked("a"))
    assert not log.exists()
    next(stream)
    assert log.read_text() == "0 0 1\n"
    engine.generate(asked("a"))
    engine.generate(asked("b"))
    assert log.read_text() == "0 0 1\n0 1 1\n1 0 1\n"


def test_what_was_asked_is_written_down_where_it_is_wished(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    engine = script(tmp_path, "- {answer: x}", prompts=prompts)
    engine.generate(asked("a"))
    engine.generate(asked("b\n"))
    said = [json.loads(line) for line in prompts.read_text().splitlines()]
    assert said == [[["system", "Count"], ["user", text]] for text in ("a", "b\n")]


def test_json_lines_finish_and_errors(tmp_path: Path) -> None:
    lines = [
        {"match": "cut", "answer": "half", "finish": "length"},
        {"match": "down", "error": "The engine is down; start it."},
    ]
    engine = script(tmp_path, "\n".join(json.dumps(line) for line in lines))
    assert engine.generate(asked("cut")).finish is Finish.LENGTH
    with pytest.raises(EngineUnavailable, match="is down"):
        engine.generate(asked("down"))
    with pytest.raises(BadInput, match="No line of the script fits"):
        engine.generate(asked("other"))


def test_json_lines_hold_any_text(tmp_path: Path) -> None:
    text = "\U0001f600 a/b\x85 c\u2028d"
    for line in (
        json.dumps({"answer": text}),
        json.dumps({"answer": text}, ensure_ascii=False).replace("/", "\\/"),
    ):
        assert script(tmp_path, f"{line}\n").generate(asked("x")).text == text


def test_spaces_and_line_ends_survive_streaming(tmp_path: Path) -> None:
    text = "\n  def f():\n\treturn 1\n\n"
    engine = script(tmp_path, json.dumps({"answer": text}))
    *pieces, last = engine.stream(asked("x"))
    assert "".join(piece.text for piece in pieces) == text
    assert last.done is not None
    assert last.done.text == text


@pytest.mark.parametrize(
    "text", ["{{{", "- 1", "- {answr: x}", "- {pattern: '('}", "- {answer: []}", "just words"]
)
def test_a_wrong_script_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"demo\.yaml"):
        script(tmp_path, text)


def test_files_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_script(tmp_path / "none.yaml")
    engine = script(tmp_path, "- {answer: x}", log=tmp_path / "no" / "folder")
    with pytest.raises(StorageUnavailable, match="option log"):
        engine.generate(asked("x"))
