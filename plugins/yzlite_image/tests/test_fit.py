from __future__ import annotations

import numpy as np
import pytest

from yzlite_image.generator import ParallelImageDataGenerator


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # TensorFlow's and Keras' own
def test_keras_trains_on_the_generator(shared_folder):
    import keras

    keras.utils.set_random_seed(1)
    generator = ParallelImageDataGenerator(
        cores=2, validation_split=0.2, horizontal_flip=True, samplewise_std_normalization=True
    )
    training, validation = (
        generator.flow_from_directory(
            shared_folder, target_size=(12, 16), color_mode="grayscale", batch_size=4, subset=subset
        )
        for subset in ("training", "validation")
    )
    model = keras.Sequential(
        [keras.Input((12, 16, 1)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    weights = {0: 1.0, 1: 2.0, 2: 0.5}
    try:
        history = model.fit(
            training, validation_data=validation, class_weight=weights, epochs=8, verbose=0
        ).history
        outputs = model.predict(validation, verbose=0)
    finally:
        training.shutdown()
        validation.shutdown()
    assert history["loss"][-1] < history["loss"][0]
    assert len(history["val_accuracy"]) == 8
    assert outputs.shape == (6, 3)
    assert np.isfinite(outputs).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # TensorFlow's own
def test_a_folder_as_a_tf_dataset(shared_folder):
    from yzlite.core.preprocess.utils.tf_dataset import load_image_directory

    images, labels = load_image_directory(shared_folder, ["circle", "square"], return_image_data=True)
    found = [image.numpy() for image in images.batch(20)]
    assert [(x.shape, x.dtype) for x in found] == [((20, 12, 16, 1), np.uint8)]
    assert [int(label) for label in labels] == [0] * 10 + [1] * 10
