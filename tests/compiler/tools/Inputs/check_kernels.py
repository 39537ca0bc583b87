"""Checks the JSON of tessera bench --kernels: classes, and shares of what was measured beside them."""
import json
import sys

result = json.load(open(sys.argv[1]))
kernels, copies = result["kernels"], result["copies"]
assert {kernel["class"] for kernel in kernels} >= {"contraction", "convolution", "row", "map", "reduction"}, kernels
assert copies["l1_gb_per_s"] > copies["memory_gb_per_s"] > 0, copies
for kernel in kernels:
    assert kernel["us"] > 0 and 0 < kernel["share_of_peak"] and 0 <= kernel["share_of_copy"], kernel
moved = next(kernel for kernel in kernels if kernel["name"] == "map 4096x1024")
bound = moved["gb_per_s"] / moved["share_of_copy"]
assert any(abs(bound / level - 1) < 0.01 for level in copies.values()), (moved, copies)
