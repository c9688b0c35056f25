#!/usr/bin/env python3
"""Checks the documentation of the tile dialect's ops in .td files.

Every op has a summary and a description with an example, and every example is
parsed and verified inside a program that declares what the example names.

  check_tile_docs.py --tool build/bin/ttc-opt FILE.td...
"""
import argparse
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LLVM = os.environ.get("LLVM_DIR_ROOT", "/usr/lib/llvm-19")

MODULE = """
tile.buffer @x l1 height row_major bf16 10816x64 shard 192x64 grid 8x8 page 128 size 24576
tile.buffer @y l1 height row_major bf16 10816x64 shard 192x64 grid 8x8 page 128 size 24576
tile.buffer @weights l1 interleaved tile bf16 128x64 shard 128x64 grid 1x1 page 2048 size 2048
tile.window @w0 n 1 out 52x52 in 104x104 kernel 3x3 stride 2x2 pad 1, 1 dilation 1x1 in_dilation 1x1 in_repeat 1x1
"""
CB_FIELDS = {"cb", "in", "out", "in0", "in1", "src", "scaler"}


def examples(text):
    found = re.findall(r"```mlir\n(.*?)```", text, re.S) + re.findall(r"Example: `([^`]*)`", text)
    return [" ".join(line.strip() for line in e.strip().splitlines()) for e in found]


def in_kernel(example, thread):
    """The example in a kernel, with a definition for every value it uses."""
    cbs, constants, lines = [], [], []
    defined = set(re.findall(r"(%\w+) =", example))
    for field, value in re.findall(r"(\w+)\((%\w+)\)", example):
        if value in defined:
            continue
        defined.add(value)
        # `out` is a tile of Dst in sfpu_binary, `dst` a circular buffer in copy_rows.
        is_cb = field in CB_FIELDS or (field == "dst" and "copy_rows" in example)
        if field == "sem":
            cbs.append(f"{value} = tile.semaphore")
        elif is_cb and not re.match(r"%c\d+$", value):
            cbs.append(f'{value} = tile.cb "{value[1:]}" bf16 page 2048 pages 64')
        elif match := re.match(r"%c(\d+)$", value):
            constants.append(f"{value} = arith.constant {match[1]} : index")
        else:
            constants.append(f"{value} = tile.core_x")
    lines += [f'{MODULE}tile.program @p grid 8x8 kind "t" hifi2 macs 0 args 1 per_core {[0] * 64} {{']
    lines += cbs + [f"tile.kernel {thread} {{"] + constants + [example, "}", "}"]
    return "\n".join(lines)


def wrap(op, example, path):
    """The example where its op may stand, with what it names."""
    if op in ("buffer", "window", "program"):
        return example
    if op == "commands":
        return f'tile.program @conv0 grid 1x1 kind "t" hifi2 macs 0 {{\n}}\n{example}'
    if op in ("cb", "semaphore", "kernel"):
        return f'tile.program @p grid 8x8 kind "t" hifi2 macs 0 {{\n{example}\n}}'
    if "Commands" in path:
        buffers = "".join(
            f"tile.buffer @{n} dram interleaved row_major bf16 {r}x{c} shard {r}x{c} grid 1x1 page {c * 2 + 31 & ~31} size 4194304\n"
            for n, r, c in (("input", 608 * 608, 3), ("y", 76 * 76, 255), ("x", 1, 16)))
        output = "" if op == "output" else \
            'tile.output "o" shape [1, 255, 76, 76] permutation [0, 2, 3, 1] @y\n'
        program = 'tile.program @conv0 grid 1x1 kind "t" hifi2 macs 0 {\n}\n'
        return f'{buffers}{program}tile.commands "m" {{\n{output}{example}\n}}'
    return in_kernel(example, "compute" if "Compute" in path else "reader")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    problems, chunks = [], []
    for path in args.files:
        command = [f"{LLVM}/bin/llvm-tblgen", "--dump-json", "-I", f"{LLVM}/include", "-I", ROOT, path]
        records = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for name in records["!instanceof"].get("Op", []):
            record = records[name]
            if record["opDialect"]["def"] != "Tile_Dialect":
                continue
            if not record["summary"]:
                problems.append(f"{path}: {name} has no summary")
            found = examples(record["description"])
            if not found:
                problems.append(f"{path}: {name} has no example")
            op = record["opName"]
            chunks += [f"// {name}\n{wrap(op, e, path)}" for e in found]
    run = subprocess.run([args.tool, "--split-input-file", "-o", os.devnull],
                         input="\n// -----\n".join(chunks), text=True, capture_output=True)
    if run.returncode:
        problems.append("examples that do not parse:\n" + run.stderr)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(chunks)} examples parse" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
