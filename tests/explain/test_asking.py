"""What can be asked for, and what is said when it cannot."""

from __future__ import annotations

import pytest

from isfdsl.explain import (
    InvalidChange,
    UnknownGroup,
    UnknownId,
    explain,
    parse_change,
    parse_group,
    render_text,
    whatif,
    why_not,
)
from tests.explain.support import gather, hip, record, rich


def test_unknown_id_names_the_nearest() -> None:
    with pytest.raises(UnknownId) as found:
        explain(rich(), hip(), "E11")
    assert "E1" in found.value.near
    assert "mente du" in str(found.value)


def test_unknown_group() -> None:
    with pytest.raises(UnknownGroup) as found:
        why_not(rich(), hip(), "E1", "DRG", "209F")
    assert "209E" in found.value.near or "209D" in found.value.near


def test_groups_as_written() -> None:
    assert parse_group(rich(), "209E") == ("DRG", "209E")
    assert parse_group(rich(), "TFG:HT03") == ("TFG", "HT03")
    assert parse_group(rich(), "STG XS09") == ("STG", "XS09")
    with pytest.raises(UnknownGroup):
        parse_group(rich(), "HT04")


def test_one_id_in_two_record_types() -> None:
    records = gather(
        record("episode", episode_id="X", pasient_id="P1", inn="2024-01-01"),
        record("utlevering", utlevering_id="X", pasient_id="P2", dato="2024-01-01", legemiddel="H01"),
    )
    assert explain(rich(), records, "X").also_in == ("utlevering",)
    other = explain(rich(), records, "X", post="utlevering")
    assert other.post == "utlevering" and other.stay is None
    assert other.headline.group == "LS02"


def test_a_record_in_the_middle_of_a_stay() -> None:
    document = explain(rich(), hip(), "E5")
    assert document.stay is not None and document.stay.stay_id == "E4"
    assert [r.record_id for r in document.stay.making.records] == ["E4", "E5"]
    assert document.stay.making.links[0].rule == 1
    assert {m.name: m.best for m in document.stay.making.merged}["hovedtilstand"] == "E4"


@pytest.mark.parametrize(
    ("text", "field", "how", "value"),
    [
        ("a=b", "a", "=", "b"),
        ("a= b c ", "a", "=", "b c"),
        ("a+=b", "a", "+=", "b"),
        ("a-=b", "a", "-=", "b"),
        ("nivå_x=", "nivå_x", "=", ""),
        ("a=b=c", "a", "=", "b=c"),
    ],
)
def test_changes_as_written(text: str, field: str, how: str, value: str) -> None:
    found = parse_change(text)
    assert (found.field, found.how, found.value) == (field, how, value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("prosedyrer", "ikke en endring"),
        ("prosedyre=NFB30", "mente du «prosedyrer»"),
        ("episode_id=E99", "kan ikke endres"),
        ("pasient_id=P2", "kan ikke endres"),
        ("hovedtilstand+=M16.1", "ikke en liste"),
        ("prosedyrer-=ABC", "har ikke ABC"),
        ("alder=gammel", "alder"),
        ("ut=2024-01-01", "ut"),
        ("spesialkoder=XXXX", "spesialkoder"),
        ("inn=", "inn"),
    ],
)
def test_changes_that_cannot_be_made(change: str, told: str) -> None:
    with pytest.raises(InvalidChange, match=told):
        whatif(rich(), hip(), "E1", [change])


def test_a_service_is_no_record() -> None:
    with pytest.raises(InvalidChange):
        whatif(rich(), hip(), "P3/LS02/2024", ["alder=1"])


def test_changes_in_order_and_with_plain_spelling() -> None:
    found = whatif(rich(), hip(), "E1", ["prosedyrer=NFB20 ABC00", "prosedyrer-=ABC00", "omsorgsniva=3"])
    assert [(c.name, c.after) for c in found.changes] == [("omsorgsnivå", "3"), ("prosedyrer", "NFB20")]


def test_no_change() -> None:
    found = whatif(rich(), hip(), "E1", ["sted=1"])
    assert not found.changes and not found.effects and found.kroner == 0
    assert "ingen endring" in render_text(found)


def test_a_code_is_written_with_its_dot() -> None:
    text = render_text(explain(rich(), hip(), "E4"))
    assert "M16.1 Annen primær koksartrose" in text
    assert "T81.4" in text and "T814" not in text
