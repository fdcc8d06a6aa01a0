"""From messages to stays: what is one stay, by the rules of the year and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import isfdsl
from isfdsl.api import Regelverk
from tests.npr import support as s

ROOT = Path(__file__).resolve().parents[2]
AVDOPP = '<AvdOpp permisjonsdogn="{}"/>'
CONTACT = '<Kontakt kontaktType="1" stedAktivitet="1"><Helseperson polUtforende="1"/></Kontakt>'


@pytest.fixture(scope="module")
def year() -> Regelverk:
    return isfdsl.load(ROOT / "rules/2024")


def ward(key: str, begin: str, end: str, *codes: str, home: bool = False, leave: int = 0, area: str = "100") -> str:
    """A stay at a ward, or at home when ``home``."""
    more = f' utDatoTid="{end}" utTilstand="1" episodeFag="{area}"' + (' arenafleksibel="1"' if home else "")
    after = "".join(s.condition(n, code) for n, code in enumerate(codes, 1))
    return s.episode(key, inside=AVDOPP.format(leave), after=after, more=more, begin=begin)


def contact(key: str, begin: str, *codes: str, area: str = "100") -> str:
    """A contact at the outpatient clinic."""
    after = "".join(s.condition(n, code) for n, code in enumerate(codes, 1))
    more = f' utDatoTid="{begin}" utTilstand="1" episodeFag="{area}"'
    text = s.episode(key, inside=CONTACT, after=after, more=more, begin=begin)
    return text.replace('omsorgsniva="1"', 'omsorgsniva="3"')


def stays(year: Regelverk, folder: Path, *messages: str) -> dict[str, Any]:
    for number, text in enumerate(messages):
        (folder / f"m{number}.xml").write_text(text, encoding="utf-8")
    data = year.read(folder)
    assert data.ok and not data.rejects, [p.message() for p in data.problems] + [r.melding for r in data.rejects]
    return {stay.opphold_id: stay for stay in year.evaluate(data).stays}


def parts(found: dict[str, Any]) -> dict[str, list[str]]:
    return {key: [r.record_id for r in stay.records] for key, stay in found.items()}


def test_a_transfer_between_wards_is_one_stay(year: Regelverk, tmp_path: Path) -> None:
    first = ward("a", "2024-03-01T09:00:00", "2024-03-04T12:00:00", "J960", leave=1)
    second = ward("b", "2024-03-04T12:00:00", "2024-03-08T12:00:00", "J960", leave=2)
    found = stays(year, tmp_path, s.message(s.patient(first, second)))
    assert parts(found) == {"a": ["a", "b"]}
    values = found["a"].ctx.values
    assert str(values["ut"]).startswith("2024-03-08") and values["permisjonsdøgn"] == 3


def test_a_move_between_hospitals_is_two_stays(year: Regelverk, tmp_path: Path) -> None:
    first = s.patient(ward("a", "2024-03-01T09:00:00", "2024-03-04T12:00:00", "J960"))
    second = s.patient(ward("b", "2024-03-04T12:00:00", "2024-03-08T12:00:00", "J960"))
    found = stays(year, tmp_path, s.message(first), s.message(second, institution="888"))
    assert parts(found) == {"a": ["a"], "b": ["b"]}


def test_from_ward_to_home_hospital_is_one_stay(year: Regelverk, tmp_path: Path) -> None:
    first = ward("a", "2024-03-01T09:00:00", "2024-03-04T12:00:00", "J960")
    home = ward("b", "2024-03-04T12:00:00", "2024-03-08T12:00:00", "J960", home=True)
    found = stays(year, tmp_path, s.message(s.patient(first, home)))
    assert parts(found) == {"a": ["a", "b"]}
    again = tmp_path / "hjem"
    again.mkdir()
    alone = stays(year, again, s.message(s.patient(home)))
    assert alone["b"].ctx.values["arenafleksibel"] is True


def test_contacts_of_one_day_in_one_hdg_are_one(year: Regelverk, tmp_path: Path) -> None:
    rows = [
        contact("a", "2024-03-01T09:00:00", "M130"),
        contact("b", "2024-03-01T13:00:00", "M139"),  # same day, same HDG
        contact("c", "2024-03-01T15:00:00", "J960"),  # same day, another HDG
        contact("d", "2024-03-02T09:00:00", "M130"),  # the day after
    ]
    found = stays(year, tmp_path, s.message(s.patient(*rows)))
    assert parts(found) == {"a": ["a", "b"], "c": ["c"], "d": ["d"]}


def test_contacts_in_mental_health_care_are_each_their_own(year: Regelverk, tmp_path: Path) -> None:
    rows = [
        contact("a", "2024-03-01T09:00:00", "M130", area="320"),
        contact("b", "2024-03-01T13:00:00", "M130", area="320"),
    ]
    found = stays(year, tmp_path, s.message(s.patient(*rows)))
    assert parts(found) == {"a": ["a"], "b": ["b"]}
    assert found["a"].ctx.values["tjenesteområde"] == "phv"


def test_another_regelverk_another_stay(tmp_path: Path) -> None:
    """Nothing of it is in the reader: with other rules the same message gives other stays."""
    text = "".join(p.read_text("utf-8") for p in sorted((ROOT / "rules/2024").glob("*.isf")) if p.name != "opphold.isf")
    own = tmp_path / "regler"
    own.mkdir()
    (own / "alt.isf").write_text(text + "\nopphold av episode\n  samles aldri\n  kilde  E_npr_5313\n", "utf-8")
    for folder in ("krav",):
        (own / folder).mkdir()
        for path in (ROOT / "rules/2024" / folder).glob("*.isf"):
            (own / folder / path.name).write_bytes(path.read_bytes())
    data = tmp_path / "inn"
    data.mkdir()
    first = ward("a", "2024-03-01T09:00:00", "2024-03-04T12:00:00", "J960")
    second = ward("b", "2024-03-04T12:00:00", "2024-03-08T12:00:00", "J960")
    found = stays(isfdsl.load(own), data, s.message(s.patient(first, second)))
    assert parts(found) == {"a": ["a"], "b": ["b"]}


def test_leave_as_long_as_the_stay_is_seen_by_the_requirement(year: Regelverk, tmp_path: Path) -> None:
    rows = ward("a", "2024-03-01T09:00:00", "2024-03-03T12:00:00", "J960", leave=2)
    rows += ward("b", "2024-04-01T09:00:00", "2024-04-03T12:00:00", "J960", leave=1)
    (tmp_path / "m.xml").write_text(s.message(s.patient(rows)), encoding="utf-8")
    result = year.evaluate(year.read(tmp_path))
    outcome = {c.record_id: c.outcome for c in result.krav if c.krav == "permisjon"}
    assert outcome == {"a": "ikke_oppfylt", "b": "oppfylt"}
