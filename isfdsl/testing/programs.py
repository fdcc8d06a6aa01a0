"""Whole small regelverk, well typed: every family of construct, with the choices drawn.

The text is made from parts that fit together by construction, so that a drawn regelverk passes every check.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

_ICD = ("A00", "A01.1", "B20", "I10", "I50.9", "M16.1", "Z47.1")
_NCSP = ("AAA00", "AAB10", "NFB30", "NFB40", "TAC00")
_KILDE = '  kilde "oppdiktet"\n'
_VOCABULARY = f"""regelverk Trukket 2024
  gyldig 2024-01-01 til 2024-12-31
  status test
{_KILDE}
kodeverk icd10 åpent mønster "[A-Z][0-9]{{2}}(\\.[0-9])?"
{_KILDE}
kodeverk ncsp åpent mønster "[A-Z]{{3}}[0-9]{{2}}"
{_KILDE}
kodeverk omsorg
  1 "Døgn"
  2 "Dag"
  3 "Poliklinikk"
{_KILDE}
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  institusjon tekst valgfri
  enhet tekst valgfri
  inn tidspunkt 2023-06-01..2025-06-30
  ut tidspunkt 2023-06-01..2025-06-30 valgfri
  født dato 1920-01-01..2025-06-30 valgfri
  omsorg kode omsorg valgfri
  hoved kodepar icd10 valgfri
  andre_koder kodepar liste icd10
  prosedyrer kode liste ncsp
  forbruk desimal 0..100 valgfri
  flagg ja_nei valgfri
{_KILDE}
samling tilstander for episode = hoved, andre_koder
{_KILDE}
begrep liggetid for episode = dager fra inn til ut
{_KILDE}
begrep alder for episode = hele år fra født til inn
{_KILDE}"""


def programs() -> st.SearchStrategy[str]:
    """The text of a small regelverk that checks without errors."""
    return _programs()


@st.composite
def _programs(draw: Draw) -> str:
    writer = Writer(draw)
    writer.write()
    return "\n".join([_VOCABULARY, *writer.parts])


@define
class Writer:
    """Writes one regelverk, family by family."""

    draw: Draw
    parts: list[str] = field(factory=list)
    drg: tuple[str, ...] = ()
    stg: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    def pick(self, values: Sequence[Any]) -> Any:
        """One of some values."""
        return self.draw(st.sampled_from(values))

    def maybe(self) -> bool:
        """Yes or no."""
        return bool(self.draw(st.booleans()))

    def some(self, values: Sequence[str], most: int = 3) -> list[str]:
        """One or more different values."""
        chosen: list[str] = self.draw(st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True))
        return chosen

    def number(self, low: int, high: int) -> int:
        """A whole number."""
        found: int = self.draw(st.integers(low, high))
        return found

    def add(self, text: str, *lines: str) -> None:
        """A declaration with its source."""
        self.parts.append("\n".join([text, *(f"  {line}" for line in lines if line), _KILDE]))

    def write(self) -> None:
        """Everything."""
        self.rates()
        self.codes()
        self.groups()
        self.levels()
        self.krav()
        self.stays()
        self.hierarchy()
        self.services()
        self.courses()
        self.money()

    # ------------------------------------------------------------ families

    def rates(self) -> None:
        """Rates: one that changes in the year, one that may be unknown."""
        self.add("sats pris 50 000 kr til 2024-04-30")
        self.add("sats pris 52 000 kr fra 2024-05-01")
        self.add(f"sats andel {self.number(1, 100)} %")
        self.add("sats ekstra ukjent" if self.maybe() else "sats ekstra 0,05 poeng")

    def codes(self) -> None:
        """Code lists with patterns and exceptions, properties of two systems, a kind with pairs."""
        self.lists = tuple(f"liste_{i}" for i in range(self.number(1, 3)))
        for name in self.lists:
            dated = self.pick(("", "", " fra 2024-05-01"))
            self.add(f"kodeliste {name} icd10{dated}", *self.some((*_ICD, "M1*", "A?0", "A00+B20")))
        self.add(f"kodeliste samlet icd10 = ({', '.join(self.lists)}) unntatt {self.pick(_ICD)}")
        self.properties = tuple(f"P{i}" for i in range(self.number(2, 4)))
        for name in self.properties:
            self.add(f"egenskap {name} ncsp", *self.some((*_NCSP, "NF*")))
        self.add("slag kategori oppslag par, andre kode, første kode")
        self.categories = ("08M1", "01M1")
        self.add("egenskap 08M1 icd10 av slag kategori HDG 08", *self.some(_ICD[:4]))
        recoded = f" regnes som 08M1 når {self.filled(self.pick(_PLAIN))}" if self.maybe() else ""
        self.add(f"egenskap 01M1 icd10 av slag kategori HDG 01{recoded}", "A00+B20", *self.some(_ICD[4:]))

    def groups(self) -> None:
        """DRGs: weights known and unknown."""
        self.drg = tuple(f"{100 + i}" for i in range(self.number(2, 4)))
        for code in self.drg:
            weight = "ukjent" if self.number(0, 4) == 4 else f"{self.number(0, 3)},{self.number(100, 999)} poeng"
            flag = self.pick(("ja", "nei"))
            trim = f"trimpunkt {self.number(0, 5)} dager liggedagsvekt 0,1 poeng" if self.maybe() else ""
            self.add(f'DRG {code} "Gruppe {code}" HDG 08 vekt {weight} finansiert ja utvidet {flag} {trim}')
        self.add('DRG 470 "Resten" vekt 0 poeng utvidet nei')

    def levels(self) -> None:
        """A level with exceptions."""
        lines = []
        for i in range(self.number(1, 3)):
            lines += [f"kategori k{i} gir {self.number(0, 3)}", f"  når {self.condition()}"]
            lines += [f"  unntatt {self.atom()}"] if self.maybe() else []
        self.parts.append(f"nivå grad for opphold\n{_KILDE}" + "\n".join(f"  {line}" for line in lines) + "\n")

    def krav(self) -> None:
        """Requirements with checked, documented, unknown conditions and exceptions."""
        self.requirements = tuple(f"krav_{i}" for i in range(self.number(1, 2)))
        for name in self.requirements:
            lines = [f"gjelder når {self.condition()}"] if self.maybe() else []
            lines += ["vilkår a", f"  når {self.condition()}"]
            lines += ["vilkår b", "  dokumenteres attestert i flagg"] if self.maybe() else []
            lines += ["vilkår c", '  ukjent "ikke oppgitt"'] if self.maybe() else []
            lines += ["unntak d fra 2024-05-01", f"  når {self.atom()}"] if self.maybe() else []
            self.parts.append(f"krav {name} for episode\n" + "\n".join(f"  {x}" for x in lines) + f"\n{_KILDE}")

    def stays(self) -> None:
        """How stays are made."""
        joins = {
            "samles aldri": "",
            "samles når samme institusjon og neste.inn er senest 0 dager etter forrige.ut": "",
            "samles når samme dag og samme enhet": "samles når samme dag og neste.hoved mangler",
        }
        first = self.pick(tuple(joins))
        ways = ["inn første", "ut siste", "prosedyrer alle", "forbruk sum"] if first != "samles aldri" else []
        ways += ["hoved av den med høyest poeng"] if ways and self.maybe() else []
        self.add("opphold av episode", first, joins[first], *ways)

    def hierarchy(self) -> None:
        """Guarded groups of rules."""
        groups = [f"g{i}" for i in range(self.number(1, 3))]
        order = self.draw(st.permutations(groups))
        rest = "470 returkode 8" if self.maybe() else "470"
        self.add(f"hierarki DRG for opphold\n  rekkefølge {', '.join(order)}\n  ellers {rest}")
        for g in groups:
            guard = f"  når {self.condition()}\n" if self.maybe() else ""
            rules = []
            for i in range(self.number(1, 3)):
                dated = self.pick(("", "", " fra 2024-05-01", " til 2024-04-30"))
                rules.append(f"  regel {g}_{i} gir {self.pick(self.drg)}{dated} når {self.condition()}\n  {_KILDE}")
            self.parts.append(f"gruppe {g} i DRG\n{guard}{_KILDE}" + "".join(rules))

    def services(self) -> None:
        """STGs with every way of counting."""
        self.stg = tuple(f"S{i}" for i in range(self.number(1, 2)))
        for code in self.stg:
            unit = self.pick(("måned", "tertial", "år"))
            institution = " per institusjon" if self.maybe() else ""
            counted = self.pick((f"telles én gang per pasient per {unit}{institution}", "telles per kontakt"))
            paid = self.pick(("finansiert ja", "finansiert nei", f"finansieres når minst én i perioden: {self.atom()}"))
            self.add(
                f'STG {code} "Tjeneste {code}" utløses av episode HDG 40 vekt {self.pick(("0,5 poeng", "ukjent"))}',
                f"når {self.condition(krav=True)}",
                counted,
                paid,
            )
        self.add(f"rekkefølge STG: {', '.join(self.stg)}")

    def courses(self) -> None:
        """TFGs with every choice of window, and one per period."""
        names = [f"T{i}" for i in range(self.number(1, 3))]
        for name in names:
            share = self.pick(("vekt", "antall"))
            replaced = self.pick(
                ("", "erstatter poeng for omfattede opphold", "erstatter poeng for omfattede særtjenester")
            )
            head = f'TFG {name} "Forløp {name}" HDG 08 vekt {self.pick(("1,5 poeng", "ukjent"))}'
            tail = [f"fordeles etter {share}", self.pick(("finansiert ja", "finansiert nei")), replaced]
            if self.maybe():
                unit = self.pick(("måned", "tertial", "år"))
                members = [f"omfatter DRG {', '.join(self.some(self.drg))}", f"omfatter STG {self.pick(self.stg)}"]
                self.add(head, *members, f"telles én gang per pasient per {unit}", *tail)
                continue
            mode = self.pick(("starter i vinduet", "slutter i vinduet", "overlapper vinduet"))
            own = self.pick(("også", "ikke"))
            self.add(
                head,
                f"trigger DRG {self.drg[0]}",
                *(self.line(g) for g in self.drg[1:]),
                f"omfatter STG {self.pick(self.stg)} {self.window()}",
                f"medlem {mode}, {own} på triggerens egen startdag",
                self.pick(("innenfor triggerens kalenderår", "uten kalenderårsgrense")),
                f"ny trigger {self.pick(('åpner eget forløp', 'tas inn i forløpet', 'forlenger forløpet'))}",
                f"flere forløp {self.pick(('første', 'nærmeste', 'alle'))}",
                self.pick(("telles per trigger", "telles én gang per pasient per år")),
                *tail,
            )
        use = self.pick(("kontakten brukes én gang", "kontakten kan inngå i flere"))
        self.add(f"rekkefølge TFG {use}: {', '.join(names)}")

    def line(self, group: str) -> str:
        """What a course takes in."""
        when = f" når {self.atom()}" if self.maybe() else ""
        unknown = self.number(0, 5) == 5
        return f"omfatter DRG {group}{when} " + ('ukjent vindu "tapt"' if unknown else self.window())

    def window(self) -> str:
        """A window that is never empty."""
        before, after = self.number(0, 20), self.number(0, 40)
        low = self.pick((f"{before} dager før start", "0 dager etter start"))
        return f"fra {low} til {after} dager etter {self.pick(('start', 'slutt'))}"

    def money(self) -> None:
        """What counts, points and kroner."""
        self.add("teller i ISF for opphold", f"når {self.condition(krav=True)}")
        self.parts.append(
            "poeng for opphold\n  grunnlag vekt\n"
            "  tillegg langligger når liggetid > trimpunkt\n    (liggetid - trimpunkt) * liggedagsvekt\n"
            f"  {_KILDE}  tillegg utvidet når gruppen har utvidet og {self.atom()}\n    tillegg_verdi\n  {_KILDE}"
            f"  fradrag forbruk når forbruk > 0\n    forbruk / {self.number(1, 7)} * 0,01 poeng\n  {_KILDE}"
            f"  avrundes {self.number(0, 4)} desimaler\n{_KILDE}".replace(
                "tillegg_verdi", "1 poeng" if self.maybe() else "ekstra"
            )
        )
        self.add("refusjon alle\n  poeng * pris * andel", self.pick(("avrundes øre", "avrundes hele kroner")))

    # ------------------------------------------------------------ conditions

    def condition(self, *, krav: bool = False) -> str:
        """A condition of up to three parts; mixed connectives stand in parentheses."""
        parts = [self.atom() for _ in range(self.number(1, 2))]
        if krav and self.requirements and self.maybe():
            parts.append(f"krav {self.pick(self.requirements)} er {self.pick(('oppfylt', 'brutt'))}")
        if self.number(0, 4) == 4:
            parts.append(f"({self.atom()} {'eller' if self.maybe() else 'og'} {self.atom()})")
        return f" {self.pick(('og', 'eller'))} ".join(parts)

    def atom(self) -> str:
        """One test of the record."""
        forms = [*_ATOMS]
        if self.properties:
            forms += _WITH_PROPERTIES
        if self.categories:
            forms += ["(oppslag kategori av hoved) i 08M1", "HDG av hoved i 08", "hoved har egenskap 01M1"]
        return self.filled(self.pick(forms))

    def filled(self, form: str) -> str:
        """A form with its places filled in."""
        words: dict[str, Callable[[], str]] = {
            "ICD": lambda: ", ".join(self.some((*_ICD, *self.lists))),
            "NCSP": lambda: ", ".join(self.some(_NCSP)),
            "P": lambda: str(self.pick(self.properties)),
            "PS": lambda: ", ".join(self.some(self.properties)),
            "SOME": lambda: f"{self.pick(('minst', 'høyst', 'nøyaktig'))} {self.number(0, 2)}",
            "OP": lambda: str(self.pick(("<", ">", "<=", ">=", "=", "!="))),
            "N": lambda: str(self.number(0, 3)),
            "DAYS": lambda: f"{self.number(0, 6)} dager",
            "YEARS": lambda: f"{self.number(0, 90)} år",
        }
        return " ".join(words[w]() if w in words else w for w in form.split(" "))


_ATOMS = (
    "hoved i ICD",
    "tilstander i ICD",
    "prosedyrer i NCSP",
    "ikke (hoved finnes og hoved i ICD )",
    "SOME prosedyrer i NCSP",
    "SOME ulike andre_koder i ICD",
    "ingen andre_koder i ICD",
    "alle prosedyrer i NCSP",
    "antall prosedyrer OP N",
    "antall ulike tilstander OP N",
    "liggetid OP DAYS",
    "liggetid mellom N og DAYS",
    "alder OP YEARS",
    "kalenderår fra født til inn OP YEARS",
    "timer fra inn til ut OP N timer",
    "minutter fra inn til ut OP N minutter",
    "ut er senest DAYS etter inn",
    "født er tidligst DAYS før inn",
    "tertial av inn = N",
    "omsorg i 1, 2",
    "omsorg i 3",
    "flagg = ja",
    "forbruk mangler",
    "forbruk OP N",
    "(liggetid hvis flagg = ja ellers 1 dager) OP DAYS",
)
_PLAIN = ("omsorg i 1, 2", "flagg = ja", "hoved i ICD", "prosedyrer har egenskap P", "alder OP YEARS")
_WITH_PROPERTIES = (
    "prosedyrer har egenskap P",
    "prosedyrer har egenskap PS",
    "SOME prosedyrer har egenskap P",
    "ingen prosedyrer har egenskap P",
    "alle prosedyrer med egenskap P i NCSP",
    "ulike prosedyrer har egenskap PS",
)

__all__ = ["programs"]
