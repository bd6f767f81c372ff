"""The second demo: audio is a plugin like any other."""

from __future__ import annotations

import hashlib
from pathlib import Path

import importlib_metadata
import pytest

needed = {"AudioDatasetMixin", "EvaluateClassifierMixin"}
lent = {point.name for point in importlib_metadata.entry_points(group="yzlite.exports")}


@pytest.mark.slow
@pytest.mark.skipif(not needed <= lent, reason="needs yzlite-audio and yzlite-eval")
def test_same_bytes_for_any_number_of_workers_and_settings_in_the_tflite(yzlite, tmp_path):
    from yzlite_core import AudioFeatureGeneratorSettings, TfliteModelParameters
    from yzlite_core.run.prepare import prepare
    from yzlite_core.run.request import Request

    digests = set()
    for workers in (1, 2):
        done = yzlite(
            "run", "hello_audio", "--test", "--seed", 7, "--workers", workers, "--json",
            "--output", tmp_path / f"out{workers}", SOURCE_DATE_EPOCH="0",
        )  # fmt: skip
        assert done.code == 0, done.stderr
        data = done.json
        digests.add(hashlib.sha256(Path(data["tflite"]).read_bytes()).hexdigest())
    assert len(digests) == 1
    assert data["stages"]["convert"]["int8"] is True
    assert data["stages"]["load"]["generated"] is True
    assert set(data["stages"]["evaluate"]) == {"keras", "tflite", "subset", "skipped"}
    page = Path(data["report"]).read_text(encoding="utf-8")
    assert "data:audio/wav" in page

    parameters = TfliteModelParameters.load_from_tflite_file(data["tflite"])
    with prepare(Request("hello_audio", stages=("load",), test=True)) as (run, _):
        assert AudioFeatureGeneratorSettings.from_parameters(parameters) == run.model.frontend_settings
