"""What the conversion to `.tflite` can be told."""

from __future__ import annotations

from typing import Any, TypedDict


class ConverterAttributes(TypedDict, total=False):
    """Attributes of `tf.lite.TFLiteConverter` that it is given as they are (TensorFlow 2.20 and later)."""

    canonicalizing_inf_as_min_max_float: bool
    exclude_conversion_metadata: bool
    experimental_new_dynamic_range_quantizer: bool
    experimental_use_stablehlo_quantizer: bool
    legalize_custom_tensor_list_ops: bool
    serialize_debug_metadata: bool
    unfold_batchmatmul: bool
    _experimental_allow_all_select_tf_ops: bool
    _experimental_default_to_single_batch_in_tensor_list_ops: bool
    _experimental_disable_fuse_mul_and_fc: bool
    _experimental_disable_per_channel: bool
    _experimental_disable_per_channel_quantization_for_dense_layers: bool
    _experimental_enable_composite_direct_lowering: bool
    _experimental_enable_dynamic_update_slice: bool
    _experimental_full_integer_quantization_bias_type: Any
    _experimental_guarantee_all_funcs_one_use: bool
    _experimental_low_bit_qat: bool
    _experimental_lower_tensor_list_ops: bool
    _experimental_preserve_assert_op: bool
    _experimental_reduce_type_precision: bool
    _experimental_sparsify_model: bool
    _experimental_strict_qdq: bool
    _experimental_unfold_large_splat_constant: bool
    _experimental_variable_quantization: bool


class TfliteConverter(ConverterAttributes, total=False):
    """Settings of the conversion to `.tflite`; names may be strings, TensorFlow's enums or types."""

    optimizations: Any
    supported_ops: Any
    supported_types: Any
    inference_input_type: Any
    inference_output_type: Any
    representative_dataset: Any
    representative_dataset_max_samples: int
    allow_custom_ops: bool
    experimental_new_converter: bool
    experimental_new_quantizer: bool
    experimental_enable_resource_variables: bool
    generate_unquantized: bool
    generate_quantization_report: bool
    per_tensor_dense: bool


DEFAULTS: TfliteConverter = {
    "optimizations": ["DEFAULT"],
    "supported_ops": ["TFLITE_BUILTINS_INT8"],
    "inference_input_type": "float32",
    "inference_output_type": "float32",
    "representative_dataset": "generate",
    "representative_dataset_max_samples": 1000,
    "allow_custom_ops": False,
    "experimental_new_converter": True,
    "experimental_new_quantizer": True,
    "experimental_enable_resource_variables": False,
    "generate_unquantized": True,
    "generate_quantization_report": False,
}
