"""TFG: every choice about windows, triggers, members and counting must be written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from isfdsl.check.context import Check, Context
from isfdsl.check.sites import course_parts
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.checks import (
    CoursesWithoutOrder,
    EmptyWindow,
    MeaninglessClause,
    MissingClause,
    ReplacesWithoutFinancing,
    SharingNotWritten,
)
from isfdsl.diagnostics.names import RepeatedEntry
from isfdsl.syntax import ast

WINDOW = ("fra 0 dager før start til 30 dager etter slutt", 'ukjent vindu "hva som mangler i kilden"')
MEMBER = (
    "medlem starter i vinduet, også på triggerens egen startdag",
    "medlem slutter i vinduet, …",
    "medlem overlapper i vinduet, …",
    "…, ikke på triggerens egen startdag",
)
YEAR = ("innenfor triggerens kalenderår", "uten kalenderårsgrense")
NEW_TRIGGER = ("ny trigger åpner eget forløp", "ny trigger tas inn i forløpet", "ny trigger forlenger forløpet")
SEVERAL = ("flere forløp første", "flere forløp nærmeste", "flere forløp alle")
PER_TRIGGER = ("telles per trigger", "telles én gang per pasient per år")
PER_PERIOD = tuple(f"telles én gang per pasient per {p}" for p in ("måned", "tertial", "år"))


def check(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
    """One TFG."""
    assert isinstance(d, ast.Tfg)
    for m in d.members:
        if isinstance(m.window, ast.Window):
            yield from window(ctx, m.window)
    if d.erstatter is not None and not _financed(d):
        yield ReplacesWithoutFinancing(span=d.erstatter.span, name=d.name.text)
    yield from _repeated(d, d.triggers)
    yield from _repeated(d, d.members)
    if not d.ufullstendig:
        yield from _triggered(d) if d.triggers else _periodic(d)


def _repeated(d: ast.Tfg, lines: Sequence[ast.Trigger | ast.Omfatter]) -> Iterator[Problem]:
    """Groups in a line that an earlier line takes whenever this one does."""
    for i, later in enumerate(lines):
        before = {g.text: g.span for line in reversed(lines[:i]) if _takes_all_of(line, later) for g in line.groups}
        for g in later.groups:
            if g.text in before:
                where = f"TFG «{d.name.text}»"
                yield RepeatedEntry(span=g.span, name=f"{later.kind} {g.text}", where=where, first=before[g.text])


def _takes_all_of(line: ast.Trigger | ast.Omfatter, later: ast.Trigger | ast.Omfatter) -> bool:
    """Whether what two lines say, but for their groups, lets the first take what the other would."""
    if line.kind != later.kind or (line.condition is not None and line.condition != later.condition):
        return False
    if isinstance(line, ast.Trigger) or isinstance(later, ast.Trigger):
        return True
    a, b = line.window, later.window
    if not (isinstance(a, ast.Window) and isinstance(b, ast.Window)):
        return type(a) is type(b)
    same = (a.start.anchor, a.end.anchor) == (b.start.anchor, b.end.anchor)
    return same and _offset(a.start) <= _offset(b.start) and _offset(a.end) >= _offset(b.end)


def _financed(d: ast.Tfg) -> bool:
    for a in d.attributes:
        if a.name.text == "finansiert":
            return isinstance(a.value, ast.Unknown) or (isinstance(a.value, ast.Name) and a.value.text == "ja")
    return False


def _triggered(d: ast.Tfg) -> Iterator[Problem]:
    owner = f"TFG «{d.name.text}»"
    for m in d.members:
        if m.window is None:
            groups = ", ".join(g.text for g in m.groups)
            question = f"i hvilket vindu {m.kind} {groups} må ligge"
            yield MissingClause(span=m.span, owner=owner, question=question, choices=WINDOW)
    wanted = (
        (d.medlem is not None or not d.members, "hvilken dag av et medlem som må ligge i vinduet", MEMBER),
        (d.within_year is not None or not d.members, "om medlemmer må ligge i triggerens kalenderår", YEAR),
        (d.new_trigger is not None, "hva en ny trigger i et åpent forløp gjør", NEW_TRIGGER),
        (d.several is not None or not d.members, "hva som skjer når et medlem passer i flere forløp", SEVERAL),
        (d.telles is not None, "hvordan forløpet telles", PER_TRIGGER),
    )
    for given, question, choices in wanted:
        if not given:
            yield MissingClause(span=d.name.span, owner=owner, question=question, choices=choices)


def _periodic(d: ast.Tfg) -> Iterator[Problem]:
    owner = f"TFG «{d.name.text}»"
    if not d.members and not d.rest:
        yield MissingClause(
            span=d.name.span,
            owner=owner,
            question="hva forløpet omfatter",
            choices=("trigger DRG …", "omfatter DRG …", "omfatter STG …", "omfatter resten"),
        )
    if d.telles is None:
        question = "i hvilken periode forløpet telles"
        yield MissingClause(span=d.name.span, owner=owner, question=question, choices=PER_PERIOD)
    elif d.telles.unit in ("kontakt", "trigger"):
        yield _meaningless(d.telles, f"telles per {d.telles.unit}", owner)
    for m in d.members:
        if m.window is not None:
            yield _meaningless(m.window, "vindu", owner)
    if d.medlem is not None:
        yield _meaningless(d.medlem, "medlem", owner)
    for given, clause in (
        (d.within_year, "innenfor triggerens kalenderår" if d.within_year else "uten kalenderårsgrense"),
        (d.new_trigger, "ny trigger"),
        (d.several, "flere forløp"),
    ):
        if given is not None:
            yield _meaningless(d.name, clause, owner)


def _meaningless(node: ast.Node, clause: str, owner: str) -> MeaninglessClause:
    return MeaninglessClause(span=node.span, clause=clause, owner=owner, why="forløpet har ingen trigger")


def window(ctx: Context, w: ast.Window) -> Iterator[Problem]:
    """Report a window without a single day, however long the trigger lasts."""
    start, end = _offset(w.start), _offset(w.end)
    anchors = (w.start.anchor, w.end.anchor)
    if anchors != ("start", "slutt") and start > end:
        yield EmptyWindow(span=w.span, start=ctx.text(w.start.span), end=ctx.text(w.end.span))


def _offset(b: ast.Bound) -> int:
    return -b.days if b.direction == "før" else b.days


def assumed_windows(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
    """The windows of assumptions."""
    given = (d.assumption,) if isinstance(d, ast.Antakelse) else d.given if isinstance(d, ast.Eksempel) else ()
    for a in given:
        if isinstance(a, ast.AssumeWindow):
            yield from window(ctx, a.window)


def shared(ctx: Context) -> Iterator[Problem]:
    """Groups that several TFGs take in, while no order says what becomes of the contact."""
    rules = ctx.ruleset
    if any(o.once is not None for o in rules.of(ast.TfgOrder)):
        return
    takers: dict[tuple[str, str], dict[str, ast.Name]] = {}
    for tfg in rules.tfg.values():
        for part in course_parts(tfg):
            for group in part.groups:
                takers.setdefault((part.kind, group.text), {}).setdefault(tfg.name.text, group)
    reported: set[frozenset[str]] = set()
    for (kind, name), by in takers.items():
        courses = frozenset(by)
        if len(by) > 1 and courses not in reported:
            reported.add(courses)
            first, *others = by.values()
            yield CoursesWithoutOrder(
                span=first.span,
                group=f"{kind} «{name}»",
                courses=tuple(by),
                places=tuple(o.span for o in others),
            )


def sharing(ctx: Context, file: ast.File) -> Iterator[Problem]:
    """Groups with several possible contributors that do not say how points are shared: one message a kind."""
    for kind in (ast.Stg, ast.Tfg):
        left = [
            d
            for d in file.declarations
            if isinstance(d, (ast.Stg, ast.Tfg))
            and isinstance(d, kind)
            and d.fordeles is None
            and d.telles is not None
            and d.telles.unit != "kontakt"
            and not d.ufullstendig
        ]
        if left:
            owner = f"{'STG' if kind is ast.Stg else 'TFG'} «{left[0].name.text}»"
            yield SharingNotWritten(span=left[0].name.span, owner=owner, more=len(left) - 1)


CHECK = Check(
    name="forløp",
    reports=(MissingClause, MeaninglessClause, EmptyWindow, ReplacesWithoutFinancing, RepeatedEntry),
    on=(ast.Tfg,),
    each=check,
)
WINDOWS = Check(name="antatte vinduer", reports=(EmptyWindow,), on=(ast.Antakelse, ast.Eksempel), each=assumed_windows)
SHARED = Check(name="flere forløp", reports=(CoursesWithoutOrder,), whole=shared)
SHARING = Check(name="fordeling", reports=(SharingNotWritten,), file=sharing)
