#!/usr/bin/env python3
"""Host time of runs under the sanitizer, as a ratio to the plain run of the same program.

    sanitizer.py [--bin build/bin] [--runs 5] [--image PICTURE] FILE.ttp...

CPU seconds of user and system; plain and sanitized runs alternate, so a drifting machine shifts both.
Without --image only the time-only mode is measured.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--image")
    options = parser.parse_args()
    modes = {"time": ["--mode", "time"]}
    if options.image:
        modes["both"] = ["--image", options.image]
    run = os.path.join(options.bin, "ttc-run")
    for file in options.files:
        for mode, arguments in modes.items():
            times = {"none": [], "all": []}
            for _ in range(options.runs):
                for checks, list_ in times.items():
                    list_.append(cpu_seconds([run, file, *arguments, "--sanitize", checks]))
            plain, checked = (statistics.median(t) for t in times.values())
            print(f"{os.path.basename(file):24} {mode:5} plain {plain:7.2f} s  sanitized {checked:7.2f} s"
                  f"  ratio {checked / plain:.2f}")


if __name__ == "__main__":
    main()
