"""usage: with_blocks.py KERNELS.mlir TARGET BLOCKS [FIELD = VALUE]     records of its launches with these blocks, on standard output"""
import json
import re
import sys

path, target, blocks, *fields = sys.argv[1:]
for launch in re.findall(r"tsk\.launch.*", open(path).read()):
    schedule = re.search(r"#tsk\.schedule<[^>]*", launch)[0] + f", blocks = {blocks}"
    for field in fields:
        name = field.split()[0]
        schedule = re.sub(rf"{name} = -?\d+", field, schedule) if name in schedule else f"{schedule}, {field}"
    print(json.dumps({"kernel": re.search(r'tsk\.key = "(\w+)"', launch)[1], "target": target, "schedule": schedule + ">"}))
