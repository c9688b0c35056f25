"""Asserts what must hold of every report of `ttc run --report FILE`, whatever the model."""
import json
import sys

r = json.load(open(sys.argv[1]))
threads = ("reader", "writer", "compute")
# Each thread of each core, over the run; each thread of each program, over its cores.
for core in r["cores"]:
    for t in threads:
        assert sum(core[t].values()) == r["cycles"], (core, t)
    assert all(0 <= core[unit] <= r["cycles"] for unit in ("packing", "vector")), core
end = 0
for p in r["launches"]:
    assert p["start"] == end and p["cycles"] == p["end"] - p["start"], p
    end = p["end"]
    for t in threads:
        assert t not in p or sum(p[t].values()) == p["cycles"] * p["grid"][0] * p["grid"][1], p
        assert t not in p or min(p[t].values()) >= 0, p
    assert p["cycles"] >= p["roofline_cycles"], p
    if "contention_free_cycles" in p:
        assert p["roofline_cycles"] <= p["contention_free_cycles"], p
        assert all(0 < share <= 1 for share in p.get("busiest", {}).values()), p
assert end == r["cycles"] >= r["roofline_cycles"] > 0, (end, r["cycles"], r["roofline_cycles"])
assert len(r["utilization"]) >= 4 and all(0 <= u <= 1 for u in r["utilization"].values()), r["utilization"]
for field in ("programs", "cycles", "roofline_cycles"):
    whole = len(r["launches"]) if field == "programs" else sum(p[field] for p in r["launches"])
    assert sum(k[field] for k in r["kinds"]) == whole, field
print("report holds:", len(r["launches"]), "programs,", len(r["cores"]), "cores")
