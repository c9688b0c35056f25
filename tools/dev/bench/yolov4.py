#!/usr/bin/env python3
"""YOLOv4-320: compile, run and start-up times, each as a ratio to a baseline of the same run.

    yolov4.py [--bin build/bin] [--runs 5] [--only 'fast|exact']

The baseline is ONNX Runtime fp32 (one forward) where the PyPI package is installed, else `ttc check`,
which compiles, runs and evaluates in float. Commands alternate, so a drifting machine shifts all of them.
"""
import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time


def cpu(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def timed(command):
    """Wall and processor seconds."""
    start, used = time.perf_counter(), cpu(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start, cpu(resource.RUSAGE_CHILDREN) - used


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
        start, used = time.perf_counter(), cpu(resource.RUSAGE_SELF)
        session.run(None, {name: data})
        return time.perf_counter() - start, cpu(resource.RUSAGE_SELF) - used

    forward()
    return forward


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", help="commands whose name matches this expression")
    args = parser.parse_args()
    tool = lambda name: os.path.join(args.bin, name)
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        subprocess.run([tool("ttc-translate"), "--import-zoo", "yolov4", "--random-weights", "7", "--input-size",
                        "320", "-o", at("y.mlir")], check=True)
        subprocess.run([tool("ttc-translate"), "--export-onnx", at("y.mlir"), "-o", at("y.onnx")], check=True)
        maker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "make_picture.py")
        subprocess.run([sys.executable, maker, at("scene.png")], check=True)
        run = lambda file, *options: [tool("ttc"), "run", at(file), "--image", at("scene.png"), "--score", "1", *options]
        commands = {"compile from ONNX": [tool("ttc"), "compile", at("y.onnx"), "-o", at("y.ttp")]}
        for fidelity in ["lofi", "hifi4"]:
            subprocess.run([*commands["compile from ONNX"][:-1], at(fidelity + ".ttp"), "--fidelity", fidelity],
                           check=True, stdout=subprocess.DEVNULL)
        commands |= {
            "run, fast (HiFi2)": run("y.ttp"),
            "run, fast LoFi": run("lofi.ttp"),
            "run, fast HiFi4": run("hifi4.ttp"),
            "run, exact LoFi": run("lofi.ttp", "--numerics", "exact"),
            "run, exact HiFi2": run("y.ttp", "--numerics", "exact"),
            "run, exact HiFi4": run("hifi4.ttp", "--numerics", "exact"),
            "run, time only": [tool("ttc"), "run", at("y.ttp"), "--mode", "time"],
            "ttc-opt start-up": [tool("ttc-opt"), "--version"],
        }
        if args.only:
            commands = {name: c for name, c in commands.items() if re.search(args.only, name) or name == "compile from ONNX"}
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
        # Processor time also compares on a machine that others use.
        median = lambda pairs: [statistics.median(column) for column in zip(*pairs)]
        wall, used = median(baseline)
        print(f"{'baseline: ' + base:<28} {wall:8.3f} s            {used:8.3f} s of processor")
        for name, pairs in times.items():
            w, u = median(pairs)
            print(f"{name:<28} {w:8.3f} s {w / wall:7.2f} x  {u:8.3f} s of processor {u / used:7.2f} x")
        print(f"peak memory of a child: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB "
              f"(weights {os.path.getsize(at('y.onnx')) / 2**20:.0f} MB)")


sys.exit(main())
