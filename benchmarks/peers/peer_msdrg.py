"""msdrg: the MS-DRG grouper in Zig, called through its Python class, with orjson, which it uses when it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from claims import Claim, claims, describe
from harness import Loaded, arguments, chunked, measure

VERSION = 431  # MS-DRG v43.1


def as_input(claim: Claim) -> dict[str, Any]:
    """A claim in the form ``group`` takes (what ``msdrg.create_claim`` makes)."""
    return {
        "version": VERSION,
        "age": claim.age,
        "sex": 0 if claim.sex == "M" else 1,
        "discharge_status": int(claim.discharge),
        "pdx": {"code": claim.principal, "poa": "Y"},
        "sdx": [{"code": code, "poa": "Y"} for code in claim.secondary],
        "procedures": [{"code": code} for code in claim.procedures],
    }


def main() -> None:
    """Measure."""
    made = claims(5000)
    inputs = [as_input(claim) for claim in made]

    def load() -> Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]:
        import msdrg

        group = msdrg.MsdrgGrouper().group
        return lambda chunk: [group(claim) for claim in chunk]

    def prepare(evaluate: Callable[[Any], Any]) -> Loaded:
        grouped = sum(result["final_drg"] not in (None, 0, 998, 999) for result in evaluate(inputs))
        note = f"MS-DRG v43.1, group() med orjson; {describe(made, grouped)}; reglene lar seg ikke telle utenfra"
        return Loaded(evaluate, chunked(inputs, 100), None, note)

    measure("msdrg", "msdrg", inputs[:1], load, prepare, arguments().seconds)


if __name__ == "__main__":
    main()
