"""Courses around triggers, compiled: the sweep over each patient's contacts in order of time.

Days are whole days since 1970. A window end is (days, signed; whether it counts from the end of the contact; whether
it lies before it). See ``isfdsl.interp.courses`` for what each choice means, in words.
"""

from __future__ import annotations

import numpy as np

from isfdsl.columnar.machine_code import loop

FIRST_DAY, LAST_DAY = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31."""

OPENS, TAKEN_IN, EXTENDS = 0, 1, 2
STARTS, ENDS, OVERLAPS = 0, 1, 2
FIRST, NEAREST, ALL = 0, 1, 2


def _shifted(day: int, by: int) -> int:
    return max(FIRST_DAY, min(LAST_DAY, day + by))


@loop(_shifted)
def open_courses(
    patient: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    year: np.ndarray,
    trigger: np.ndarray,
    ends: np.ndarray,
    new_trigger: int,
    within_year: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The courses that the triggers open.

    Contacts come by patient and time. ``ends``: for each known window (days, from the end, before) of its last day.
    Gives the course that each trigger belongs to (-1: it is none), the contact that opened each course, and for each
    course the latest start and end among it and those that extend it.
    """
    n = len(patient)
    course = np.full(n, -1, np.int64)
    first = np.empty(n, np.int64)
    late_start = np.empty(n, np.int64)
    late_end = np.empty(n, np.int64)
    made = 0
    for c in range(n):
        if not trigger[c]:
            continue
        inside = False
        if new_trigger != OPENS and made > 0 and patient[first[made - 1]] == patient[c]:
            o = made - 1
            f = first[o]
            if not within_year or year[c] == year[f]:
                reach = late_end[o]
                for k in range(len(ends)):
                    days, from_end, before = ends[k, 0], ends[k, 1], ends[k, 2]
                    if before:
                        anchor = end[f] if from_end else start[f]
                    else:
                        anchor = late_end[o] if from_end else late_start[o]
                    reach = max(reach, _shifted(anchor, days))
                inside = start[c] <= reach
        if inside:
            o = made - 1
            course[c] = o
            if new_trigger == EXTENDS:
                late_start[o] = max(late_start[o], start[c])
                late_end[o] = max(late_end[o], end[c])
        else:
            first[made] = c
            late_start[made] = start[c]
            late_end[made] = end[c]
            course[c] = made
            made += 1
    return course, first[:made], late_start[:made], late_end[:made]


def _in_window(
    c: int,
    o: int,
    w: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    first: np.ndarray,
    late_start: np.ndarray,
    late_end: np.ndarray,
    mode: int,
    year_start: np.ndarray,
    year_end: np.ndarray,
    within_year: bool,
) -> bool:
    f = first[o]
    low = _shifted(end[f] if w[1] else start[f], w[0])
    if w[5]:
        high = _shifted(end[f] if w[4] else start[f], w[3])
    else:
        high = _shifted(late_end[o] if w[4] else late_start[o], w[3])
    if within_year:
        low = max(low, year_start[f])
        high = min(high, year_end[f])
    if mode == STARTS:
        return bool(low <= start[c] <= high)
    if mode == ENDS:
        return bool(low <= end[c] <= high)
    return bool(low <= high and start[c] <= high and end[c] >= low)


@loop(_shifted, _in_window)
def take_in(
    patient: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    year_start: np.ndarray,
    year_end: np.ndarray,
    course: np.ndarray,
    first: np.ndarray,
    late_start: np.ndarray,
    late_end: np.ndarray,
    lines_from: np.ndarray,
    lines_to: np.ndarray,
    line_of: np.ndarray,
    windows: np.ndarray,
    window_of: np.ndarray,
    mode: int,
    own_day: bool,
    several: int,
    within_year: bool,
    wanted: bool,
    out_contact: np.ndarray,
    out_course: np.ndarray,
    out_line: np.ndarray,
) -> int:
    """Which contacts the courses take in; ``wanted`` False only counts how many.

    Contact c is covered by the lines ``line_of[lines_from[c]:lines_to[c]]``, in order; ``window_of`` beside them says
    which row of ``windows`` (-1: unknown): low days, low from the end, low before, high days, high from the end, high
    before.
    """
    n = len(patient)
    made = 0
    o_from = 0
    courses = len(first)
    at = 0
    while at < n:
        stop = at
        while stop < n and patient[stop] == patient[at]:
            stop += 1
        while o_from < courses and first[o_from] < at:
            o_from += 1
        o_to = o_from
        while o_to < courses and first[o_to] < stop:
            o_to += 1
        if o_to > o_from:
            for c in range(at, stop):
                if course[c] >= 0 or lines_from[c] == lines_to[c]:
                    continue
                best, best_line, best_far = -1, -1, 0
                for o in range(o_from, o_to):
                    if not own_day:
                        day = end[c] if mode == ENDS else start[c]
                        taken = False
                        for t in range(at, stop):
                            if course[t] == o and start[t] == day:
                                taken = True
                                break
                        if taken:
                            continue
                    line = -1
                    for k in range(lines_from[c], lines_to[c]):
                        w = window_of[k]
                        if w >= 0 and _in_window(
                            c,
                            o,
                            windows[w],
                            start,
                            end,
                            first,
                            late_start,
                            late_end,
                            mode,
                            year_start,
                            year_end,
                            within_year,
                        ):
                            line = line_of[k]
                            break
                    if line < 0:
                        continue
                    if several == ALL:
                        if wanted:
                            out_contact[made], out_course[made], out_line[made] = c, o, line
                        made += 1
                        continue
                    far = abs(start[c] - start[first[o]])
                    if best < 0 or (several == NEAREST and far < best_far):
                        best, best_line, best_far = o, line, far
                if best >= 0:
                    if wanted:
                        out_contact[made], out_course[made], out_line[made] = c, best, best_line
                    made += 1
        o_from = o_to
        at = stop
    return made
