#!/usr/bin/env python3
"""Compares attention that is computed in blocks with double precision: lengths from 16 to 8,192, masks, head sizes, shared heads, free lengths.

usage: attention.py [--tessera build/bin/tessera] [--only NAME] [-- COMPILE OPTIONS]

Each case runs on one, two and five threads, whose results must have the same bits. Long ones must take less memory than their scores would.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper

INFINITY = float("inf")


class Case:
    """softmax(q k^T scale + mask) v for `heads` heads that share `shared` at a time their keys and values."""

    def __init__(self, name, queries, keys, heads=2, batch=1, depth=64, columns=None, mask="none", shared=1, inside=False, free=False,
                 operator=None, rows="softmax", big=1.0, dtype=np.float32,
                 options=()):
        self.name, self.queries, self.keys, self.heads, self.batch = name, queries, keys, heads, batch
        self.depth, self.columns, self.mask, self.shared = depth, columns or depth, mask, shared
        self.inside, self.free, self.operator, self.rows = inside, free, operator, rows
        self.scale, self.big, self.dtype = depth**-0.5, big, np.dtype(dtype)
        self.options = options

    def shapes(self):
        """Shapes of q, k, v: heads outside, or inside as projections give them."""
        own = self.heads // self.shared
        outside = [(self.heads, self.queries, self.depth), (own, self.keys, self.depth), (own, self.keys, self.columns)]
        return [(self.batch, n, h, d) if self.inside else (self.batch, h, n, d) for h, n, d in outside]

    def element(self):
        return helper.np_dtype_to_tensor_dtype(self.dtype)

    def inputs(self):
        random = np.random.default_rng(7)
        values = [random.standard_normal(shape).astype(self.dtype) for shape in self.shapes()]
        values[0] *= self.dtype.type(self.big)
        mask = np.zeros((self.batch, 1, self.queries, self.keys), self.dtype)
        if self.mask == "causal":
            mask[:] = np.where(np.arange(self.keys) <= np.arange(self.queries)[:, None] + self.keys - self.queries, 0, -INFINITY)
        elif self.mask == "rows":
            mask[random.random(mask.shape) < 0.5] = -INFINITY
            mask[:, :, ::7] = -INFINITY
            mask[:, :, 1, : self.keys - 1] = -INFINITY
            mask[:, :, 2, 1:] = -INFINITY
        elif self.mask == "left":
            mask[..., : self.keys * 3 // 4] = -INFINITY
        elif self.mask == "lowest":
            mask[random.random(mask.shape) < 0.5] = np.finfo(self.dtype).min
        elif self.mask == "bias":
            mask[:] = 4 * random.standard_normal(mask.shape)
        elif self.mask == "nan":
            mask[:, :, 3, self.keys // 2] = np.nan
            mask[:, :, 4, self.keys - 1] = INFINITY
        return values + ([] if self.mask == "none" else [mask])

    def expected(self, q, k, v, mask=None):
        q, k, v = (x.astype(np.float64).transpose(0, 2, 1, 3) if self.inside else x.astype(np.float64) for x in (q, k, v))
        k, v = (np.repeat(x, self.shared, axis=1) for x in (k, v))
        result = np.zeros((self.batch, self.heads, self.queries, self.columns))
        with np.errstate(invalid="ignore"):
            for b in range(self.batch if self.keys else 0):
                for h in range(self.heads):
                    scores = q[b, h] @ k[b, h].T * self.scale
                    scores += 0 if mask is None else mask[b, 0]
                    if self.operator and "softcap" in self.operator:
                        scores = self.operator["softcap"] * np.tanh(scores / self.operator["softcap"])
                    if self.operator and self.operator.get("is_causal"):
                        scores[np.arange(self.keys) > np.arange(self.queries)[:, None]] = -INFINITY
                    if self.rows == "softmax":
                        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
                    result[b, h] = scores @ v[b, h] / np.abs(scores).sum(axis=1, keepdims=True)
        if self.operator is not None:
            result = np.nan_to_num(result)  # the operator defines rows without any key
        return result.transpose(0, 2, 1, 3) if self.inside else result

    def operator_model(self):
        """The same as one operator, which names the heads that keys and values have."""
        info = lambda name, shape: helper.make_tensor_value_info(name, self.element(), shape)
        inputs = [info(name, shape) for name, shape in zip("qkv", self.shapes())]
        if self.mask != "none":
            inputs.append(info("mask", (self.batch, 1, self.queries, self.keys)))
        node = helper.make_node("Attention", [i.name for i in inputs], ["y"], **self.operator)
        graph = helper.make_graph([node], "attention", inputs, [info("y", None)])
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)

    def model(self):
        if self.operator is not None:
            return self.operator_model()
        nodes, shapes = [], self.shapes()
        node = lambda op, inputs, output, **attributes: nodes.append(helper.make_node(op, inputs, [output], **attributes))
        names = ["q", "k", "v"]
        if self.inside:
            for name in "qkv":
                node("Transpose", [name], name + "t", perm=[0, 2, 1, 3])
            names = ["qt", "kt", "vt"]
        constants = [numpy_helper.from_array(self.dtype.type(self.scale), "scale")]
        if self.shared > 1:
            own = self.heads // self.shared
            for i, width in ((1, self.depth), (2, self.columns)):
                name = names[i]
                node("Unsqueeze", [name, "two"], name + "u")
                node("Expand", [name + "u", name + "e"], name + "x")
                node("Reshape", [name + "x", name + "r"], name + "s")
                constants.append(numpy_helper.from_array(np.array([self.batch, own, self.shared, self.keys, width]), name + "e"))
                constants.append(numpy_helper.from_array(np.array([self.batch, self.heads, self.keys, width]), name + "r"))
                names[i] = name + "s"
            constants.append(numpy_helper.from_array(np.array([2]), "two"))
        node("Transpose", [names[1]], "keys", perm=[0, 1, 3, 2])
        node("MatMul", [names[0], "keys"], "scores")
        node("Mul", ["scores", "scale"], "scaled")
        last = "scaled"
        if self.mask != "none":
            node("Add", ["scaled", "mask"], "masked")
            last = "masked"
        node("Softmax" if self.rows == "softmax" else "LpNormalization", [last], "shares", axis=-1, **({} if self.rows == "softmax" else {"p": 1}))
        node("MatMul", ["shares", names[2]], "y_heads" if self.inside else "y")
        if self.inside:
            node("Transpose", ["y_heads"], "y", perm=[0, 2, 1, 3])
        lengths = {"q": "queries", "k": "keys", "v": "keys"}

        def value(name, shape):
            shape = list(shape)
            if self.free and name in lengths:
                shape[1 if self.inside else 2] = lengths[name]
            if self.free and name == "mask":
                shape[2:] = ["queries", "keys"]
            if self.free:
                shape[0] = "batch"
            return helper.make_tensor_value_info(name, self.element(), shape)

        inputs = [value(name, shape) for name, shape in zip("qkv", shapes)]
        if self.mask != "none":
            inputs.append(value("mask", (self.batch, 1, self.queries, self.keys)))
        graph = helper.make_graph(nodes, "attention", inputs, [helper.make_tensor_value_info("y", self.element(), None)], constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


# Free lengths are computed in blocks where all of them are long.
LONG = ("--dim", "queries=300..4096", "--dim", "keys=600..4096")

CASES = [
    *(Case(f"length{n}", n, n, heads=12 if n <= 128 else 2) for n in (16, 17, 100, 128, 197, 1000)),
    *(Case(f"length{n}", n, n, heads=1) for n in (2048, 8192)),
    *(Case(f"inside{n}", n, n, heads=4, inside=True, batch=2) for n in (40, 128, 520)),
    *(Case(f"depth{d}", 200, 600, depth=d) for d in (32, 80, 128)),
    Case("columns", 150, 900, depth=48, columns=24),
    Case("one_column", 150, 900, depth=48, columns=1),
    Case("few_queries", 33, 3000),
    Case("few_keys", 3000, 33),
    *(Case(f"{mask}{n}", n, n, mask=mask) for mask in ("causal", "rows", "left", "lowest", "bias", "nan") for n in (100, 700)),
    Case("causal_long", 2048, 2048, mask="causal", heads=1),
    Case("causal_past", 64, 1500, mask="causal"),
    Case("large_scores", 300, 900, big=40.0),
    *(Case(f"shared{n}", 300, 800, heads=6, shared=n) for n in (3, 6)),
    Case("shared_inside", 64, 64, heads=8, shared=4, inside=True),
    *(Case(f"free{n}x{k}", n, k, free=True, inside=i) for i, (n, k) in enumerate([(16, 16), (128, 128)])),
    *(Case(f"free_{mask}", 333, 777, free=True, mask=mask, inside=True, batch=2, options=LONG) for mask in ("rows", "left", "bias")),
    *(Case(f"free_{n}x{k}", n, k, free=True, options=LONG) for n, k in ((300, 600), (2048, 2048))),
    *(Case(f"free_{n}x{k}", n, k, free=True) for n, k in ((1, 1), (5, 0), (0, 5))),
    *(Case(f"operator_{name}", 300, 900, operator=attributes) for name, attributes in
      [("plain", {}), ("causal", {"is_causal": 1}), ("softcap", {"softcap": 2.0}), ("causal_softcap", {"is_causal": 1, "softcap": 2.0})]),
    Case("operator_shared", 300, 900, heads=6, shared=3, operator={}, mask="rows"),
    *(Case(f"{dtype.__name__}_{n}", n, n, dtype=dtype, mask=mask) for dtype in (np.float16, np.float64)
      for n, mask in ((100, "none"), (800, "rows"))),
    *(Case(f"{dtype.__name__}_free", 630, 630, dtype=dtype, mask="left", free=True, options=LONG) for dtype in (np.float16, np.float64)),
    *(Case(f"target_{target}", 130, 900, options=("--target", target)) for target in ("x86-64-v3", "fat")),
    *(Case(f"other_rows{n}", n, n, rows="sums of magnitudes") for n in (100, 250, 700)),
]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def check(case, tessera, options, folder):
    """Returns what is wrong, or nothing, and a word about what was measured."""
    at = lambda name: os.path.join(folder, name)
    inputs = case.inputs()
    onnx.save(case.model(), at("model.onnx"))
    run([tessera, "compile", at("model.onnx"), "-o", at("model.so"), *case.options, *options])
    given = []
    for name, array in zip(["q", "k", "v", "mask"], inputs):
        np.save(at(name + ".npy"), array)
        given += ["--input", f"{name}={at(name + '.npy')}"]
    outputs = []
    for threads in (1, 2, 5):
        run([tessera, "run", at("model.so"), *given, "--output-dir", at("out"), "--threads", str(threads)])
        outputs.append(np.load(at("out/output_0.npy")))
    if any(outputs[0].tobytes() != other.tobytes() for other in outputs[1:]):
        return "results depend on the number of threads", ""
    expected = case.expected(*inputs)
    actual = outputs[0].astype(np.float64)
    if (np.isnan(actual) != np.isnan(expected)).any():
        return f"{np.isnan(actual).sum()} NaN, expected {np.isnan(expected).sum()}", ""
    error = np.nanmax(np.abs(actual - expected), initial=0)
    limit = {2: 2e-3, 4: 4e-6, 8: 1e-14}[case.dtype.itemsize] * max(1.0, case.big, 3.0 * (case.mask == "bias"))
    words = run([tessera, "inspect", at("model.so")]).split("\n")
    workspace = next((int(line.split()[1]) for line in words if line.startswith("workspace") and line.split()[1].isdigit()), 0)
    scores = case.dtype.itemsize * case.batch * case.heads * case.queries * case.keys
    note = f"error {error:.1e}, workspace {workspace} bytes, scores {scores}"
    if not error <= limit:
        return f"error {error:.2e} above {limit:.1e}", note
    if scores > 16 << 20 and not case.free and workspace >= scores // 2:
        return "a workspace that scores would fit in", note
    return "", note


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", default="build/bin/tessera")
    parser.add_argument("--only", default="")
    parser.add_argument("options", nargs="*", help="for tessera compile")
    arguments = parser.parse_args()
    passed = failed = 0
    for case in CASES:
        if arguments.only not in case.name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong, note = check(case, arguments.tessera, arguments.options, folder)
        passed, failed = passed + (not wrong), failed + bool(wrong)
        print(f"{'FAIL' if wrong else 'PASS'} {case.name}: {wrong} {note}", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
