"""How fast the NPR message reader is, and how much memory it takes: MB/s, episodes/s and the peak of a process.

    python benchmarks/npr_xml.py --mb 200 [--gzip] [--schema FOLDER] [--sample 1000000]

The message is synthetic: some thousand episodes from ``isf sample``, repeated with new ids until the size is reached.
Each reading happens in a process of its own, so the peak is the reader's. ``--sample N`` also times ``isf sample`` to
Parquet.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
REGELVERK = f"{ROOT}/rules/2024"


def make(path: Path, size: int, packed: bool) -> int:
    """Write a message of about ``size`` bytes (before packing); its real size."""
    from isfdsl import api
    from isfdsl.testing.sample import generate, write_sample

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "ut"
        write_sample(generate(api.load(REGELVERK), records=5000, seed=1, npr=True), out, "xml")
        text = (out / "npr-0001.xml").read_text(encoding="utf-8")
    head, mark, rest = text.partition("<Institusjon ")
    body = (mark + rest).removesuffix("</Melding>\n")
    opener = gzip.open if packed else open
    written = 0
    with opener(path, "wt", encoding="utf-8") as file:  # type: ignore[operator]
        written += file.write(head)
        number = 0
        while written < size:
            number += 1
            part = body.replace('institusjonID="', f'institusjonID="{number}-').replace(
                'episodeID="', f'episodeID="{number}-'
            )
            written += file.write(part.replace('pasientNr="', f'pasientNr="{number}-'))
        file.write("</Melding>\n")
    return written


def peak_memory() -> int:
    """The most memory this process has had, in kB. (``ru_maxrss`` begins with that of the parent.)"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def read_batches(path: Path) -> None:
    """Read a message as batches of validated records, which goes through it twice, and print what it took."""
    from isfdsl import api

    rules = api.load(REGELVERK)
    before = peak_memory()
    clock, cpu = time.perf_counter(), time.process_time()
    stream = rules.batches(path, 20_000)
    count = sum(len(b.records) + len(b.rejects) for b in stream)
    took, cpu = time.perf_counter() - clock, time.process_time() - cpu
    print(json.dumps({"n": count, "s": took, "cpu": cpu, "peak": peak_memory(), "before": before, "patients": 0}))


def read(path: Path) -> None:
    """Read a message and print what it took, as JSON."""
    from isfdsl import api
    from isfdsl.records.readers.npr import NprReaders

    readers = NprReaders(api.load(REGELVERK).schemas)
    before = peak_memory()
    clock, cpu = time.perf_counter(), time.process_time()
    count = sum(1 for _ in readers.rows(path, path.name))
    took, cpu = time.perf_counter() - clock, time.process_time() - cpu
    peak = peak_memory()
    (tally,) = readers.tallies.values()
    patients = tally.elementer["Melding/Institusjon/Objektholder/Pasient"]
    print(json.dumps({"n": count, "s": took, "cpu": cpu, "peak": peak, "before": before, "patients": patients}))


def in_process(path: Path, schema: str | None, how: str = "--read") -> dict[str, float]:
    """Read in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    env.pop("ISFDSL_NPR", None)
    if schema:
        env["ISFDSL_NPR"] = schema
    done = subprocess.run([sys.executable, __file__, how, str(path)], env=env, check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def sample(count: int) -> None:
    """Time ``isf sample`` to Parquet."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "isfdsl.cli.main", "sample", REGELVERK, "--records", str(count)]
        clock = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([*command, "--out", f"{folder}/ut"], env=env, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took, cpu = time.perf_counter() - clock, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        print(f"isf sample: {count} episoder til Parquet på {took:.1f} s (prosessor {cpu:.1f} s)")
        print(f"  {count / took * 60 / 1e6:.2f} mill. i minuttet, {count / cpu * 60 / 1e6:.2f} etter prosessortid")
        print(f"  høyeste minne {after.ru_maxrss / 1024:.0f} MB")


def main() -> None:
    """The benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=100)
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--schema", help="mappen med skjemafilene")
    parser.add_argument("--sample", type=int, default=0, metavar="N")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--batches", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.batches is not None:
        read_batches(given.batches)
        return
    if given.read is not None:
        read(given.read)
        return
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        for mb in (max(given.mb // 4, 1), given.mb):
            path = Path(folder) / f"m{mb}.xml{'.gz' if given.gzip else ''}"
            size = make(path, mb << 20, given.gzip)
            for name, schema in (("tilordningen", None), ("skjemaet", given.schema)):
                if name == "skjemaet" and not schema:
                    continue
                r = in_process(path, schema)
                print(
                    f"{size / 1e6:7.0f} MB, {r['n']:.0f} episoder, kontrollert mot {name}: "
                    f"{size / 1e6 / r['s']:.1f} MB/s ({size / 1e6 / r['cpu']:.1f} etter prosessortid), "
                    f"{r['n'] / r['cpu']:.0f} episoder/s, høyeste minne {r['peak'] / 1024:.0f} MB "
                    f"({r['before'] / 1024:.0f} MB før lesing), {r['patients']:.0f} pasienter"
                )
            r = in_process(path, None, "--batches")
            print(
                f"{size / 1e6:7.0f} MB, {r['n']:.0f} episoder, i porsjoner av ferdig kontrollerte poster: "
                f"{size / 1e6 / r['s']:.1f} MB/s, {r['n'] / r['cpu']:.0f} episoder/s, "
                f"høyeste minne {r['peak'] / 1024:.0f} MB ({r['before'] / 1024:.0f} MB før lesing)"
            )
            path.unlink()
    if given.sample:
        sample(given.sample)


if __name__ == "__main__":
    main()
