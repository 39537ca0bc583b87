"""usage: check_halide.py FOLDER TARGET     windows, resizes and strided reads by Halide give what the reference gives

Every launch that Halide can write is left to it under several schedules; run on one and two threads. The libraries hold nothing of
Halide's runtime.
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

FOLDER, TARGET = sys.argv[1:]
LANES = {"x86-64-v3": 8, "x86-64-v4": 16}[TARGET]


def model(name, nodes, shape, constants=None):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    initializers = [onnx.numpy_helper.from_array(value, key) for key, value in (constants or {}).items()]
    graph = helper.make_graph(nodes, "halide", [x], [y], initializers)
    path = os.path.join(FOLDER, name + ".onnx")
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9), path)
    return path


def cases():
    """Yields (model, shape, how many launches at least are Halide's)."""
    def pool(op, **attributes):
        return [helper.make_node("Neg", ["x"], ["p"]), helper.make_node(op, ["p"], ["q"], **attributes),
                helper.make_node("Relu", ["q"], ["y"])]
    for name, op, attributes, shape in (
            ("max_5", "MaxPool", {"kernel_shape": [5, 5], "pads": [2, 2, 2, 2]}, [1, 32, 13, 13]),
            ("max_3_step_2", "MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}, [1, 24, 29, 31]),
            ("max_2_by_3", "MaxPool", {"kernel_shape": [2, 3], "strides": [1, 2]}, [2, 17, 20, 21]),
            ("mean_3", "AveragePool", {"kernel_shape": [3, 3], "strides": [1, 1]}, [1, 40, 19, 18])):
        yield model(name, pool(op, **attributes), shape), shape, 1
    w = np.random.default_rng(1).standard_normal((48, 1, 3, 3)).astype(np.float32)
    yield model("depthwise", [helper.make_node("Conv", ["x", "w"], ["p"], group=48, pads=[1, 1, 1, 1]), helper.make_node("Relu", ["p"], ["y"])],
                [1, 48, 21, 18], {"w": w}), [1, 48, 21, 18], 1
    for mode, transform in (("linear", "half_pixel"), ("linear", "align_corners"), ("cubic", "half_pixel"), ("nearest", "half_pixel")):
        for shape, sizes in (([1, 2, 20, 24], [1, 2, 37, 48]), ([1, 32, 23, 25], [1, 32, 12, 40])):
            node = helper.make_node("Resize", ["x", "", "", "sizes"], ["p"], mode=mode, coordinate_transformation_mode=transform)
            nodes = [node, helper.make_node("Relu", ["p"], ["y"])]
            yield model(f"{mode}_{transform}_{shape[1]}", nodes, shape, {"sizes": np.array(sizes)}), shape, 1
    bounds = {"starts": np.array([1, 0]), "ends": np.array([60, 64]), "axes": np.array([2, 3]), "steps": np.array([2, 2])}
    nodes = [helper.make_node("Slice", ["x", "starts", "ends", "axes", "steps"], ["p"]), helper.make_node("Relu", ["p"], ["y"])]
    yield model("slice", nodes, [1, 3, 60, 64], bounds), [1, 3, 60, 64], 0


def tool(*command):
    done = subprocess.run(["tessera", *command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"tessera {' '.join(command)}: {done.stderr}")
    return done


def schedules(launch):
    """Yields schedules of Halide's for a launch as --emit kernels writes it: those that tuning tries, and odd ones."""
    iterators = re.findall(r"#tsk\.iterator<(\w+)>", launch)
    extents = [int(size) for size in re.search(r"extents = affine_map<\(\) -> \(([^)]*)\)>", launch)[1].split(",")]
    parallel = [d for d, kind in enumerate(iterators) if kind == "parallel"]
    reductions = [d for d, kind in enumerate(iterators) if kind == "reduction"]
    last, first = parallel[-1], parallel[0]
    choices = [(last, 1, 1, 1), (last, 2, 2, 3), (last, None, 1, 3), (first, 1, 2, 3), (-1, 2, 1, 1)]
    for vector, stage, vectors, other in choices if len(reductions) == 2 else choices[1:]:
        tile = [1] * len(extents)
        for d in reductions:
            tile[d] = extents[d]
        if reductions and stage and stage < extents[reductions[0]]:
            tile[reductions[0]] = stage
        for d in parallel[1:]:
            tile[d] = other
        if vector >= 0:
            tile[vector] = vectors * LANES
        order = parallel + reductions
        if reductions and stage and vector == last and len(parallel) > 2:
            order.remove(vector)
            order.insert(1, vector)
        tasks = int(order[0] != vector and other == 1)
        yield (f"#tsk.schedule<halide, vector_dim = {vector}, lanes = {LANES if vector >= 0 else 1}, tile = {tile}, "
               f"order = {order}, tasks = {tasks}, packed = []>")


def check(path, shape, least):
    kernels = os.path.join(FOLDER, "kernels.mlir")
    tool("compile", path, "--emit", "kernels", "--target", TARGET, "-o", kernels)
    launches = re.findall(r"tsk\.launch.*", open(kernels).read())
    lists = [list(schedules(launch)) for launch in launches]
    x = np.random.default_rng(2).standard_normal(shape).astype(np.float32)
    np.save(os.path.join(FOLDER, "x.npy"), x)
    expected = ReferenceEvaluator(onnx.load(path)).run(None, {"x": x})[0]
    library, file = os.path.join(FOLDER, "library.so"), os.path.join(FOLDER, "records.jsonl")
    for i in range(max(map(len, lists))):
        with open(file, "w") as out:
            for launch, own in zip(launches, lists):
                key = re.search(r'tsk\.key = "(\w+)"', launch)[1]
                out.write(json.dumps({"kernel": key, "target": TARGET, "schedule": own[i % len(own)]}) + "\n")
        done = tool("compile", path, "-o", library, "--target", TARGET, "--tuning", file)
        used = len(launches) - done.stderr.count("ignored a recorded schedule")
        if used < least:
            sys.exit(f"{path}: Halide writes {used} launches: {done.stderr}")
        names = subprocess.run(["nm", library], capture_output=True, text=True, check=True).stdout
        assert "halide" not in names, f"{path}: {names}"
        results = []
        for threads in ("1", "2"):
            tool("run", library, "--input", f"x={FOLDER}/x.npy", "--output-dir", FOLDER, "--threads", threads)
            results.append(np.load(os.path.join(FOLDER, "output_0.npy")))
        error = np.abs(results[0] - expected).max() / np.abs(expected).max()
        if not error < 1e-5:
            sys.exit(f"{path}, {[own[i % len(own)] for own in lists]}: off by {error}")
        assert results[0].tobytes() == results[1].tobytes(), "threads change the result"


def main():
    for case in cases():
        check(*case)


main()
