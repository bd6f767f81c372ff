"""The main job, as a user types it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import importlib_metadata
import pytest

KINDS = ("keras", "tflite")
needed = {"ImageDatasetMixin", "EvaluateClassifierMixin"}
lent = {point.name for point in importlib_metadata.entry_points(group="yzlite.exports")}


def test_is_listed_with_what_it_needs(yzlite):
    (entry,) = [m for m in yzlite("list", "--json").json["models"] if m["name"] == "hello_image"]
    missing = {"yzlite-image": "ImageDatasetMixin", "yzlite-eval": "EvaluateClassifierMixin"}
    assert entry["needs"] == [dist for dist, name in missing.items() if name not in lent]


@pytest.mark.skipif(needed <= lent, reason="the plugins that hello_image needs are installed")
def test_says_which_plugin_to_install(yzlite):
    done = yzlite("run", "hello_image", "--json")
    assert done.code == 1
    assert "is not installed: pip install yzlite-" in done.json["error"]["message"]


@pytest.mark.slow
@pytest.mark.skipif(not needed <= lent, reason="needs yzlite-image and yzlite-eval")
def test_same_bytes_for_any_number_of_workers_and_any_cache(yzlite, tmp_path):
    digests = set()
    for workers in (1, 2):
        cache = tmp_path / f"cache{workers}"
        done = yzlite(
            "run", "hello_image", "--test", "--seed", 7, "--workers", workers, "--json",
            SOURCE_DATE_EPOCH="0", YZLITE_CACHE_DIR=str(cache),
        )  # fmt: skip
        assert done.code == 0, done.stderr
        data = done.json
        digests.add(hashlib.sha256(Path(data["tflite"]).read_bytes()).hexdigest())
    assert len(digests) == 1
    stages = data["stages"]
    assert stages["load"]["generated"] is True
    assert stages["load"]["evaluation"] == {"rock": 3, "paper": 3, "scissors": 3}
    assert stages["convert"]["int8"] is True
    assert stages["convert"]["float_tensors"] == []
    assert stages["evaluate"]["subset"] == "evaluation"
    assert stages["evaluate"]["tflite"]["samples"] == 9
    assert stages["profile"]["macs"] > 1_000_000
    assert "(generated data)" in done.stderr
    with zipfile.ZipFile(data["archive"]) as archive:
        members = set(archive.namelist())
        results = json.loads(archive.read("eval/tflite/eval-results.json"))
    plots = ("confusion_matrix", "fpr", "precision_vs_recall", "roc", "tfp_fpr", "tpr")
    assert members == {
        "hello_image.py", "settings.json", "hello_image.keras", "hello_image.tflite",
        "hello_image.float32.tflite", "train/training-history.json", "train/training-history.png",
        "train/augmentation.png", "train/log.txt", "report.html", "reports.json", "provenance.json",
        *(f"eval/{kind}/eval-results.json" for kind in KINDS),
        *(f"eval/{kind}/summary.txt" for kind in KINDS),
        *(f"eval/{kind}/hello_image-{plot}.png" for kind in KINDS for plot in plots),
    }  # fmt: skip
    assert results["samples"] == 9
