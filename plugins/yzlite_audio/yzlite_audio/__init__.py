"""Audio datasets for YZLite: sound in, augmented batches of spectrograms out.

The names that specifications use live in `yzlite_audio.mixin` (`AudioDatasetMixin`), in
`yzlite_audio.generator` (`ParallelAudioDataGenerator`) and in `yzlite_audio.frontend`
(`AudioFeatureGenerator`, `AudioFeatureGeneratorSettings`); `yzlite_core` lends them. Importing this
package imports none of them, so that `yzlite plugins` stays quick.
"""
