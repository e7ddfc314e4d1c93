# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine, on a shed of tools."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils import reconcile as engine
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import Consent, reconcile
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem

from .fakes import OURS, Tool, refusal


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(engine.time, "sleep", lambda seconds: None)


def item(name, **options):
    return {"name": name, "colour": None, "size": None, **options}


def test_creates_what_is_missing_with_all_ownership_tags():
    kind = Tool()
    result = reconcile(kind, [item("spade", colour="red")])
    assert result.changed
    assert kind.shed["spade"].state["colour"] == "red"
    assert kind.shed["spade"].tags == {**OURS, "Name": "spade"}


def test_a_second_run_changes_nothing():
    kind = Tool()
    items = [item("spade", colour="red", size=3), item("rake")]
    reconcile(kind, items)
    kind.calls.clear()
    assert not reconcile(kind, items).changed
    assert kind.calls == []


def test_an_unset_option_is_left_alone():
    kind = Tool()
    kind.have("spade", colour="red", size=3)
    assert not reconcile(kind, [item("spade", size=3)]).changed


def test_a_set_option_is_made_so_and_shown():
    kind = Tool()
    kind.have("spade", colour="red", size=3)
    (change,) = reconcile(kind, [item("spade", colour="blue")]).changes
    assert (change.action, change.before, change.after) == ("update", {"colour": "red"}, {"colour": "blue"})
    assert kind.shed["spade"].state == {"colour": "blue", "size": 3}


def test_check_mode_predicts_what_apply_does_and_calls_nothing():
    items = [item("spade", colour="blue"), item("rake", size=1)]

    def shed():
        kind = Tool()
        kind.have("spade", colour="red")
        kind.have("hoe")
        return kind

    predicted, applied = shed(), shed()
    consent = Consent(remove=["hoe"])
    before = reconcile(predicted, items, check_mode=True, consent=consent)
    after = reconcile(applied, items, consent=consent)
    assert predicted.calls == []
    assert [(c.name, c.action, c.options) for c in before.changes] == [(c.name, c.action, c.options) for c in after.changes]


def test_check_mode_returns_placeholders_for_what_does_not_exist():
    assert reconcile(Tool(), [item("spade")], check_mode=True).resources["spade"].outputs == {"id": "placeholder", "name": "spade"}


def test_placeholders_are_refused_outside_check_mode():
    with pytest.raises(Problem, match="tool spade.colour is vpc-00000000000000000"):
        reconcile(Tool(), [item("spade", colour="vpc-00000000000000000")])


def test_what_is_ours_and_not_declared_is_reported_and_kept():
    kind = Tool()
    kind.have("hoe")
    result = reconcile(kind, [])
    assert (result.undeclared, result.changed, "hoe" in kind.shed) == (["hoe"], False, True)


@pytest.mark.parametrize("consent", [["hoe"], ["*"]])
def test_what_is_not_declared_goes_with_consent(consent):
    kind = Tool()
    kind.have("hoe")
    result = reconcile(kind, [], consent=Consent(remove=consent))
    assert (result.undeclared, [c.action for c in result.changes], kind.shed) == ([], ["remove"], {})


def test_what_holds_data_must_be_named():
    kind = Tool()
    kind.holds_data = True
    kind.have("hoe")
    assert reconcile(kind, [], consent=Consent(remove=["*"])).undeclared == ["hoe"]
    assert reconcile(kind, [], consent=Consent(remove=["hoe"])).undeclared == []


def test_other_peoples_things_are_never_reported():
    kind = Tool()
    kind.have("theirs", tags={"Project": "other"})
    kind.have("other-layer", tags={**OURS, "Layer": "garage"})
    assert reconcile(kind, [], consent=Consent(remove=["*"])).undeclared == []
    assert set(kind.shed) == {"theirs", "other-layer"}


def test_a_stranger_of_a_declared_name_is_refused_before_anything_is_touched():
    kind = Tool()
    kind.have("spade", tags={"Project": "other"})
    with pytest.raises(Problem, match="tool spade exists and is not ours"):
        reconcile(kind, [item("spade"), item("rake")])
    assert kind.calls == []


def test_an_unchangeable_option_is_refused_before_anything_is_touched():
    kind = Tool()
    kind.have("spade", size=3)
    with pytest.raises(Problem, match="cannot change size"):
        reconcile(kind, [item("spade", size=4), item("rake")])
    assert kind.calls == []


def test_an_unchangeable_option_is_replaced_with_consent():
    kind = Tool()
    kind.have("spade", size=3)
    (change,) = reconcile(kind, [item("spade", size=4)], consent=Consent(replace=["spade"])).changes
    assert change.action == "replace"
    assert kind.calls == ["delete spade", "create spade"]


def test_what_holds_nothing_is_replaced_without_asking():
    kind = Tool()
    kind.disposable = True
    kind.have("spade", size=3)
    (change,) = reconcile(kind, [item("spade", size=4)]).changes
    assert change.action == "replace"
    assert kind.calls == ["delete spade", "create spade"]


def test_drifted_tags_are_corrected():
    kind = Tool(tags={**OURS, "Owner": "ann"})
    kind.have("spade")
    reconcile(kind, [item("spade")])
    assert kind.calls == ["tag spade"]
    assert kind.shed["spade"].tags["Owner"] == "ann"


def test_a_lost_answer_to_a_creation_makes_no_second_one():
    kind = Tool()
    kind.lost = [refusal("InternalFailure", 500)]
    reconcile(kind, [item("spade")])
    assert kind.calls == ["create spade"]


def test_a_creation_that_failed_with_500_is_tried_again():
    kind = Tool()
    kind.faults = [refusal("InternalFailure", 500)]
    reconcile(kind, [item("spade")])
    assert kind.calls == ["create spade", "create spade"]


def test_a_refusal_is_not_tried_again():
    kind = Tool()
    kind.faults = [refusal("ValidationError")]
    with pytest.raises(Problem, match="tool spade: .*ValidationError"):
        reconcile(kind, [item("spade")])
    assert kind.calls == ["create spade"]


def test_all_failures_are_told_together_and_the_rest_is_done():
    kind = Tool()
    kind.faults = [refusal("Broken"), refusal("Bent")]
    with pytest.raises(Problem, match="(?s)tool rake: .*Bent.*; tool spade: .*Broken"):
        reconcile(kind, [item("spade"), item("rake"), item("hoe")])
    assert "hoe" in kind.shed


def test_nothing_is_removed_when_something_failed_before():
    kind = Tool()
    kind.have("hoe")
    kind.faults = [refusal("Broken")]
    with pytest.raises(Problem):
        reconcile(kind, [item("spade")], consent=Consent(remove=["hoe"]))
    assert "hoe" in kind.shed


@pytest.mark.parametrize("code", ["DependencyViolation", "Cannot delete hoe: the rack depends on it"])
def test_what_is_still_in_use_is_left_for_the_next_run(code):
    kind = Tool()
    kind.have("hoe")
    kind.faults = [refusal(code, operation="DeleteThing")]
    result = reconcile(kind, [], consent=Consent(remove=["hoe"]))
    assert (result.undeclared, result.in_use, result.changes) == (["hoe"], ["hoe"], [])
    assert reconcile(kind, [], consent=Consent(remove=["hoe"])).undeclared == []


def test_taking_everything_down_what_is_in_use_is_a_failure():
    kind = Tool()
    kind.session.patient = True
    kind.have("hoe")
    kind.faults = [refusal("DependencyViolation", operation="DeleteThing")]
    with pytest.raises(Problem, match="tool hoe: .*DependencyViolation"):
        reconcile(kind, [], consent=Consent(remove=["hoe"]))


def test_waits_until_what_was_created_is_listed():
    kind = Tool()
    kind.hidden = 3
    assert reconcile(kind, [item("spade")]).resources["spade"].ready


def test_waits_until_ready():
    kind = Tool()
    kind.slow = 4
    assert reconcile(kind, [item("spade")]).resources["spade"].ready


def test_without_waiting_it_names_what_is_pending():
    kind = Tool()
    kind.slow = 40
    assert reconcile(kind, [item("spade")], wait=False).waiting == ["spade"]


def test_a_wait_that_takes_too_long_says_what_for(monkeypatch):
    kind = Tool()
    kind.slow = 10**6
    clock = iter(range(0, 10**6, 100))
    monkeypatch.setattr(engine.time, "monotonic", lambda: float(next(clock)))
    with pytest.raises(Problem, match=r"not ready after \d+ s: spade \(forging\). Run again to go on waiting"):
        reconcile(kind, [item("spade")], timeout=500)


def test_what_failed_for_good_is_not_waited_for():
    kind = Tool()
    kind.have("spade")
    kind.shed["spade"].ready, kind.shed["spade"].failure = False, "Gateway.NotAttached: no gateway"
    with pytest.raises(Problem, match="tool spade: Gateway.NotAttached"):
        reconcile(kind, [item("spade")])


def test_a_name_twice_is_refused():
    with pytest.raises(Problem, match="declared more than once as tool: spade"):
        reconcile(Tool(), [item("spade"), item("spade", colour="red")])


def test_what_create_leaves_out_is_completed():
    class Kit(Tool):
        create_then_update = True

        def create(self, name, item, tags):
            super().create(name, {"name": name}, tags)

    kind = Kit()
    result = reconcile(kind, [item("spade", colour="red")])
    assert kind.calls == ["create spade", "update spade"]
    assert [change.action for change in result.changes] == ["create"]


def test_all_are_made_before_any_is_completed_or_changed():
    """A security group that is there may be told to admit one that this run makes."""

    class Kit(Tool):
        create_then_update = True

        def create(self, name, item, tags):
            super().create(name, {"name": name}, tags)

    kind = Kit()
    kind.have("rake", colour="red")
    kind.have("hoe")
    result = reconcile(kind, [item("rake", colour="blue"), item("spade", colour="red")], consent=Consent(remove=["hoe"]))
    assert (kind.calls[0], sorted(kind.calls[1:3]), kind.calls[3]) == ("create spade", ["update rake", "update spade"], "delete hoe")
    assert [(change.name, change.action) for change in result.changes] == [("rake", "update"), ("spade", "create"), ("hoe", "remove")]
