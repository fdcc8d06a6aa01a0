"""Everything issue 5 asks to see measured, in one run on one machine: the table and the plots that the README shows.

    python benchmarks/engines.py                 # 12 million episodes, 2,500 rules; some ten minutes
    python benchmarks/engines.py --quick --out ut/ytelse

Each measurement is a process of its own, so memory and caches are its own. What is generated is kept in
``$ISFDSL_BENCHMARKS`` (else ``isfdsl-benchmarks`` in the user's cache folder), the environments of the peers as
``peers/README.md`` says. Writes ``ytelse.md``, ``ytelse.json``, ``grense.svg`` and ``vekst.svg``, and
the table into README.md when it is run at the root with the folder it has by default.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import engines_data as data
import engines_report as report
import engines_work as work

KERNEL_RULES = (250, 1_000, 2_500, 5_000, 10_000)
GROWTH = (1, 3, 6, 12)
"""Twelfths of the episodes."""
SLICE, SMALL = 20_000, 1_000
YEAR = 200_000
"""Episodes that are drawn for a regelverk in use; each is there ten times."""
OUT, README = Path("docs/ytelse"), Path("README.md")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=12_000_000, metavar="N", help="standard 12000000")
    parser.add_argument("--rules", type=int, default=2_500, metavar="N", help="DRG-regler, standard 2500")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="kjerner der flere brukes, standard 2")
    parser.add_argument("--repeat", type=int, default=2, metavar="N", help="best av så mange, standard 2")
    parser.add_argument("--quick", action="store_true", help="600 000 episoder, korte målinger: bare en prøve")
    parser.add_argument("--skip-peers", action="store_true", help="ikke mål de andre")
    parser.add_argument("--out", type=Path, default=OUT, metavar="MAPPE", help="standard docs/ytelse")
    given = parser.parse_args()
    if given.quick:
        given.episodes, given.repeat = min(given.episodes, 600_000), 1
    if min(given.episodes, given.jobs, given.repeat) < 1 or given.rules < 100:
        parser.error("minst én episode, én kjerne og ett forsøk, og minst 100 regler")
    found = measured(given)
    given.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    (given.out / "ytelse.json").write_text(text, encoding="utf-8")
    for name, content in report.files(found).items():
        (given.out / name).write_text(content, encoding="utf-8")
    if given.out == OUT and not given.quick:
        report.into_readme(README, found)
    print(report.table(found))


def measured(given: Any) -> dict[str, Any]:
    """All the measurements, by name."""
    tell("lager regelverk og episoder som mangler")
    load = data.workload(given.episodes, given.rules)
    whole, lone, episodes = (str(path) for path in (load.whole, load.lone, load.data))
    found: dict[str, Any] = {
        "maskin": {"kjerner": os.cpu_count(), "python": ".".join(map(str, sys.version_info[:3]))},
        "mengde": {
            "episoder": given.episodes,
            "regler": given.rules,
            "kjerner": given.jobs,
            "ganger": given.repeat,
            "hurtig": given.quick,
        },
    }
    cores = tuple(dict.fromkeys((1, given.jobs)))
    for jobs in cores:
        # The limit is measured beside what is held against it.
        at = found[f"kjerner_{jobs}"] = {}
        for name, everything in (("grense", False), ("grense_alle_kolonner", True)):
            at[name] = measure(f"{name}, {jobs} kjerner", "scan", folder=episodes, jobs=jobs, everything=everything)
        for name, write in (("regel_poeng", False), ("regel_poeng_skrevet", True)):
            how = {"rules": lone, "folder": episodes, "jobs": jobs, "write": write, "times": given.repeat}
            at[name] = measure(f"{name}, {jobs} kjerner", "columnar", **how)
        how = {"rules": whole, "folder": episodes, "jobs": jobs, "write": True}
        at["hele"] = measure(f"hele, {jobs} kjerner", "columnar", given.repeat, **how)
    quarter = data.workload(max(1, given.episodes // 4), given.rules)
    found["i_minnet"] = measure("regel_poeng, postene i minnet", "in_memory", rules=lone, folder=str(quarter.data))
    found["referansen"] = measure(
        "referansetolken", "reference", rules=whole, folder=str(data.workload(SLICE, given.rules).data)
    )
    small = str(data.workload(SMALL, given.rules).data)
    found["start"] = measure("oppstart", "start", rules=whole, folder=small)
    root = work.ROOT
    rules = f"{root}/rules/2020+{root}/assumptions/2020"
    found["start_2020"] = measure("oppstart, ISF 2020", "start", rules=rules, folder=str(root / "examples/2020"))
    year = {"rules": rules, "folder": str(data.year(rules, YEAR // 20 if given.quick else YEAR, 10)), "write": True}
    found["isf_2020"] = [
        {"kjerner": jobs, **measure(f"ISF 2020, {jobs} kjerner", "columnar", given.repeat, **year, jobs=jobs)}
        for jobs in cores
    ]
    rows = 200_000 if given.quick else 1_000_000
    found["kjernen"] = [measure(f"kjernen, {n} regler", "kernel", rules=n, rows=rows) for n in KERNEL_RULES]
    found["vekst"] = []
    for part in GROWTH:
        n = max(1, given.episodes * part // 12)
        again = found[f"kjerner_{given.jobs}"]["hele"] if n == given.episodes else None
        own = str(data.workload(n, given.rules).data)
        found["vekst"].append(
            again
            or measure(
                f"hele, {n} episoder", "columnar", given.repeat, rules=whole, folder=own, jobs=given.jobs, write=True
            )
        )
    found["andre"] = [] if given.skip_peers else peers(1.0 if given.quick else 5.0)
    return found


def measure(what: str, name: str, runs: int = 1, **arguments: Any) -> dict[str, Any]:
    """One measurement in a process of its own: the quickest of some such, with the most memory that any of them had."""
    each = [work.alone(name, **arguments) for _ in range(runs)]
    found = min(each, key=lambda own: float(own.get("sekunder", "inf")))
    if "minne_mb" in found:
        found["minne_mb"] = max(own.get("minne_mb", 0) for own in each)
    tell(f"{what}: {json.dumps(found, ensure_ascii=False)}")
    return found


def peers(seconds: float) -> list[dict[str, Any]]:
    """The other engines, on their own rules."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))
    import run as peer_runs

    found: list[dict[str, Any]] = []
    for peer in peer_runs.PEERS:
        found += peer_runs.measure_peers(seconds, only=[peer.label])
        tell(json.dumps(found[-1], ensure_ascii=False))
    return found


def tell(text: str) -> None:
    """Progress, away from the result."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
