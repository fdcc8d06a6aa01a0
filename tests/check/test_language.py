"""The language's own examples, all in one namespace, with the definitions that they take for granted."""

from __future__ import annotations

from pathlib import Path

from isfdsl.check import check
from isfdsl.program import Workspace

BLOCKS = Path(__file__).parents[1] / "data" / "language_blocks"

# Fields that the examples read and the abridged `post` blocks leave out.
EPISODE = """post episode
  fødselsdato          dato
  institusjon          tekst
  enhet                tekst
  omsorgsnivå          kode omsorgsnivå
  legemidler           kode liste atc
  særkoder             kode liste særkoder
  kontakt_med          kode kontakt_med valgfri
  egenandelstakst      tekst valgfri
  tjenesteområde       kode tjenesteområde
"""
UTLEVERING = """post utlevering
  utlevering_id  tekst nøkkel
  dato           dato
  atc            kode atc
  indikasjon     kode icd10 valgfri
"""
REST = """
kodeverk ncsp åpent
kodeverk ncmp åpent
kodeverk ncrp åpent
kodeverk atc åpent
kodeverk særkoder åpent
kodeverk utførende_helsepersonell åpent
kodeverk sted_for_aktivitet
  3
  4
  5
kodeverk omsorgsnivå
  3
kodeverk kontakt_med
  pasient
  foresatt
kodeverk tjenesteområde
  1
kodeliste somatikk tjenesteområde
  1
kodeliste veksthormonhemmere atc
  H01AC01
kodeliste veksthormonoverskudd icd10
  E22.0
kodeliste utelukker_08C02 icd10
  M16.1
kodeliste utelukker_05I01 icd10
  I10
egenskap 08C02 icd10
  I50
egenskap 05I01 icd10
  I50
egenskap 05X21 icd10, ncsp
  i icd10
  I10
  i ncsp
  FNG02
egenskap 11D00 icd10
  N20
egenskap 11S05 ncsp
  KAT00
egenskap 11S01 ncsp
  KAS00

samling tilstander for episode = hovedtilstand, bitilstander
begrep liggetid for episode = dager fra inn til ut

krav teambasert_oppfølging for episode
  vilkår team
    dokumenteres
krav enhet_gir_refusjon for episode
  vilkår enhet
    dokumenteres
krav utførende_helsepersonell for episode
  vilkår personell
    når personell finnes
krav gyldig_hovedtilstand for episode
  vilkår kode
    når hovedtilstand er gyldig i icd10

STG AS01
  ufullstendig "kriteriene"
STG AS03
  ufullstendig "kriteriene"
STG XS99
  ufullstendig "kriteriene"
STG MS01
  ufullstendig "kriteriene"
STG MS02
  ufullstendig "kriteriene"
DRG 209E
DRG 908B
DRG 996O
DRG 923O
DRG 317O
DRG 470
DRG 718
gruppe forhåndsregler i DRG
gruppe hdg_01 i DRG
gruppe hdg_02 i DRG
gruppe hdg_12 i DRG
gruppe samleregler i DRG
"""


def test_the_examples_of_the_language_check_without_errors() -> None:
    texts = {path.name: path.read_text("utf-8") for path in BLOCKS.glob("*.isf")}
    vocabulary = texts["vocabulary.isf"].replace("post episode\n", EPISODE)
    texts["vocabulary.isf"] = vocabulary.replace(
        vocabulary[vocabulary.index("post utlevering") : vocabulary.index("begrep alder")], UTLEVERING
    )
    texts["resten.isf"] = REST
    loaded = Workspace().load_texts(sorted(texts.items()))
    errors = [(p.code, p.message()) for p in check(loaded).problems if p.severity == "feil"]
    # The example of an assumption is about a year in which the rate is not known; the example of a rate knows it.
    assert errors == [("ISF4028", "satsen «enhetspris_somatikk» er kjent (52 248 kr) og kan ikke antas")]
