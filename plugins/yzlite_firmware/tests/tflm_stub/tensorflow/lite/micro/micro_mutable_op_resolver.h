// The interface of TensorFlow Lite Micro's resolver, as far as generated code calls it: it notes what is added.
#pragma once

#include <cstdio>
#include <cstdint>

enum TfLiteStatus { kTfLiteOk, kTfLiteError };
struct TFLMRegistration {};

namespace tflite {

template <unsigned tOpCount>
class MicroMutableOpResolver {
 public:
#define OPERATOR(name) \
  TfLiteStatus Add##name() { return Note(#name); }
  OPERATOR(Abs) OPERATOR(Add) OPERATOR(AddN) OPERATOR(ArgMax) OPERATOR(ArgMin) OPERATOR(AssignVariable)
  OPERATOR(AveragePool2D) OPERATOR(BatchMatMul) OPERATOR(BatchToSpaceNd) OPERATOR(BroadcastArgs)
  OPERATOR(BroadcastTo) OPERATOR(CallOnce) OPERATOR(Cast) OPERATOR(Ceil) OPERATOR(CircularBuffer)
  OPERATOR(Concatenation) OPERATOR(Conv2D) OPERATOR(Cos) OPERATOR(CumSum) OPERATOR(DepthToSpace)
  OPERATOR(DepthwiseConv2D) OPERATOR(Dequantize) OPERATOR(DetectionPostprocess) OPERATOR(Div)
  OPERATOR(DynamicUpdateSlice) OPERATOR(Elu) OPERATOR(EmbeddingLookup) OPERATOR(Equal) OPERATOR(EthosU)
  OPERATOR(Exp) OPERATOR(ExpandDims) OPERATOR(Fill) OPERATOR(Floor) OPERATOR(FloorDiv) OPERATOR(FloorMod)
  OPERATOR(FullyConnected) OPERATOR(Gather) OPERATOR(GatherNd) OPERATOR(Greater) OPERATOR(GreaterEqual)
  OPERATOR(HardSwish) OPERATOR(If) OPERATOR(L2Normalization) OPERATOR(L2Pool2D) OPERATOR(LeakyRelu)
  OPERATOR(Less) OPERATOR(LessEqual) OPERATOR(Log) OPERATOR(LogSoftmax) OPERATOR(LogicalAnd)
  OPERATOR(LogicalNot) OPERATOR(LogicalOr) OPERATOR(Logistic) OPERATOR(MaxPool2D) OPERATOR(Maximum)
  OPERATOR(Mean) OPERATOR(Minimum) OPERATOR(MirrorPad) OPERATOR(Mul) OPERATOR(Neg) OPERATOR(NotEqual)
  OPERATOR(Pack) OPERATOR(Pad) OPERATOR(PadV2) OPERATOR(Prelu) OPERATOR(Quantize) OPERATOR(ReadVariable)
  OPERATOR(ReduceAll) OPERATOR(ReduceMax) OPERATOR(ReduceMin) OPERATOR(Relu) OPERATOR(Relu6) OPERATOR(Reshape)
  OPERATOR(ResizeBilinear) OPERATOR(ResizeNearestNeighbor) OPERATOR(ReverseV2) OPERATOR(Round) OPERATOR(Rsqrt)
  OPERATOR(SelectV2) OPERATOR(Shape) OPERATOR(Sin) OPERATOR(Slice) OPERATOR(Softmax) OPERATOR(SpaceToBatchNd)
  OPERATOR(SpaceToDepth) OPERATOR(Split) OPERATOR(SplitV) OPERATOR(Sqrt) OPERATOR(Square)
  OPERATOR(SquaredDifference) OPERATOR(Squeeze) OPERATOR(StridedSlice) OPERATOR(Sub) OPERATOR(Sum)
  OPERATOR(Svdf) OPERATOR(Tanh) OPERATOR(Transpose) OPERATOR(TransposeConv)
  OPERATOR(UnidirectionalSequenceLSTM) OPERATOR(Unpack) OPERATOR(VarHandle) OPERATOR(While)
  OPERATOR(ZerosLike)
#undef OPERATOR
  TfLiteStatus AddCustom(const char* name, const TFLMRegistration*) { return Note(name); }

 private:
  TfLiteStatus Note(const char* name) {
    std::printf("operator %s\n", name);
    return added_++ < tOpCount ? kTfLiteOk : kTfLiteError;
  }
  unsigned added_ = 0;
};

}  // namespace tflite
