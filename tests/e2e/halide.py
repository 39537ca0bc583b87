"""Windows, resizes and strided reads that Halide writes against the reference of the onnx package.

Every launch that Halide can write is left to it under several schedules; run on one and two threads. The libraries hold nothing of
Halide's runtime. Skipped where tessera-halide was not built.
"""
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from cases import parser_of, summary, summary_of

LANES = {"x86-64-v3": 8, "x86-64-v4": 16}


def write(path, nodes, shape, constants):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    initializers = [onnx.numpy_helper.from_array(value, key) for key, value in constants.items()]
    graph = helper.make_graph(nodes, "halide", [x], [y], initializers)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9), path)


def table():
    """Yields (name, nodes, shape of the input, constants, how many launches at least are Halide's)."""
    relu = helper.make_node("Relu", ["p"], ["y"])
    for name, operator, attributes, shape in (
            ("max_5", "MaxPool", {"kernel_shape": [5, 5], "pads": [2, 2, 2, 2]}, [1, 32, 13, 13]),
            ("max_3_step_2", "MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}, [1, 24, 29, 31]),
            ("max_2_by_3", "MaxPool", {"kernel_shape": [2, 3], "strides": [1, 2]}, [2, 17, 20, 21]),
            ("mean_3", "AveragePool", {"kernel_shape": [3, 3], "strides": [1, 1]}, [1, 40, 19, 18])):
        negative = helper.make_node("Neg", ["x"], ["n"])
        yield name, [negative, helper.make_node(operator, ["n"], ["p"], **attributes), relu], shape, {}, 1
    weights = {"w": np.random.default_rng(1).standard_normal((48, 1, 3, 3)).astype(np.float32)}
    yield "depthwise", [helper.make_node("Conv", ["x", "w"], ["p"], group=48, pads=[1, 1, 1, 1]), relu], [1, 48, 21, 18], weights, 1
    for mode, transform in (("linear", "half_pixel"), ("linear", "align_corners"), ("cubic", "half_pixel"), ("nearest", "half_pixel")):
        for shape, sizes in (([1, 2, 20, 24], [1, 2, 37, 48]), ([1, 32, 23, 25], [1, 32, 12, 40])):
            node = helper.make_node("Resize", ["x", "", "", "sizes"], ["p"], mode=mode, coordinate_transformation_mode=transform)
            yield f"{mode}_{transform}_{shape[1]}", [node, relu], shape, {"sizes": np.array(sizes)}, 1
    bounds = {"starts": np.array([1, 0]), "ends": np.array([60, 64]), "axes": np.array([2, 3]), "steps": np.array([2, 2])}
    yield "slice", [helper.make_node("Slice", ["x", "starts", "ends", "axes", "steps"], ["p"]), relu], [1, 3, 60, 64], bounds, 0


def schedules(launch, lanes):
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
            tile[vector] = vectors * lanes
        order = parallel + reductions
        if reductions and stage and vector == last and len(parallel) > 2:
            order.remove(vector)
            order.insert(1, vector)
        tasks = int(order[0] != vector and other == 1)
        yield (f"#tsk.schedule<halide, vector_dim = {vector}, lanes = {lanes if vector >= 0 else 1}, tile = {tile}, "
               f"order = {order}, tasks = {tasks}, packed = []>")


class Check:
    """Compiles a model with records and compares what it computes."""

    def __init__(self, arguments, name, nodes, shape, constants, least):
        self.tessera, self.target, self.least = arguments.tessera, arguments.target, least
        self.folder = os.path.join(arguments.work, name)
        os.makedirs(self.folder, exist_ok=True)
        write(self.path("model.onnx"), nodes, shape, constants)
        x = np.random.default_rng(2).standard_normal(shape).astype(np.float32)
        np.save(self.path("x.npy"), x)
        self.expected = ReferenceEvaluator(onnx.load(self.path("model.onnx"))).run(None, {"x": x})[0]

    def path(self, name):
        return os.path.join(self.folder, name)

    def tool(self, command, *arguments):
        """Runs a command of the tool; returns its warnings."""
        done = subprocess.run([self.tessera, command, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"tessera {command}: {done.stderr}")
        return done.stderr

    def launches(self):
        """Returns for each launch its key and its schedules."""
        self.tool("compile", self.path("model.onnx"), "--emit", "kernels", "--target", self.target, "-o", self.path("kernels.mlir"))
        with open(self.path("kernels.mlir")) as file:
            found = re.findall(r"tsk\.launch.*", file.read())
        return [(re.search(r'tsk\.key = "(\w+)"', launch)[1], list(schedules(launch, LANES[self.target]))) for launch in found]

    def fault(self, records):
        """Returns what is wrong with a library compiled with `records`, a schedule for each key; empty if nothing is."""
        library = self.path("model.so")
        with open(self.path("records.jsonl"), "w") as out:
            for key, schedule in records.items():
                out.write(json.dumps({"kernel": key, "target": self.target, "schedule": schedule}) + "\n")
        said = self.tool("compile", self.path("model.onnx"), "-o", library, "--target", self.target, "--tuning", self.path("records.jsonl"))
        used = len(records) - said.count("ignored a recorded schedule")
        if used < self.least:
            return f"Halide writes {used} launches: {said}"
        if "halide" in subprocess.run(["nm", library], capture_output=True, text=True, check=True).stdout:
            return "the library names something of Halide's"
        results = []
        for threads in ("1", "2"):
            self.tool("run", library, "--input", f"x={self.path('x.npy')}", "--output-dir", self.folder, "--threads", threads)
            results.append(np.load(self.path("output_0.npy")))
        error = np.abs(results[0] - self.expected).max() / np.abs(self.expected).max()
        if not error < 1e-5:
            return f"off by {error}"
        return "" if results[0].tobytes() == results[1].tobytes() else "two threads give other bits than one"

    def run(self):
        launches = self.launches()
        for i in range(max(len(own) for _, own in launches)):
            records = {key: own[i % len(own)] for key, own in launches}
            if fault := self.fault(records):
                return f"{fault}, with {list(records.values())}"
        return ""


def main():
    parser = parser_of(__doc__, "build/e2e/halide")
    parser.add_argument("--only", default="", help="text that the case's name must contain")
    arguments = parser.parse_args()
    if not os.path.exists(os.path.join(os.path.dirname(shutil.which(arguments.tessera)), "tessera-halide")):
        print("SKIP: built without Halide")
        return summary(0, 0, 1)
    with open("/proc/cpuinfo") as file:
        arguments.target = "x86-64-v4" if " avx512dq" in file.read() else "x86-64-v3"
    results = []
    for name, *case in table():
        if arguments.only in name:
            fault = Check(arguments, name, *case).run()
            results.append(not fault)
            print(f"FAIL {name}: {fault}" if fault else f"PASS {name}", flush=True)
    return summary_of(results)


if __name__ == "__main__":
    sys.exit(main())
