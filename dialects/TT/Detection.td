//===- Detection.td - detection heads ------------------------------------------===//
#ifndef TTC_DIALECTS_TT_DETECTION_TD
#define TTC_DIALECTS_TT_DETECTION_TD

include "dialects/TT/TTBase.td"

def TT_YoloHeadOp : TT_ComputeOp<"yolo_head", [TT_RunsOnHost]> {
  let summary = "marks a raw YOLO head and how to decode it";
  let description = [{
    The value is the input, unchanged; the runtime decodes boxes on the host with the
    attributes. The channel dim holds, per anchor, x, y, w, h, objectness and `classes`
    scores. `anchors` are the widths and heights in input pixels of this head's mask
    only; `scale_x_y` stretches the cell offset; `new_coords` says that the network
    already applied the logistic function; `input_size` is the network's height, width.

    Constraints:
    - C1: anchors come in pairs, at least one.
    - C2: the channel dim is anchors/2 * (classes + 5), found at dim 1 (nchw) or 3 (nhwc).

    Example:
    ```mlir
    %0 = tt.yolo_head %x classes 80 anchors [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] scale_x_y 1.05 input_size [608, 608]
      : (tensor<1x255x19x19xf32>) -> tensor<1x255x19x19xf32>
    ```
  }];
  let arguments = (ins TT_RankedTensor<4>:$input, ConfinedAttr<I64Attr, [IntPositive]>:$classes,
    DenseF64ArrayAttr:$anchors, F64Attr:$scale_x_y, TT_PositiveArray<2>:$input_size,
    TT_False:$new_coords, TT_Format:$data_format);
  let results = (outs TT_RankedTensor<4>:$result);
  let assemblyFormat = [{
    $input `classes` $classes `anchors` $anchors `scale_x_y` $scale_x_y `input_size` $input_size
    (`new_coords` $new_coords^)? (`data_format` $data_format^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif
