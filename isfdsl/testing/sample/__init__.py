"""Synthetic input for any regelverk: national in its shape, the same for the same seed, invented from end to end.

``generate`` gives the records in batches of columns; ``write_sample`` writes them as Parquet, CSV, JSON lines or NPR
messages. With ``cover`` the sample begins with records that reach every rule that can be reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any, Protocol

from attrs import define, field

from isfdsl.program.ruleset import Ruleset
from isfdsl.records.readers.npr.mapping import NprMapping, hresept_mapping, npr_mappings
from isfdsl.records.schema import RecordSchema
from isfdsl.testing.sample.cover import Coverage, Coverer, NotReached, Reached
from isfdsl.testing.sample.draw import BATCH, Batch, Columns, Drawer
from isfdsl.testing.sample.plan import Plan
from isfdsl.testing.sample.shape import NprShape
from isfdsl.testing.sample.spoil import spoil


class HasRuleset(Protocol):
    """What ``isfdsl.load`` gives."""

    @property
    def ruleset(self) -> Ruleset:
        """The definitions."""


@define(slots=False)
class Sample:
    """A sample before it is drawn. ``batches`` draws it, each time the same; ``spoilt`` counts what was spoilt last."""

    plan: Plan
    records: int
    seed: int
    bad_share: float
    coverage: Coverage | None
    mapping: NprMapping | None
    spoilt: int = field(default=0, init=False)

    @property
    def schemas(self) -> dict[str, RecordSchema]:
        """The posts the sample has."""
        return {name: p.schema for name, p in self.plan.posts.items()}

    @property
    def main(self) -> str:
        """The post ``records`` counts."""
        return self.plan.main

    def batches(self) -> Iterator[Batch]:
        """The records, some thousands at a time: post → field → values."""
        self.spoilt = 0
        left = self.records
        if self.coverage is not None:
            covering = self._covering(self.coverage)
            left -= max((len(v) for v in covering.get(self.main, {}).values()), default=0)
            yield covering
        for number, batch in enumerate(Drawer(self.plan).batches(max(left, 0))):
            if self.bad_share > 0:
                for name, columns in batch.items():
                    random = Random(f"{self.seed}/feil/{number}/{name}")
                    shape = self.plan.shape
                    says = partial(shape.spoilable, name) if shape is not None else _anything
                    self.spoilt += spoil(columns, self.plan.schemas[name], self.bad_share, random, says)
            yield batch

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All of it as rows for ``Regelverk.evaluate``; for small samples."""
        out: dict[str, list[dict[str, Any]]] = {name: [] for name in self.plan.posts}
        for batch in self.batches():
            for name, columns in batch.items():
                names = list(columns)
                out[name] += [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return out

    def _covering(self, coverage: Coverage) -> Batch:
        """The records that reach the rules, each group of them a patient of its own."""
        out: Batch = {name: {f.name: [] for f in p.schema.fields} for name, p in self.plan.posts.items()}
        count = 0
        for number, reached in enumerate(coverage.reached, start=1):
            posts = reached.post.split("+") if "+" in reached.post else [reached.post] * len(reached.rows)
            for post, row in zip(posts, reached.rows, strict=True):
                if post not in out:
                    continue
                plan = self.plan.posts[post]
                count += 1
                for f in plan.schema.fields:
                    value = row.get(f.name, () if f.is_list else None)
                    if f.key:
                        value = f"k{count:06d}" if f.kind == "tekst" else -count
                    elif f.name == plan.patient:
                        value = f"K{number:06d}" if f.kind == "tekst" else -number
                    elif value is not None or f.kind != "tekst" or not self.plan.says(plan.schema, f.name):
                        pass
                    elif f.name == plan.institution:
                        value = "970000001"
                    elif f.name == plan.unit:
                        value = "0101"
                    out[post][f.name].append(value)
        return out


def _anything(name: str) -> bool:
    return True


def generate(
    regelverk: Ruleset | HasRuleset,
    *,
    records: int,
    seed: int = 0,
    bad_share: float = 0.0,
    cover: bool = False,
    npr: bool = False,
    version: str | None = None,
) -> Sample:
    """A sample of ``records`` records of the post stays are made of, and records of the other posts beside them.

    ``bad_share`` of the drawn records are spoilt. ``cover`` puts records in front that reach every rule, and
    ``Sample.coverage`` says which were not reached and why. ``npr`` keeps to what an NPR message can say, so that the
    sample is the same in every format. Raises ``FileFault`` for a mapping that can't be used.
    """
    ruleset = regelverk if isinstance(regelverk, Ruleset) else regelverk.ruleset
    mapping: NprMapping | None = None
    shape: NprShape | None = None
    if npr:
        from isfdsl.records.program_schema import schemas

        mappings = npr_mappings()
        mapping = mappings[version if version is not None else max(mappings)]
        posts = schemas(ruleset)
        own = posts.get(mapping.post)
        if own is None:
            raise ValueError(f"regelverket har ingen post «{mapping.post}», som NPR-meldingen gir")
        shape = NprShape(mapping, own, hresept_mapping())
    coverage: Coverage | None = None
    if cover:
        coverer = Coverer(ruleset, seed)
        if shape is not None:
            fit = shape
            coverer.keep = lambda post, draft: fit.fit_of(coverer.schemas[post], draft)
        coverage = coverer.run()
    return Sample(Plan(ruleset, seed, shape, coverage), records, seed, bad_share, coverage, mapping)


from isfdsl.testing.sample.files import SampleFormat, write_sample  # noqa: E402  (it needs Sample)

__all__ = [
    "BATCH",
    "Batch",
    "Columns",
    "Coverage",
    "NotReached",
    "Reached",
    "Sample",
    "SampleFormat",
    "generate",
    "write_sample",
]
