#!/usr/bin/env python3
"""Feeds damaged files to every reader of the tools.

A small Darknet network is made and taken through the tools to a file of each format. Each file is then
cut at many offsets, has bits flipped, words overwritten, numbers in text replaced by extreme ones, lines
dropped, and is swapped with files of other formats. A tool may refuse a file (exit code 1, a message with
"error") or, where damage can leave a valid file, accept it. Anything else is a finding: a signal, a
sanitizer report, a hang, memory beyond the limit, silence, or accepting a cut or foreign file.

  python3 tools/dev/corrupt.py --bin build/bin                     a few hundred files a format
  python3 tools/dev/corrupt.py --bin build/bin --count 4           seconds
  python3 tools/dev/corrupt.py --bin build-asan/bin --asan         under the sanitizers
  python3 tools/dev/corrupt.py --bin build/bin --only ttp,onnx --seed 3 --keep DIR

The same seed makes the same files. Files behind findings stay in the --keep folder.
"""
import argparse
import base64
import os
import random
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

CFG = """[net]
width=32
height=32
channels=3

[convolutional]
batch_normalize=1
filters=8
size=3
stride=2
pad=1
activation=leaky

[convolutional]
batch_normalize=1
filters=8
size=1
activation=mish

[shortcut]
from=-2
activation=linear

[maxpool]
size=2
stride=2

[upsample]
stride=2

[route]
layers=-1,-4

[convolutional]
filters=18
size=1
activation=linear

[yolo]
mask=0,1,2
anchors=10,14, 23,27, 37,58
classes=1
num=3
"""
OVERRIDES = """{"layers": {
  "convolutional_0": {"sharding": "height", "grid": [8, 1], "act_block_h": 32},
  "convolutional_1": {"sharding": "interleaved"}
}}
"""
# 24x16, made with libjpeg; the second is progressive.
JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmB"
    "anGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSk"
    "pKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAA"
    "AAAAAAAAAAAABAAF/8QAHBAAAQUBAQEAAAAAAAAAAAAAAAECBBEhA1Jh/8QAFgEBAQEAAAAAAAAAAAAAAAAA"
    "AwEF/8QAGREAAwADAAAAAAAAAAAAAAAAAAECAwQh/9oADAMBAAIRAxEAPwDI5RbS1QQyMnkdzj4mCGR7KrlS"
    "gsOwAZGTMI1mR/hBPL0042OH/9k="
)
PROGRESSIVE = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmB"
    "anGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSk"
    "pKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wgARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAA"
    "AAAAAAAAAAAAAwAE/8QAFgEBAQEAAAAAAAAAAAAAAAAAAgAE/9oADAMBAAIQAxAAAAHGjpALXHV//8QAFxAB"
    "AQEBAAAAAAAAAAAAAAAAABIBAv/aAAgBAQABBQLOUpZylL//xAAXEQADAQAAAAAAAAAAAAAAAAAAAQMC/9oA"
    "CAEDAQE/AcUFQ//EABcRAAMBAAAAAAAAAAAAAAAAAAABERL/2gAIAQIBAT8Bqho//8QAFBABAAAAAAAAAAAA"
    "AAAAAAAAIP/aAAgBAQAGPwJf/8QAFxABAQEBAAAAAAAAAAAAAAAAAAEQYf/aAAgBAQABPyEzhMEIf//aAAwD"
    "AQACAAMAAAAQ/A//xAAVEQEBAAAAAAAAAAAAAAAAAAAAIf/aAAgBAwEBPxASf//EABYRAQEBAAAAAAAAAAAA"
    "AAAAAAEAIf/aAAgBAgEBPxAITu//xAAYEAADAQEAAAAAAAAAAAAAAAAAASERYf/aAAgBAQABPxDZa0LC5CCh"
    "scj/2Q=="
)
EXTREMES = ["0", "-1", "1", "3", "7", "255", "65536", "2147483647", "2147483648", "4294967296",
            "9223372036854775807", "99999999999999999999999", "-2147483648", "1e999", "nan", "0.5", "", "x"]
WORDS = [0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, 0x3f000000]
CRASHES = ("AddressSanitizer", "runtime error:", "LeakSanitizer", "PLEASE submit a bug report",
           "Assertion `", "terminate called", "LLVM ERROR")


def weights(rng):
    """A Darknet weights file for CFG."""
    counts = [8 * 4, 8 * 3 * 9, 8 * 4, 8 * 8, 18, 18 * 16]
    values = [rng.uniform(0.1, 1.0) for _ in range(sum(counts))]
    return struct.pack("<iiiq", 0, 2, 0, 0) + struct.pack("<%df" % len(values), *values)


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes((x * 11 + y * 5 + c * 40) & 255 for x in range(20) for c in range(3))
                    for y in range(12))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 12, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def npy():
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 32, 32), }"
    header += " " * (117 - len(header)) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
            + struct.pack("<3072f", *[i % 17 / 17 for i in range(3072)]))


class Format:
    """`name`: of the format. `file`: name of the file under test. `commands`: of which each must take
    the sound file. `text`: numbers and lines are mutated too, and a cut may leave a sound file.
    `others`: formats that the reader tells by content, so they are no foreign files here."""

    def __init__(self, name, file, data, commands, text=False, others=(), anything=False):
        self.name, self.file, self.data, self.commands = name, file, data, commands
        self.text, self.others, self.anything = text, set(others) | {name}, anything


def formats(tools, folder, rng):
    """Makes the sound files in `folder`."""
    path = lambda name: os.path.join(folder, name)

    def write(name, data):
        with open(path(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())

    def read(name):
        with open(path(name), "rb") as f:
            return f.read()

    write("net.cfg", CFG)
    write("net.weights", weights(rng))
    write("in.npy", npy())
    write("over.json", OVERRIDES)
    device = os.path.join(os.path.dirname(__file__), "..", "..", "devices", "n150.json")
    with open(device, "rb") as f:
        write("device.json", f.read())
    write("a.jpg", base64.b64decode(JPEG))
    write("b.jpg", base64.b64decode(PROGRESSIVE))
    write("c.png", png())
    ttc, run, translate = (os.path.join(tools, t) for t in ("ttc", "ttc-run", "ttc-translate"))
    net = [path("net.cfg"), "--weights", path("net.weights")]
    for command in (
            [translate, "--import-darknet"] + net + ["-o", path("m.mlir")],
            [translate, "--export-onnx", path("m.mlir"), "-o", path("m.onnx")],
            [ttc, "compile", path("net.cfg"), "--random-weights", "1", "-o", path("m.ttp")]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=600)
    # The work folder of a format holds every sound file, so m.mlir finds m.mlir.weights.
    image = lambda name, file: Format(
        name, file, read(file), [[run, "m.ttp", "--mode", "values", "--image", file]],
        others=("jpeg", "progressive", "png"))
    return [
        Format("cfg", "net.cfg", read("net.cfg"), [[ttc, "info", "net.cfg"]], text=True),
        Format("weights", "net.weights", read("net.weights"),
               [[ttc, "info", "net.cfg", "--weights", "net.weights"]], anything=True),
        Format("onnx", "m.onnx", read("m.onnx"), [[ttc, "info", "m.onnx"]]),
        Format("mlir", "m.mlir", read("m.mlir"), [[ttc, "compile", "m.mlir", "-o", "out.ttp"]], text=True),
        Format("mlir.weights", "m.mlir.weights", read("m.mlir.weights"), [[ttc, "info", "m.mlir"]]),
        Format("ttp", "m.ttp", read("m.ttp"),
               [[run, "m.ttp", "--input", "in.npy"], [translate, "--disassemble", "m.ttp"]]),
        Format("npy", "in.npy", read("in.npy"), [[run, "m.ttp", "--mode", "values", "--input", "in.npy"]]),
        image("jpeg", "a.jpg"), image("progressive", "b.jpg"), image("png", "c.png"),
        Format("device", "device.json", read("device.json"),
               [[ttc, "compile", "m.mlir", "--device", "./device.json", "-o", "out.ttp"]], text=True),
        Format("overrides", "over.json", read("over.json"),
               [[ttc, "compile"] + ["net.cfg", "--weights", "net.weights"]
                + ["--layout-overrides", "over.json", "-o", "out.ttp"]], text=True),
    ]


def mutations(fmt, everything, rng, count):
    """(description, bytes, may be accepted) of damaged files: about `count` of each kind."""
    data = fmt.data
    size = len(data)
    yield "empty", b"", False
    offsets = {1, size // 2, size - 1} if not fmt.text else {size // 2}
    while len(offsets) < min(count, size - 1):
        # Half of them in the first KiB, where headers are.
        offsets.add(rng.randrange(1, min(size, 1024) if rng.random() < 0.5 else size))
    for cut in sorted(offsets):
        yield "cut at %d of %d" % (cut, size), data[:cut], fmt.text
    for _ in range(count):
        at, bit = rng.randrange(min(size, 4096) if rng.random() < 0.5 else size), rng.randrange(8)
        yield "bit %d of byte %d" % (bit, at), data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:], True
    for _ in range(count):
        if fmt.text:
            text = data.decode()
            number = rng.choice(list(re.finditer(r"-?\d+(\.\d+)?", text)))
            value = rng.choice(EXTREMES)
            yield ("'%s' for the number at %d" % (value, number.start()),
                   (text[:number.start()] + value + text[number.end():]).encode(), True)
        else:
            width = rng.choice([4, 8])
            at, word = rng.randrange(max(1, (min(size, 4096) if rng.random() < 0.5 else size) // 4)) * 4, rng.choice(WORDS)
            patch = struct.pack("<q" if width == 8 else "<I",
                                word - (1 << 32) if width == 8 and word >> 31 else word)
            yield "word %#x at %d" % (word, at), (data[:at] + patch + data[at + len(patch):])[:size], True
    if fmt.text:
        lines = data.decode().split("\n")
        for _ in range(count):
            i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
            changed = lines[:i] + lines[i + 1:] if rng.random() < 0.5 else lines[:i] + [lines[j]] + lines[i:]
            yield "line %d dropped or %d repeated before it" % (i, j), "\n".join(changed).encode(), True
    yield "zeros", bytes(4096), fmt.anything
    yield "noise", rng.randbytes(4096), fmt.anything
    for other in everything:
        if other.name not in fmt.others and other.file != fmt.file:
            yield "a file of format " + other.name, other.data, fmt.anything


class Runner:
    def __init__(self, options):
        self.options = options
        self.env = dict(os.environ)
        if options.asan:
            given = self.env.get("ASAN_OPTIONS", "")
            self.env["ASAN_OPTIONS"] = (
                "detect_leaks=0:allow_user_poisoning=0:max_allocation_size_mb=%d:" % options.memory_mb + given)
            self.env["UBSAN_OPTIONS"] = (
                "print_stacktrace=1:halt_on_error=1:suppressions="
                + os.path.join(os.path.dirname(os.path.abspath(__file__)), "ubsan.supp"))

    def limit(self):
        if not self.options.asan:  # shadow memory needs the address space
            bytes_ = self.options.memory_mb << 20
            resource.setrlimit(resource.RLIMIT_AS, (bytes_, bytes_))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def run(self, command, folder):
        """(exit code or 'hang', output)."""
        process = subprocess.Popen(command, cwd=folder, env=self.env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   preexec_fn=self.limit)
        try:
            out, err = process.communicate(timeout=self.options.timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return "hang", ""
        return process.returncode, out.decode(errors="replace")[-4000:] + err.decode(errors="replace")[-12000:]


def judge(code, output, may_accept):
    """What is wrong with this answer to a damaged file; empty if nothing is."""
    if code == "hang":
        return "hang"
    if code < 0 or code >= 126:
        return "killed by signal %d" % (-code if code < 0 else code - 128)
    for mark in CRASHES:
        if mark in output:
            return "crash: " + mark
    if code == 0:
        return "" if may_accept else "accepted"
    return "" if "error" in output else "exit code %d without an error" % code


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of the tools")
    parser.add_argument("--count", type=int, default=100, help="files of each kind of damage and format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="formats, with commas between")
    parser.add_argument("--asan", action="store_true", help="the tools are built with sanitizers")
    parser.add_argument("--timeout", type=float, default=60, help="seconds a file")
    parser.add_argument("--memory-mb", type=int, default=4096, help="most memory of a tool")
    parser.add_argument("--keep", default="", help="folder for the files behind findings")
    options = parser.parse_args()
    tools = os.path.abspath(options.bin)
    only = set(filter(None, options.only.split(",")))
    findings = 0
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(options)
        everything = formats(tools, folder, random.Random(options.seed))
        unknown = only - {f.name for f in everything}
        if unknown:
            parser.error("--only: no format %s" % ", ".join(sorted(unknown)))
        for fmt in everything:
            if only and fmt.name not in only:
                continue
            start, accepted, refused, wrong = time.time(), 0, 0, 0
            for command in fmt.commands:
                code, output = runner.run(command, folder)
                if code != 0:
                    print("%s: the sound file is refused: %s\n%s" % (fmt.name, " ".join(command), output))
                    return 1
            rng = random.Random("%s %d" % (fmt.name, options.seed))
            for number, (what, data, may_accept) in enumerate(mutations(fmt, everything, rng, options.count)):
                if data == fmt.data:
                    continue
                with open(os.path.join(folder, fmt.file), "wb") as f:
                    f.write(data)
                for command in fmt.commands:
                    code, output = runner.run(command, folder)
                    problem = judge(code, output, may_accept)
                    accepted += not problem and code == 0
                    refused += not problem and code != 0
                    if not problem:
                        continue
                    wrong += 1
                    kept = ""
                    if options.keep:
                        kept = os.path.join(options.keep, "%s-%d" % (fmt.name, number))
                        shutil.rmtree(kept, ignore_errors=True)
                        shutil.copytree(folder, kept)
                    print("FINDING %s: %s: %s: %s %s\n  %s" % (
                        fmt.name, what, problem, " ".join(command), kept and "(in %s)" % kept,
                        "\n  ".join(output.strip().splitlines()[:12])), flush=True)
            with open(os.path.join(folder, fmt.file), "wb") as f:
                f.write(fmt.data)
            findings += wrong
            print("%-12s %5d refused %5d accepted %3d findings %6.1f s"
                  % (fmt.name, refused, accepted, wrong, time.time() - start), flush=True)
    print("%d findings" % findings)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
