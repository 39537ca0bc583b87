"""usage: check_profile.py RESULT.json KERNELS.csv TRACE.json     the three describe the same launches, with sound numbers"""
import csv
import json
import sys

result = json.load(open(sys.argv[1]))
kernels, peaks = result["kernels"], result["peaks"]
assert kernels and [kernel["launch"] for kernel in kernels] == list(range(len(kernels)))
assert abs(sum(kernel["share_of_time"] for kernel in kernels) - 1) < 1e-6
assert all(kernel["us"] > 0 and kernel["bytes"] > 0 and kernel["schedule"].startswith("#tsk.schedule<") for kernel in kernels)
assert all(kernel["share_of_peak"] > 0 and len(kernel["key"]) == 16 for kernel in kernels)
assert sum(kernel["operations"] for kernel in kernels) > 0
assert peaks["gflops"] > 1 and peaks["l1_gb_per_s"] > peaks["memory_gb_per_s"] > 0
with open(sys.argv[2], newline="") as file:
    rows = list(csv.DictReader(file))
assert [int(row["launch"]) for row in rows] == list(range(len(kernels))) and rows[0]["key"] == kernels[0]["key"]
events = json.load(open(sys.argv[3]))["traceEvents"]
launches = [event for event in events if event["tid"] == 0]
assert [event["args"]["launch"] for event in launches] == list(range(len(kernels)))
assert all(event["ph"] == "X" and event["dur"] >= 0 for event in events)
assert all(a["ts"] + a["dur"] <= b["ts"] + 1e-3 for a, b in zip(launches, launches[1:]))
