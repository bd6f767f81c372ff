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
@pytest.mark.filterwarnings("default")  # TensorFlow's and Keras' own
def test_a_script_for_keras_generators_runs(shared_folder):
    import keras

    training = ParallelImageDataGenerator(rescale=1 / 255).flow_from_directory(
        shared_folder, target_size=(12, 16), class_mode="sparse", batch_size=4
    )
    assert training.class_indices == {"circle": 0, "square": 1, "triangle": 2}
    assert training.filenames[0] == "circle/000.png"
    x, y = next(training)
    assert (x.shape, y.shape) == ((4, 12, 16, 3), (4,))
    training.reset()
    model = keras.Sequential(
        [keras.Input((12, 16, 3)), keras.layers.Flatten(), keras.layers.Dense(training.num_classes)]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert len(model.fit(training, epochs=2, verbose=0).history["loss"]) == 2
    training.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Keras' own
def test_weights_of_images_count_in_the_loss():
    import keras

    x = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 1)).astype("float32")
    y = np.arange(8.0) % 2
    weights = np.arange(8.0)
    generator = ParallelImageDataGenerator(rescale=1 / 255)
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    outputs = model.predict(generator.flow(x, shuffle=False), verbose=0)[:, 0]
    loss = model.evaluate(generator.flow(x, y, sample_weight=weights), verbose=0)
    assert loss == pytest.approx(np.mean(weights * (y - outputs) ** 2), rel=1e-4)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # TensorFlow's own
def test_a_folder_as_a_tf_dataset(shared_folder):
    from yzlite.core.preprocess.utils.tf_dataset import load_image_directory

    images, labels = load_image_directory(shared_folder, ["circle", "square"], return_image_data=True)
    found = [image.numpy() for image in images.batch(20)]
    assert [(x.shape, x.dtype) for x in found] == [((20, 12, 16, 1), np.uint8)]
    assert [int(label) for label in labels] == [0] * 10 + [1] * 10
