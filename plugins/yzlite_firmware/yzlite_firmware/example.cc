// An example of how to run '$name' with TensorFlow Lite Micro. It is yours to change: it is not written again.

#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_log.h"
#include "tensorflow/lite/micro/system_setup.h"
#include "tensorflow/lite/schema/schema_generated.h"

#include "${prefix}_model.h"
#include "${prefix}_operators.h"
#include "${prefix}_parameters.h"

namespace {

alignas(16) uint8_t arena[${capitals}_ARENA_SIZE];

}  // namespace

int main() {
  tflite::InitializeTarget();

  const tflite::Model* model = tflite::GetModel(${prefix}_model_data);
  if (model->version() != TFLITE_SCHEMA_VERSION) {
    MicroPrintf("The model has another version of the schema than TensorFlow Lite Micro");
    return 1;
  }

  ${prefix}_model::OperatorResolver resolver;
  if (${prefix}_model::AddOperators(resolver) != kTfLiteOk) {
    MicroPrintf("An operator could not be registered");
    return 1;
  }

  tflite::MicroInterpreter interpreter(model, resolver, arena, sizeof(arena));
  if (interpreter.AllocateTensors() != kTfLiteOk) {
    MicroPrintf("The arena of %u bytes is too small", static_cast<unsigned>(sizeof(arena)));
    return 1;
  }

$fill
  if (interpreter.Invoke() != kTfLiteOk) {
    MicroPrintf("The inference failed");
    return 1;
  }

$use
  return 0;
}
