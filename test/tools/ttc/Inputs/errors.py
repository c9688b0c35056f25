"""Checks a `ttc calibrate --json` on stdin: errors.py KEY<=LIMIT KEY>=LIMIT ... (keys of summary)."""
import json
import re
import sys

report = json.load(sys.stdin)
summary = report["summary"]
bad = []
for wish in sys.argv[1:]:
    key, relation, limit = re.fullmatch(r"(\w+)(<=|>=)([0-9.]+)", wish).groups()
    value = summary[key]
    if not (value <= float(limit) if relation == "<=" else value >= float(limit)):
        bad.append(f"{key} is {value}, wanted {relation} {limit}")
for text in bad:
    print(text)
if not bad:
    print(f"{summary['rows']} rows within the limits")
sys.exit(1 if bad else 0)
