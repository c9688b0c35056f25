#!/usr/bin/env python3
"""How long tt-choose-layouts takes, and how that grows: YOLOv4-320, chains and ladders of convolutions.

    layouts.py [--bin build/bin] [--sizes 250,500,1000] [--runs 3]

CPU seconds (user) of the pass alone, the least of the runs; `per layer` is the ratio to the smallest size of the
same kind, 1.00 where time grows with the number of layers. Runs alternate, so a drifting machine shifts all of them.
"""
import argparse
import glob
import os
import resource
import subprocess
import sys
import tempfile


def user_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--sizes", default="250,500,1000")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    sizes = [int(s) for s in options.sizes.split(",")]
    networks = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks.py")
    with tempfile.TemporaryDirectory() as scratch:
        graphs = {}

        def prepare(name, model, *more):
            folder = os.path.join(scratch, name)
            subprocess.run([os.path.join(options.bin, "ttc"), "compile", model, "--random-weights", "7", "--layout-policy",
                            "greedy", "--emit-mlir", folder, "-o", os.path.join(scratch, "x.ttp"), *more], check=True,
                           stdout=subprocess.DEVNULL)
            graphs[name] = glob.glob(os.path.join(folder, "*lower-dtypes.mlir"))[0]

        prepare("yolov4-320", "zoo:yolov4", "--input-size", "320")
        for kind in ("chain", "ladder"):
            for size in sizes:
                text = os.path.join(scratch, f"{kind}{size}.textproto")
                with open(text, "w") as out:
                    subprocess.run([sys.executable, networks, kind, str(size)], check=True, stdout=out)
                prepare(f"{kind} {size}", text)
        tool = os.path.join(options.bin, "ttc-opt")
        best = {}
        for _ in range(options.runs):
            for name, path in graphs.items():
                empty = user_seconds([tool, path, "-o", "/dev/null"])
                whole = user_seconds([tool, path, "--tt-choose-layouts", "-o", "/dev/null"])
                best[name] = min(best.get(name, 1e9), whole - empty)
    print(f"{'network':<16}{'CPU s':>8}{'per layer':>11}")
    for name, seconds in best.items():
        kind, _, size = name.partition(" ")
        ratio = f"{seconds / int(size) / (best[f'{kind} {sizes[0]}'] / sizes[0]):.2f}" if size else ""
        print(f"{name:<16}{seconds:>8.2f}{ratio:>11}")


if __name__ == "__main__":
    main()
