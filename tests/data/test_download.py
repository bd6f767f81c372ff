from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import urllib.error
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from yzlite_core.data.download import download_url, download_verify_extract, extract_archive
from yzlite_core.errors import DownloadError

FILES = {"root/rock/1.txt": b"one", "root/paper/2.txt": b"two"}


class Site:
    """A web server on this machine for a folder, which counts what is asked for."""

    def __init__(self, folder):
        self.folder = folder
        self.asked = []
        site = self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self):
                site.asked.append(self.path)
                if self.path == "/cut.zip":
                    self.send_response(200)
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    self.wfile.write(b"only this")
                else:
                    super().do_GET()

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def put(self, name, content):
        (self.folder / name).write_bytes(content)
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site").mkdir()
    site = Site(tmp_path / "site")
    yield site
    site.close()


def zipped(files=FILES):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("root/", "")
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def tarred(files=FILES, mode="w:gz", links=()):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return content.getvalue()


def tree(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.name[0] != "."}


@pytest.mark.parametrize("content", [zipped(), tarred(), tarred(mode="w"), tarred(mode="w:xz")])
def test_extracts_zip_and_tar(site, tmp_path, content):
    folder = download_verify_extract(site.put("data", content), tmp_path / "out" / "data")
    assert tree(folder) == {"root", "root/rock", "root/rock/1.txt", "root/paper", "root/paper/2.txt"}
    assert (folder / "root/paper/2.txt").read_bytes() == b"two"
    assert {path.name for path in folder.parent.iterdir()} == {"data", ".data.lock", "data.sha256"}


@pytest.mark.parametrize("content", [zipped(), tarred({f"./{name}": FILES[name] for name in FILES})])
def test_leaves_the_root_folder_out(site, tmp_path, content):
    folder = download_verify_extract(site.put("data", content), tmp_path / "data", remove_root_dir=True)
    assert tree(folder) == {"rock", "rock/1.txt", "paper", "paper/2.txt"}


def test_is_fetched_once(site, tmp_path):
    url = site.put("data.zip", zipped())
    for _ in range(2):
        download_verify_extract(url, tmp_path / "data")
    assert site.asked == ["/data.zip"]


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
def test_verifies_the_hash(site, tmp_path, algorithm):
    good = hashlib.new(algorithm, zipped()).hexdigest()
    url = site.put("data.zip", zipped())
    download_verify_extract(url, tmp_path / "data", file_hash=good.upper())
    site.put("data.zip", zipped() + b"tampered")
    with pytest.raises(DownloadError, match="is not the expected file"):
        download_verify_extract(url, tmp_path / "other", file_hash=good)
    assert not (tmp_path / "other").exists()


def test_another_hash_fetches_anew(site, tmp_path):
    url = site.put("data.zip", zipped())
    download_verify_extract(url, tmp_path / "data", file_hash=hashlib.sha256(zipped()).hexdigest())
    newer = zipped({"root/new.txt": b"new"})
    site.put("data.zip", newer)
    folder = download_verify_extract(url, tmp_path / "data", file_hash=hashlib.sha256(newer).hexdigest())
    assert tree(folder) == {"root", "root/new.txt"}


def test_a_later_download_has_to_be_the_first_one_again(site, tmp_path):
    url = site.put("data.zip", zipped())
    first = download_verify_extract(url, tmp_path / "data")
    assert (tmp_path / "data.sha256").read_text().strip() == hashlib.sha256(zipped()).hexdigest()
    first.rename(tmp_path / "elsewhere")
    site.put("data.zip", zipped({"root/new.txt": b"new"}))
    with pytest.raises(DownloadError, match="has changed since it was first downloaded") as failure:
        download_verify_extract(url, tmp_path / "data")
    assert str(tmp_path / "data.sha256") in str(failure.value.hint)
    assert not (tmp_path / "data").exists()


def test_a_folder_that_was_put_there_by_hand_is_taken(tmp_path):
    (tmp_path / "data" / "rock").mkdir(parents=True)
    assert download_verify_extract("http://127.0.0.1:9/x.zip", tmp_path / "data") == tmp_path / "data"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing.zip", "HTTP Error 404"), ("cut.zip", "ended after 9 of 1000 bytes")],
)
def test_says_why_it_could_not_be_fetched(site, tmp_path, name, reason):
    url = site.put("x", b"").replace("/x", f"/{name}")
    with pytest.raises(DownloadError, match="could not be downloaded") as failure:
        download_url(url, tmp_path / "file")
    assert url in failure.value.message
    assert reason in failure.value.message
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    "failure", [urllib.error.URLError("no route to host"), TimeoutError("no route to host")]
)
def test_says_that_there_is_no_network(monkeypatch, tmp_path, failure):
    def urlopen(*args, **kwargs):
        raise failure

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    with pytest.raises(
        DownloadError, match=r"^'http://nowhere/a\.zip' could not be downloaded: no route to host"
    ):
        download_verify_extract("http://nowhere/a.zip", tmp_path / "data")
    assert tree(tmp_path) == set()


@pytest.mark.parametrize("url", ["nonsense", "http://"])
def test_refuses_what_is_no_address(tmp_path, url):
    with pytest.raises(DownloadError, match="could not be downloaded"):
        download_url(url, tmp_path / "file")


def test_refuses_what_is_no_hash(tmp_path):
    with pytest.raises(DownloadError, match="'abc' is not a hash"):
        download_url("http://nowhere/a.zip", tmp_path / "file", file_hash="abc")


def test_keeps_the_old_file_when_the_new_one_fails(site, tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(DownloadError):
        download_url(site.put("new", b"new"), tmp_path / "file", file_hash="0" * 64)
    assert (tmp_path / "file").read_text() == "old"


def test_shows_how_far_it_is(site, tmp_path, capsys):
    download_url(site.put("file", b"x" * 1000), tmp_path / "file", show_progress=True)
    shown = capsys.readouterr()
    assert "100 % of 0.0 MB" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("name", ["../evil", "/evil", "root/../../evil", "..\\evil", "C:\\evil", "C:evil"])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_refuses_a_member_that_leaves_the_folder(site, tmp_path, pack, name):
    url = site.put("data", pack({"root/good.txt": b"good", name: b"evil"}))
    with pytest.raises(DownloadError, match="would be written outside"):
        download_verify_extract(url, tmp_path / "out" / "data")
    assert not [path for path in tmp_path.rglob("*") if "evil" in path.name or "good" in path.name]


def test_a_link_becomes_a_copy(tmp_path):
    archive = tmp_path / "data.tar"
    archive.write_bytes(tarred({"a/1.txt": b"one"}, links=[("a/2.txt", "1.txt")]))
    extract_archive(archive, tmp_path / "out")
    assert (tmp_path / "out/a/2.txt").read_bytes() == b"one"
    assert not (tmp_path / "out/a/2.txt").is_symlink()


def test_refuses_a_link_that_leads_out(tmp_path):
    (tmp_path / "secret").write_text("secret")
    archive = tmp_path / "data.tar"
    archive.write_bytes(tarred({}, links=[("a", "../secret")]))
    with pytest.raises(DownloadError, match="could not be extracted"):
        extract_archive(archive, tmp_path / "out")
    assert not (tmp_path / "out" / "a").exists()


@pytest.mark.parametrize(
    "content", [b"<html>not here</html>", tarred({"a": bytes(range(256)) * 99})[:-40], b""]
)
def test_says_that_an_archive_is_damaged(tmp_path, content):
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(DownloadError, match="could not be extracted") as failure:
        extract_archive(tmp_path / "data", tmp_path / "out")
    assert "\n" not in str(failure.value)
