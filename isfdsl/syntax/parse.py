"""Text to tree. The only user of lark.

A text that parses whole is parsed once. One that doesn't is read again declaration by declaration: the ones before an
error are kept, the error is explained (``sentences``), and reading goes on at the next word that opens a declaration at
the start of a line, so that one wrong construct gives one message and hides nothing else.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import lark

from isfdsl import resources
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.os_errors import reason_of
from isfdsl.diagnostics.rule_files import CannotRead
from isfdsl.diagnostics.syntax import (
    Decomposed,
    NotText,
    TooDeep,
    TooLarge,
)
from isfdsl.source import Source, Span
from isfdsl.syntax import ast
from isfdsl.syntax.build import Builder, Context
from isfdsl.syntax.files import cache_dir, store
from isfdsl.syntax.parsed import Comment, Parsed
from isfdsl.syntax.sentences.automaton import Automaton
from isfdsl.syntax.sentences.book import Book
from isfdsl.syntax.sentences.explain import Explainer
from isfdsl.syntax.sentences.trace import Tracer

MAX_BYTES = 32 * 1024 * 1024
MAX_LINE = 20_000
MAX_DEPTH = 60
MAX_DIGITS = 1_000
# A text with more syntax errors than this is something else than isf.
MAX_PROBLEMS = 200

# fmt: off
DECLARATION_WORDS = (
    "regelverk", "rapportering", "passasje", "sats", "utgått", "kodeverk", "post", "begrep", "samling", "kodeliste",
    "slag", "egenskap", "opphold", "DRG", "STG", "TFG", "rekkefølge", "hierarki", "gruppe", "nivå", "krav", "teller",
    "poeng", "refusjon", "eksempel", "antakelse",
)
# fmt: on

_PIECE = re.compile(rf"^(?:{'|'.join(DECLARATION_WORDS)})(?![0-9A-Za-z_À-ÿ])", re.MULTILINE)
_LONE_RETURN = re.compile(r"\r(?!\n)")
_LONG_NUMBER = re.compile(rf"[0-9]{{{MAX_DIGITS + 1},}}")
_DEPTH = re.compile(r'"(?:[^"\n]|"")*"|#[^\n]*|[()]')


class _WholeWords:
    """Has the lexer read words whole everywhere: else it would cut a keyword off one where no name may stand."""

    always_accept = ("WORD",)

    def process(self, stream: Iterator[lark.Token]) -> Iterator[lark.Token]:
        """The tokens as they are."""
        return stream


class _Parser:
    """The lark parser with its builder; made once per process, its tables kept on disk between processes."""

    def __init__(self) -> None:
        self.builder = Builder()
        self.comments: list[Comment] = []
        self.lark = self._load()

    def _options(self) -> dict[str, Any]:
        return {
            "parser": "lalr",
            "lexer": "contextual",
            "keep_all_tokens": True,
            "maybe_placeholders": False,
            "transformer": self.builder,
            "lexer_callbacks": {"COMMENT": self._comment},
            "postlex": _WholeWords(),
        }

    def _load(self) -> lark.Lark:
        texts = [resources.grammar_path(n).read_text("utf-8") for n in ("isf.lark", "terminals.lark")]
        key = hashlib.sha256("\0".join([lark.__version__, *texts]).encode()).hexdigest()[:24]
        path = cache_dir() / f"grammar-{key}.pickle"
        try:
            with path.open("rb") as file:
                data, memo = pickle.load(file)
            return self._from_tables(data, memo)
        except Exception:  # a missing, stale or damaged cache is only slower
            pass
        parser = lark.Lark.open(str(resources.grammar_path("isf.lark")), **self._options())
        store(path, pickle.dumps(parser.memo_serialize([lark.lexer.TerminalDef, lark.grammar.Rule])))
        return parser

    def _from_tables(self, data: Any, memo: Any) -> lark.Lark:
        parser = lark.Lark.__new__(lark.Lark)
        options = {k: v for k, v in self._options().items() if k in ("transformer", "lexer_callbacks", "postlex")}
        loaded: lark.Lark = parser._load({"data": data, "memo": memo}, **options)
        return loaded

    def _comment(self, token: lark.Token) -> lark.Token:
        self.comments.append(Comment(str(token).rstrip(), token.start_pos or 0, token.end_pos or 0))
        return token

    @property
    def lexer(self) -> Any:
        """What reads the words; ``lark`` has it behind ``_WholeWords``."""
        return self.lark.parser.lexer.lexer

    @cached_property
    def book(self) -> Book:
        """The sentences of syntax errors; made (some 30 ms) when the first error is met."""
        return Book(Automaton(self.lark.parser.parser._parse_table, self.lark.rules, self.lark.terminals))

    def parse(self, source: Source, start: int, end: int) -> tuple[tuple[ast.AnyDeclaration, ...], list[Problem]]:
        self.builder.context = Context(source=source.name)
        text: Any = source.text
        if (start, end) != (0, len(source.text)):
            text = lark.TextSlice(source.text, start, end)
        declarations = self.lark.parse(text)
        return declarations, self.builder.context.problems  # type: ignore[return-value]


_parser: _Parser | None = None


def parser() -> _Parser:
    """The process's parser."""
    global _parser
    if _parser is None:
        _parser = _Parser()
    return _parser


def read_text(path: Path, shown: str) -> tuple[Source, tuple[Problem, ...]]:
    """Read a file as UTF-8 text; problems, never an exception, for what can't be read."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return Source(shown, ""), (_too_large("filen", size, shown),)
        data = path.read_bytes()
    except OSError as error:
        return Source(shown, ""), (CannotRead(path=shown, reason=reason_of(error)),)
    return decode(data, shown)


def decode(data: bytes, shown: str) -> tuple[Source, tuple[Problem, ...]]:
    """Bytes to a source: no byte order mark, letters composed (NFC), and a lone carriage return ends a line."""
    if len(data) > MAX_BYTES:
        return Source(shown, ""), (_too_large("filen", len(data), shown),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Source(shown, ""), (NotText(span=Span(shown, 0, 0), offset=error.start, reason="ugyldige tegn"),)
    if "\r" in text:
        text = _LONE_RETURN.sub("\n", text)
    if unicodedata.is_normalized("NFC", text):
        return Source(shown, text), ()
    composed = unicodedata.normalize("NFC", text)
    span = Span(shown, 0, 0)
    return Source(shown, composed), (Decomposed(span=span, count=len(text) - len(composed) or 1),)


def parse(source: Source) -> Parsed:
    """Parse one text. Any text gives a tree (perhaps with declarations missing) and problems, never an exception."""
    problems = _limits(source)
    if problems:
        return Parsed(source, ast.File(source.name, ()), (), tuple(problems))
    machine = parser()
    machine.comments = []
    try:
        declarations, problems = machine.parse(source, 0, len(source.text))
        comments = tuple(machine.comments)
        readable = not _swallowed(source, declarations)
    except lark.UnexpectedInput:
        readable = False
    if not readable:
        declarations, problems, comments = _parse_pieces(machine, source)
    return Parsed(source, ast.File(source.name, tuple(declarations)), comments, tuple(problems))


def _parse_pieces(
    machine: _Parser, source: Source
) -> tuple[tuple[ast.AnyDeclaration, ...], list[Problem], tuple[Comment, ...]]:
    """Read up to the declaration with an error, give one problem, go on at the next opening word; and so on."""
    text = source.text
    book = machine.book
    tracer = Tracer(book.automaton, machine.lexer, text, frozenset(DECLARATION_WORDS))
    explainer = Explainer(book, tracer, source.name, DECLARATION_WORDS)
    declarations: list[ast.AnyDeclaration] = []
    problems: list[Problem] = []
    comments: list[Comment] = []
    start = 0
    for _ in range(MAX_PROBLEMS):
        failure = tracer.run(start, len(text))
        explained = None
        if failure is not None:
            following = _PIECE.search(text, failure.at + 1)
            failure = tracer.missed_end(failure, following.start() if following else len(text))
            explained = explainer.explain(failure)
        machine.comments = []
        good = explained.readable if explained else len(text)
        if good > start:
            found, own = machine.parse(source, start, good)
            declarations.extend(found)
            problems.extend(own)
        comments.extend(machine.comments)
        if explained is None:
            break
        problems.append(explained.problem)
        following = _PIECE.search(text, explained.resume)
        if following is None:
            break
        start = following.start()
    return tuple(declarations), problems, tuple(comments)


def _swallowed(source: Source, declarations: tuple[ast.AnyDeclaration, ...]) -> bool:
    """Whether an opening word first on a line was read as something else than the opening of a declaration."""
    starts = {declaration.span.start for declaration in declarations}
    return any(match.start() not in starts for match in _PIECE.finditer(source.text))


def _limits(source: Source) -> list[Problem]:
    text = source.text
    start = 0
    while len(text) - start > MAX_LINE:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end - start > MAX_LINE:
            return [
                TooLarge(
                    span=Span(source.name, start, start + 1),
                    what="linjen",
                    size=f"{end - start} tegn",
                    limit=f"{MAX_LINE} tegn",
                )
            ]
        start = end + 1
    number = _LONG_NUMBER.search(text)
    if number is not None:
        return [
            TooLarge(
                span=Span(source.name, number.start(), number.end()),
                what="tallet",
                size=f"{len(number.group())} sifre",
                limit=f"{MAX_DIGITS} sifre",
            )
        ]
    depth = 0
    for match in _DEPTH.finditer(text):
        sign = match.group()
        if sign == "(":
            depth += 1
            if depth > MAX_DEPTH:
                return [TooDeep(span=Span(source.name, match.start(), match.end()), limit=MAX_DEPTH)]
        elif sign == ")":
            depth = max(0, depth - 1)
    return []


def _too_large(what: str, size: int, shown: str) -> TooLarge:
    return TooLarge(
        span=Span(shown, 0, 0),
        what=what,
        size=f"{size / 1024 / 1024:.0f} MB",
        limit=f"{MAX_BYTES // 1024 // 1024} MB",
    )
