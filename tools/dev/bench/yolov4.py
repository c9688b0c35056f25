#!/usr/bin/env python3
"""YOLOv4-320: compile, run and start-up times, each as a ratio to a baseline of the same run.

    yolov4.py [--bin build/bin] [--runs 5]

The baseline is ONNX Runtime fp32 (one forward) where the PyPI package is installed, else `ttc check`,
which compiles, runs and evaluates in float. Commands alternate, so a drifting machine shifts all of them.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time


def timed(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def onnxruntime_forward(path):
    try:
        import numpy
        import onnxruntime
    except ImportError:
        return None
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    data = numpy.random.default_rng(0).random((1, 3, 320, 320), dtype=numpy.float32)

    def forward():
        start = time.perf_counter()
        session.run(None, {name: data})
        return time.perf_counter() - start

    forward()
    return forward


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    tool = lambda name: os.path.join(args.bin, name)
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        subprocess.run([tool("ttc-translate"), "--import-zoo", "yolov4", "--random-weights", "7", "--input-size",
                        "320", "-o", at("y.mlir")], check=True)
        subprocess.run([tool("ttc-translate"), "--export-onnx", at("y.mlir"), "-o", at("y.onnx")], check=True)
        maker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "make_picture.py")
        subprocess.run([sys.executable, maker, at("scene.png")], check=True)
        commands = {
            "compile from ONNX": [tool("ttc"), "compile", at("y.onnx"), "-o", at("y.ttp")],
            "run, values + time": [tool("ttc"), "run", at("y.ttp"), "--image", at("scene.png"), "--score", "1"],
            "run, time only": [tool("ttc"), "run", at("y.ttp"), "--mode", "time"],
            "ttc-opt start-up": [tool("ttc-opt"), "--version"],
        }
        reference = onnxruntime_forward(at("y.onnx"))
        base = "ONNX Runtime fp32"
        if reference is None:
            base, commands["ttc check"] = "ttc check", [tool("ttc"), "check", at("y.onnx"), "--min-pcc", "0"]
        times = {name: [] for name in commands}
        baseline = []
        for _ in range(args.runs):
            for name, command in commands.items():
                times[name].append(timed(command))
            baseline.append(reference() if reference else times["ttc check"][-1])
        unit = statistics.median(baseline)
        print(f"{'baseline: ' + base:<28} {unit:8.3f} s")
        for name, values in times.items():
            median = statistics.median(values)
            print(f"{name:<28} {median:8.3f} s   {median / unit:7.2f} x")
        print(f"peak memory of a child: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB "
              f"(weights {os.path.getsize(at('y.onnx')) / 2**20:.0f} MB)")


sys.exit(main())
