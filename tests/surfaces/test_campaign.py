from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from surface_stage import World, words
from typing_extensions import override

from playground.domain.campaigns import CanaryJudged, ReviewTaken
from playground.domain.episodes import Episode
from playground.domain.errors import EngineUnavailable
from playground.domain.events import DecisionTaken
from playground.domain.ports import GenerationRequest
from playground.domain.proposals import Approved
from playground.domain.verdicts import CheckStatus
from playground.surfaces.terminal import main
from playground.testing.memory import FakeMemory

FILES = {f"f{number}.py": f"x{number} = 'BAD'\n" for number in range(4)}
SLOW_S = 0.05
GOOD = {path: text.replace("BAD", "GOOD") for path, text in FILES.items()}


def run(world: World, *argv: str, typed: str | None = None) -> int:
    return main(["campaign", *argv], stage=world.stage(typed, columns=100))


def lines_of(world: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in world.out.getvalue().splitlines()]


def status_of(world: World) -> dict[str, object]:
    assert run(world, "status", "--format", "json") == 0
    (line,) = lines_of(world)
    return line


def texts(world: World, paths: Sequence[str]) -> dict[str, str]:
    return {path: world.text(path) for path in paths}


def test_a_plan_groups_findings_and_opens_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, {**FILES, "w.py": "y = 'WORSE'\n", "broken.py": "def ('BAD'\n"})
    assert run(world, "plan", "--format", "json") == 0
    *lines, sums = lines_of(world)
    groups = {(line["rule"], line["source"]): line for line in lines if line["type"] == "group"}
    assert groups["X001", "tool"]["findings"] == 4
    assert groups["X002", "engine"]["tokens"] == 2500
    assert groups["X002", "engine"]["from_runs"] == 0
    left = [line for line in lines if line["type"] == "left_alone"]
    assert [(line["findings"], "syntax error" in str(line["reason"])) for line in left] == [
        (1, True)
    ]
    assert (sums["findings"], sums["files"], sums["left"]) == (5, 5, 1)
    assert world.journal.campaigns() == []
    assert run(world, "plan") == 0
    assert "X001" in words(world.out)
    assert "default estimates" in words(world.err)


def test_a_plan_takes_what_is_recorded_for_its_estimates(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    assert main(["improve", "--apply", "never", "."], stage=world.stage()) == 0
    assert run(world, "plan", "--format", "json") == 0
    group, _sums = lines_of(world)
    assert group["from_runs"] == 4
    assert group["tokens"] == 0


def test_a_campaign_from_start_to_end(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    assert run(world, "start") == 0
    assert "4 proposals waiting for you" in words(world.err)
    assert texts(world, list(FILES)) == FILES
    status = status_of(world)
    assert status["state"] == "open"
    assert status["stages"] == {"pending": 0, "claimed": 0, "waiting": 4, "done": 0}
    assert run(world, "review", typed="a\n") == 0
    assert texts(world, list(FILES)) == GOOD
    shown = words(world.out)
    assert shown.count("Proposal ") == 3
    assert "Written: 4 changes" in words(world.err)
    for applied in world.journal.runs():
        assert f"  {applied.id} {applied.task.files[0].path}\n" in words(world.err)
    assert run(world, "start") == 0
    assert "The campaign is over" in words(world.err)
    status = status_of(world)
    assert (status["state"], status["outcomes"]) == ("done", {"applied": 4})
    assert status["adopted_share"] == 1.0
    assert run(world, "status") == 0
    assert "X001" in words(world.out)


def test_each_member_of_a_family_is_approved_by_its_own_digest(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    run(world, "start")
    digests = {r.id: r.waiting.digest for r in world.journal.runs() if r.waiting}
    assert len(digests) == 4
    run(world, "review", typed="a\n")
    for done in world.journal.runs():
        (taken,) = [e for e in done.events if isinstance(e, DecisionTaken)]
        assert isinstance(taken.decision, Approved)
        assert taken.decision.proposal_digest == digests[done.id]
        assert "family of 4" in taken.decision.why


def test_members_in_one_file_are_carried_over_and_proved_before_each_is_written(
    tmp_path: Path,
) -> None:
    functions = "\n\n".join(f"def f{n}():\n    return 'BAD'\n" for n in range(4))
    world = World(tmp_path, {"a.py": functions})
    run(world, "start")
    judged = len(world.gate.surveys)
    assert run(world, "review", typed="a\n") == 0
    assert world.text("a.py") == functions.replace("BAD", "GOOD")
    assert len(world.gate.surveys) > judged
    assert not world.engine.asked


def test_a_rejected_family_teaches_each_member_the_reason(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    run(world, "start")
    assert run(world, "review", typed="r\n") == 1
    assert run(world, "review", typed="r\n\nr\nnot like this\n") == 0
    assert {e.reason for e in world.memory.all(10)} == {"not like this"}
    assert texts(world, list(FILES)) == FILES


@pytest.mark.parametrize("typed", ["", "q\n", "s\n", "x\n", "y\n"])
def test_nothing_is_written_without_a_yes(tmp_path: Path, typed: str) -> None:
    world = World(tmp_path, FILES)
    run(world, "start")
    assert run(world, "review", typed=typed) == 1
    assert texts(world, list(FILES)) == FILES


def test_a_review_needs_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path, FILES)
    run(world, "start")
    assert run(world, "review") == 1
    assert "needs a person" in capsys.readouterr().err


def test_a_family_can_be_looked_at_one_by_one(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    run(world, "start")
    assert run(world, "review", typed="o\na\nr\nno\na\ns\n") == 1
    assert sum(text in GOOD.values() for text in texts(world, list(FILES)).values()) == 2
    status = status_of(world)
    assert status["outcomes"] == {"applied": 2, "rejected": 1}
    (campaign,) = world.journal.campaigns()
    looks = [e for e in world.journal.campaign_events(campaign) if isinstance(e, ReviewTaken)]
    assert sum(len(look.run_ids) for look in looks) == 3


class SlowMemory(FakeMemory):
    """Takes its time to remember, in which no person looks at anything."""

    @override
    def remember(self, episode: Episode) -> None:
        time.sleep(SLOW_S)
        super().remember(episode)


@pytest.mark.parametrize("typed", ["a\n", "o\na\na\na\na\n"])
def test_the_time_of_a_look_is_the_persons_alone(tmp_path: Path, typed: str) -> None:
    world = World(tmp_path, FILES)
    world.memory = SlowMemory()
    run(world, "start")
    began = time.monotonic()
    assert run(world, "review", typed=typed) == 0
    took = time.monotonic() - began
    (campaign,) = world.journal.campaigns()
    looks = [e for e in world.journal.campaign_events(campaign) if isinstance(e, ReviewTaken)]
    assert 0 < sum(look.seconds for look in looks) <= took - len(FILES) * SLOW_S


def test_a_canary_is_never_applied_and_is_counted(tmp_path: Path) -> None:
    files = {f"f{n}.py": f"def f{n}(x):\n    return x == 'BAD'\n" for n in range(4)}
    world = World(tmp_path, files)
    run(world, "start")
    assert run(world, "review", "--canaries", "1", typed="a\nq\n") == 1
    assert texts(world, list(files)) == files
    assert "bad on purpose" in words(world.err)
    (campaign,) = world.journal.campaigns()
    (judged,) = [e for e in world.journal.campaign_events(campaign) if isinstance(e, CanaryJudged)]
    assert not judged.caught
    assert all(not isinstance(e, DecisionTaken) for r in world.journal.runs() for e in r.events)
    assert run(world, "review", "--canaries", "1", typed="r\na\n") == 0
    assert status_of(world)["canaries"] == {"shown": 2, "caught": 1}


def test_pause_resume_and_cancel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path, FILES)
    assert run(world, "status") == 2
    assert run(world, "start", "--waiting", "1") == 0
    assert run(world, "pause") == 0
    assert status_of(world)["state"] == "paused"
    assert run(world, "resume", "--waiting", "3") == 0
    assert run(world, "start") == 0
    assert status_of(world)["stages"] == {"pending": 1, "claimed": 0, "waiting": 3, "done": 0}
    assert run(world, "cancel") == 0
    assert status_of(world)["state"] == "cancelled"
    assert run(world, "pause") == 1
    assert "is over" in capsys.readouterr().err
    assert run(world, "start") == 0
    assert len(world.journal.campaigns()) == 2


def test_a_budget_of_tokens_pauses(tmp_path: Path) -> None:
    world = World(tmp_path, {f"w{n}.py": "y = 'WORSE'\n" for n in range(3)})
    world.answer = lambda _request: "```python\ny = 'GOOD'\n```"
    assert run(world, "start", "--tokens", "2600", "--parallel", "1") == 1
    assert "budget of 2,600 tokens" in words(world.err)
    assert run(world, "resume", "--tokens", "100000") == 0
    assert run(world, "start") == 0


def test_an_engine_that_is_down_pauses_and_nothing_is_lost(tmp_path: Path) -> None:
    world = World(tmp_path, {f"w{n}.py": "y = 'WORSE'\n" for n in range(4)})

    def down(_request: GenerationRequest) -> str:
        raise EngineUnavailable("Nobody listens there.")

    world.answer = down
    assert run(world, "start") == 1
    assert "Nobody listens there" in words(world.err)
    world.answer = lambda _request: "```python\ny = 'GOOD'\n```"
    assert run(world, "resume") == 0
    assert run(world, "start") == 0
    assert status_of(world)["stages"] == {"pending": 0, "claimed": 0, "waiting": 4, "done": 0}


def test_a_blind_plan_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    world.gate.status = CheckStatus.TIMEOUT
    assert run(world, "start") == 3
    assert world.journal.campaigns() == []


def test_a_file_that_somebody_edits_meanwhile_is_looked_at_again(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    run(world, "start")
    (world.root / "f0.py").write_text("x0 = 'BAD'\n# mine\n")
    (world.root / "f1.py").write_text("x1 = 'mine'\n")
    assert run(world, "review", typed="a\na\na\n") == 0
    assert world.text("f0.py") == "x0 = 'GOOD'\n# mine\n"
    assert world.text("f1.py") == "x1 = 'mine'\n"
    assert status_of(world)["outcomes"] == {"applied": 3, "gone": 1}
