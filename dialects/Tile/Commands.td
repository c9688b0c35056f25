//===- Commands.td - what the host enqueues, inputs and outputs -----------===//
#ifndef TTC_DIALECTS_TILE_COMMANDS_TD
#define TTC_DIALECTS_TILE_COMMANDS_TD

include "dialects/Tile/TileBase.td"

def Tile_CommandsOp : Tile_Op<"commands", [SingleBlock, NoTerminator,
    HasParent<"::mlir::ModuleOp">]> {
  let summary = "the command stream of the model";
  let description = [{
    Inputs, launches, frees, outputs and heads in order. A buffer is live from its first use (an input,
    a launch of a program that names it) to its `tile.free`, or the end.
    - (C1) it is the only one of the module; (C2) it holds only the ops of this family.

    Example: `tile.commands "yolov4" { tile.launch @conv0 }`
  }];
  let arguments = (ins StrAttr:$model_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$model_name attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

class Tile_Command<string mnemonic, list<Trait> traits = []>
    : Tile_Op<mnemonic, !listconcat([HasParent<"CommandsOp">], traits)>;

def Tile_LaunchOp : Tile_Command<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a program";
  let description = [{
    - (C1) the symbol names a `tile.program`.

    Example: `tile.launch @conv0`
  }];
  let arguments = (ins FlatSymbolRefAttr:$program);
  let assemblyFormat = "$program attr-dict";
}

def Tile_FreeOp : Tile_Command<"free", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "ends a buffer's life";
  let description = [{
    - (C1) the symbol names a `tile.buffer` that is no constant.

    Example: `tile.free @x`
  }];
  let arguments = (ins FlatSymbolRefAttr:$buffer);
  let assemblyFormat = "$buffer attr-dict";
}

class Tile_TensorCommand<string mnemonic>
    : Tile_Command<mnemonic, [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let arguments = (ins StrAttr:$name, DenseI64ArrayAttr:$shape, DenseI64ArrayAttr:$permutation,
                       FlatSymbolRefAttr:$buffer);
  let assemblyFormat = "$name `shape` $shape `permutation` $permutation $buffer attr-dict";
}

def Tile_InputOp : Tile_TensorCommand<"input"> {
  let summary = "a graph input";
  let description = [{
    A host tensor of `shape` (f32), permuted and flattened to the buffer's rows x cols.
    - (C1) the symbol names a `tile.buffer`;
    - (C2) the permutation is one of the shape's dimensions;
    - (C3) the permuted shape flattens to the buffer: the last dimension is cols, the others rows.

    Example: `tile.input "input" shape [1, 3, 608, 608] permutation [0, 2, 3, 1] @input`
  }];
}

def Tile_OutputOp : Tile_TensorCommand<"output"> {
  let summary = "a graph output";
  let description = [{
    The inverse of `tile.input`, same constraints.

    Example: `tile.output "head0" shape [1, 255, 76, 76] permutation [0, 2, 3, 1] @y`
  }];
}

def Tile_YoloHeadOp : Tile_Command<"yolo_head"> {
  let summary = "a YOLO detection head over an output";
  let description = [{
    Darknet's yolo layer, decoded on the host. Anchors are pairs w, h in input pixels.
    - (C1) output counts the `tile.output` ops before it;
    - (C2) anchors come in pairs.

    Example:
    ```mlir
    tile.yolo_head output 0 classes 80 anchors [1.2e+01, 1.6e+01] scale_x_y 1.2 input 608x608
    ```
  }];
  let arguments = (ins I64Attr:$output, I64Attr:$classes, DenseF32ArrayAttr:$anchors,
    F32Attr:$scale_x_y, UnitAttr:$new_coords, I64Attr:$input_height, I64Attr:$input_width);
  let assemblyFormat = [{
    `output` $output `classes` $classes `anchors` $anchors `scale_x_y` $scale_x_y
    (`new_coords` $new_coords^)? `input` custom<Extent>($input_height, $input_width) attr-dict
  }];
  let hasVerifier = 1;
}

#endif // TTC_DIALECTS_TILE_COMMANDS_TD
