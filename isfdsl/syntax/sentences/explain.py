"""From where reading stopped to the one problem that is shown: the cause, its place, its remedy.

Each ``_…`` function below knows one kind of slip and gives ``None`` when it is not that. A remedy that replaces, adds
or removes a word is only offered when the text can be read on with it, tried on the parser's own table.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from attrs import frozen

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.nearest import LOOK_ALIKES, nearest
from isfdsl.diagnostics.slips import DateFormat, DecimalPoint, MixedConnectives, ReservedName, UnknownWord
from isfdsl.diagnostics.syntax import SyntaxProblem, UnclosedText, UnexpectedCharacter
from isfdsl.source import Span
from isfdsl.syntax.sentences.automaton import Automaton, Stack, helper_owner
from isfdsl.syntax.sentences.book import Book
from isfdsl.syntax.sentences.slips import (
    ALPHABETS,
    ENGLISH,
    HABITS,
    LOOK_ALIKE_SIGNS,
    NAMES,
    NYNORSK,
    OPERATORS,
    SIGNS,
    WORDINGS,
)
from isfdsl.syntax.sentences.trace import Failure, Tok, Tracer

_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ_]+")
_LETTERS = r"0-9A-Za-z_À-ÖØ-öø-ÿ"
_DATE = re.compile(
    r"(?P<d>\d{1,2})(?P<sep>[./-])(?P<m>\d{1,2})(?P=sep)(?P<y>\d{4})(?!\d)"
    r"|(?P<y2>\d{4})(?P<sep2>[./-])(?P<m2>\d{1,2})(?P=sep2)(?P<d2>\d{1,2})(?!\d)"
    r"|(?P<d3>\d{1,2})\.?\s(?P<month>[a-zæøå]{3,9})\.?\s(?P<y3>\d{4})(?!\d)"
    r"|(?P<y4>(?:19|20)\d\d)(?P<m4>\d\d)(?P<d4>\d\d)(?!\d)"
)
_MONTHS = ["jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "des"]
_POINTED = re.compile(r"\d*(?:\.\d+)+(?:,\d+)?|\d+(?:[ \u00a0\u202f]\d{3})*\.\d+")
_NUMBERED = re.compile(rf"\d[\d.,]*[{_LETTERS}]*")
_GLUED = re.compile(r"(\d+(?:,\d+)?)([A-Za-zÀ-ÿ]+)")
# How many tokens back a slip may lie from where reading stops, and how many must fit after it is mended.
_BACK = 4
_AHEAD = 2


@frozen
class Explained:
    """A problem. Declarations that end before ``readable`` are whole; reading may go on from ``resume``."""

    problem: Problem
    readable: int
    resume: int


class Explainer:
    """Explains the failures of one text."""

    def __init__(self, book: Book, tracer: Tracer, name: str, words: tuple[str, ...]) -> None:
        self.book = book
        self.automaton: Automaton = book.automaton
        self.tracer = tracer
        self.text = tracer.text
        self.name = name
        self.words = words

    def explain(self, failure: Failure) -> Explained:
        """The problem, and what around it can be read."""
        word = self._declaration_word(failure)
        if word is not None:
            assert word.span is not None
            return Explained(word, word.span.start, word.span.end)
        problem = (
            (self._sign(failure.at, failure) if failure.kind == "sign" else self._foreign_letter(failure))
            or self._mixed(failure)
            or self._date(failure)
            or self._operator(failure)
            or self._wording(failure)
            or self._misspelt(failure)
            or self._doubled(failure)
            or self._keyword_as_name(failure)
            or self._plain(failure)
        )
        resume = failure.at if failure.kind == "end" else failure.declared + 1
        return Explained(problem, failure.declared, max(resume, failure.declared + 1))

    # ------------------------------------------------------------ declarations

    def _declaration_word(self, failure: Failure) -> Problem | None:
        """A word first on a line that is nearly one that opens declarations: ``kodelste x icd10``."""
        candidates = [*failure.tokens, *([failure.found] if failure.found else [])]
        for tok in candidates:
            if tok.type != "WORD" or not self._first_on_line(tok.start) or tok.text in self.automaton.by_text:
                continue
            meant = next((w for w in HABITS.get(tok.text.casefold(), ()) if w in self.words), None)
            guess = meant is None
            if meant is None and len(tok.text) >= 3:
                meant = next(iter(nearest(tok.text, self.words)), None)
            if meant is None:
                continue
            guess = guess and meant.casefold() != tok.text.casefold()
            name = self.automaton.by_text.get(meant)
            names = [name] if name else [t for t in self.automaton.accepts(tok.before) if self._opens(t, meant)]
            if any(n and self._declares(tok.before, n) for n in names):
                return UnknownWord(span=self._span(tok.start, tok.end), word=tok.text, meant=meant, guess=guess)
        return None

    def _first_on_line(self, at: int) -> bool:
        return at == 0 or self.text[at - 1] == "\n"

    def _opens(self, terminal: str, word: str) -> bool:
        return terminal.lower().split("_")[0].replace("rekkefolge", "rekkefølge") == word

    def _declares(self, stack: Stack, terminal: str) -> bool:
        after = self.automaton.feed(stack, terminal)
        return after is not None and self.automaton.opens_declaration(after)

    # ------------------------------------------------------------ signs that are no tokens

    def _foreign_letter(self, failure: Failure) -> Problem | None:
        """A word that is cut in two by a letter that only looks like one of ours: ``sаts``."""
        found = failure.found
        if found is None or not _WORD.fullmatch(found.text):
            return None
        return (
            self._sign(found.end, failure) if self.text[found.end : found.end + 1].casefold() in LOOK_ALIKES else None
        )

    def _sign(self, at: int, failure: Failure) -> Problem:
        text = self.text
        sign = text[at : at + 1]
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end
        if sign == '"':
            return UnclosedText(span=self._span(at, len(text[at:line_end].rstrip()) + at))
        if sign.isdigit() or (sign == "." and text[at + 1 : at + 2].isdigit()):
            # A number can have been cut in two where the sign stands: 52 248.50.
            start = at
            if sign == "." and failure.tokens and failure.tokens[-1].end == at and failure.tokens[-1].type in _NUMBERS:
                start = failure.tokens[-1].start
            problem = self._date_at(start) or self._number(start, failure)
            if problem is not None:
                return problem
        looks_like = LOOK_ALIKE_SIGNS.get(sign)
        if looks_like is None and (latin := LOOK_ALIKES.get(sign.casefold())):
            looks_like = latin.upper() if sign.isupper() else latin
        shown = sign if sign.isprintable() else "�"
        return UnexpectedCharacter(
            span=self._span(at, at + 1), character=shown, name=_named(sign), looks_like=looks_like, hint=SIGNS.get(sign)
        )

    def _number(self, at: int, failure: Failure) -> Problem | None:
        pointed = _POINTED.match(self.text, at)
        if pointed and not re.match(rf"[{_LETTERS}]", self.text[pointed.end() : pointed.end() + 1]):
            written = pointed.group()
            whole, _, decimals = written.rpartition(".")
            digits = re.sub(r"\D", " ", whole).strip()
            thousands = None
            if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?", written):
                thousands = written.replace(".", " ")
            single = written.count(".") == 1 and "," not in written
            decimal = f"{digits or '0'},{decimals}" if single else ""
            if decimal or thousands:
                return DecimalPoint(
                    span=self._span(at, pointed.end()), written=written, decimal=decimal, thousands=thousands
                )
        match = _NUMBERED.match(self.text, at)
        if match is None:
            return None
        written = match.group().rstrip(".,")
        stack = failure.tokens[-1].before if failure.tokens and failure.tokens[-1].start == at else failure.stack
        return self._syntax(stack, at, at + len(written), hint=self._glued(written))

    def _glued(self, written: str) -> str | None:
        match = _GLUED.fullmatch(written)
        if match and (match.group(2) in self.automaton.by_text or match.group(2).casefold() in HABITS):
            return f"sett mellomrom mellom tallet og enheten: {match.group(1)} {match.group(2)}"
        return None

    # ------------------------------------------------------------ og, eller

    def _mixed(self, failure: Failure) -> Problem | None:
        """``a og b eller c``: the chain the connective stands after is one of the other connective."""
        found = failure.found
        if found is None or found.text not in ("og", "eller"):
            return None
        chain, earlier = ("and_", "og") if found.text == "eller" else ("or_", "eller")
        stack: Stack | None = failure.stack
        while stack is not None:
            item = self.automaton.kernels[stack[-1].state][0]
            if item.origin == chain and item.read == len(item.symbols) and helper_owner(item.symbols[-1]):
                first, rest = stack[-2], stack[-1]
                operands = " ".join(self.text[first.start : rest.end].split())
                shown = operands if len(operands) <= 60 and "#" not in operands else None
                if shown and f" {found.text} " in shown:
                    shown = None
                place = re.compile(rf"\b{earlier}\b").search(self.text, first.end, rest.end)
                return MixedConnectives(
                    span=self._span(found.start, found.end),
                    written=found.text,
                    earlier=earlier,
                    earlier_span=self._span(place.start(), place.end()) if place else None,
                    operands=shown,
                )
            stack = self.automaton.completed(stack)
        return None

    # ------------------------------------------------------------ dates, operators

    def _date(self, failure: Failure) -> Problem | None:
        for tok in self._recent(failure, 2):
            if tok.type in ("INT", "NUMBER") and "DATE" in self.automaton.accepts(tok.before):
                problem = self._date_at(tok.start)
                if problem is not None and problem.span is not None and problem.span.end > tok.end - 1:
                    return problem
        return None

    def _date_at(self, at: int) -> Problem | None:
        match = _DATE.match(self.text, at)
        if match is None:
            return None
        parts = {key: value for key, value in match.groupdict().items() if value}
        year = next(parts[k] for k in ("y", "y2", "y3", "y4") if k in parts)
        day = next(parts[k] for k in ("d", "d2", "d3", "d4") if k in parts)
        if "month" in parts:
            short = parts["month"][:3]
            if short not in _MONTHS:
                return None
            month = str(_MONTHS.index(short) + 1)
        else:
            month = next(parts[k] for k in ("m", "m2", "m4") if k in parts)
        try:
            iso: str | None = dt.date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            if "y4" in parts:
                return None
            iso = None
        return DateFormat(span=self._span(match.start(), match.end()), written=match.group(), iso=iso)

    def _operator(self, failure: Failure) -> Problem | None:
        """``==`` and ``=>``: signs that stand together and are two tokens here."""
        found = failure.found
        if found is not None and self.text.startswith("//", found.start):
            return self._syntax(failure.stack, found.start, found.start + 2, hint="en kommentar begynner med «#»")
        if found is None or not failure.tokens or failure.tokens[-1].end != found.start:
            return None
        before = failure.tokens[-1]
        end = found.end
        while self.text[end : end + 1] and self.text[end] in "=<>!+*-":
            end += 1
        written = self.text[before.start : end]
        if written not in OPERATORS:
            return None
        meant = OPERATORS[written]
        return UnknownWord(span=self._span(before.start, end), word=written, meant=meant, guess=False)

    # ------------------------------------------------------------ words

    def _wording(self, failure: Failure) -> Problem | None:
        """The first word of a keyword of several words, without the rest."""
        found = failure.found
        if found is None:
            return None
        accepted = self.automaton.accepts(failure.stack)
        fits = [w for t, w in WORDINGS.items() if t in accepted and w.split()[0] == found.text.casefold()]
        if not fits:
            return None
        hint = "hele ordlyden er " + " eller ".join(f"«{wording}»" for wording in fits)
        return self._syntax(failure.stack, found.start, found.end, hint=hint)

    def _misspelt(self, failure: Failure) -> Problem | None:
        """A word that, written as the keyword it resembles, makes the text readable."""
        for tok in self._recent(failure, _BACK):
            if tok.text in self.automaton.by_text and tok.type == "WORD" and tok is not failure.found:
                continue
            if not _WORD.fullmatch(tok.text):
                continue
            for meant, guess in self._meant(tok):
                terminal = self.automaton.by_text[meant]
                if self._reads_on(tok.before, [terminal], tok.end, failure):
                    return self._word(tok, meant, guess)
        found = failure.found
        if found is None or found.type not in ("WORD", "FUNC"):
            return self._glued_found(failure)
        for meant, guess in self._meant(found):
            if self.automaton.feed(found.before, self.automaton.by_text[meant]) is not None:
                return self._word(found, meant, guess)
        return self._glued_found(failure)

    def _glued_found(self, failure: Failure) -> Problem | None:
        found = failure.found
        hint = self._glued(found.text) if found and found.type == "WORD" else None
        return self._syntax(failure.stack, found.start, found.end, hint=hint) if found and hint else None

    def _meant(self, tok: Tok) -> Iterator[tuple[str, bool]]:
        """The keywords a word may stand for where it stands, surest first; whether it is a guess."""
        possible = {self.automaton.fixed[t] for t in self.automaton.accepts(tok.before) if t in self.automaton.fixed}
        lower = tok.text.casefold()
        if tok.text != lower and lower in possible:
            yield lower, False
        for word in HABITS.get(lower, ()):
            if word in possible:
                yield word, False
        if len(tok.text) >= 3 and tok.text not in self.automaton.by_text:
            words = [word for word in possible if _WORD.fullmatch(word) and len(word) >= 3]
            for word in nearest(tok.text, words, 2):
                yield word, True

    def _word(self, tok: Tok, meant: str, guess: bool) -> Problem:
        if tok.text in self.automaton.by_text:
            return self._syntax(tok.before, tok.start, tok.end, hint=f"skriv «{meant}»")
        return UnknownWord(span=self._span(tok.start, tok.end), word=tok.text, meant=meant, guess=guess)

    def _doubled(self, failure: Failure) -> Problem | None:
        """The same word twice, where once is right."""
        found = failure.found
        if found is None or not failure.tokens or failure.tokens[-1].text != found.text:
            return None
        if not self._continues(failure.stack, found.end, _AHEAD):
            return None
        hint = f"fjern det ene «{_short(found.text)}»"
        return self._syntax(failure.stack, found.start, found.end, found=found.text, hint=hint)

    def _keyword_as_name(self, failure: Failure) -> Problem | None:
        """A keyword that was read as a name because something is missing before it, or a name that is a keyword."""
        if failure.found is None:
            return None
        for tok in self._recent(failure, 3):
            terminal = self.automaton.by_text.get(tok.text)
            if terminal is None or not _WORD.fullmatch(tok.text) or tok is failure.found:
                continue
            if tok.type == "WORD":
                missing = self._out_of_place(tok, terminal, failure)
                if missing is not None:
                    return self._reserved(tok, missing)
            elif self._meant_as_name(tok, failure):
                return None if self._missing(failure, failure.found) else self._reserved(tok, None)
        return None

    def _meant_as_name(self, tok: Tok, failure: Failure) -> bool:
        """Whether a keyword that opened a clause was meant as a name: with a name there, the text can be read."""
        after = self.automaton.feed(tok.before, tok.type)
        if tok is not failure.tokens[-1] or after is None or self.automaton.opens_declaration(after):
            return False
        if any(item.complete for item in self.automaton.kernels[after[-1].state]):
            return False
        return self._reads_on(tok.before, ["QNAME"], tok.end, failure)

    def _out_of_place(self, tok: Tok, terminal: str, failure: Failure) -> str | None:
        """What to do about a keyword that was read as a name and is one after all; ``None`` when it is a name."""
        place = failure.tokens.index(tok)
        before = failure.tokens[place - 1] if place else None
        if before is not None and before.text == tok.text == "ikke":
            return "to «ikke» opphever hverandre: fjern begge, eller skriv ikke (ikke …)"
        if before is not None and before.text == tok.text and self._reads_on(tok.before, [], tok.end, failure):
            return f"fjern det ene «{tok.text}»"
        fits = [
            self.automaton.fixed[t]
            for t in self.automaton.accepts(tok.before)
            if t in self.automaton.fixed and t != "HDG" and self._reads_on(tok.before, [t, terminal], tok.end, failure)
        ]
        if len(fits) == 1:
            return f"mangler «{fits[0]}» foran «{tok.text}»?"
        name = f"skriv det som mangler foran «{tok.text}»; er det et navn, sett det i enkle anførselstegn: '{tok.text}'"
        if any(self._reads_on(tok.before, [t, terminal], tok.end, failure) for t in ("WORD", "INT", "STRING")):
            if before is not None and before.type == "COMMA":
                return f"fjern kommaet foran «{tok.text}», eller skriv det som mangler"
            return name
        # Right after the word that opens a construct, a word that opens one of its clauses: the name is missing.
        item = self.automaton.kernels[tok.before[-1].state][0]
        opened = item.read == 1 and item.symbols[0] in self.automaton.fixed and tok is failure.tokens[-1]
        if opened and terminal in self.book.inside(item.origin):
            return name
        return None

    def _reserved(self, tok: Tok, hint: str | None) -> Problem:
        sentence = self.book.sentence(tok.before, self.text)
        return ReservedName(span=self._span(tok.start, tok.end), word=tok.text, sentence=sentence, hint=hint)

    # ------------------------------------------------------------ everything else

    def _plain(self, failure: Failure) -> Problem:
        """The sentence of the state, with a remedy when one word or sign more or less makes the text readable."""
        found = failure.found
        if found is None:
            return self._ended(failure)
        hint = self._otherwise(failure) or self._missing(failure, found) or self._superfluous(failure, found)
        if hint is None and failure.tokens:
            last = failure.tokens[-1]
            stack = self._with_name(last, failure)
            if stack is not None:
                return self._syntax(last.before, last.start, last.end, hint=f"mangler navnet foran «{last.text}»?")
        if hint is None:
            hint = self._foreign(failure)
        keyword = found.text in self.automaton.by_text and _WORD.fullmatch(found.text)
        if hint is None and keyword and self._reads_on(failure.stack, ["QNAME"], found.end, failure):
            return self._reserved(found, f"er det et navn, sett det i enkle anførselstegn: '{found.text}'")
        return self._syntax(failure.stack, found.start, found.end, found=found.text, hint=hint)

    def _ended(self, failure: Failure) -> Problem:
        if failure.tokens:
            last = failure.tokens[-1]
            start, end = last.start, last.end
        else:
            start, end = failure.declared, min(failure.declared + 1, len(self.text))
        closes = self.automaton.feed(failure.stack, "RPAR")
        hint = self._otherwise(failure)
        if closes is not None and self._open_parenthesis(failure.stack):
            hint = "en parentes er ikke lukket; sett «)» der den slutter"
        whole = failure.at >= len(self.text.rstrip())
        return SyntaxProblem(
            span=self._span(start, end),
            found="",
            sentence=self.book.sentence(failure.stack, self.text),
            expected=tuple(sorted(self.automaton.accepts(failure.stack))),
            hint=hint,
            ended="teksten" if whole else "deklarasjonen",
        )

    def _otherwise(self, failure: Failure) -> str | None:
        """``A hvis X`` that ends without its ``ellers``."""
        found, before = failure.found, self.text[: failure.found.start if failure.found else failure.at]
        if found is not None and found.text != ")" and before.rpartition("\n")[2].strip():
            return None  # the ellers may well come
        stack, terminal = failure.stack, self.automaton.by_text["ellers"]
        if not self._open(stack, "hvis") or terminal not in self.automaton.accepts(stack):
            return None
        return "mangler «ellers»: skriv hva verdien er når betingelsen ikke holder"

    def _open_parenthesis(self, stack: Stack) -> bool:
        return self._open(stack, "(")

    def _open(self, stack: Stack, text: str) -> bool:
        """Whether something begun by this word or sign is not yet whole."""
        opening = self.automaton.by_text.get(text)
        return any(
            item.read and item.symbols[item.read - 1] == opening
            for frame in stack
            for item in self.automaton.kernels[frame.state]
        )

    def _missing(self, failure: Failure, found: Tok) -> str | None:
        fits = []
        for terminal in self.automaton.accepts(failure.stack):
            text = self.automaton.fixed.get(terminal)
            if text is None or text in OPERATORS:
                continue
            after = self.automaton.feed(failure.stack, terminal)
            if after is not None and self.automaton.opens_declaration(after):
                continue
            if after is not None and self._continues(after, found.start, _AHEAD + 1):
                fits.append(text)
        if ")" in fits and self._open_parenthesis(failure.stack):
            return f"mangler «)» foran «{_short(found.text)}»?"
        if len(fits) != 1:
            return None
        (word,) = fits
        if _WORD.fullmatch(word) and found.type == "WORD":
            if found.text.startswith(word) and found.text not in self.automaton.by_text:
                return f"sett mellomrom: {word} {found.text[len(word) :]}"
            if self._first_on_line(found.start):
                return None  # a declaration, not a clause
        if word == "gyldig" and failure.tokens and failure.tokens[-1].text == "er":
            return "skriv «i» uten «er», eller «er gyldig i» om kodeverket"
        return f"mangler «{word}» foran «{_short(found.text)}»?"

    def _superfluous(self, failure: Failure, found: Tok) -> str | None:
        if found.text == ")":
            if "(" not in self.text[failure.declared : found.start] or not self._open_parenthesis(failure.stack):
                return "fjern «)», eller sett «(» der parentesen begynner"
            return None
        if _WORD.fullmatch(found.text) or found.type not in self.automaton.fixed:
            return None
        if self._continues(failure.stack, found.end, _AHEAD):
            return f"fjern «{found.text}»"
        return None

    def _with_name(self, tok: Tok, failure: Failure) -> Stack | None:
        after = self.automaton.feed(tok.before, "WORD")
        if after is None or failure.found is None:
            return None
        return after if self._continues(after, tok.start, _AHEAD + 2) else None

    def _foreign(self, failure: Failure) -> str | None:
        for tok in self._recent(failure, 2):
            words = ENGLISH.get(tok.text.casefold()) or NYNORSK.get(tok.text.casefold())
            if tok.type == "WORD" and words and tok.text not in self.automaton.by_text:
                return f"nøkkelordene er på bokmål: «{tok.text}» heter «{words[0]}»"
        return None

    # ------------------------------------------------------------ trying remedies

    def _recent(self, failure: Failure, count: int) -> list[Tok]:
        """The token that does not fit and those before it, last first."""
        tokens = [failure.found] if failure.found else []
        return [*tokens, *islice(reversed(failure.tokens), count - len(tokens))]

    def _reads_on(self, stack: Stack, terminals: list[str], at: int, failure: Failure) -> bool:
        """Whether, with these tokens in place, the text can be read from ``at`` past where reading stopped."""
        current: Stack | None = stack
        for terminal in terminals:
            current = self.automaton.feed(current, terminal) if current is not None else None
        if current is None:
            return False
        passed = failure.found.end if failure.found else failure.at
        beyond = 0
        for tok in self.tracer.ahead(at):
            if tok.start >= passed:
                beyond += 1
                if self._starts_anew(tok):
                    return self.automaton.feed(current, "$END") is not None
            current = self._feed_as_read(current, tok)
            if current is None:
                return False
            if beyond >= _AHEAD:
                return True
        return self.automaton.feed(current, "$END") is not None

    def _continues(self, stack: Stack, at: int, count: int) -> bool:
        """Whether the next ``count`` tokens can be read, or the declaration ends well before."""
        current: Stack | None = stack
        for tok in islice(self.tracer.ahead(at), count):
            assert current is not None
            if self._starts_anew(tok):
                return self.automaton.feed(current, "$END") is not None
            current = self._feed_as_read(current, tok)
            if current is None:
                return False
            count -= 1
        return count == 0 or (current is not None and self.automaton.feed(current, "$END") is not None)

    def _starts_anew(self, tok: Tok) -> bool:
        return self._first_on_line(tok.start) and tok.text.split()[0] in self.words

    def _feed_as_read(self, stack: Stack, tok: Tok) -> Stack | None:
        """Read a token as the lexer would in this state: a keyword where one may stand, else a name."""
        row = self.automaton.shifts[stack[-1].state].keys() | self.automaton.reductions[stack[-1].state].keys()
        types = [tok.type]
        if tok.text in self.automaton.by_text and _WORD.fullmatch(tok.text):
            types = [self.automaton.by_text[tok.text], "WORD"]
        for type_ in types:
            if type_ in row:
                return self.automaton.feed(stack, type_, tok.start, tok.end)
        return None

    # ------------------------------------------------------------ making problems

    def _span(self, start: int, end: int) -> Span:
        return Span(self.name, start, end)

    def _syntax(
        self, stack: Stack, start: int, end: int, *, found: str | None = None, hint: str | None = None
    ) -> SyntaxProblem:
        return SyntaxProblem(
            span=self._span(start, end),
            found=_short(self.text[start:end] if found is None else found),
            sentence=self.book.sentence(stack, self.text),
            expected=tuple(sorted(self.automaton.accepts(stack))),
            hint=hint,
        )


_NUMBERS = ("INT", "NUMBER")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"


def _named(sign: str) -> str:
    """What a sign is called."""
    if sign in NAMES:
        return NAMES[sign]
    alphabet = unicodedata.name(sign, "").partition(" ")[0]
    return ALPHABETS.get(alphabet, f"U+{ord(sign):04X}")
