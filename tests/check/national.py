"""An invented regelverk of the size of a national one, without a single problem: for tests and for timing.

2,200 rules over the properties of 18,000 diagnosis and 12,000 procedure codes: 145,000 code lines in all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

KILDE = '  kilde "Oppdiktet regelverk for test"\n'

_VOCABULARY = """regelverk Oppdiktet 2024
  gyldig 2024-01-01 til 2024-12-31
  status test

kodeverk kjønn
  1 "Mann"
  2 "Kvinne"

kodeverk utmåte
  E "Død"
  H "Hjem"
  R "Annet sykehus"

post episode
  episode_id     tekst nøkkel
  pasient_id     tekst rolle pasient
  inn            tidspunkt
  ut             tidspunkt
  alder_dager    heltall 0..45 000 dager
  liggetid       heltall 0..5 000 dager
  kjønn          kode kjønn
  utmåte         kode utmåte
  hovedtilstand  kodepar icd10 valgfri
  bitilstander   kodepar liste icd10
  prosedyrer     kode liste ncsp

slag dgcat oppslag par, andre kode, første kode

samling diagnoser for episode = hovedtilstand, bitilstander
samling alt for episode = hovedtilstand, bitilstander, prosedyrer
"""


def national(rules: int = 2_200, lines: int = 150_000, seed: int = 1) -> dict[str, str]:
    """The files of the regelverk by name. Same arguments, same text."""
    return dict(_Maker(rules, lines, seed).files())


class _Maker:
    def __init__(self, rules: int, lines: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.rules = rules
        share = lines / 150_000
        self.diagnoses = [
            f"{letter}{n:02d}{last}"
            for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
            for n in range(100)
            for last in ("", *"012345")
        ][: max(60, int(18_000 * share))]
        stems = [a + b + c for a in "ABCDEFGHJK" for b in "ABCDEF" for c in "ABCD"]
        self.procedures = [f"{stem}{n:02d}" for stem in stems for n in range(50)][: max(60, int(12_000 * share))]
        self.hdgs = [f"{n:02d}" for n in range(1, 25)]
        self.kinds = min(20, len(self.diagnoses) // len(self.hdgs))
        self.per_property = max(2, int(92_000 * share / (24 * 80)))
        self.categories = [f"{h}C{n:02d}" for h in self.hdgs for n in range(max(2, int(22 * min(1.0, share * 4))))]
        self.excluded = max(2, int(27_000 * share / len(self.categories)))
        self.groups = [f"{n}{letter}" for n in range(1, 300) for letter in "ABC"][: max(24, int(862 * rules / 2_200))]

    def files(self) -> Iterator[tuple[str, str]]:
        yield "ordliste.isf", _VOCABULARY
        yield "icd10.isf", self.system("icd10", self.diagnoses)
        yield "ncsp.isf", self.system("ncsp", self.procedures)
        for hdg in self.hdgs:
            yield f"egenskaper/hdg_{hdg}.isf", "\n".join(self.properties(hdg))
        yield "komplikasjon.isf", "\n".join(self.level())
        yield "drg_liste.isf", "\n".join(self.drgs())
        yield "drg.isf", "\n".join(self.hierarchy())

    def system(self, name: str, codes: list[str]) -> str:
        return f"kodeverk {name}\n" + "".join(f'  {code} "Tekst til {code}"\n' for code in codes)

    def property_names(self, hdg: str) -> list[tuple[str, str]]:
        """(name, code system): categories, principal diagnosis and any diagnosis, procedures."""
        return [
            *((f"{hdg}M{n:02d}", "icd10") for n in range(self.kinds)),
            *((f"{hdg}P{n:02d}", "icd10") for n in range(10)),
            *((f"{hdg}X{n:02d}", "icd10") for n in range(15)),
            *((f"{hdg}S{n:02d}", "ncsp") for n in range(35)),
        ]

    def codes(self, system: str, count: int) -> list[str]:
        source = self.diagnoses if system == "icd10" else self.procedures
        return sorted(self.random.sample(source, min(count, len(source))))

    def category(self, hdg: str, name: str) -> list[str]:
        """The diagnoses of a category: each has one."""
        first = self.hdgs.index(hdg) * self.kinds + int(name[3:])
        return self.diagnoses[first :: len(self.hdgs) * self.kinds]

    def properties(self, hdg: str) -> Iterator[str]:
        for name, system in self.property_names(hdg):
            dealt = name[2] == "M"
            codes = self.category(hdg, name) if dealt else self.codes(system, self.per_property)
            yield f'egenskap {name} "Egenskap {name}" {system}'
            if dealt:
                yield f"  av slag dgcat\n  HDG '{hdg}'"
            yield "".join(f'  {code} "Tekst til {code}"\n' for code in codes) + KILDE
        for category in self.categories:
            if category.startswith(hdg):
                yield f'egenskap {category} "Kategori {category}" icd10'
                yield "".join(f"  {code}\n" for code in self.codes("icd10", 4)) + KILDE
                yield f"kodeliste utelukker_{category} icd10"
                yield "".join(f"  {code}\n" for code in self.codes("icd10", self.excluded)) + KILDE

    def level(self) -> Iterator[str]:
        yield "nivå komplikasjon for episode\n" + KILDE
        for category in self.categories:
            yield f"  kategori {category} gir 1"
            yield f"    når bitilstander har egenskap {category}"
            yield f"    unntatt hovedtilstand i utelukker_{category}"

    def drgs(self) -> Iterator[str]:
        for group in self.groups:
            yield f'DRG {group} "Gruppe {group}"\n  vekt {self.random.randint(100, 9999) / 1000:.3f}'.replace(".", ",")
            yield "  finansiert ja\n" + KILDE

    def hierarchy(self) -> Iterator[str]:
        names = ", ".join(f"hdg_{hdg}" for hdg in self.hdgs)
        yield f"hierarki DRG for episode\n  rekkefølge {names}, samle\n  ellers {self.groups[-1]}\n" + KILDE
        seen: set[frozenset[str]] = set()
        made = 0
        each = self.rules // len(self.hdgs) + 1
        for hdg in self.hdgs:
            guard = ", ".join(f"{hdg}M{n:02d}" for n in range(4))
            yield f"gruppe hdg_{hdg} i DRG\n  når oppslag dgcat av hovedtilstand i {guard}"
            for _ in range(min(each, self.rules - made - len(self.hdgs))):
                made += 1
                parts = self.conjuncts(hdg)
                while any(parts >= other for other in seen):
                    parts = self.conjuncts(hdg)
                seen.add(parts)
                group = self.groups[made % len(self.groups)]
                yield f"  regel {hdg}R{made:04d} gir {group}\n    når " + "\n         og ".join(sorted(parts))
                yield "    returkode '0'"
        yield "gruppe samle i DRG"
        for n, hdg in enumerate(self.hdgs):
            yield f"  regel {hdg}R9999 gir {self.groups[n]}\n    når oppslag dgcat av hovedtilstand i {hdg}M04"

    def conjuncts(self, hdg: str) -> frozenset[str]:
        pick = self.random
        n = pick.randint
        choices = [
            f"hovedtilstand har egenskap {hdg}P{n(0, 9):02d}",
            f"prosedyrer har egenskap {hdg}S{n(0, 34):02d}",
            f"diagnoser har egenskap {hdg}X{n(0, 14):02d}",
            f"ingen alt har egenskap {hdg}X{n(0, 14):02d}",
            f"ulike prosedyrer har egenskap {hdg}S{n(0, 17):02d}, {hdg}S{n(18, 34):02d}",
            f"alder_dager > {int(hdg) * 365} dager",
            f"liggetid < {int(hdg) + 2} dager",
            "komplikasjon >= 1",
            f"kjønn i {n(1, 2)}",
            "utmåte i E",
        ]
        own = f"oppslag dgcat av hovedtilstand i {hdg}M{n(0, 3):02d}"
        return frozenset([own, *pick.sample(choices[:5], 2), *pick.sample(choices[5:], n(0, 2))])
