"""Files that are broken or mean harm: a coded problem each, quickly and in little memory."""

from __future__ import annotations

import gzip
import io
import resource
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.records.readers.npr import Limits
from tests.npr import support as s

GOOD = s.message(s.patient(s.episode(after=s.condition(1, "I10"))))
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE Melding [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))
    + "]><Melding>&m;</Melding>"
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE Melding [<!ENTITY x SYSTEM "file:///etc/passwd">]><Melding>&x;</Melding>'
OUTSIDE_DTD = '<?xml version="1.0"?><!DOCTYPE Melding SYSTEM "http://example.invalid/x.dtd"><Melding/>'


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    """No test may take long or much memory."""
    before = time.process_time()
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120 << 20
    assert time.process_time() - before < 30


def read_bytes(folder: Path, data: bytes, name: str = "m.xml", limits: Limits | None = None) -> list[str]:
    path = folder / name
    path.write_bytes(data)
    found = s.read(path, limits)
    if s.codes_of(found):
        assert not found.records["episode"] and not found.rejects
    return s.codes_of(found)


@pytest.mark.parametrize("text", [LAUGHS, EXTERNAL, OUTSIDE_DTD, "<!DOCTYPE a><a/>"])
def test_no_dtd_of_any_kind(tmp_path: Path, text: str) -> None:
    assert read_bytes(tmp_path, text.encode()) == ["ISF6303"]


def test_an_entity_that_is_not_defined(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, GOOD.replace('institusjonID="999"', 'institusjonID="&x;"').encode()) == ["ISF6301"]


def test_deep_nesting(tmp_path: Path) -> None:
    deep = "<a>" * 100_000 + "</a>" * 100_000
    for before, after in (("<AvdOpp/>", f"<AvdOpp/>{deep}"), ("<AvdOpp/>", f"<AvdOpp>{deep}</AvdOpp>")):
        assert read_bytes(tmp_path, GOOD.replace(before, after).encode()) == ["ISF6304"]
    episodes = "<Episode>" * 100_000
    assert read_bytes(tmp_path, GOOD.replace("<AvdOpp/>", episodes).encode()) == ["ISF6304"]
    tvang = "<Tvang>" * 100_000
    assert read_bytes(tmp_path, GOOD.replace("<AvdOpp/>", f"<AvdOpp/>{tvang}").encode()) == ["ISF6304"]


def test_one_endless_tag_or_text(tmp_path: Path) -> None:
    limits = Limits(token=1 << 20)
    long = "x" * (3 << 20)
    for text in (GOOD.replace("999", long), GOOD.replace("<AvdOpp/>", f"<!--{long}--><AvdOpp/>")):
        assert read_bytes(tmp_path, text.encode(), limits=limits) == ["ISF6304"]
    many = " ".join(f'a{i}="1"' for i in range(1000))
    assert read_bytes(tmp_path, GOOD.replace("<AvdOpp/>", f"<AvdOpp {many}/>").encode()) == ["ISF6304"]
    path = tmp_path / "t.xml"
    path.write_text(GOOD.replace("<AvdOpp/>", f"<AvdOpp>{long}</AvdOpp>"), encoding="utf-8")
    assert s.read(path, limits).counts["episode"].avvist == 1


def test_many_shapes_of_one_element_are_not_all_remembered(tmp_path: Path) -> None:
    rest = "".join(f'<Tidspunkt a{i}="1"/>' for i in range(20_000))
    path = tmp_path / "m.xml"
    path.write_text(GOOD.replace("<AvdOpp/>", f"<AvdOpp/>{rest}"), encoding="utf-8")
    assert s.read(path).counts["episode"].avvist == 1


def test_encodings(tmp_path: Path) -> None:
    norwegian = GOOD.replace("999", "sykehus æøå")
    assert read_bytes(tmp_path, norwegian.encode()) == []
    assert read_bytes(tmp_path, b"\xef\xbb\xbf" + norwegian.encode()) == []
    declared = norwegian.replace("UTF-8", "ISO-8859-1")
    assert read_bytes(tmp_path, declared.encode("latin-1")) == []
    assert read_bytes(tmp_path, norwegian.encode("latin-1")) == ["ISF6011"]
    assert read_bytes(tmp_path, norwegian.encode("utf-16")) == ["ISF6011"]
    assert read_bytes(tmp_path, norwegian.replace("UTF-8", "UTF-16").encode("utf-16-le")) == ["ISF6011"]
    assert read_bytes(tmp_path, GOOD.replace("UTF-8", "klingon").encode()) == ["ISF6011"]
    assert read_bytes(tmp_path, GOOD.replace("UTF-8", "UTF-16").encode()) == ["ISF6011"]


def test_nul_and_other_signs_that_are_not_allowed(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b"\0" + GOOD.encode()) == ["ISF6012"]
    late = GOOD.replace("<AvdOpp/>", " " * 5000 + "\0<AvdOpp/>")
    assert read_bytes(tmp_path, late.encode()) == ["ISF6301"]
    assert read_bytes(tmp_path, GOOD.replace("999", "9\x019").encode()) == ["ISF6301"]


def test_truncated(tmp_path: Path) -> None:
    data = GOOD.encode()
    for cut in (len(data) - 1, len(data) // 2, 60):
        assert read_bytes(tmp_path, data[:cut]) == ["ISF6302"]
    assert read_bytes(tmp_path, b"") == ["ISF6009"]
    packed = gzip.compress(data * 1)
    assert read_bytes(tmp_path, packed[:-4], "m.xml.gz") == ["ISF6013"]
    assert read_bytes(tmp_path, packed[: len(packed) // 2], "m.xml.gz") == ["ISF6013"]
    assert read_bytes(tmp_path, data, "m.xml.gz") == ["ISF6013"]
    assert read_bytes(tmp_path, data, "m.zip") == ["ISF6013"]


def test_packed_files_with_the_wrong_name(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, gzip.compress(GOOD.encode())) == ["ISF6012"]
    assert read_bytes(tmp_path, b"PAR1xxxx") == ["ISF6012"]


def test_something_else_than_a_message(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b"<html><body/></html>") == ["ISF6307"]
    assert read_bytes(tmp_path, GOOD.replace("http://www.npr.no/xmlstds/53_1_3_ord", "urn:x").encode()) == ["ISF6307"]
    assert read_bytes(tmp_path, b"ikke xml") == ["ISF6301"]
    assert read_bytes(tmp_path, (GOOD + "<x/>").encode()) == ["ISF6301"]


def _bomb(size: int) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as file:
        file.write(GOOD.partition("</Institusjon>")[0].encode())
        for _ in range(size >> 20):
            file.write(b" " * (1 << 20))
    return out.getvalue()


def test_gzip_bomb(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, _bomb(200 << 20), "m.xml.gz") == ["ISF6305"]
    assert read_bytes(tmp_path, gzip.compress(GOOD.encode()), "m.xml.gz", Limits(unpacked=1000)) == ["ISF6305"]


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def test_zip_bomb(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file, file.open("a.xml", "w") as member:
        member.write(GOOD.encode())
        for _ in range(100):
            member.write(b" " * (1 << 20))
    assert read_bytes(tmp_path, out.getvalue(), "m.zip") == ["ISF6305"]
    many = _zip({f"{i}.xml": b"" for i in range(200)}, zipfile.ZIP_STORED)
    assert read_bytes(tmp_path, many, "m.zip", Limits(members=100)) == ["ISF6305"]


def test_a_zip_that_lies_about_its_directory(tmp_path: Path) -> None:
    data = bytearray(_zip({"a.xml": GOOD.encode()}))
    at = data.rfind(b"PK\x05\x06")
    for size in (0xFFFFFFFF, 0x7FFFFFFF):
        data[at + 12 : at + 16] = struct.pack("<L", size)
        assert read_bytes(tmp_path, bytes(data), "m.zip") in (["ISF6306"], ["ISF6305"])
    good = bytearray(_zip({"a.xml": GOOD.encode()}))
    good[60] ^= 0xFF
    assert read_bytes(tmp_path, bytes(good), "m.zip") in (["ISF6013"], ["ISF6301"], ["ISF6302"])


def test_what_a_zip_may_hold(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, _zip({"a.xml": GOOD.encode(), "b.csv": b"x"}), "m.zip") == ["ISF6306"]
    assert read_bytes(tmp_path, _zip({"a.xml": GOOD.encode(), "b.zip": _zip({})}), "m.zip") == ["ISF6306"]
    assert read_bytes(tmp_path, _zip({}), "m.zip") == ["ISF6306"]
    assert read_bytes(tmp_path, _zip({"../../etc/x.xml": GOOD.encode()}), "m.zip") == []
    encrypted = bytearray(_zip({"a.xml": GOOD.encode()}))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.find(sign) + offset] |= 1
    assert read_bytes(tmp_path, bytes(encrypted), "m.zip") == ["ISF6306"]


def test_one_bad_file_of_many_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.xml").write_text(GOOD.replace('"e1"', '"e2"')[:-30], encoding="utf-8")
    found = s.read(tmp_path)
    assert s.codes_of(found) == ["ISF6302"]
    assert [r.record_id for r in found.records["episode"]] == ["e1"]


@given(data=st.data())
def test_any_damage_gives_records_or_a_coded_problem(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        match data.draw(st.sampled_from(["sett", "slett", "dobl"])):
            case "sett":
                text[at] = data.draw(st.integers(0, 255))
            case "slett":
                del text[at : at + data.draw(st.integers(1, 40))]
            case _:
                text[at:at] = text[at : at + data.draw(st.integers(1, 60))]
        if not text:
            break
    path = tmp_path_factory.mktemp("x") / "m.xml"
    path.write_bytes(bytes(text))
    found = s.read(path)
    counts = found.counts["episode"]
    assert counts.lest == counts.godtatt + counts.avvist
    assert all(p.message() and p.code.startswith("ISF6") for p in found.problems)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Episode after episode of one patient, as bytes made while they are read."""
    from isfdsl.records.readers.npr import NprReaders

    def write(path: Path, count: int) -> None:
        packer = zlib.compressobj(1, wbits=31)
        before, after = GOOD.split("<Episode", 1)
        one = "<Episode" + after.split("</Episode>\n", 1)[0] + "</Episode>\n"
        with path.open("wb") as file:
            file.write(packer.compress(before.encode()))
            for i in range(count):
                file.write(packer.compress(one.replace('"e1"', f'"e{i}"').encode()))
            file.write(packer.compress(after.split("</Episode>\n", 1)[1].encode()))
            file.write(packer.flush())

    peaks = []
    for count in (2_000, 12_000):
        path = tmp_path / f"{count}.xml.gz"
        write(path, count)
        readers = NprReaders(s.SCHEMAS)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        assert sum(1 for _ in readers.rows(path, path.name)) == count
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
    assert peaks[1] < peaks[0] + (4 << 20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
