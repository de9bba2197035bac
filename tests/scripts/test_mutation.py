"""The sample of mutants is the same every time, and the report keeps what was written by hand."""

from __future__ import annotations

import ast

import pytest

from scripts.mutants import CORE, TARGETS, Target, mutants_of, sample
from scripts.mutation import judge
from scripts.mutation_report import MISSING, Outcome, Status, reasons, render, summary

FEES = Target("fees", ("test_fees",))


def test_the_same_seed_draws_the_same_mutants_and_a_smaller_sample_is_part_of_a_larger_one() -> None:
    keys = [mutant.key for mutant in sample(60)]
    assert keys == [mutant.key for mutant in sample(60)]
    assert keys[:20] == [mutant.key for mutant in sample(20)]
    assert keys[:20] != [mutant.key for mutant in sample(20, seed=7)]


def test_each_mutant_is_another_program_and_has_a_key_of_its_own() -> None:
    mutants = mutants_of(FEES)
    assert len(mutants) > 100
    assert len({mutant.key for mutant in mutants}) == len(mutants)
    programs = {ast.dump(ast.parse(mutant.source)) for mutant in mutants}
    assert len(programs) == len(mutants)
    assert ast.dump(ast.parse((CORE / "fees.py").read_text())) not in programs


def test_a_mutant_says_where_it_is_and_what_it_changes() -> None:
    original = (CORE / "fees.py").read_text().splitlines()
    for mutant in mutants_of(FEES):
        gone = [line[1:] for line in mutant.diff.splitlines() if line.startswith("-")]
        assert gone and gone == original[mutant.line - 1 :][: len(gone)]
        come = [line[1:] for line in mutant.diff.splitlines() if line.startswith("+")]
        changed = mutant.source.splitlines()
        assert come == changed[mutant.line - 1 :][: len(come)] and changed != original


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.module)
def test_every_target_names_functions_and_test_modules_that_are_there(target: Target) -> None:
    found = {mutant.function for mutant in mutants_of(target)}
    assert found and set(target.functions) <= found
    for name in target.first:
        assert (CORE.parents[2] / "tests" / "core" / f"{name}.py").exists()


def test_the_report_keeps_the_reasons_of_the_one_before() -> None:
    first, second, third = mutants_of(FEES)[:3]
    fates = {
        first.key: Outcome(Status.SURVIVED, "", 1.0),
        second.key: Outcome(Status.SURVIVED, "", 1.0),
        third.key: Outcome(Status.KILLED, "tests/core/test_fees.py::test_it", 1.0),
    }
    empty = render([first, second, third], fates, 1, {})
    assert reasons(empty) == {} and empty.count(MISSING) == 2
    known = {first.key: "It changes nothing.\n\nReally.", second.key: "A message."}
    report = render([first, second, third], fates, 1, known)
    assert reasons(report) == known
    assert render([first, second, third], fates, 1, reasons(report)) == report
    assert third.key not in report


def test_too_many_survivors_too_few_runs_and_missing_reasons_are_complaints() -> None:
    mutants = mutants_of(FEES)[:10]
    fates = {mutant.key: Outcome(Status.KILLED, "a test", 1.0) for mutant in mutants}
    assert judge(mutants, fates, {}) == []
    one = mutants[0].key
    fates[one] = Outcome(Status.SURVIVED, "", 1.0)
    assert [one in complaint for complaint in judge(mutants, fates, {})] == [True]
    assert judge(mutants, fates, {one: "A reason."}) == []
    fates[mutants[1].key] = Outcome(Status.SURVIVED, "", 1.0)
    known = {mutant.key: "A reason." for mutant in mutants}
    assert judge(mutants, fates, known) == ["Fewer than 85% were noticed."]
    del fates[one], fates[mutants[1].key]
    assert judge(mutants, fates, known) == ["Only 8 of 10 mutants were run in the time given."]


def test_a_mutant_that_hangs_counts_as_noticed() -> None:
    mutants = mutants_of(FEES)[:2]
    fates = {
        mutants[0].key: Outcome(Status.TIMEOUT, "", 1.0),
        mutants[1].key: Outcome(Status.SURVIVED, "", 1.0),
    }
    assert summary(mutants, fates, 90).endswith("0 killed, 1 timed out, 1 survived; 50.0% noticed")
