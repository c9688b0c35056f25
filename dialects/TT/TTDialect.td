//===- TTDialect.td - the tt dialect ---------------------------------------===//
#ifndef TTC_DIALECTS_TT_TTDIALECT_TD
#define TTC_DIALECTS_TT_TTDIALECT_TD

include "mlir/IR/DialectBase.td"

def TT_Dialect : Dialect {
  let name = "tt";
  let cppNamespace = "::ttc::tt";
  let summary = "whole-tensor graphs for a tile device";
  let description = [{
    Trained graphs as they were imported: one op per layer, ONNX semantics, static
    f32 tensors. How a tensor lies on the device is its encoding: none (host, f32),
    `#tt.storage<bf16>` (number format decided), `#tt.layout<...>` (place, sharding,
    order and number format decided). A location names the layer an op came from.

    Attributes on other ops: `tt.model` (string, on the module), `tt.name` (string,
    on arguments and results of `@main`).
  }];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 1;
  // One registration function per op family keeps each .cpp quick to compile.
  let extraClassDeclaration = [{
    void registerAttributes();
    void registerActivationOps();
    void registerConvOps();
    void registerDetectionOps();
    void registerElementwiseOps();
    void registerLayoutOps();
    void registerMatmulOps();
    void registerNormOps();
    void registerPoolOps();
    void registerReduceOps();
    void registerShapeOps();
  }];
}

#endif
