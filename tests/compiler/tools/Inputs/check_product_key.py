"""usage: check_product_key.py KERNELS.mlir FOLDER     tune --matmul records a product under the key that a model's launch has"""
import json
import os
import re
import subprocess
import sys

launch = next(line for line in open(sys.argv[1]) if "tsk.launch" in line)
sizes = re.search(r"extents = affine_map<\(\) -> \((\d+), (\d+), (\d+)\)>", launch).groups()
records = os.path.join(sys.argv[2], "product.jsonl")
subprocess.run(["tessera", "tune", "--matmul", *sizes, "--target", "x86-64-v3", "--no-cache", "--runs", "3", "--budget", "1s", "--tuning", records],
               check=True, capture_output=True)
keys = [json.loads(line)["kernel"] for line in open(records)]
wanted = re.search(r'tsk.key = "(\w+)"', launch)[1]
assert keys == [wanted], (keys, wanted)
