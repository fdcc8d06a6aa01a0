"""What an import did: repairs and kept deviations, one count per kind, and the problems that stopped it."""

from __future__ import annotations

from typing import Literal

from attrs import define, field, frozen

from isfdsl.diagnostics.base import Problem, no_error

Effect = Literal["reparert", "beholdt", "utelatt", "tapt", "fyller"]

# kind → (effect, what it is in bokmål). "beholdt": changes no answer, kept as it stands. "utelatt": changes no answer
# and has no place in the text. "tapt": cannot be said in the text, so a case may get another answer.
KINDS: dict[str, tuple[Effect, str]] = {
    "byte_order_mark": ("reparert", "byterekkefølgemerke fjernet"),
    "tegnsett": ("reparert", "fil i et annet tegnsett enn UTF-8 lest"),
    "komma_foran_slutt": ("reparert", "overflødig komma foran } eller ] fjernet"),
    "styretegn": ("reparert", "styretegn i en verdi eller et navn erstattet med blank"),
    "blanke_rundt": ("reparert", "blanke rundt en verdi fjernet"),
    "tallcelle": ("reparert", "tallcelle gjort om til tekst"),
    "hdg_nullutfylt": ("reparert", "HDG med ett siffer fylt ut til to"),
    "kode_med_punktum": ("reparert", "punktum i en kode fjernet"),
    "vartype_skrivemåte": ("reparert", "skrivemåten av vartype rettet"),
    "tom_rad": ("reparert", "tom rad hoppet over"),
    "kort_rad": ("reparert", "rad med færre celler enn overskriften; resten regnet som tomt"),
    "tom_verdi": ("reparert", "strek eller ord for tom celle lest som tom"),
    "delt_tekst": ("reparert", "tekst med skilletegnet i seg satt sammen igjen"),
    "ukjent_kolonne": ("beholdt", "kolonne som ikke leses"),
    "ukjent_fil": ("beholdt", "fil eller ark som ikke leses"),
    "lik_rad": ("beholdt", "rad som er helt lik en tidligere rad"),
    "rusk_i_kategorier": ("beholdt", "rad i compl_cat som ikke er en kategori"),
    "verdi_passer_ikke": ("beholdt", "verdi som ikke passer til vartype"),
    "ukjent_vartype": ("beholdt", "vartype som ikke brukes i denne tabellen"),
    "halvt_par": ("beholdt", "rad med d_code uten code, eller uten noen kode"),
    "hdg_avviker": ("beholdt", "MDC-rad som ikke stemmer med de to første tegnene i DGCAT"),
    "egenskap_uten_kode": ("beholdt", "vilkår om en egenskap som ingen kode har"),
    "egenskap_uten_bruk": ("beholdt", "egenskap som koder har, men ingen rad spør om"),
    "umulig_vilkår": ("beholdt", "vilkår som aldri er sant"),
    "skygget_rad": ("beholdt", "rad som en tidligere rad alltid tar kasusene fra"),
    "rekkefølge": ("beholdt", "rad som står før en rad med lavere ord; filens rekkefølge gjelder"),
    "ord_to_ganger": ("beholdt", "ord som flere rader har"),
    "ukjent_returkode": ("beholdt", "returkode utenfor 0–9, A og B"),
    "gruppe_uten_navnerad": ("beholdt", "gruppe i logikken uten rad i names"),
    "gruppe_uten_logikk": ("beholdt", "gruppe i names uten rad i logikken"),
    "kategori_uten_rad": ("beholdt", "bikategori på koder uten rad i compl_cat"),
    "inaktiv_uten_inclprop": ("beholdt", "inaktiv kategori uten inclprop; den blir aldri aktiv"),
    "inclprop_uten_kode": ("beholdt", "inclprop som ingen kode har"),
    "inclprop_på_aktiv": ("beholdt", "inclprop på en kategori som ikke er inaktiv"),
    "kategori_uten_utelukkelser": ("beholdt", "kategori uten utelukkende hoveddiagnoser"),
    "utelukkelse_uten_kategori": ("beholdt", "utelukkelse for en kategori som ikke finnes"),
    "egenskap_uten_navn": ("beholdt", "egenskap uten navn"),
    "tekst_to_ganger": ("beholdt", "kode med flere ulike tekster; den første brukes"),
    "ord_med_etternavn": ("beholdt", "rad med et ord som har stått før; regelen fikk et tall bak navnet"),
    "navn_endret": ("beholdt", "navn med tegn som ikke kan skrives, skrevet uten dem"),
    "egenskap_med_etternavn": ("beholdt", "verdi som står under flere vartyper; egenskapen fikk vartypen bak navnet"),
    "gruppe_uten_pris": ("beholdt", "gruppe som ikke står i prislisten; vekten er ukjent"),
    "annen_verdi_i_regelverket": ("beholdt", "opplysning som regelverket har en annen verdi for; regelverkets gjelder"),
    "tekster_fra": ("beholdt", "tekster hentet et annet sted enn fra tabellene selv"),
    "fyller_hierarki": ("fyller", "regel i regelverkets hierarki, som tabellenes regler kommer i stedet for"),
    "fyller_nivå": ("fyller", "nivå"),
    "fyller_egenskap": ("fyller", "egenskap som regelverket har ufullstendig"),
    "fyller_gruppe": ("fyller", "gruppe som regelverket har; det ukjente i den fylles"),
    "fyller_kodeverk": ("fyller", "åpent kodeverk som får koder det ikke kjenner"),
    "gruppe_bare_i_regelverket": ("fyller", "gruppe i regelverket som tabellene ikke har; den får ingen opphold"),
    "egenskap_kjent_i_regelverket": (
        "fyller",
        "egenskap som regelverket ikke har ufullstendig; de to må gjøres til én",
    ),
    "pris_uten_gruppe": ("utelatt", "gruppe i prislisten som tabellene ikke har"),
    "mdc_rad": ("utelatt", "MDC-rad; HDG følger av DGCAT"),
    "rad_uten_virkning": ("utelatt", "egenskapsrad som ingen rad i logikken kan spørre om"),
    "senere_diagnosekategori": ("utelatt", "DGCAT nummer to for samme kode"),
    "utelukkelse_uten_virkning": ("utelatt", "utelukkelse for en kategori som ikke virker"),
    "vilkår_alltid_sant": ("utelatt", "vilkår som alltid er sant"),
    "kode_kan_ikke_skrives": ("tapt", "kode med *, ?, + eller ' i seg, som språket leser som noe annet"),
}

_MAX_EXAMPLES = 5


@frozen
class Count:
    """How often one kind of repair or deviation was met, with the first few places."""

    kind: str
    count: int
    examples: tuple[str, ...]

    @property
    def effect(self) -> Effect:
        """``reparert`` or ``beholdt``."""
        return KINDS[self.kind][0]

    @property
    def text(self) -> str:
        """What it is, in bokmål."""
        return KINDS[self.kind][1]


@frozen(kw_only=True)
class ImportReport:
    """The account of one import. ``rows`` is (table, number of rows read)."""

    source: str
    form: str
    rows: tuple[tuple[str, int], ...] = ()
    counts: tuple[Count, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """No problem of error rank."""
        return no_error(self.problems)

    def count(self, kind: str) -> int:
        """How many of one kind."""
        return sum(entry.count for entry in self.counts if entry.kind == kind)


@define
class Recorder:
    """Collects counts and problems while an import runs."""

    problems: list[Problem] = field(factory=list)
    _counts: dict[str, int] = field(factory=dict)
    _examples: dict[str, list[str]] = field(factory=dict)

    def add(self, kind: str, example: str = "", times: int = 1) -> None:
        """Count one kind; the first few different examples are kept."""
        assert kind in KINDS, kind
        self._counts[kind] = self._counts.get(kind, 0) + times
        kept = self._examples.setdefault(kind, [])
        if example and len(kept) < _MAX_EXAMPLES and example not in kept:
            kept.append(example)

    def problem(self, problem: Problem) -> None:
        """Keep a problem."""
        self.problems.append(problem)

    @property
    def failed(self) -> bool:
        """Some problem is an error."""
        return any(problem.severity == "feil" for problem in self.problems)

    def counts(self) -> tuple[Count, ...]:
        """The counts in the order of ``KINDS``."""
        return tuple(
            Count(kind, self._counts[kind], tuple(self._examples[kind])) for kind in KINDS if kind in self._counts
        )
