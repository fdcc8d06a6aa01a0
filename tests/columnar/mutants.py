"""Faults put into the columnar engine on purpose, as ``tests.properties.mutants`` does to the reference.

Compiled loops are mutated as the Python they are written in; while such a mutant is alive, all loops of its module run
as Python, so that those that call it meet the fault.
"""

# ruff: noqa: E501  (one mutant a line)

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from tests.columnar import support
from tests.properties.mutants import Mutant

MUTANTS = tuple(
    Mutant(f"columnar.{where}", old, new)
    for where, old, new in (
        # numbers of any size
        ("vectors:times", "size > ROOM", "False"),
        ("vectors:bound_of", "abs(int(v.min()))", "0"),
        ("vectors:rounded", "bound_of(v) * up * 2 + den <= ROOM", "True"),
        ("vectors:rounded", "2 * size_of + den", "2 * size_of + den - 1"),
        ("ragged:rounded", "2 * ", "1 + 2 * "),
        ("vectors:divide", "present = both(both(a.present, b.present), ~zero.astype(bool))", "present = both(a.present, b.present)"),
        ("vectors:divide", "sign = np.where(safe < 0, -1, 1)", "sign = 1"),
        ("vectors:narrow", "bound_of(v) <= ROOM", "True"),
        ("vectors:both", "else a & b", "else a | b"),
        ("vectors:compare", "found = a <= b", "found = a < b"),
        ("vectors:compare_numbers", "times(b.v, right)", "b.v"),
        ("vectors:multiply", "both(a.present, b.present)", "a.present"),
        ("vectors:constant_number", "np.int64 if abs(top) <= ROOM else object", "np.float64"),
        ("vectors:assemble", "moment = any(", "moment = all("),
        ("vectors:assemble", "only.take(np.argsort(rows))", "only"),
        ("vectors:_assemble_numbers", "scaled = [(rows, times(v.v, den // v.den)) for rows, v in parts]", "scaled = list((rows, v.v) for rows, v in parts)"),
        ("vectors:_assemble_lists", "v.start + at", "v.start"),
        ("vectors:overwritten", "v.start + len(own.flat)", "v.start"),
        ("vectors:overwritten", "own.words is v.words:", "True:"),
        ("vectors:_overwritten", "True if v.present is None else v.present", "True"),
        ("vectors:Lists.packed", "total == len(self.flat) and bool((self.start == np.cumsum(self.size) - self.size).all())", "total == len(self.flat)"),
        # days
        ("numbers:_days_between", "end.days - start.days", "(end.micros - start.micros) // 86_400_000_000"),
        ("numbers:_whole_months", "day_of_month(last) < day_of_month(first)", "day_of_month(last) <= day_of_month(first)"),
        ("numbers:_whole_years", " < months(first) * 100", " <= months(first) * 100"),
        ("numbers:_covered_days", "np.minimum(last, end.days) - np.maximum(first, start.days) + 1", "np.minimum(last, end.days) - np.maximum(first, start.days)"),
        ("numbers:_covered_days", "np.maximum(covered, 0)", "covered"),
        ("numbers:period_labels", "(months(days) - 1) // 4", "months(days) // 4"),
        ("numbers:period_labels", "key = months_since_1970(days)", "key = months(days)"),
        ("numbers:month_lengths", "(months_since_1970(days) + 1)", "months_since_1970(days)"),
        # expressions
        ("expressions:Compiler._test", "lambda f, r: ~there(value(f, r))", "lambda f, r: there(value(f, r))"),
        ("expressions:Compiler._within", "1 if e.direction", "-1 if e.direction"),
        ("expressions:Compiler._within", '"<=" if e.limit', '"<" if e.limit'),
        ("expressions:Compiler._within", "found & present", "found"),
        ("operations:compared", "found & present", "found"),
        ("operations:compared", "compare(op, a.days, b.days)", "compare(op, a.micros, b.micros)"),
        ("expressions:Compiler.counts_as", "np.full(f.count(r), itself)", "np.full(f.count(r), False)"),
        ("expressions:Compiler._count", "if distinct:", "if False:"),
        ("expressions:Compiler._all_test", "bad &= asked", "bad |= asked"),
        ("expressions:Compiler._distinct_sources", "out &= carried >= len(chosen)", "out &= carried >= 1"),
        ("expressions:Compiler._valid_in", "& (found.v >= 0)", ""),
        ("expressions:Compiler._valid_in", "return not all(", "return not any("),
        ("expressions:Compiler._cases", "left, place = left[~holds], place[~holds]", "pass"),
        ("expressions:Compiler._rate", "f.note(note, r)", "pass"),
        ("expressions:Compiler.lookup", "for way in ways:", "for way in reversed(ways):"),
        ("expressions:Compiler.lookup", "out[at[counts(f, own)]] = target", "pass"),
        ("expressions:Compiler._hdg", "np.where(out >= 0, out, found.v)", "found.v"),
        ("operations:quantity_test", "counted(f, r) >= count", "counted(f, r) > count"),
        ("operations:quantity_test", "counted(f, r) <= count", "counted(f, r) < count"),
        ("operations:folded", "(other if turned else plain)", "plain"),
        ("frame:Notes.only", "part[keep[part]]", "part"),
        # codes
        ("codes:PropertyTest.any", "has & counts(frame, rows)", "has"),
        ("codes:PropertyTest.any", "out = found if out is None else out | found", "out = found"),
        ("codes:different", "one.add(_single(v))", "one.add(v)"),
        ("ragged:any_in", "range(start[i], start[i] + size[i])", "range(start[i], start[i] + size[i] - 1)"),
        ("ragged:gathered", "at += one", "at += np.uint64(0)"),
        # plan: epochs, attributes, deciders, levels, requirements
        ("epochs:Epochs.by_epoch", "day_of_number(days.days[rows[0]])", "day_of_number(days.days[0])"),
        ("plan:EpochPlan.attribute", "f.notes.add(table.notes[number], own if rows is None else rows[own])", "pass"),
        ("decide:FirstMatch.scan", "left = at if rows is None else rows[at]", "left = at"),
        ("decide:FirstMatch._with_notes", "np.flatnonzero(out > place)", "np.flatnonzero(out >= 0)"),
        ("decide:FirstMatch._with_notes", "np.flatnonzero(out > place)", "np.flatnonzero(out > place)[1:]"),
        ("decide:FirstMatch._with_notes", "at if rows is None else rows[at]", "at"),
        ("decide:FirstMatch._with_notes", "np.where(out < len(self._conditions), out, np.int32(-1))", "out"),
        ("decide:FirstMatch._quiet", "[*places, len(self._conditions)]", "[*places, -1]"),
        ("operations:in_turn", "place if r is None else r[place]", "place"),
        ("operations:in_turn", "going if place is None else place[going]", "going"),
        ("decide:Decider.returkoder", "out[own[~holds]]", "out[own]"),
        ("decide:Level.__init__", "key=lambda k: -k.level", "key=lambda k: k.level"),
        ("decide:Level.__init__", "if plan.epoch.holds(k.validity)", "if True"),
        ("decide:Level.__init__", "if k.exceptions:", "if False:"),
        ("krav:Requirement.test", "found if exception else ~found", "~found"),
        ("krav:Requirement.test", "said & (yes if exception else ~yes)", "(yes if exception else ~yes)"),
        ("krav:Requirement.test", "unsaid[place] = ~said", "unsaid[place] = said"),
        ("krav:Requirement.applies", "if not self.holds:", "if False:"),
        ("krav:KravColumns.not_met", "out |= rows", "out = rows"),
        # the kernel
        ("kernel_compile:Source.more", "[*self.by_code.get(one, ())]", "[]"),
        ("kernel_compile:negated", '"|" if formula[0] == "&" else "&"', "formula[0]"),
        ("kernel_compile:negated", "return ~formula", "return formula"),
        ("kernel_compile:joined", "elif not isinstance(p, int) and len(p) == 1:\n            return p", "elif not isinstance(p, int) and len(p) == 1:\n            pass"),
        ("kernel_compile:Maker._formula", "few = negated(self._at_least(count + 1,", "few = negated(self._at_least(count + 2,"),
        ("kernel_compile:Maker._counts_as", "TRUE if name in wanted else FALSE", "FALSE"),
        ("kernel_compile:Maker._carried", 'joined("&", [has, self._counts_as(name, wanted, c)])', "has"),
        ("kernel_compile:Maker._touched", "name in names or any(t in names for t, _ in rules)", "name in names"),
        ("kernel_compile:Maker._feature", "Literal(MARK, self.literals[first].x, count)", "Literal(MARK, self.literals[first].x, 1)"),
        ("kernel:Kernel._value_classes", "asked = some if rows is None else rows[some]", "asked = some"),
        ("kernel:Kernel._code_classes", "missing = self.classes.of_missing(source)", "missing = 0"),
        ("kernel:Kernel._list_classes", "starts[:, s], sizes[:, s] = start + at, size", "starts[:, s], sizes[:, s] = start, size"),
        ("kernel_loops:first_match", "yes = left <= 0", "yes = left <= 1"),
        ("kernel_loops:first_match", "left -= marks[m] == x", "left -= marks[m] >= x"),
        ("kernel_loops:first_match", "np.uint64(0) if asked[line] & missing else count", "np.uint64(0)"),
        ("kernel_loops:first_match", "if asked[line] & ~filters[g, 0]:", "if asked[line] & filters[g, 0]:"),
        ("kernel_loops:first_match", "if p >= best:\n                    break", "pass"),
        ("kernel_loops:first_match", "if word & missing:", "if word & f0:"),
        ("kernel_loops:first_match", "(needs[p, 1] & f1)", "(needs[p, 1] & ~f1)"),
        ("kernel_loops:first_match", "program[line, 3] if yes else program[line, 4]", "program[line, 4] if yes else program[line, 3]"),
        ("kernel_loops:pack", "place & 63", "place & 31"),
        ("kernel_loops:spread", "values[i] - low", "values[i] - low + 1"),
        ("kernel_tables:Tables._options", 'if formula[0] == "&":', "if True:"),
        ("kernel_tables:Tables._options", "if option is None:\n                return None", "if option is None:\n                continue"),
        ("kernel_tables:Tables._atom", "literal >= 0) if found.kind", "True) if found.kind"),
        ("kernel_tables:Tables._anchor", "always.append(place)", "pass"),
        ("kernel_tables:Tables._take_in", "np.bitwise_or.at(filters[:, 0], of_mark, self._hash[marks])", "pass"),
        ("kernel_tables:Tables._choose_filters", "self._exclusive = {*marks[:_OWN_MARKS], *others[:_OWN_BITS]}", "self._exclusive = {*marks, *others}"),
        ("kernel_tables:Tables._take_in", "(~words, self._facts.size + first)", "(words, self._facts.size + first)"),
        ("kernel_tables:Tables._span", "added = places[fresh[rows]]", "added = places[np.lexsort((-places, rows))][fresh[rows]]"),
        ("kernel_tables:_Program.write", "formula, true, false = ~formula, false, true", "formula = ~formula"),
        ("kernel_tables:_Program.write", "for part in reversed(formula[1:]):", "for part in formula[2:]:"),
        ("kernel_tables:Classes._of_carried", "tuple(sorted(set(marks)))", "tuple(sorted(set(marks)))[:1]"),
        # stays
        ("stays:gather", "several[several] = counts[patients[several]] > 1", "several[several] = counts[patients[several]] > 2"),
        ("stays:_join", "near &= k[order[1:]] == k[order[:-1]]", "pass"),
        ("stays:_join", "pairs.hold(c, one, other)", "pairs.hold(c, other, one)"),
        ("stays:_join", "np.logical_and.reduce([k >= 0 for k in keys])", "patients >= 0"),
        ("stays:_merged", 'how.get(name) or ("alle" if lists[name] else "første")', 'how.get(name) or "første"'),
        ("stays:_highest", "-points.v", "points.v"),
        ("stays:_highest", "np.lexsort((np.arange(len(points)), -points.v, ~known, number))", "np.lexsort((-np.arange(len(points)), -points.v, ~known, number))"),
        ("stays:stay_days", 'rules.role(post, "slutt"), rules.role(post, "start")', 'rules.role(post, "start")'),
        ("stays:stay_days", "open_ & value.present", "value.present"),
        ("pairs:_PairCompiler._side", "return self.first", "return self.second"),
        ("pairs:key_numbers", "np.where(present, number, -1)", "number"),
        ("segments:connected", "parent[j] = i", "pass"),
        ("segments:_extreme", "-keys if largest", "keys if largest"),
        ("segments:_extreme", "at = np.flatnonzero(present)", "at = np.arange(len(own))"),
        ("segments:_sum", "np.where(present, own.v, 0)", "own.v"),
        ("segments:_sum", "any_in_group(present, groups.number, len(groups))", "None"),
        ("segments:aggregated", "column.take(groups.last)", "column.take(groups.first)"),
        ("segments:Segments.of", "_in_order(number, start)", "np.lexsort((-np.arange(len(number)), number))"),
        # grouping, points and money
        ("grouping:outside", "day.days > day_number", "day.days >= day_number"),
        ("grouping:outside", "day.days < day_number", "day.days <= day_number"),
        ("grouping:outside", "out & day.present", "out"),
        ("grouping:settle", "counts[rows] = own.counts & ~gone", "counts[rows] = own.counts"),
        ("grouping:settle", "f.points, den = points.number, points.den", "den = points.den"),
        ("points:points_of", "negative(part) if deducted else part", "part"),
        ("points:points_of", "notes.add_all(f.notes.only((loss == 0) | (loss == REPLACED)))", "notes.add_all(f.notes)"),
        ("points:points_of", "exact = add(exact, negative(part) if deducted else part)", "exact = add(exact, negative(Nums(rounded(part, 1), 10, part.present)) if deducted else Nums(rounded(part, 1), 10, part.present))"),
        ("points:money_of", "rows, left = left[holds], left[~holds]", "rows = left[holds]"),
        ("points:money_of", "not d.subjects or any(s.text == subject for s in d.subjects)", "True"),
        ("points:money_of", "out.den // 10**digits", "1"),
        ("points:MoneyColumns.empty", "d.rounding.digits for", "2 for"),
        ("points:points_of", "scale = max(SCALE, digits)", "scale = SCALE"),
        ("points:group_points", "if decl is None or decl.rounding is None:", "if False:"),
        ("contacts:group_money", "left = np.flatnonzero(~gone[paid])", "left = np.arange(len(paid))"),
        ("pairs:key_numbers", "Fraction(top, below)", "Fraction(top)"),
        ("stays:_micros", "_FIRST", "_FIRST - 1"),
        ("vectors:times", "max(bound_of(a), 1)", "bound_of(a)"),
        ("vectors:in_units", "v % below != 0", "v % below < 0"),
        ("output:decimals", "bound_of(v) >= 10**_DIGITS", "False"),
        ("output:_services", 'where.fill_null("")', "where"),
        ("names:Names.numbers_of", "if len(known) > len(whole):", "if False:"),
        ("decide:Level.__init__", "if max(map(abs, levels)) <= ROOM else object", "if True else object"),
        # services
        ("services:_first", "and plan.epoch.holds(rules.stg[name].validity)", ""),
        ("services:_first", "for place, name in enumerate(rules.stg_order)", "for place, name in reversed(list(enumerate(rules.stg_order)))"),
        ("services:find_hits", "d.text if d is not None", "d.text if False"),
        ("services:_counted", "alone = ~there(of.start) | (of.keys.patient < 0)", "alone = ~there(of.start)"),
        ("services:_counted", "if by_institution.any():", "if False:"),
        ("services:_counted", "np.where(alone, np.arange(of.n), -1)", "np.where(alone, 0, -1)"),
        ("services:_counted", "numbered([of.group.v, single, *keys])", "numbered([single, *keys])"),
        ("services:_counted", "np.where(by_institution[of.group.v], of.keys.institution, 0)", "of.keys.institution"),
        ("services:_counted", "label[alone] = -1", "pass"),
        ("services:count", "in_order([number, ~there(of.start), of.start.v])", "in_order([number])"),
        ("services:_finance", "any_in_group(holds, number, services.n), _up_to", "~any_in_group(~holds, number, services.n), _up_to"),
        ("services:_finance", "holds[hits.start], np", "any_in_group(holds, number, services.n), np"),
        ("services:_finance", "notes.only(used[members])", "notes"),
        ("services:_finance", "np.arange(of.n) == hits.start[number]", "np.ones(of.n, bool)"),
        ("services:_up_to_the_first", "np.cumsum(flags) - flags", "np.cumsum(flags)"),
        ("services:_up_to_the_first", "before[hits.start][hits.number]", "0"),
        ("contacts:Contacts.test", "notes.add_all(f.notes.moved(own, f.n), at)", "notes.add_all(f.notes.moved(own, f.n))"),
        ("contacts:Contacts.test", "f.notes.moved(own, f.n)", "f.notes"),
        ("courses:_covered", "notes.add_all(found, ordered.row[at])", "notes.add_all(found)"),
        ("services:_finance", 'services.notes.add(f"ukjent: finansiering', 'services.notes.add(f"ukjent:  finansiering'),
        ("contacts:Contacts._split", "places = self.place[rows[mine]]", "places = self.place[mine]"),
        ("contacts:group_money", "rules.points(subject)", "None"),
        ("contacts:stated_financing", "yes[at] = ja | nei, ja", "yes[at] = ja | nei, ja | nei"),
        # courses
        ("windows:open_courses", "not within_year or", "True or"),
        ("windows:open_courses", "inside = start[c] <= reach", "inside = start[c] < reach"),
        ("windows:open_courses", "late_end[o] = max(late_end[o], end[c])", "late_end[o] = end[c]"),
        ("windows:open_courses", "if new_trigger == EXTENDS:", "if True:"),
        ("windows:_in_window", "return bool(low <= start[c] <= high)", "return bool(low < start[c] <= high)"),
        ("windows:_in_window", "return bool(low <= start[c] <= high)", "return bool(low <= start[c] < high)"),
        ("windows:_in_window", "return bool(low <= end[c] <= high)", "return bool(low <= start[c] <= high)"),
        ("windows:_in_window", "low <= high and start[c] <= high", "start[c] <= high"),
        ("windows:_in_window", "and end[c] >= low", "and start[c] >= low"),
        ("windows:_in_window", "high = min(high, year_end[f])", "pass"),
        ("windows:_in_window", "low = max(low, year_start[f])", "pass"),
        ("windows:_in_window", "high = _shifted(late_end[o] if w[4] else late_start[o], w[3])", "high = _shifted(end[f] if w[4] else start[f], w[3])"),
        ("windows:_in_window", "_shifted(end[f] if w[1] else start[f], w[0])", "_shifted(start[f], w[0])"),
        ("windows:take_in", "if not own_day:", "if False:"),
        ("windows:take_in", "end[c] if mode == ENDS else start[c]", "start[c]"),
        ("windows:take_in", "if several == ALL:", "if False:"),
        ("windows:take_in", "several == NEAREST and far < best_far", "several == NEAREST and far <= best_far"),
        ("windows:take_in", "several == NEAREST and", "True and"),
        ("courses:build", "~used if rules.contact_used_once", "~used if False"),
        ("courses:build", "key=lambda d: d.rest", "key=lambda d: False"),
        ("courses:_holds", "out[at] = plan.epoch.holds(decl.validity)", "out[at] = True"),
        ("courses:_covered", "if line.condition is not None:", "if False:"),
        ("courses:_word", "return kind, group", 'return "DRG", group'),
        ("courses:_per_period", "ordered.of.keys.institution[ordered.row[member]]", "institution"),
        ("courses:_with_trigger", "ordered.start[all_members] - ordered.start[first][all_courses]", "ordered.end[all_members] - ordered.start[first][all_courses]"),
        ("courses:_note_unknown", "(taken if assumed else near)", "near"),
        ("courses:_settle", "again[order[where]] = False", "again[:] = False"),
        ("courses:_settle", 'order = np.argsort(made.opener, kind="stable")', 'order = np.argsort(-made.opener, kind="stable")'),
        ("courses:_settle", "telles.per_institution else np.zeros(made.n, np.int64)", "False else np.zeros(made.n, np.int64)"),
        ("courses:_settle", "paid = (said & yes)[made.course]", "paid = np.ones(len(made.course), bool)"),
        ("courses:_settle", "decl.erstatter.opphold, decl.erstatter.saertjenester", "decl.erstatter.saertjenester, decl.erstatter.opphold"),
        ("courses:_shares", "known[made.course[~here]] = False", "pass"),
        ("shares:apportioned", "rank < left[number]", "rank < 0"),
        ("shares:apportioned", "-rest", "rest"),
        ("shares:apportioned", "bad[members.number[(own < 0).astype(bool)]] = True", "pass"),
        ("shares:apportioned", "(total > 0)", "(total >= 0)"),
        ("shares:apportioned", "int(np.abs(own).max()) > 2**62 // ONE", "False"),
        # the road
        ("courses:Ordered.of_the_same", "chosen[number[some]] = True", "chosen[some] = True"),
        ("courses:_Windows.at", ".get(g, -1)", ".get(g, 0)"),
        ("assumed:assumed_codes", "some[own.row_of[at]]", "own.row_of[at]"),
        ("assumed:assumed_codes", "different(np.concatenate(own), f.n)", "own[0]"),
        ("assumed:_Assumed._number", "any(map(wanted.has_code, codes))", "wanted.has_code(codes[-1])"),
        ("assumed:OfContacts.of", "own[own >= 0]", "np.abs(own)"),
        ("assumed:OfContacts.add", "np.repeat(course, size)", "np.repeat(course[::-1], size)"),
        ("assumed:_apart", "rows[order]", "rows"),
        ("numbering:different", "v[1:] > v[:-1]", "v[1:] >= v[:-1]"),
        ("candidates:_leave_those_of_no_course", "counted | served[x.patient]", "served[x.patient]"),
        ("candidates:_leave_those_of_no_course", "if not d.triggers", "if False"),
        ("candidates:candidates", "hits.source[hit] + len(sources)", "hits.source[hit]"),
        ("candidates:_takes_the_rest", "any(d.rest for d in rules.tfg.values())", "False"),
        ("candidates:Candidates.ordered", "in_order([patient, start, end, kind])", "in_order([patient, start, kind])"),
        ("engine:_back", "replaced_stays[among.stay] = found.replaced[:n]", "pass"),
        ("engine:_test", "into.setdefault(what, np.zeros(n, bool))[rows[at]] = True", "into[what] = np.zeros(n, bool); into[what][rows[at]] = True"),
        ("engine:_test", "applies[rows] = own.applies", "applies[:] = own.applies.any()"),
        # who, parts, tables, sums
        ("names:_numbered", "pc.fill_null(whole.indices, -1)", "pc.fill_null(whole.indices, 0)"),
        ("names:_nulled", "bits(whole >= 0)", "None"),
        ("expressions:Compiler.counts_as", "self.plan.compiler(f.subject, self.busy | {name})", "self.plan.compiler(self.subject, self.busy | {name})"),
        ("kernel_compile:Maker._counts_as", "self.plan.compiler(self.about,", "self.plan.compiler(None,"),
        ("output:_told_apart", "services & (np.bincount(numbers)[numbers] > 1)", "services"),
        ("output:_told_apart", "None if s.subject == STAY else s.subject", "s.subject"),
        ("points:money_of", "~nothing | (out.value != 0)", "~nothing"),
        ("grouping:grouped", "notes.add_all(f.notes, rows)", "pass"),
        ("grouping:settle", "stays.notes.add_all(f.notes.only(~gone), rows)", "pass"),
        ("services:notes_of", "found.add_all(p.notes, before + np.arange(len(p.record)))", "pass"),
        ("frame:Notes.moved", "own[own >= 0]", "np.abs(own)"),
        ("candidates:Candidates.assumed", "len(self.stay) + np.arange(len(self.hit))", "np.arange(len(self.hit))"),
        ("plan:EpochPlan.level", '("nivå", decl.subject.text, decl.name.text, busy)', '("nivå", decl.name.text, busy)'),
        ("parts:split", "if patients_matter(rules) else", "if not patients_matter(rules) else"),
        ("parts:_by_patient", "(patient_hashes(rules, store) % np.uint64(parts))", "(np.arange(store.n) % parts)"),
        ("parts:_as_they_lie", "s.n * (i + 1) // parts", "s.n // parts * (i + 1)"),
        ("joining:_stretch", "column.flat[begin : begin + total]", "column.flat[:total]"),
        ("joining:_stretch", "column.present[rows]", "column.present"),
        ("parts:split", "range(parts)", "range(parts - 1)"),
        ("parts:answers", "while waiting:", "if waiting:"),
        ("output:decimals", "parts[:, 1] = v >> 63", "parts[:, 1] = 0"),
        ("output:decimals", "np.ascontiguousarray(v, np.int64)", "np.abs(v)"),
        ("output:decimals", "valid = None if has is None else bits(has)", "valid = None"),
        ("output:note_lists", 'np.argsort(row, kind="stable")', "np.arange(len(row))"),
        ("output:_id_lists", '("id", "ascending")', '("id", "descending")'),
        ("output:_courses", "if made.alone and made.per_institution:", "if False:"),
        ("output:_courses", "made.day == NO_DAY", "made.day < 0"),
        ("output:_flag_lists", 'np.argsort(row, kind="stable")', "np.arange(len(row))"),
        ("output:_by_records", "ids.slice(first, together)", "ids.slice(0, together)"),
        ("output:_by_records", "places[: len(own)]", "places[: len(own)][::-1]"),
        ("output:_by_records", "column.slice(first, together)", "column.slice(0, together)"),
        ("output:krav_columns", "max(map(len, same_ids), default=0) < _OFTEN", "False"),
        ("output:krav_columns", "outcome[k.found.not_met] = 2", "outcome[k.found.not_met] = 1"),
        ("totals:_Sums.by", "~has_points + 0", "has_points + 0"),
        # reading
        ("ingest_fields:FieldReader._moments", "if (v % 1000).any():", "if False:"),
        ("ingest_fields:FieldReader._plain", "not self.field.key and _are_plain(array.dictionary)", "not self.field.key"),
        ("ingest_fields:FieldReader._plain", "*dictionary_of(array)", "array.indices, array.dictionary"),
        ("ingest_fields:FieldReader._moments", "if timed.any():", "if False:"),
        ("ingest_fields:FieldReader._moments", "v * (1_000_000 // per)", "v"),
        ("ingest_fields:FieldReader._coded", "if (table == _BAD).any()", "if False"),
        ("ingest_fields:FieldReader._list", "bad = bool((table[:-1] < 0).any()) or elements.null_count > 0", "bad = False"),
        ("ingest_fields:FieldReader._by_value", "at % (len(parsed) + 1)", "np.maximum(at, 0)"),
        ("ingest_fields:FieldReader._numbers", "self._warned.add(raw)", "pass"),
        ("raw_values:RawValues.numbers", "self._numbers[:-1], numbers,", "self._numbers[:-1], numbers[::-1],"),
        ("raw_values:RawValues._found", "pc.fill_null(at, -1)", "pc.fill_null(at, 0)"),
        ("raw_values:RawValues._found", "self._numbers[rest].tolist()", "self._numbers[rest][::-1].tolist()"),
        ("ingest_fields:FieldReader._value", "and raw.isalnum() and", "and"),
        ("ingest_fields:FieldReader._value", '(code, None) if self.field.kind == "kodepar" else code', "code"),
        ("ingest_fields:Fresh.first_rows", "places, rows = places[fine[rows]], rows[fine[rows]]", "pass"),
        ("ingest_fields:FieldReader.read", "if there is not None and not there.all():", "if False:"),
        ("ingest_fields:FieldReader._text", "mask=kinds == _EMPTY", "mask=None"),
        ("ingest_fields:_look_at", "data[first] == 0x20 or data[last - 1] == 0x20", "data[first] == 0x20"),
        ("ingest_fields:_look_at", "last - first > 1000", "last - first > 1001"),
        ("ingest_fields:_look_at", "0xC3 <= c <= 0xDF", "0xC2 <= c <= 0xDF"),
        ("ingest_fields:_bounds", "math.ceil(f.low)", "math.floor(f.low)"),
        ("ingest_fields:_bounds", "math.floor(f.high)", "math.ceil(f.high)"),
        ("ingest_parquet:PostReader._across", "(end.micros < start.micros) if both else (end.days < start.days)", "end.days < start.days"),
        ("ingest_parquet:PostReader._settled", "order = np.argsort(where)", "order = np.arange(len(where))"),
        ("ingest_parquet:_not_valid", "(day[rows] < first[ids]) |", ""),
        ("ingest_parquet:pieces", "done += batch.num_rows", "done += 0"),
        ("ingest_parquet:ahead", "while (batch := waiting.result()) is not None:", "while (batch := waiting.result()) is not None and batch.num_rows > 1:"),
        ("ingest:Stream._settle", "repeated([*ids, rejected], texts)", "repeated(ids, texts)"),
        ("ingest:Stream._settle", "if batch.failed:", "if False:"),
        ("ingest_parquet:cut", "number += batch.num_rows", "number += 1"),
        ("ingest_csv:_after_plain", "bool((sizes == last).any())", "False"),
        ("ingest_csv:_after_plain", "bool((data == _QUOTE).any())", "False"),
        ("ingest_csv:_after_plain", "prepend=-1 - length", "prepend=-1"),
        ("ingest_csv:_after_plain", "np.where(ends > 0, data[ends - 1], before)", "data[ends - 1]"),
        ("ingest_csv:_after_plain", "before == _RETURN and data[0] != _LINE", "False"),
        ("ingest_csv:_after_plain", "np.count_nonzero(data < 0x20) != allowed", "False"),
        ("ingest_csv:_after_plain", "bool((data[inner + 1] != _LINE).any())", "False"),
        ("ingest_csv:_layout", """if "\\r" in text.removesuffix("\\n").removesuffix("\\r"):""", "if False:"),
        ("ingest_csv:_typed", "pc.utf8_split_whitespace(cells)", 'pc.split_pattern(cells, " ")'),
        ("ingest_csv:_typed", "> MAX_LIST_TEXT", "> 2 * MAX_LIST_TEXT"),
        ("ingest_moments:typed", "missing = None if not len(there) else ~there", "missing = None"),
        ("ingest_moments:_moments", "hour > 23", "hour > 24"),
        ("ingest_moments:_moments", "micros *= 10", "micros *= 1"),
        ("ingest_moments:_moments", "data[at + 19] != 0x2E", "False"),
        ("ingest_moments:_moments", "data[at + 10] != 0x20", "data[at + 10] == 0x30"),
        ("ingest_moments:_moments", "most = 29 if leap else 28", "most = 29"),
        ("ingest_moments:_moments", "year % 100 != 0", "year % 100 != 1"),
        ("ingest_moments:_moments", "seconds += rest", "seconds += 0"),
        ("ingest_moments:_moments", "or month == 6", ""),
        ("ingest_moments:_moments", "365 * y + y // 4", "365 * y + (y + 1) // 4"),
        ("ingest_json:json_pieces", "if not names.enough:", "if False:"),
        ("ingest_json:_batches", 'if table.num_rows != block.count(b"\\n"):', "if False:"),
        ("ingest_json:_blocks", "if left:", "if False:"),
        ("ingest_json:_blocks", "left = block[end:]", 'left = b""'),
        ("ingest_json:_plain", "block.decode()", "pass"),
        ("ingest_json:_plain", "np.count_nonzero(data < 0x20) != len(ends)", "False"),
        ("ingest_json:_plain", "bool((data[starts] != _BEGIN).any())", "False"),
        ("ingest_json:_plain", "int((ends - starts).max()) >= MAX_LINE", "False"),
        ("ingest_json:_Names.meet", "if _has(column)", ""),
        ("shelf:_without", "~np.isin(own, drop[number])", "np.isin(own, drop[number])"),
        ("shelf:ids_of", "at[np.argsort(batch.order[at])]", "at"),
        ("shelf:_whole_minutes", "rest.any() or ", ""),
        ("shelf:_span", "int(cuts[partitions.stop])", "int(cuts[partitions.start + 1])"),
        ("ingest:Stream._finish", "sorted(post.rejects, key=lambda r: (r.fil, r.rad))", "post.rejects"),
        ("ingest:Stream.kept", "keep[self.drop[number]] = False", "keep[self.drop[number][:1]] = False"),
        ("keys:_shared", "[_met(h, shift, bits, look) for h in hashed]", "again"),
        ("keys:numbered", 'pc.cast(pa.array(rows), pa.string()), ":"', 'pc.cast(pa.array(rows - rows[:1]), pa.string()), ":"'),
        ("joining:small", "limit.min <= low and high <= limit.max", "limit.min <= low and high <= limit.max + 1"),
        ("joining:narrowed", "if present.all():", "if present.any():"),
        ("joining:_shortened", "return v // common, den // common", "return v, den // common"),
        ("joining:joined", "times(_computable(p.v), den // p.den)", "p.v"),
        ("joining:_present", "np.ones(len(p), bool) if p.present is None", "np.zeros(len(p), bool) if p.present is None"),
        # what few contacts have, and many close together
        ("courses:_note_unknown", "covered[i] & (group == place)", "(group == place)"),
        ("courses:_sweep_members", "np.lexsort((line, contact))", "np.lexsort((-line, contact))"),
        ("courses:_in_order", "if made.alone or made.n == 0:", "if True:"),
        ("courses:_settle", '("kontakt", "trigger")', '("trigger",)'),
        ("courses:_note_unknown", "taken[member[kept]] = True", "taken[member] = True"),
        ("courses:_settle", "said | again, yes & ~again", "said, yes & ~again"),
        ("windows:open_courses", "reach = late_end[o]", "reach = end[f]"),
        ("windows:take_in", "abs(start[c] - start[first[o]])", "abs(start[c] - late_start[o])"),
        ("candidates:candidates", "np.maximum(hits.start.v[hit], hits.end.v[hit])", "hits.end.v[hit]"),
        ("engine:_back", "part[part >= n] - n", "part[part >= n]"),
        ("numbering:packed", "if room * many >= 2**62:", "if False:"),
        ("numbering:in_order", "if room * many >= 2**62:", "if False:"),
        ("numbering:in_order", "not (own % s).any()", "True"),
        ("numbering:in_order", "// step + 1", "// step"),
        ("numbering:in_order", "keys[::-1]", "keys"),
        ("services:find_hits", "start.take(rows)", "day"),
        ("windows:_in_window", "end[f] if w[4] else start[f], w[3]", "end[f] if w[3] else start[f], w[3]"),
        ("services:notes_of", "before += len(p.record)", "before -= len(p.record)"),
        ("services:find_hits", "True if when.present is None", "False if when.present is None"),
        ("stays:gather", "np.bincount(patients[patients >= 0])", "np.bincount(patients)"),
        ("stays:_times", "return begin, begin", "return begin, end"),
        ("points:points_of", "zero, loss, no, zero", "zero, no, no, zero"),
        ("grouping:settle", "own.said | gone", "own.said"),
        ("grouping:_unfinished", 'rules.unfinished("DRG", str(group.words.values[at]))', 'rules.unfinished("DRG", str(group.words.values[at]))[:1]'),
        ("grouping:_unfinished", "np.split(rows, first[1:])", "[rows] * len(found)"),
        ("services:_finance", "services.notes.add(text, np.flatnonzero(own))", "services.notes.add(text, np.arange(services.n))"),
        ("courses:_settle", "notes.add(text, np.arange(made.n))", "notes.add(text, np.arange(min(made.n, 1)))"),
        ("krav:_attested", "np.ones(n, bool) if said.present is None", "np.zeros(n, bool) if said.present is None"),
        ("names:as_text", "if v.dtype == object:", "if False:"),
        ("names:Names.numbers_of", "pa.array(list(known), pa.string()), numbers", "pa.array(list(known), pa.string()), numbers[:1]"),
        ("totals:_Sums.__init__", "max(bound_of(worth), bound_of(kroner)) * len(worth)", "len(worth)"),
        ("totals:_Sums._all", "wide(worth), wide(kroner)", "worth, kroner"),
        ("totals:_Sums.__init__", '("poeng", 6)', '("poeng", 2)'),
        ("totals:_Sums.__init__", "(odd_kroner & money.has_value).any()", "False"),
        ("totals:_add", "for column, decimals in sums.too_fine", "for column, decimals in []"),
        ("totals:_count_notes", "kinds.setdefault(note_kind(text)[0], np.zeros(n, bool))[rows] = True", "kinds[note_kind(text)[0]] = np.isin(np.arange(n), rows)"),
        # what is put aside
        ("spill:_read", "if drop is not None and len(drop):", "if False:"),
        ("spill:Spill.append", "store.columns[f.name].take(order)", "store.columns[f.name]"),
        ("aside:Aside.load", "found.get(post) or", "found.get(post) and"),
        ("aside:places", "patient_hashes(rules, store) >> _HALF", "np.arange(store.n, dtype=np.uint64)"),
        # several processes, and what is computed as it comes
        ("team:Reader.new_words", "words.values[known:]", "words.values"),
        ("team:Team._shelf", "if (post, name) in known}", "if False}"),
        ("team:_compute", "me.shelf.load(partitions, me.drop)", "me.shelf.load(partitions)"),
        ("team:_compute", "me.shelf.load(partitions, me.drop)", "me.shelf.load(range(1), me.drop)"),
        ("file_parts:row_groups", "range(i, i + 1)", "range(i, i + 1 + (i == 0))"),
        ("file_parts:row_groups", "before += rows", "before += rows + 1"),
        ("file_parts:cut_lines", 'before += block.count(b"\\n", 0, end)', "before += 1"),
        ("file_parts:csv_lines", "heading=True", "heading=False"),
        ("file_parts:cut_lines", "if len(block) < BYTES else", "if len(block) == BYTES else"),
        ("ingest_csv:csv_pieces", "0 if lines is None else lines.before", "0"),
        ("ingest_json:json_pieces", "0 if lines is None else lines.before", "0"),
        ("ingest_json:_blocks", "min(_BLOCK, lines.end - data.tell())", "_BLOCK"),
        ("team:Team._pieces", "rows += put.n + len(put.rejects)", "pass"),
        ("team:Team._learnt", "known[first:] = values", "known += values[:1]"),
        ("team:Team._shelf", "np.int32(-1)", "np.int32(0)"),
        ("team:Team.answers", "left = in_rows(computer.shelf.sizes,", "left = in_rows(computer.shelf.sizes[:-1],"),
        ("pace:in_rows", "start = stop", "start = stop + (start == 0)"),
        ("arena:Arena.take", "len(self._map) < end", "False"),
        ("team:Reader.put", "as_range(piece.rows), piece.rejects", "as_range(piece.rows), []"),
        ("team:Reader.put", "as_range(piece.rows)", "range(store.n)"),
        ("team:_compute", "tables=me.tables", "tables=True"),
        ("relay:_Answering.kept", "tables=self.tables", "tables=True"),
        ("relay:_Answering.kept", "store if post == store.post else reader.empty()", "reader.empty()"),
        ("relay:Relay.part", "found.totals", "Totals()"),
        ("relay:Relay._at_once", "range(len(self._slots))", "range(1 << 16)"),
        ("flow:Flow.ended", "if self.batches.drop:", "if False:"),
        ("flow:_repeated", "raise Again", "return pa.array([], pa.string())"),
        ("shelf:_lists", "to[flat]", "flat"),
        ("shelf:_part", "to[column.v[span]]", "column.v[span]"),
        ("shelf:_gathered", "if all(minutes):", "if any(minutes):"),
        ("store:column_of", "EXACT.scaleb(v, MAX_DECIMALS)", "v * den"),
        ("store:column_of", "fits = all(abs(w) < 2**62 for w in whole)", "fits = True"),
        # rows together, pairs, arrays and dictionaries
        ("expressions:Compiler._distinct_sources", "for i in range(len(wanted)) if some >> i & 1", "for i in range(len(wanted))"),
        ("expressions:Compiler.lookup", "min(own, key=order.__getitem__)", "min(own)"),
        ("expressions:Compiler.lookup", "min(own,", "max(own,"),
        ("expressions:Compiler.lookup", "table[first[now]] - 1", "table[first[now]] - 0"),
        ("expressions:Compiler._flag", "noted=False", "noted=True"),
        ("expressions:Compiler._within", "found if present is None else found & present", "found & present"),
        ("expressions:Compiler._joined", "whole.v[order]", "whole.v"),
        ("operations:one_after_the_other", "np.arange(at, at + len(codes.packed))", "np.arange(at, at)"),
        ("operations:codes_of", "isinstance(found, (Texts, Lists))", "True"),
        ("reads:changes", "ast.Reference(name=name) | ast.Name(text=name)", "ast.Reference(name=name)"),
        ("reads:_name_changes", "plan.epoch.rate(sats)[1] is not None", "False"),
        ("plan:EpochPlan.attribute", "noted and f.notes is not None", "f.notes is not None"),
        ("numbers:first_of_month", '.astype("M8[M]").astype("M8[D]")', '.astype("M8[D]").astype("M8[D]")'),
        ("vectors:assemble", "if not filled:\n            return missing_like(parts[0][1], n)", "if not filled:\n            pass"),
        ("vectors:_is_nothing", "return v.present is not None", "return False"),
        ("vectors:in_units", "wide(top) // wide(a.den)", "wide(top) * wide(a.den)"),
        ("words:merged", "same[-1] = -1", "same[0] = -1"),
        ("pairs:Pairs.hold", "return ~self.hold(operand, first, second)", "return self.hold(operand, first, second)"),
        ("pairs:Pairs.hold", "return found[first] & found[second]", "return found[second]"),
        ("pairs:same", "isinstance(a, Lists) and isinstance(b, Lists)", "False"),
        ("pairs:key_numbers", "packed[e - s : e]", "packed[e + s : e]"),
        ("arrays:bits_of", ", array.offset // 8)", ")"),
        ("arrays:lists_of", "size[~there].any()", "size[~there].all()"),
        ("arrays:lists_of", "np.cumsum(size, dtype=np.int64) - size", "np.cumsum(size, dtype=np.int64)"),
        ("arrays:_looked_up", "k = i + skip", "k = i - skip"),
        ("arrays:looked_up", "indices.offset * 4", "0"),
        ("arrays:whole_numbers", "'int' if pt.is_signed_integer(t) else 'uint'", "'int'"),
        ("kernel:Kernel._list_classes", "if isinstance(codes, Texts):", "if False:"),
        ("kernel_compile:holds", "if formula >= 0 else", "if formula >= 1 else"),
        ("kernel_compile:_bits", "for part in formula[1:]:", "for part in formula[2:]:"),
        ("kernel_compile:literals_of", "formula if formula >= 0", "formula if formula > 0"),
        ("kernel_compile:Maker._sources", '("sources", c.subject, c.busy, name)', '("sources", c.busy, name)'),
        ("kernel_compile:Maker._dense", '("dense", c.subject, c.busy, e)', '("dense", c.busy, e)'),
        ("kernel_compile:Maker._other", '("leaf", c.subject, c.busy, leaf)', '("leaf", c.busy, leaf)'),
        ("kernel_compile:Maker.formula", '("formula", c.subject, c.busy, e)', '("formula", c.busy, e)'),
        ("kernel_tables:Classes._of_carried", "tuple(sorted(set(marks)))", "tuple(sorted(marks))"),
        ("kernel_tables:Facts.__init__", "np.cumsum(64 * self._words)", "np.cumsum(64 // self._words)"),
        ("kernel_tables:Facts.bits", "first + 64 * k", "first + k"),
        ("kernel_tables:Tables._take_in", "self._mark_starts[-1] + np.cumsum", "np.cumsum"),
        ("kernel_tables:Tables._choose_filters", "i if i < _OWN_BITS else _OWN_BITS + i % (64 - _OWN_BITS)", "i"),
        ("kernel_tables:Tables._choose_filters", "i if i < _OWN_MARKS else _OWN_MARKS + i // hashes % (64 - _OWN_MARKS)", "i"),
        ("plan_files:keep", "trim(path.parent)", "pass"),
        ("plan_files:_path", "str(plan.number), name", "name"),
        ("plan_files:_path", "str(plan.number), name", "str(plan.number)"),
        ("kernel_compile:_references", "return all(_references(x, found) for x in e)", "return any(_references(x, found) for x in e)"),
        ("kernel:_laid_out", "return np.arange(n), 0,", "return np.zeros(n, np.int64), 0,"),
        ("kernel_compile:cooked", "return c.parts(name)[at]", "return c.parts(name)[0]"),
        ("kernel_compile:Source.asks_more", "self.by_code or self.by_pair", "self.by_code"),
        ("operations:_compare_texts", "rank = np.empty(len(whole.words) + 1, np.int64)", "return compare(op, ids[: len(a)], ids[len(a) :])"),
        ("operations:_compare_texts", "str(whole.words.values[i])", "str(whole.words.values[i]).lower()"),
        ("kernel_compile:cooked", "c = plan.compiler(subject, busy)", "c = plan.compiler(subject, frozenset())"),
        ("vectors:Bools.true", "self.v if self.present is None else self.v & self.present", "self.v"),
    )
)  # fmt: skip

Kind = Callable[[Any], Any]


def find(where: str) -> tuple[Any, str, FunctionType, Any, Kind]:
    """The owner of a function, its name, the function, what the owner holds, and what makes that of a function."""
    module_name, _, path = where.partition(":")
    owner: Any = importlib.import_module(f"isfdsl.{module_name}")
    *classes, name = path.split(".")
    for part in classes:
        owner = getattr(owner, part)
    held = inspect.getattr_static(owner, name)
    match held:
        case property(fget=found):
            return owner, name, found, held, property
        case functools.cached_property(func=found):
            return owner, name, found, held, functools.partial(_cached, name)
        case classmethod(__func__=found):
            return owner, name, found, held, classmethod
    found = inspect.unwrap(held)
    assert isinstance(found, FunctionType)
    return owner, name, found, held, lambda f: f


def _cached(name: str, function: Any) -> Any:
    made: Any = functools.cached_property(function)
    made.__set_name__(None, name)
    return made


def mutated(mutant: Mutant) -> FunctionType:
    """The function with its fault, as Python."""
    _, name, original, _, _ = find(mutant.where)
    source = textwrap.dedent(inspect.getsource(original))
    old, new = mutant.old, mutant.new
    if old not in source:  # several lines, indented as in the file
        old, new = (text.replace("\n    ", "\n") for text in (old, new))
    assert old in source, f"{mutant.where} no longer says «{mutant.old}»: write the mutant anew"
    body = source[source.index("def ") :]
    scope: dict[str, Any] = {}
    code = "from __future__ import annotations\n" + body.replace(old, new, 1)
    exec(compile(code, f"<{mutant.id}>", "exec"), original.__globals__, scope)
    changed = scope[name]
    assert isinstance(changed, FunctionType)
    return changed


@contextmanager
def alive(mutant: Mutant) -> Iterator[None]:
    """With the fault in place, wherever the engine holds the function."""
    owner, name, _, held, kind = find(mutant.where)
    changed = mutated(mutant)
    undo: list[Callable[[], None]] = []
    if isinstance(owner, ModuleType):
        swaps = {id(v): v.py_func for v in vars(owner).values() if hasattr(v, "py_func")} | {id(held): changed}
        for module in [
            m for n, m in sys.modules.items() if n.startswith(("isfdsl.columnar", "tests.columnar")) and m is not None
        ]:
            _swap(module, swaps, undo)
    else:
        setattr(owner, name, kind(changed))
        undo.append(lambda: setattr(owner, name, held))
    support.shared_epochs.cache_clear()
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        for back in undo:
            back()
        support.shared_epochs.cache_clear()


def _swap(module: ModuleType, swaps: dict[int, Any], undo: list[Callable[[], None]]) -> None:
    """Put functions in the place of others: as names, in tables, and where a function in a table has kept one."""
    for key, value in list(vars(module).items()):
        if id(value) in swaps:
            undo.append(functools.partial(setattr, module, key, value))
            setattr(module, key, swaps[id(value)])
        elif isinstance(value, dict) and not key.startswith("__"):
            for k, v in list(value.items()):
                if id(v) in swaps:
                    undo.append(functools.partial(value.__setitem__, k, v))
                    value[k] = swaps[id(v)]
                for cell in getattr(v, "__closure__", None) or ():
                    if id(cell.cell_contents) in swaps:
                        undo.append(functools.partial(setattr, cell, "cell_contents", cell.cell_contents))
                        cell.cell_contents = swaps[id(cell.cell_contents)]
