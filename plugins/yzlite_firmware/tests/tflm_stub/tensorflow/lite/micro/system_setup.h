#pragma once

namespace tflite {
inline void InitializeTarget() {}
}  // namespace tflite
