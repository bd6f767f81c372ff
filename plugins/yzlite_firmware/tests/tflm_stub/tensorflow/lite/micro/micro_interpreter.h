// An interpreter that says what it is given.
#pragma once

#include <cstddef>

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace tflite {

class MicroInterpreter {
 public:
  template <class Resolver>
  MicroInterpreter(const Model* model, const Resolver&, uint8_t* arena, size_t size) {
    std::printf("model %u\n", static_cast<unsigned>(reinterpret_cast<uintptr_t>(model) % 16));
    std::printf("arena %u %u\n", static_cast<unsigned>(reinterpret_cast<uintptr_t>(arena) % 16),
                static_cast<unsigned>(size));
  }
  TfLiteStatus AllocateTensors() { return kTfLiteOk; }
  TfLiteStatus Invoke() {
    std::printf("invoked\n");
    return kTfLiteOk;
  }
  template <class T>
  T* typed_input_tensor(int index) {
    std::printf("input %d of %u bytes\n", index, static_cast<unsigned>(sizeof(T)));
    return reinterpret_cast<T*>(memory_);
  }
  template <class T>
  T* typed_output_tensor(int index) {
    std::printf("output %d of %u bytes\n", index, static_cast<unsigned>(sizeof(T)));
    return reinterpret_cast<T*>(memory_);
  }

 private:
  alignas(16) unsigned char memory_[1 << 16] = {};
};

}  // namespace tflite
