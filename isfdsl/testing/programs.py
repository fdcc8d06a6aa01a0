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
  bosted kode omsorg valgfri rolle region
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
post levering
  levering_id tekst nøkkel
  pasient_id tekst
  institusjon tekst valgfri
  dag dato 2023-06-01..2025-06-30 rolle start
  bestilt dato 2023-06-01..2025-06-30 valgfri
  vare kode ncsp valgfri
  årsak kodepar icd10 valgfri
  mengde heltall 0..20 valgfri
{_KILDE}
samling tilstander for episode = hoved, andre_koder
{_KILDE}
samling alle_koder for episode = hoved, prosedyrer, andre_koder
{_KILDE}
begrep liggetid for episode = dager fra inn til ut
{_KILDE}
begrep alder for episode = hele år fra født til inn
{_KILDE}
begrep lang for episode = liggetid > 2 dager og ikke omsorg i 3
{_KILDE}
begrep delt_forbruk for episode = forbruk / antall prosedyrer
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
    unknown: tuple[str, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()
    incomplete: bool = False
    with_other: bool = False
    with_levels: bool = False

    def pick(self, values: Sequence[Any]) -> Any:
        """One of some values."""
        return self.draw(st.sampled_from(values))

    def maybe(self) -> bool:
        """Yes or no."""
        return bool(self.draw(st.booleans()))

    def rarely(self) -> bool:
        """Yes one time in four."""
        return self.number(0, 3) == 3

    def some(self, values: Sequence[str], most: int = 3) -> list[str]:
        """One or more different values."""
        chosen: list[str] = self.draw(st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True))
        return chosen

    def number(self, low: int, high: int) -> int:
        """A whole number."""
        found: int = self.draw(st.integers(low, high))
        return found

    def gap(self, what: str) -> str:
        """Now and then something that no source gives."""
        return f'ufullstendig "{what} mangler"' if self.rarely() else ""

    def add(self, text: str, *lines: str) -> None:
        """A declaration with its source."""
        self.parts.append("\n".join([text, *(f"  {line}" for line in lines if line), _KILDE]))

    def write(self) -> None:
        """Everything."""
        self.rates()
        self.codes()
        self.groups()
        self.levels()
        self.other()
        self.krav()
        self.stays()
        self.hierarchy()
        self.services()
        self.courses()
        self.money()
        self.assumptions()

    # ------------------------------------------------------------ families

    def rates(self) -> None:
        """Rates: one that changes in the year, one that may be unknown."""
        self.add("sats pris 50 000 kr til 2024-04-30")
        self.add("sats pris 52 000 kr fra 2024-05-01")
        self.add(f"sats andel {self.number(1, 100)} %")
        self.add("sats ekstra ukjent" if self.maybe() else "sats ekstra 0,05 poeng")
        self.add('sats ekstra_pris ukjent "ikke oppgitt"')

    def codes(self) -> None:
        """Code lists with patterns and exceptions, properties of two systems, a kind with pairs."""
        self.lists = tuple(f"liste_{i}" for i in range(self.number(1, 3)))
        for name in self.lists:
            dated = self.pick(("", "", " fra 2024-05-01"))
            self.add(f"kodeliste {name} icd10{dated}", *self.some((*_ICD, "M1*", "A?0", "A00+B20")))
        self.add(f"kodeliste samlet icd10 = ({', '.join(self.lists)}) unntatt {self.pick(_ICD)}")
        self.properties = tuple(f"P{i}" for i in range(self.number(2, 4)))
        for name in self.properties:
            turned = (
                f" regnes som P0 når {self.filled(self.pick(_OF_FIELDS))}" if name != "P0" and self.rarely() else ""
            )
            dated = self.pick(("", "", " fra 2024-05-01"))
            self.add(f"egenskap {name} ncsp{dated}{turned}", *self.some((*_NCSP, "NF*")))
        self.add("egenskap blandet icd10, ncsp", "i icd10", *self.some(_ICD), "i ncsp", *self.some(_NCSP))
        self.incomplete = self.rarely()
        self.add("kodeliste åpen_liste icd10", 'ufullstendig "resten er ikke oppgitt"' if self.incomplete else "Z47.1")
        order = ", ".join(self.draw(st.permutations(("par", "andre kode", "første kode"))))
        self.add(f"slag kategori oppslag {order}")
        self.categories = ("08M1", "01M1", "02M1")
        first, last = self.some(_ICD[:4]), self.some(_ICD[4:])
        self.add("egenskap 08M1 icd10 av slag kategori HDG 08", *first)
        recoded = "".join(
            f" regnes som {to} når {self.filled(self.pick(_PLAIN))}" for to in ("08M1", "02M1") if self.maybe()
        )
        self.add(
            "egenskap 02M1 icd10 av slag kategori HDG 02", self.pick([c for c in _ICD if c not in (*first, *last)])
        )
        self.add(f"egenskap 01M1 icd10 av slag kategori HDG 01{recoded}", "A00+B20", *last)

    def groups(self) -> None:
        """DRGs: weights known and unknown."""
        self.drg = tuple(f"{100 + i}" for i in range(self.number(2, 4)))
        for code in self.drg:
            unknown = self.number(0, 4) == 4
            self.unknown += (code,) if unknown else ()
            weight = "ukjent" if unknown else f"{self.number(0, 3)},{self.number(100, 999)} poeng"
            flag = self.pick(("ja", "nei"))
            trim = f"trimpunkt {self.number(0, 5)} dager liggedagsvekt 0,1 poeng" if self.maybe() else ""
            head = f'DRG {code} "Gruppe {code}" HDG 08 vekt {weight} finansiert ja utvidet {flag} {trim}'
            self.add(head, self.gap("koder"))
        self.add('DRG 470 "Resten" vekt 0 poeng utvidet nei')

    def other(self) -> None:
        """A hierarchy that is read as a value, of the record or of the stay."""
        rest = self.pick(("ingen", "ambulant"))
        self.add(f"hierarki type for episode\n  rekkefølge t\n  ellers {rest}")
        rules = [f"  regel t{i} gir {self.pick(('innlagt', 'dag'))} når {self.condition()}\n" for i in range(2)]
        self.parts.append(f"gruppe t i type\n{_KILDE}" + "".join(rules))
        self.with_other = True

    def levels(self) -> None:
        """A level with exceptions."""
        lines = []
        for i in range(self.number(1, 3)):
            dated = self.pick(("", "", " til 2024-04-30"))
            lines += [f"kategori k{i} gir {self.number(0, 3)}{dated}", f"  når {self.condition()}"]
            lines += [f"  unntatt {self.atom()}"] if self.maybe() else []
        subject = self.pick(("episode", "opphold"))
        self.parts.append(f"nivå grad for {subject}\n{_KILDE}" + "\n".join(f"  {line}" for line in lines) + "\n")
        self.with_levels = subject == "episode"

    def krav(self) -> None:
        """Requirements with checked, documented, unknown conditions and exceptions."""
        names = [f"krav_{i}" for i in range(self.number(1, 3))]
        for name in names:
            subject = "opphold" if self.rarely() else "episode"
            dated = self.pick(("", "", " fra 2024-05-01"))
            lines = [f"gjelder når {self.condition()}"] if self.maybe() else []
            lines += ["vilkår a", f"  når {self.condition(krav=True)}"]
            lines += ["vilkår b", "  dokumenteres attestert i flagg"] if self.maybe() else []
            lines += ["vilkår c", '  ukjent "ikke oppgitt"'] if self.maybe() else []
            lines += ["unntak d fra 2024-05-01", f"  når {self.atom()}"] if self.maybe() else []
            self.parts.append(
                f"krav {name} for {subject}{dated}\n" + "\n".join(f"  {x}" for x in lines) + f"\n{_KILDE}"
            )
            if subject == "episode":
                self.requirements = (*self.requirements, name)

    def stays(self) -> None:
        """How stays are made."""
        if self.number(0, 3) == 3:
            self.add("opphold av episode", "samles aldri", self.pick(("", "dateres etter inn")))
            return
        joins = [f"samles når {self.join()}" for _ in range(self.number(1, 2))]
        ways = [f"{name} {self.pick(how)}" for name, how in _AGGREGATED.items() if self.maybe()]
        self.add("opphold av episode", *joins, self.pick(("", "", "dateres etter inn")), *ways)

    def join(self) -> str:
        """A condition about two records that follow each other."""
        parts = [self.filled(self.pick(_JOINS)) for _ in range(self.number(1, 2))]
        mixed = self.pick(_JOINS)
        if self.maybe():
            parts.append(f"({self.filled(mixed)} eller {self.filled(self.pick(_JOINS))})")
        return " og ".join(parts)

    def hierarchy(self) -> None:
        """Guarded groups of rules."""
        groups = [f"g{i}" for i in range(self.number(1, 3))]
        order = self.draw(st.permutations(groups))
        rest = self.pick(("470 returkode 8", "470", "ingen"))
        self.add(f"hierarki DRG for opphold\n  rekkefølge {', '.join(order)}\n  ellers {rest}")
        for g in groups:
            guard = f"  når {self.condition()}\n" if self.maybe() else ""
            rules = []
            for i in range(self.number(1, 3)):
                dated = self.pick(("", "", " fra 2024-05-01", " til 2024-04-30"))
                code = self.pick(("", " returkode 1", f" returkode 2 hvis {self.atom()} ellers 3"))
                when = f" når {self.condition()}" if self.number(0, 9) else ""
                rules.append(f"  regel {g}_{i} gir {self.pick(self.drg)}{dated}{when}{code}\n  {_KILDE}")
            left = self.gap("resten")
            self.parts.append(f"gruppe {g} i DRG\n{guard}{left and f'  {left}'}\n{_KILDE}" + "".join(rules))

    def services(self) -> None:
        """STGs with every way of counting."""
        self.stg = tuple(f"S{i}" for i in range(self.number(1, 3)))
        for code in self.stg:
            post = self.pick(("episode", "episode", "levering"))
            own = post == "levering"
            unit = self.pick(("måned", "tertial", "år"))
            institution = " per institusjon" if self.maybe() else ""
            counted = self.pick((f"telles én gang per pasient per {unit}{institution}", "telles per kontakt"))
            atom = self.filled(self.pick(_DELIVERY)) if own else self.atom()
            asked = f"finansieres når {self.pick(('minst én', 'alle', 'første'))} i perioden: {atom}"
            paid = [self.pick(("finansiert ja", "finansiert nei", asked, asked))]
            paid += ["finansiert ja"] if paid == [asked] and self.rarely() else []
            dated = self.pick(("", "", " fra 2024-05-01"))
            when = self.filled(self.pick(_DELIVERY)) if own else self.condition(krav=True, group=True)
            title = f'STG {code} "Tjeneste {code}"{dated} utløses av {post} HDG 40'
            self.add(
                f"{title} vekt {self.pick(('0,5 poeng', '1,333 poeng', 'ukjent'))}",
                f"når {when}",
                counted,
                self.pick(("", f"dateres etter {'bestilt' if own else 'ut'}")),
                *paid,
                self.gap("koder"),
            )
        self.add(f"rekkefølge STG: {', '.join(self.stg)}")

    def courses(self) -> None:
        """TFGs with every choice of window, and one per period."""
        names = [f"T{i}" for i in range(self.number(1, 3))]
        for name in names:
            share = self.pick(("etter vekt", "etter antall", "første"))
            replaced = self.pick(
                (
                    "",
                    "erstatter poeng for omfattede opphold",
                    "erstatter poeng for omfattede særtjenester",
                    "erstatter poeng for omfattede opphold og særtjenester",
                )
            )
            dated = " fra 2024-05-01" if self.rarely() else ""
            head = f'TFG {name} "Forløp {name}"{dated} HDG 08 vekt {self.pick(("1,5 poeng", "ukjent"))}'
            paid = self.pick(("finansiert ja", "finansiert ja", "finansiert nei", ""))
            tail = [f"fordeles {share}", paid, replaced, self.gap("vinduer")]
            institution = " per institusjon" if self.maybe() else ""
            per = f"telles én gang per pasient per {self.pick(('måned', 'tertial', 'år'))}{institution}"
            if self.maybe():
                when = f" når {self.atom()}" if self.rarely() else ""
                members = [
                    f"omfatter DRG {', '.join(self.some(self.drg))}{when}",
                    f"omfatter STG {self.pick(self.stg)}",
                ]
                members = ["omfatter resten"] if self.number(0, 4) == 4 else members
                self.add(head, *members, per, *tail)
                continue
            mode = self.pick(("starter i vinduet", "slutter i vinduet", "overlapper vinduet"))
            own = self.pick(("også", "ikke"))
            also = f"trigger STG {self.stg[-1]}" if self.rarely() else ""
            self.add(
                head,
                f"trigger DRG {self.drg[0]}" + (f" når {self.atom()}" if self.rarely() else ""),
                also,
                *(self.line(f"TFG {name}", g) for g in self.drg[1:]),
                *([f"omfatter STG {self.stg[0]} {self.window()}"] if not also or len(self.stg) > 1 else []),
                f"medlem {mode}, {own} på triggerens egen startdag",
                self.pick(("innenfor triggerens kalenderår", "uten kalenderårsgrense")),
                f"ny trigger {self.pick(('åpner eget forløp', 'tas inn i forløpet', 'forlenger forløpet'))}",
                f"flere forløp {self.pick(('første', 'nærmeste', 'alle'))}",
                self.pick(("telles per trigger", per)),
                *tail,
            )
        use = self.pick(("kontakten brukes én gang", "kontakten kan inngå i flere"))
        self.add(f"rekkefølge TFG {use}: {', '.join(names)}")

    def line(self, tfg: str, group: str) -> str:
        """What a course takes in."""
        when = f" når {self.atom()}" if self.maybe() else ""
        unknown = self.number(0, 5) == 5
        if unknown:
            self.lost += ((tfg, group),)
        return f"omfatter DRG {group}{when} " + ('ukjent vindu "tapt"' if unknown else self.window())

    def window(self) -> str:
        """A window that is never empty."""
        before, after = self.number(0, 20), self.number(0, 40)
        if self.rarely():
            return f"fra {before + after} dager før start til {before} dager før start"
        if self.rarely():
            return f"fra {before} dager etter slutt til {before + after} dager etter slutt"
        low = self.pick((f"{before} dager før start", "0 dager etter start", f"{before} dager før slutt"))
        return f"fra {low} til {after} dager etter {self.pick(('start', 'slutt')) if 'start' in low else 'slutt'}"

    def money(self) -> None:
        """What counts, points and kroner."""
        when = self.condition(krav=True, group=True)
        subject = self.pick(("", " for opphold", " for episode"))
        self.add(f"teller i ISF{subject}", self.pick((f"når {when}", f"når {when}", "")))
        base = self.pick(("vekt", "vekt", "vekt * 100 %", "(vekt hvis gruppen har utvidet ellers 1 poeng)"))
        extra = "1 poeng" if self.maybe() else "ekstra"
        self.parts.append(
            f"poeng for opphold\n  grunnlag {base}\n"
            "  tillegg langligger når liggetid > trimpunkt\n    (liggetid - trimpunkt) * liggedagsvekt\n"
            f"  {_KILDE}  tillegg utvidet når gruppen har utvidet og {self.atom()}\n    {extra}\n  {_KILDE}"
            f"  tillegg delt\n    {self.pick(_FORMULAS)}\n  {_KILDE}"
            f"  fradrag forbruk når forbruk > 0\n    forbruk / {self.number(1, 7)} * 0,01 poeng\n  {_KILDE}"
            + f"  avrundes {self.number(0, 4)} desimaler\n"
            + _KILDE
        )
        for whom in ("særtjeneste", "forløp"):
            if self.maybe():
                self.add(f"poeng for {whom}\n  grunnlag vekt", f"avrundes {self.number(0, 2)} desimaler")
        if self.maybe():
            whom = self.pick(("opphold", "særtjeneste", "forløp", "særtjeneste, forløp"))
            self.add(f"refusjon noen for {whom} når ({self.condition()})\n  poeng * ekstra_pris", "avrundes øre")
        when = f" når ({self.condition(group=True)})" if self.rarely() else ""
        self.add(f"refusjon alle{when}\n  poeng * pris * andel", self.pick(("avrundes øre", "avrundes hele kroner")))

    def assumptions(self) -> None:
        """What is assumed where a source says nothing."""
        said: list[str] = []
        if self.maybe():
            said += [f"vekt DRG {code} 0,777" for code in self.drg if code in self.unknown]
        if self.maybe():
            said += [f"vindu {tfg} DRG {g} {self.window()}" for tfg, g in self.lost]
        if self.incomplete and self.maybe():
            said.append("kodeliste åpen_liste B20, I10")
        if self.maybe():
            said.append("sats ekstra_pris 1 234,567 kr")
        self.parts += [f'antakelse {line} "anslag"\n' for line in said]

    # ------------------------------------------------------------ conditions

    def condition(self, *, krav: bool = False, group: bool = False) -> str:
        """A condition of up to three parts; mixed connectives stand in parentheses."""
        parts = [self.atom() for _ in range(self.number(1, 2))]
        if krav and self.requirements and self.maybe():
            parts.append(f"krav {self.pick(self.requirements)} {self.pick(('er oppfylt', 'er brutt', 'gjelder'))}")
        if group and self.rarely():
            own = f"gruppe i {self.drg[0]}"
            parts.append(self.pick(("gruppen har utvidet", "vekt > 1 poeng", own, "HDG av gruppe i 08")))
        if self.number(0, 4) == 4:
            parts.append(f"({self.atom()} {'eller' if self.maybe() else 'og'} {self.atom()})")
        return f" {self.pick(('og', 'eller'))} ".join(parts)

    def atom(self) -> str:
        """One test of the record."""
        forms = [*_ATOMS]
        if self.properties:
            forms += _WITH_PROPERTIES
        if self.categories:
            forms += _WITH_CATEGORIES
        if self.with_levels:
            forms += ["grad OP N", "grad mellom 1 og N"]
        if self.with_other:
            forms += ["type i innlagt", "type finnes"]
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
            "MONTHS": lambda: f"{self.number(0, 9)} måneder",
            "BY": lambda: str(self.pick(("senest", "tidligst"))),
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
    "lang",
    "ikke lang",
    "delt_forbruk OP N",
    "alltid",
    "aldri",
    "flagg != nei",
    "hoved er gyldig i icd10",
    "omsorg er gyldig i omsorg",
    "alle_koder i ICD",
    "minst 2 alle_koder i ICD",
    "antall ulike alle_koder OP N",
    "antall andre_koder i ICD OP N",
    "antall ulike prosedyrer i NCSP OP N",
    "SOME ulike tilstander i ICD",
    "andre_koder finnes",
    "tilstander mangler",
    "hele måneder fra født til inn OP MONTHS",
    "hele måneder fra ut til inn OP MONTHS",
    "år av inn = 2024",
    "måned av ut OP N",
    "dato av inn = dato av ut",
    "inn OP 2024-03-01",
    "ut OP 2024-03-01T08:00",
    "født OP 2000-02-29",
    "inn er BY N timer før ut",
    "inn er BY DAYS etter født",
    'institusjon = "H1"',
    "institusjon != enhet",
    'enhet != "E2"',
    "- liggetid OP - DAYS",
    "minste(liggetid, DAYS ) OP N dager",
    "største(forbruk, 1, N ) > 2",
    "dekkede_dager(inn, ut, inn) * 2 >= dager_i_måneden(inn)",
    "dekkede_dager(født, ut, ut) OP N",
    "pris OP 51 000 kr",
    "ekstra_pris OP 1 000 kr",
)
_OF_FIELDS = ("omsorg i 1, 2", "flagg = ja", "hoved i ICD", "alder OP YEARS")
_PLAIN = (*_OF_FIELDS, "prosedyrer har egenskap P")
_WITH_PROPERTIES = (
    "prosedyrer har egenskap P",
    "prosedyrer har egenskap PS",
    "SOME prosedyrer har egenskap P",
    "ingen prosedyrer har egenskap P",
    "alle prosedyrer med egenskap P i NCSP",
    "ulike prosedyrer har egenskap PS",
    "ulike alle_koder har egenskap blandet, PS",
    "alle_koder har egenskap blandet",
    "tilstander har egenskap blandet",
    "SOME ulike alle_koder har egenskap blandet, P",
    "antall prosedyrer har egenskap PS OP N",
    "alle prosedyrer har egenskap PS",
    "alle prosedyrer med egenskap PS har egenskap P",
    "hoved i åpen_liste",
    "tilstander i åpen_liste, A00",
)
_WITH_CATEGORIES = (
    "(oppslag kategori av hoved) i 08M1",
    "(oppslag kategori av hoved) i 01M1, 02M1",
    "(oppslag kategori av hoved) finnes",
    "HDG av hoved i 08",
    "HDG av (oppslag kategori av hoved) i 01, 02",
    "hoved har egenskap 01M1",
    "tilstander har egenskap 08M1",
    "minst 2 tilstander har egenskap 08M1, 01M1",
    "ulike tilstander har egenskap 08M1, 01M1",
    "alle tilstander med egenskap 01M1 har egenskap 02M1",
)
_JOINS = (
    "samme institusjon",
    "samme dag",
    "samme enhet",
    "samme andre_koder",
    "samme liggetid",
    "ikke samme omsorg",
    "neste.inn er senest DAYS etter forrige.ut",
    "neste.inn er senest N timer etter forrige.ut",
    "neste.hoved mangler",
    "forrige.omsorg i 1, 2",
    "samme hoved",
    "forrige.enhet = neste.enhet",
    "forrige.flagg != neste.flagg",
    "neste.forbruk OP forrige.forbruk",
    "neste.liggetid + forrige.liggetid OP DAYS",
    "(dager fra forrige.inn til neste.ut) OP DAYS",
    "omsorg i 1, 2",
    "liggetid OP DAYS",
    "inn OP 2024-05-01",
)
_AGGREGATED = {
    "inn": ("første", "minste", "største"),
    "ut": ("siste", "største", "minste"),
    "institusjon": ("første", "siste"),
    "enhet": ("siste", "av den med høyest poeng"),
    "bosted": ("første", "siste"),
    "født": ("minste", "av den med høyest poeng"),
    "omsorg": ("siste", "av den med høyest poeng"),
    "hoved": ("av den med høyest poeng", "første"),
    "andre_koder": ("alle", "siste", "av den med høyest poeng"),
    "prosedyrer": ("alle", "første"),
    "forbruk": ("sum", "minste", "største", "siste"),
    "flagg": ("første", "siste"),
}
_DELIVERY = (
    "vare i NCSP",
    "vare finnes",
    "vare har egenskap P",
    "årsak i ICD",
    "årsak er gyldig i icd10",
    "mengde OP N",
    "dager fra bestilt til dag OP DAYS",
    "dag OP 2024-05-01",
    "(oppslag kategori av årsak) i 08M1, 02M1",
    "antall ulike vare OP N",
)
_FORMULAS = (
    "delt_forbruk * 0,1 poeng",
    "1 poeng / liggetid * 3 dager",
    "antall ulike tilstander * ekstra",
    "minste(liggetid, 3 dager) * 0,05 poeng",
    "(0,01 poeng hvis lang ellers ekstra hvis omsorg i 1 ellers 0 poeng)",
    "grad * 0,3 poeng",
    "0,0000004 poeng",
)

__all__ = ["programs"]
