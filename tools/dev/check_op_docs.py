#!/usr/bin/env python3
"""Checks the documentation of a dialect's ops in .td files.

Every op has a summary and a description with an example, and every example is
parsed and verified. Constraint labels (C1, C2, ...) run without gaps.

  check_op_docs.py --tool build/bin/ttc-opt --dialect tt FILE.td...
"""
import argparse
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LLVM = os.environ.get("LLVM_DIR_ROOT", "/usr/lib/llvm-19")


def operand_types(line):
    """The types before `->`, or after the last ` : ` of an op without results."""
    text = line[line.rindex(" : ") + 3 :]
    depth, types, start = 0, [], 0
    text = text.split(") -> ")[0].lstrip("(") if "->" in text else text
    for i, c in enumerate(text + ","):
        depth += (c in "<(") - (c in ">)" and text[i - 1] != "-")
        if c == "," and depth == 0:
            types.append(text[start:i].strip())
            start = i + 1
    return types


def as_function(example):
    """A function around an example whose operands are not defined in it."""
    names, args = [], []
    ops = re.split(r"\n(?=\S)", example.strip())
    defined = set()
    for op in ops:
        op = " ".join(op.split())
        left, _, right = op.partition("=") if re.match(r"%\w+(:\d+)? =", op) else ("", "", op)
        body = right[: right.rindex(" : ")]
        used = re.findall(r"%\w+", re.sub(r"#tt[^ ]*", "", body))
        for name, type_ in zip(used, operand_types(right) if used else []):
            if name not in defined and name not in names:
                names.append(name)
                args.append(f"{name}: {type_}")
        defined.update(re.findall(r"%\w+", left))
    return f"func.func @example{{n}}({', '.join(args)}) {{{{\n{example}\n  return\n}}}}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--dialect", required=True)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    problems, functions = [], []
    for path in args.files:
        command = [f"{LLVM}/bin/llvm-tblgen", "--dump-json", "-I", f"{LLVM}/include", "-I", ROOT, path]
        records = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for name in records["!instanceof"].get("Op", []):
            record = records[name]
            if record["opDialect"]["def"].lower().startswith(args.dialect) is False:
                continue
            text = record["description"]
            labels = [int(n) for n in re.findall(r"- C(\d+)", text)]
            examples = re.findall(r"```mlir\n(.*?)```", text, re.S)
            if not record["summary"]:
                problems.append(f"{path}: {name} has no summary")
            if labels != list(range(1, len(labels) + 1)):
                problems.append(f"{path}: {name} has constraints {labels}, expected 1, 2, ...")
            if not examples:
                problems.append(f"{path}: {name} has no example")
            for example in examples:
                indent = min(len(l) - len(l.lstrip()) for l in example.splitlines() if l.strip())
                example = "\n".join(l[indent:] for l in example.splitlines())
                functions.append(f"// {name}\n" + as_function(example).format(n=len(functions)))
    run = subprocess.run([args.tool, "--split-input-file"], input="\n// -----\n".join(functions),
                         text=True, capture_output=True)
    if run.returncode:
        problems.append("examples that do not parse:\n" + run.stderr)
    print("\n".join(problems) or f"{len(functions)} examples parse")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
