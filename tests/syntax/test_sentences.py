"""Every state of the parser that can fail has a sentence of its own, and the sentences tell the truth."""

from __future__ import annotations

import re
from collections import Counter

from isfdsl.syntax.parse import DECLARATION_WORDS, parser
from isfdsl.syntax.sentences.automaton import Automaton, Stack, helper_owner
from isfdsl.syntax.sentences.book import THROUGH, Book

BOOK: Book = parser().book
AUTOMATON: Automaton = BOOK.automaton
STATES = sorted(AUTOMATON.kernels)
# After the last declaration only the end is left, and there nothing can fail.
FAILING = [state for state in STATES if state != AUTOMATON.end]


def stacks() -> list[Stack]:
    """A stack for each state that can fail, the shortest there is."""
    return [AUTOMATON.shortest[state] for state in FAILING]


def test_walking_the_table_finds_every_state_and_its_kernel() -> None:
    table = parser().lark.parser.parser._parse_table
    assert set(AUTOMATON.kernels) == set(table.states)
    assert len(STATES) > 1_000
    assert all(AUTOMATON.kernels.values())
    # The kernels are the stable keys: the numbers of the states differ from one build of the table to the next.
    assert len(set(AUTOMATON.kernels.values())) == len(STATES)


def test_the_kernels_agree_with_those_lark_computes() -> None:
    import lark

    from isfdsl import resources

    options = {**parser()._options(), "transformer": None, "lexer_callbacks": {}, "debug": True}
    with_items = lark.Lark.open(str(resources.grammar_path("isf.lark")), **options)
    theirs = set()
    for closure in with_items.parser.parser._parse_table.states:
        kernel = [rp for rp in closure if rp.index or rp.rule.origin.name.startswith("$root")]
        theirs.add(
            frozenset((rp.rule.origin.name, tuple(s.name for s in rp.rule.expansion), rp.index) for rp in kernel)
        )
    ours = {frozenset((i.origin, i.symbols, i.read) for i in kernel) for kernel in AUTOMATON.kernels.values()}
    assert ours == theirs


def test_no_state_is_without_an_entry() -> None:
    missing = [BOOK.spelled(AUTOMATON.kernels[state][0]) for state, e in BOOK.entries.items() if e is None]
    assert missing == []


def test_only_states_that_have_read_a_piece_whole_are_read_through() -> None:
    for state in FAILING:
        entry = BOOK.entries[state]
        kernel = AUTOMATON.kernels[state]
        assert entry is not None
        if entry is THROUGH:
            assert all(item.complete for item in kernel)
        elif entry.through:
            assert any(item.complete for item in kernel), "only what may end can be read through"
        # Reading through always leads to a state that speaks.
        stack: Stack | None = AUTOMATON.shortest[state]
        while stack is not None and not (BOOK.entries[stack[-1].state] or THROUGH).after:
            stack = AUTOMATON.completed(stack)
        assert stack is not None


def test_an_entry_says_what_may_follow_exactly_when_something_may() -> None:
    for state in FAILING:
        entry = BOOK.entries[state]
        assert entry is not None
        if not entry.through:
            goes_on = any(not item.complete for item in AUTOMATON.kernels[state])
            assert bool(entry.expects) == goes_on, (entry.file, entry.rule, entry.read)


def test_no_entry_is_left_over() -> None:
    used = {id(entry) for entry in BOOK.entries.values()}
    unused = [(e.file, e.rule, e.read) for section in BOOK.sections for e in section.entries if id(e) not in used]
    assert unused == []


def test_no_two_entries_of_a_file_say_the_same_of_different_places() -> None:
    # Two ways to the same place (én/en, with and without repetition) may; the count keeps it an exception.
    said = Counter(
        (entry.after, entry.expects, section.noun)
        for section in BOOK.sections
        for entry in section.entries
        if entry.expects
    )
    assert sum(count - 1 for count in said.values()) <= 24


def constructs(stack: Stack) -> set[str]:
    """What the constructs a stack is in may be called: the stems of their nouns, the words they open with."""
    names = set()
    current: Stack | None = stack
    while current is not None:
        own = [helper_owner(item.origin) or item.origin for item in AUTOMATON.kernels[current[-1].state]]
        for rule in (*own, *AUTOMATON.parents(current)):
            names.update(section.noun for section in BOOK.by_rule.get(rule, ()))
            opening = {symbols[0] for symbols in AUTOMATON.rules.get(rule, ()) if symbols}
            names.update(AUTOMATON.fixed[symbol] for symbol in opening if symbol in AUTOMATON.fixed)
        current = AUTOMATON.completed(current)
    return {re.sub(r"(en|et|ne|n|a)$", "", name.strip("«»")) for name in names if len(name) > 1}


def test_a_sentence_names_its_construct_and_what_is_expected() -> None:
    wrong = []
    for stack in stacks():
        sentence = BOOK.sentence(stack)
        after, _, expects = sentence.partition(" ventes ")
        right = (
            re.match(r"(etter|først) ", after)
            and len(expects) > 2
            and len(sentence) < 500
            and not re.search(r"[{}_]|  |\.$", sentence.replace("ja_nei", ""))
            and not re.search(r"\b(WORD|QNAME|INT|NUMBER|STRING|DATE|PATTERN|PAIR|FUNC)\b", sentence)
            and any(name in sentence for name in constructs(stack))
        )
        if not right:
            wrong.append(sentence)
    assert not wrong, "\n".join(wrong)


def test_every_keyword_a_sentence_says_is_expected_can_follow() -> None:
    wrong = []
    for stack in stacks():
        accepted = AUTOMATON.accepts(stack)
        possible = {AUTOMATON.fixed[t] for t in accepted if t in AUTOMATON.fixed}
        possible |= {"når"} if accepted & {"NAAR_OPPFYLT", "NAAR_IKKE_OPPFYLT"} else set()
        sentence = BOOK.sentence(stack)
        # «hele ordlyden er …» and «som i …» show more than what follows here; «et ledd til i «poeng for»» is a place.
        expects = re.sub(r"\((hele ordlyden|som i) [^()]*\)", "", sentence.split(" ventes ", 1)[1])
        expects = re.sub(r"(?<= til i )«[^«»]+»|(?<= til om )«[^«»]+»", "", expects)
        if any(keyword.split()[0] not in possible for keyword in re.findall("«([^«»]+)»", expects)):
            wrong.append(sentence)
    assert not wrong, "\n".join(wrong)


def test_when_only_one_word_can_follow_the_sentence_says_which() -> None:
    for stack in stacks():
        accepted = AUTOMATON.accepts(stack)
        if len(accepted) == 1:
            (terminal,) = accepted
            text = AUTOMATON.fixed.get(terminal)
            if text is not None:
                sentence = BOOK.sentence(stack)
                assert f"«{text}" in sentence.split(" ventes ", 1)[1] or (text == "," and "komma" in sentence), sentence


def test_sentences_differ_where_the_constructs_do() -> None:
    sentences = {BOOK.sentence(stack) for stack in stacks()}
    assert len(sentences) > 450


def test_pieces_say_where_they_stand() -> None:
    def sentence(*tokens: str) -> str:
        stack: Stack | None = AUTOMATON.shortest[AUTOMATON.start]
        for token in tokens:
            assert stack is not None
            stack = AUTOMATON.feed(stack, AUTOMATON.by_text.get(token, token))
        assert stack is not None
        return BOOK.sentence(stack)

    assert sentence("sats", "WORD", "INT", "kilde").startswith("etter «kilde» i satsen ventes")
    assert sentence("DRG", "INT", "kilde").startswith("etter «kilde» i DRG-en ventes")
    rule = ("gruppe", "WORD", "i", "DRG", "regel", "WORD", "gir", "WORD", "når")
    assert sentence(*rule, "WORD", "og").startswith("etter «og» mellom betingelser i «når» i regelen ventes")
    assert sentence("krav", "WORD", "for", "WORD", "vilkår", "WORD", "når").startswith("etter «når» i vilkåret ventes")


def test_the_opening_words_are_those_of_the_grammar() -> None:
    accepted = AUTOMATON.accepts(AUTOMATON.shortest[AUTOMATON.start]) - {"$END"}
    words = {AUTOMATON.fixed.get(t) or t.lower().split("_")[0].replace("rekkefolge", "rekkefølge") for t in accepted}
    assert words == set(DECLARATION_WORDS)
