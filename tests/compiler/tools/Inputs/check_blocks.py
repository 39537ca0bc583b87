"""usage: check_blocks.py FOLDER     products and convolutions with cache blocks give what sums in double precision give

Every launch with a sum gets blocks of its parallel dimensions and of its sums, some of which do not divide the extents; run on one and two
threads, also with a free number of rows, a bias, a residual and an activation behind the sum.
"""
import json
import os
import re
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

FOLDER = sys.argv[1]


def random(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def model(name, nodes, inputs, output, constants):
    def info(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "blocks", [info(*i) for i in inputs], [info(*output)],
                              [onnx.numpy_helper.from_array(value, key) for key, value in constants.items()])
    path = os.path.join(FOLDER, name + ".onnx")
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    return path


def product(rows, columns, sums):
    nodes = [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Add", ["p", "b"], ["q"]),
             helper.make_node("Add", ["q", "z"], ["r"]), helper.make_node("Relu", ["r"], ["y"])]
    return model(f"product_{rows}", nodes, [("x", [rows, sums]), ("z", [rows, columns])], ("y", [rows, columns]),
                 {"w": random(1, sums, columns), "b": random(2, columns)})


def convolution():
    nodes = [helper.make_node("Conv", ["x", "w", "b"], ["p"], pads=[1, 1, 1, 1]), helper.make_node("Relu", ["p"], ["q"]),
             helper.make_node("Conv", ["q", "v"], ["y"], pads=[1, 1, 1, 1])]
    return model("convolution", nodes, [("x", [1, 20, 19, 17])], ("y", [1, 21, 19, 17]),
                 {"w": random(3, 45, 20, 3, 3) * 0.1, "b": random(4, 45), "v": random(5, 21, 45, 3, 3) * 0.1})


def tool(*command):
    done = subprocess.run(["tessera", *command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"tessera {' '.join(command)}: {done.stderr}")
    return done


def blocked(schedule, iterators, points):
    """Returns the schedule with blocks of about `points` of each dimension: multiples of the tile."""
    tile = [int(size) for size in re.search(r"tile = \[([^]]*)\]", schedule)[1].split(",")]
    vector = int(re.search(r"vector_dim = (-?\d+)", schedule)[1])
    if vector < 0 or iterators[vector] != "parallel" or "reduction" not in iterators:
        return None
    blocks = [max(size, points // size * size) for size in tile]
    tasks = min(1, int(re.search(r"tasks = (\d+)", schedule)[1]))
    text = re.sub(r"tasks = \d+", f"tasks = {tasks}", schedule)
    return text[:-1] + f", blocks = {blocks}>"


def records(path, points, target):
    """Writes records with blocks for all launches of a model; returns their file."""
    kernels = os.path.join(FOLDER, "kernels.mlir")
    tool("compile", path, "--emit", "kernels", "--target", target, "-o", kernels)
    lines = []
    for launch in re.findall(r"tsk\.launch.*", open(kernels).read()):
        key = re.search(r'tsk\.key = "(\w+)"', launch)[1]
        iterators = re.findall(r"#tsk\.iterator<(\w+)>", launch)
        schedule = re.search(r"#tsk\.schedule<[^>]*>", launch)[0]
        changed = blocked(schedule, iterators, points)
        if changed:
            lines.append(json.dumps({"kernel": key, "target": target, "schedule": changed}))
    assert lines, "no launch has a sum"
    file = os.path.join(FOLDER, "blocks.jsonl")
    with open(file, "w") as out:
        out.write("\n".join(lines) + "\n")
    return file


def check(path, inputs, points, target):
    library = os.path.join(FOLDER, "blocks.so")
    done = tool("compile", path, "-o", library, "--target", target, "--tuning", records(path, points, target))
    if "ignored" in done.stderr:
        sys.exit(f"{path}: {done.stderr}")
    wide = onnx.load(path)
    expected = ReferenceEvaluator(wide).run(None, inputs)[0]
    for name, value in inputs.items():
        np.save(os.path.join(FOLDER, name + ".npy"), value)
    files = [part for name in inputs for part in ("--input", f"{name}={os.path.join(FOLDER, name)}.npy")]
    results = []
    for threads in ("1", "2"):
        tool("run", library, *files, "--output-dir", FOLDER, "--threads", threads)
        results.append(np.load(os.path.join(FOLDER, "output_0.npy")))
        error = np.abs(results[-1] - expected).max() / np.abs(expected).max()
        if not error < 1e-5:
            sys.exit(f"{path}, blocks of {points}, {threads} threads: off by {error}")
    assert results[0].tobytes() == results[1].tobytes(), "threads change the result"


def main():
    target = sys.argv[2]
    for points in (16, 48, 100):
        for rows in (70, "n"):
            for count in (70, 5) if rows == "n" else (70,):
                check(product(rows, 77, 150), {"x": random(6, count, 150), "z": random(7, count, 77)}, points, target)
        check(convolution(), {"x": random(8, 1, 20, 19, 17)}, points, target)


main()
