#!/usr/bin/env python3
"""Writes benchmark networks as ONNX text: networks.py NAME [BATCH|HEIGHTxWIDTH|LAYERS] > NAME.textproto

resnet50 [BATCH]            He et al. 2015, v1.5 strides, batch norms folded
unet [HEIGHTxWIDTH]         4 levels, 64..1024 channels, two convolutions a level, transposed up-convolutions
chain [LAYERS]              3x3 convolutions one after another
ladder [LAYERS]             residual pairs: each convolution's result is also added two layers on

Weights are splats of the right shape: compile with --random-weights SEED.
"""
import sys


class Graph:
    def __init__(self, shape):
        self.lines, self.inits, self.count = [], [], 0
        self.shape = {"image": shape}

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def constant(self, name, dims):
        self.inits.append(
            f'  initializer {{ name: "{name}.shape" data_type: 7 dims: {len(dims)} int64_data: {list(dims)} }}')
        self.lines.append(
            f'  node {{ op_type: "ConstantOfShape" input: "{name}.shape" output: "{name}" attribute {{ name: "value"'
            ' type: TENSOR t { data_type: 1 dims: 1 float_data: 0.5 } } }')
        return name

    def node(self, op, inputs, shape, name=None, **ints):
        out = name or self.name(op.lower())
        attrs = "".join(
            f' attribute {{ name: "{k}" type: INT i: {v} }}' if isinstance(v, int) else
            f' attribute {{ name: "{k}" type: INTS ints: {list(v)} }}' for k, v in ints.items())
        ins = "".join(f' input: "{i}"' for i in inputs)
        self.lines.append(f'  node {{ op_type: "{op}" name: "{out}"{ins} output: "{out}"{attrs} }}')
        self.shape[out] = shape
        return out

    def conv(self, x, channels, kernel, stride=1, relu=True):
        n, c, h, w = self.shape[x]
        name, pad = self.name("conv"), kernel // 2
        weight = self.constant(name + ".weight", (channels, c, kernel, kernel))
        bias = self.constant(name + ".bias", (channels,))
        y = self.node("Conv", [x, weight, bias], (n, channels, (h - 1) // stride + 1, (w - 1) // stride + 1),
                      name, kernel_shape=(kernel, kernel), strides=(stride, stride), pads=(pad,) * 4)
        return self.relu(y) if relu else y

    def relu(self, x):
        return self.node("Relu", [x], self.shape[x])

    def pool(self, x, kernel, stride, pad):
        n, c, h, w = self.shape[x]
        size = lambda e: (e + 2 * pad - kernel) // stride + 1
        return self.node("MaxPool", [x], (n, c, size(h), size(w)), kernel_shape=(kernel, kernel),
                         strides=(stride, stride), pads=(pad,) * 4)

    def up(self, x, channels):
        n, c, h, w = self.shape[x]
        name = self.name("up")
        weight = self.constant(name + ".weight", (c, channels, 2, 2))
        return self.node("ConvTranspose", [x, weight], (n, channels, 2 * h, 2 * w), name, kernel_shape=(2, 2),
                         strides=(2, 2))

    def concat(self, a, b):
        n, c, h, w = self.shape[a]
        return self.node("Concat", [a, b], (n, c + self.shape[b][1], h, w), axis=1)

    def add(self, a, b):
        return self.node("Add", [a, b], self.shape[a])

    def print(self, output):
        dims = "".join(f" dim {{ dim_value: {d} }}" for d in self.shape["image"])
        print("ir_version: 8\nopset_import { version: 13 }\ngraph {\n  name: \"g\"")
        print(f'  input {{ name: "image" type {{ tensor_type {{ elem_type: 1 shape {{{dims} }} }} }} }}')
        print(f'  output {{ name: "{output}" }}')
        print("\n".join(self.inits + self.lines) + "\n}")


def resnet50(batch=1):
    g = Graph((int(batch), 3, 224, 224))
    x = g.pool(g.conv("image", 64, 7, 2), 3, 2, 1)
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(blocks):
            s = stride if i == 0 else 1
            y = g.conv(g.conv(g.conv(x, width, 1), width, 3, s), 4 * width, 1, relu=False)
            x = g.relu(g.add(y, x if i else g.conv(x, 4 * width, 1, s, relu=False)))
    n, c = g.shape[x][:2]
    x = g.node("GlobalAveragePool", [x], (n, c, 1, 1))
    x = g.node("Flatten", [x], (n, c))
    g.print(g.node("Gemm", [x, g.constant("fc.weight", (1000, c)), g.constant("fc.bias", (1000,))], (n, 1000),
                   "scores", transB=1))


def unet(size="256x256"):
    h, w = (int(v) for v in size.split("x"))
    g = Graph((1, 3, h, w))
    x, skips = "image", []
    for width in (64, 128, 256, 512):
        x = g.conv(g.conv(x, width, 3), width, 3)
        skips.append(x)
        x = g.pool(x, 2, 2, 0)
    x = g.conv(g.conv(x, 1024, 3), 1024, 3)
    for width, skip in zip((512, 256, 128, 64), reversed(skips)):
        x = g.concat(g.up(x, width), skip)
        x = g.conv(g.conv(x, width, 3), width, 3)
    g.print(g.node("Sigmoid", [g.conv(x, 1, 1, relu=False)], (1, 1, h, w), "mask"))


def chain(layers=1000):
    g = Graph((1, 64, 32, 32))
    x = "image"
    for _ in range(int(layers)):
        x = g.conv(x, 64, 3)
    g.print(x)


def ladder(layers=1000):
    g = Graph((1, 64, 32, 32))
    x = g.conv("image", 64, 3)
    for _ in range(int(layers) // 2):
        x = g.relu(g.add(g.conv(g.conv(x, 64, 3), 64, 3, relu=False), x))
    g.print(x)


if __name__ == "__main__":
    networks = {"resnet50": resnet50, "unet": unet, "chain": chain, "ladder": ladder}
    if len(sys.argv) < 2 or sys.argv[1] not in networks:
        sys.exit(__doc__)
    networks[sys.argv[1]](*sys.argv[2:])
