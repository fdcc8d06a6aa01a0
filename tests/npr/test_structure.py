"""Breaches of the message's structure, with their places: by the mapping alone and by the schema files."""

from __future__ import annotations

from pathlib import Path

import pytest

from isfdsl.records.readers.npr import mapping as mappings
from isfdsl.records.readers.npr.structure import Particle, automaton
from tests.npr import support as s


@pytest.fixture(params=["tilordning", "skjema"])
def against(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Check against the structure of the mapping file, and against the schema."""
    if request.param == "skjema":
        if not s.HAS_SCHEMA:
            pytest.skip(s.WITHOUT_SCHEMA)
        monkeypatch.setenv("ISFDSL_NPR", str(s.SCHEMA_FOLDER))
    return str(request.param)


GOOD = s.episode("god", after=s.condition(1, "I10"))

BREACHES = {
    "attributt mangler": (s.episode("x").replace(' debitor="1"', ""), "«debitor» mangler"),
    "ukjent attributt": (s.episode("x", more=' farge="rød"'), "«farge» finnes ikke"),
    "umulig dag": (s.episode("x", begin="2024-02-30T08:00:00"), "«innDatoTid»: verdien er ikke et gyldig tidspunkt"),
    "ikke et tall": (s.episode("x", more=' alderIDager="ti"'), "«alderIDager»: verdien er ikke et heltall"),
    "ukjent kode": (s.episode("x", more=' arenafleksibel="7"'), "«arenafleksibel»: «7» er ikke en kode i 1101"),
    "kodeverk": (
        s.episode("x", after=f'<Tilstand tilstNr="1">{s.code(1, "W", "I10")}</Tilstand>'),
        "«Kodeverk»: verdien er ikke en kode i 8410",
    ),
    "feil rekkefølge": (s.episode("x", inside=s.REFS, refs="", after="<AvdOpp/>"), "«Kontakt» eller «AvdOpp» mangler"),
    "for få": (s.episode("x", refs='<RefEnhet enhetID="1" typeEnhet="1"/>'), "«RefEnhet» mangler"),
    "ukjent element": (s.episode("x", after="<Fjas/>"), "«Fjas» er ikke tillatt"),
    "to valg": (s.episode("x", inside='<AvdOpp/><Kontakt kontaktType="1" stedAktivitet="1"/>'), "ikke på sin plass"),
    "tekst": (s.episode("x", after="hei"), "elementet har tekst i seg"),
    "enhet": (s.episode("x", refs=s.REFS.replace('enhetID="1"', 'enhetID="9"')), "som ikke finnes"),
    "tom tilstand": (s.episode("x", after='<Tilstand tilstNr="1"/>'), "«Kode» mangler"),
    "tre koder": (s.episode("x", after=s.condition(1, "A00", "B00", "C00")), "flere enn to koder"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_sets_its_episode_aside(tmp_path: Path, against: str, name: str) -> None:
    text, reason = BREACHES[name]
    whole = s.message(s.patient(GOOD, text))
    found = s.read_text(tmp_path, whole)
    assert s.codes_of(found) == []
    assert [r.record_id for r in found.records["episode"]] == ["god"]
    (reject,) = found.rejects
    assert (reject.kode, reject.record_id) == ("ISF6309", "x")
    assert reason in reject.melding
    line = 1 + whole[: whole.index('episodeID="x"')].count("\n")
    assert reject.rad == line and f"linje {line}, kolonne " in reject.melding


def test_a_breach_of_the_patient_holds_for_its_episodes(tmp_path: Path, against: str) -> None:
    bad = s.patient(s.episode("x"), s.episode("y"), number="P2", person='kjonn="1" fodselsar="i går"')
    found = s.read_text(tmp_path, s.message(s.patient(GOOD), bad))
    assert [r.record_id for r in found.records["episode"]] == ["god"]
    assert [(r.record_id, r.kode) for r in found.rejects] == [("x", "ISF6309"), ("y", "ISF6309")]


def test_a_breach_elsewhere_is_a_warning(tmp_path: Path, against: str) -> None:
    text = s.message(s.patient(GOOD)).replace(' lopenr="1"', "").replace('mottaksDato="2024-01-01"', 'mottaksDato="x"')
    found = s.read_text(tmp_path, text)
    assert len(found.records["episode"]) == 1
    warnings = [p.message() for p in found.problems if p.code == "ISF6309"]
    assert len(warnings) == 2 and "linje 2, kolonne 1" in warnings[0] and "«mottaksDato»" in warnings[1]


def test_many_breaches_are_counted(tmp_path: Path, against: str) -> None:
    text = (
        s.message(s.patient(GOOD))
        .replace("</Kontaktperson>", "")
        .replace("<Kontaktperson ", "<Kontaktperson farge='1' " * 1, 1)
    )
    units = "".join(f'<Enhet enhetID="u{i}" farge="1"/>' for i in range(50))
    found = s.read_text(tmp_path, text.replace(s.UNITS, s.UNITS + units))
    assert sum(p.code == "ISF6309" for p in found.problems) == 20
    assert next(p.antall for p in found.problems if p.code == "ISF6310") == 31  # type: ignore[attr-defined]


@pytest.mark.skipif(not s.HAS_SCHEMA, reason=s.WITHOUT_SCHEMA)
class TestSchema:
    """What only the schema says."""

    @pytest.fixture(autouse=True)
    def _schema(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ISFDSL_NPR", str(s.SCHEMA_FOLDER))

    def test_the_mapping_says_what_the_schema_says(self) -> None:
        (mapping,) = mappings.npr_mappings().values()
        schema = mappings.structure_of(mapping)
        assert schema.source == "XPR(ord).xsd"
        for name, own in mapping.structure.elements.items():
            other = schema.elements[name]
            assert own.particles == other.particles, name
            assert {k: (a.required, a.fixed) for k, a in own.attributes.items()} == {
                k: (a.required, a.fixed) for k, a in other.attributes.items()
            }, name

    def test_keys_must_be_unique_and_references_found(self, tmp_path: Path) -> None:
        text = s.message(s.patient(GOOD), s.patient(s.episode("x"), number="P1"))
        found = s.read_text(tmp_path, text)
        assert [(r.record_id, r.kode) for r in found.rejects] == [("x", "ISF6309")]
        assert "«pasientNr» står flere ganger" in found.rejects[0].melding
        tvang = '<Tvang typeTvang="1" spesialistvedtakID="v9"/>'
        found = s.read_text(tmp_path, s.message(s.patient(GOOD, s.episode("x", after=tvang))))
        assert "«spesialistvedtakID» viser til noe som ikke finnes" in found.rejects[0].melding

    def test_elements_the_mapping_never_heard_of_are_checked(self, tmp_path: Path) -> None:
        maling = '<Maling typeMaling="x" malingDatoTid="i dag"/>'
        found = s.read_text(tmp_path, s.message(s.patient(GOOD, s.episode("x", after=maling))))
        assert "«malingDatoTid»" in found.rejects[0].melding


def test_the_automaton_counts() -> None:
    def runs(*names: str) -> bool:
        state = automaton((Particle(("a", "b"), 1, 1), Particle(("c",), 0, None), Particle(("d",), 3, None)))
        for name in names:
            following = state.following.get(name)
            if following is None:
                return False
            state = following
        return state.accepting

    assert runs("a", "d", "d", "d") and runs("b", "c", "c", "d", "d", "d", "d")
    assert not runs("d", "d", "d") and not runs("a", "b", "d", "d", "d") and not runs("a", "d", "d")
    assert not runs("a", "d", "c", "d", "d")


def test_a_schema_that_is_not_understood_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "skjema"
    own.mkdir()
    (own / "x.xsd").write_text(
        '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.npr.no/xmlstds/53_1_3_ord">'
        '<element name="Melding"><complexType><all/></complexType></element></schema>',
        encoding="utf-8",
    )
    monkeypatch.setenv("ISFDSL_NPR", str(own))
    assert s.codes_of(s.read_text(tmp_path, s.message(s.patient(GOOD)))) == ["ISF6314"]
