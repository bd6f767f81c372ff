from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # TensorFlow's and Keras' own
def test_keras_trains_on_the_generator(make_generator, shared_folder):
    import keras

    keras.utils.set_random_seed(1)
    generator = make_generator(
        cores=2, samplewise_std_normalization=True, bg_noise_dir="_noise_", bg_noise_range=(0, 0.1)
    )
    training, validation = (
        generator.flow_from_directory(shared_folder, classes=["low", "high"], batch_size=4, subset=subset)
        for subset in ("training", "validation")
    )
    model = keras.Sequential(
        [keras.Input((24, 16, 1)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    try:
        history = model.fit(training, validation_data=validation, epochs=8, verbose=0).history
        outputs = model.predict(validation, verbose=0)
    finally:
        training.shutdown()
        validation.shutdown()
    assert history["loss"][-1] < history["loss"][0]
    assert history["val_accuracy"][-1] == 1
    assert outputs.shape == (4, 2)
    assert np.isfinite(outputs).all()


@pytest.mark.slow
def test_the_guides_specification_needs_no_settings_of_the_front_end(yzlite, make_script, shared_folder):
    """A run in test mode, with the generator as the guide writes it."""
    script = make_script(
        "guide_audio",
        f"""
        # @yzlite_model
        import keras
        from yzlite_core import AudioDatasetMixin, ParallelAudioDataGenerator, TrainMixin, YZLiteModel

        class MyModel(YZLiteModel, TrainMixin, AudioDatasetMixin):
            pass

        def build(model):
            network = keras.Sequential(
                [keras.Input(model.input_shape), keras.layers.Flatten(), keras.layers.Dense(model.n_classes)]
            )
            network.compile(loss=model.loss, optimizer=model.optimizer, metrics=model.metrics)
            return network

        yzlite_model = MyModel()
        yzlite_model.dataset = {str(shared_folder)!r}
        yzlite_model.classes = ["low", "high", "_unknown_", "_silence_"]
        yzlite_model.build_model_function = build
        yzlite_model.datagen = ParallelAudioDataGenerator(
            unknown_class_percentage=3.0,
            silence_class_percentage=0.2,
            offset_range=(0.0, 1.0),
            trim_threshold_db=20,
            noise_colors=None,
            bg_noise_range=(0.0, 0.3),
            bg_noise_dir="_noise_",
            validation_split=0.2,
        )
        """,
    )
    done = yzlite("run", script, "--test", "--stages", "load,fit,convert", "--json")
    assert done.code == 0, done.stderr
    found = yzlite("summarize", done.json["tflite"], "--json")
    assert found.code == 0, found.stderr
    assert "fe.window_size_ms" in found.stdout


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # TensorFlow's own
@pytest.mark.parametrize(("rate", "length"), [(None, 8000), (16000, 16000)])
def test_a_folder_as_a_tf_dataset(tmp_path, rate, length):
    from yzlite.core.preprocess.utils.tf_dataset import load_audio_directory
    from yzlite_audio.wav import write_audio_file

    for label in ("yes", "no"):
        (tmp_path / label).mkdir()
        write_audio_file(tmp_path / label / "1.wav", np.full(8000, 0.25), 8000)
    sounds, labels = load_audio_directory(
        tmp_path,
        ["yes", "no"],
        sample_rate_hz=rate,
        return_audio_data=True,
        return_audio_sample_rate=True,
    )
    for sound, found in sounds:
        assert (sound.shape, int(found)) == ((length,), rate or 8000)
        assert float(sound[length // 2]) == pytest.approx(0.25, abs=0.01)
    assert [int(label) for label in labels] == [0, 1]
