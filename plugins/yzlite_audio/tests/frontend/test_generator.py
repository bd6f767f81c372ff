"""The spectrograms, against what the native front ends have computed (`expected.npz`)."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from yzlite_audio.frontend import AudioFeatureGenerator, AudioFeatureGeneratorSettings
from yzlite_core.errors import DatasetError, SettingValueError

EXPECTED = dict(np.load(Path(__file__).with_name("expected.npz")))
SETTINGS = json.loads(str(EXPECTED.pop("settings")))
ACTIVE = json.loads(str(EXPECTED.pop("active")))


def generator(case: str) -> AudioFeatureGenerator:
    return AudioFeatureGenerator(AudioFeatureGeneratorSettings(SETTINGS[case]))


@pytest.fixture
def clip(make_clip):
    return make_clip(16000)


@pytest.mark.parametrize("case", SETTINGS)
def test_the_features_are_exact(case, make_clip):
    front_end = generator(case)
    features = front_end.process_sample(make_clip(front_end.settings.sample_rate_hz), np.uint16)
    assert features.shape == front_end.settings.spectrogram_shape
    assert features.dtype == np.uint16
    np.testing.assert_array_equal(features, EXPECTED[case])


@pytest.mark.parametrize("case", [name for name in EXPECTED if name.endswith(":int8")])
def test_the_int8_features_are_exact(case, make_clip):
    front_end = generator(case.removesuffix(":int8"))
    features = front_end.process_sample(make_clip(front_end.settings.sample_rate_hz), np.int8)
    assert features.dtype == np.int8
    np.testing.assert_array_equal(features, EXPECTED[case])


@pytest.mark.parametrize(("case", "active"), ACTIVE.items())
def test_activity_is_detected_where_the_device_detects_it(case, active, make_clip):
    front_end = generator(case)
    front_end.process_sample(make_clip(front_end.settings.sample_rate_hz))
    assert front_end.activity_was_detected() is active


def test_the_expected_activity_has_both_answers():
    assert set(ACTIVE.values()) == {True, False}


def test_activity_is_a_pause_and_then_sound():
    settings = AudioFeatureGeneratorSettings(activity_detection_enable=True)
    front_end = AudioFeatureGenerator(settings)
    tone = (8000 * np.sin(np.arange(16000) / 5)).astype(np.int16)
    front_end.process_sample(tone)
    assert not front_end.activity_was_detected()
    spoken = tone.copy()
    spoken[5000:9000] = 0
    front_end.process_sample(spoken)
    assert front_end.activity_was_detected()
    assert front_end.activity_was_detected(), "asking does not change the answer"
    settings.activity_detection_enable = False
    silent = AudioFeatureGenerator(settings)
    silent.process_sample(spoken)
    assert not silent.activity_was_detected()


def test_float_features_are_the_same_numbers(clip):
    front_end = generator("defaults")
    features = front_end.process_sample(clip)
    assert features.dtype == np.float32
    np.testing.assert_array_equal(features, EXPECTED["defaults"])


def test_int8_spreads_0_to_666(clip):
    values = EXPECTED["defaults"].astype(int)
    np.testing.assert_array_equal(
        generator("defaults").process_sample(clip, "int8"),
        np.clip((values * 256 + 333) // 666 - 128, -128, 127),
    )


def test_the_dynamic_scale_ends_at_the_loudest_value(clip):
    settings = AudioFeatureGeneratorSettings(quantize_dynamic_scale_enable=True)
    assert settings.dynamic_range == 294
    values = EXPECTED["defaults"].astype(int)
    np.testing.assert_array_equal(
        AudioFeatureGenerator(settings).process_sample(clip, np.int8),
        np.clip((values - (values.max() - 294)) * 255 // 294 - 128, -128, 127),
    )


def test_the_dynamic_scale_of_silence():
    front_end = AudioFeatureGenerator(AudioFeatureGeneratorSettings(quantize_dynamic_scale_enable=True))
    assert (front_end.process_sample(np.zeros(16000, np.int16), np.int8) == -128).all()


def test_a_clip_does_not_depend_on_the_one_before(clip):
    front_end = generator("numbers_98x40")
    front_end.process_sample(clip[::-1].copy())
    np.testing.assert_array_equal(front_end.process_sample(clip, np.uint16), EXPECTED["numbers_98x40"])


def test_a_batch_is_its_clips(clip):
    front_end = generator("keywords_49x40")
    clips = np.stack([clip, clip[::-1], clip // 7])
    batch = front_end.process_batch(clips, np.int8)
    assert batch.shape == (3, 49, 40)
    for features, one in zip(batch, clips, strict=True):
        np.testing.assert_array_equal(features, front_end.process_sample(one, np.int8))


def test_an_empty_batch_has_no_spectrogram():
    assert generator("defaults").process_batch(np.empty((0, 16000), np.int16)).shape == (0, 98, 32)


def test_any_memory_layout_will_do(clip):
    front_end = generator("defaults")
    spread = np.zeros(32000, np.int16)
    spread[::2] = clip
    frozen = clip.copy()
    frozen.flags.writeable = False
    for sample in (spread[::2], frozen, clip.tolist()):
        sample = np.asarray(sample, np.int16) if isinstance(sample, list) else sample
        np.testing.assert_array_equal(front_end.process_sample(sample, np.uint16), EXPECTED["defaults"])


def test_the_sample_is_left_as_it_was(clip):
    before = clip.copy()
    generator("numbers_98x40").process_sample(clip)
    np.testing.assert_array_equal(clip, before)


def test_threads_share_a_generator(clip):
    front_end = generator("keywords_49x40")
    quiet = np.zeros_like(clip)
    failures = []

    def work(sample, expected, active):
        for _ in range(20):
            features = front_end.process_sample(sample, np.uint16)
            if not np.array_equal(features, expected) or front_end.activity_was_detected() is not active:
                failures.append(active)

    expected_quiet = front_end.process_sample(quiet, np.uint16)
    threads = [
        threading.Thread(target=work, args=arguments)
        for arguments in [(clip, EXPECTED["keywords_49x40"], True), (quiet, expected_quiet, False)] * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_a_copy_computes_the_same(duplicate, clip):
    twin = duplicate(generator("defaults"))
    np.testing.assert_array_equal(twin.process_sample(clip, np.uint16), EXPECTED["defaults"])


def test_later_changes_of_the_settings_do_not_reach_the_generator():
    settings = AudioFeatureGeneratorSettings()
    front_end = AudioFeatureGenerator(settings)
    settings.window_step_ms = 20
    assert front_end.settings.window_step_ms == 10


@pytest.mark.parametrize(
    "sample",
    [np.zeros(16000, np.float32), np.zeros(15999, np.int16), np.zeros((16000, 1), np.int16), np.int16(3)],
)
def test_other_samples_are_refused(sample):
    with pytest.raises(DatasetError, match=r"clips of 16000 int16 samples \(1000 ms at 16000 Hz\)"):
        generator("defaults").process_sample(sample)


@pytest.mark.parametrize("dtype", ["float64", "int16", "spectrogram", object()])
def test_other_output_types_are_refused(dtype, clip):
    with pytest.raises(SettingValueError, match="float32, uint16, int8"):
        generator("defaults").process_sample(clip, dtype)


def test_settings_that_do_not_fit_together_are_refused():
    with pytest.raises(SettingValueError, match="pcan_enable needs noise_reduction_enable"):
        AudioFeatureGenerator(AudioFeatureGeneratorSettings(pcan_enable=True))


def test_importing_the_front_end_is_cheap():
    code = "import sys, yzlite_audio.frontend; assert not {'numba', 'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )


def test_a_gain_without_bounds_is_capped(clip):
    settings = AudioFeatureGeneratorSettings(
        noise_reduction_enable=True,
        noise_reduction_smoothing_bits=31,
        pcan_enable=True,
        pcan_strength=100,
        pcan_offset=0,
    )
    features = AudioFeatureGenerator(settings).process_sample(clip, np.uint16)
    assert features.max() > 0
