from __future__ import annotations

import contextlib
import zipfile

import pytest

from yzlite_core.errors import ArchiveError, ArchiveFileNotFoundError
from yzlite_core.model.archive import extract_member, member_names, read_members, write_archive


def zip_of(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name", ["../evil.py", "a/../../evil.py", "/evil.py", "..\\evil.py", "C:\\evil.py", "\\evil.py"]
)
def test_member_that_would_leave_the_folder_is_refused_everywhere(tmp_path, name):
    archive = zip_of(tmp_path / "m.yzlite.zip", {"m.py": "good", name: "bad"})
    out = tmp_path / "deep" / "out"
    for use in (
        lambda: extract_member(archive, "m.py", out),
        lambda: extract_member(archive, name, out),
        lambda: read_members(archive),
        lambda: member_names(archive),
        lambda: write_archive(tmp_path / "new.yzlite.zip", {}, base=archive),
    ):
        with pytest.raises(ArchiveError, match="would leave its folder"):
            use()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["m.yzlite.zip"]


def test_link_in_the_folder_is_not_followed_out_of_it(tmp_path):
    archive = zip_of(tmp_path / "m.yzlite.zip", {"eval/x.txt": "bad"})
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "eval").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArchiveError, match="would leave its folder"):
        extract_member(archive, "eval/x.txt", tmp_path / "out")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_damage_is_a_sentence_wherever_it_is(tmp_path):
    whole = zip_of(tmp_path / "m.yzlite.zip", {"m.py": "x = 1\n" * 500, "m.keras": bytes(range(256)) * 40})
    good = whole.read_bytes()
    for cut in range(0, len(good) - 1, 37):
        whole.write_bytes(good[:cut])
        with pytest.raises(ArchiveError, match="cut off, damaged or no zip file"):
            read_members(whole)
    for place in range(30, len(good), 11):
        whole.write_bytes(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
        with contextlib.suppress(ArchiveError):  # and no other exception
            read_members(whole)


def test_failed_writing_leaves_the_old_archive_and_nothing_else(tmp_path):
    member = tmp_path / "m.py"
    member.write_text("1")
    archive = tmp_path / "a" / "m.yzlite.zip"
    assert write_archive(archive, {"m.py": member}) == ["m.py"]
    before = archive.read_bytes()
    with pytest.raises(ArchiveError, match="cannot be written"):
        write_archive(archive, {"m.py": member, "gone": tmp_path / "gone"})
    assert archive.read_bytes() == before
    (archive.parent / ".0123abcd.m.yzlite.zip").write_bytes(b"left by a process that was killed")
    (archive.parent / ".0123abcd.other.yzlite.zip").write_bytes(b"of another model")
    member.write_text("2")
    write_archive(archive, {"n.py": member}, base=archive)
    assert sorted(path.name for path in archive.parent.iterdir()) == [
        ".0123abcd.other.yzlite.zip",
        "m.yzlite.zip",
    ]
    assert read_members(archive) == {"m.py": b"1", "n.py": b"2"}
    with pytest.raises(ArchiveFileNotFoundError, match="holds no x"):
        read_members(archive, ["x"])
