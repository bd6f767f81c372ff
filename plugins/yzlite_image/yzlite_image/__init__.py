"""Image datasets for YZLite: class folders or arrays in, augmented batches out.

The names that specifications use live in `yzlite_image.mixin` (`ImageDatasetMixin`) and in
`yzlite_image.generator` (`ParallelImageDataGenerator`); `yzlite_core` lends them. Importing this
package imports neither, so that `yzlite plugins` stays quick.
"""
