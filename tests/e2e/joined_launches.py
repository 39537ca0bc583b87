#!/usr/bin/env python3
"""Random networks whose launches are handed out together: ONNX Runtime's results, and equal bits however parts are executed.

usage: joined_launches.py --tessera TESSERA [--work FOLDER] [--graphs N] [--first SEED]
needs (PyPI): numpy, onnx, onnxruntime

Parts run one after another, forwards, backwards and shuffled, for 2, 3, 4 and 7 threads, in a workspace full of NaN. A part that read what
another part of the launch before stores would find no result there in some order. The built-in pool runs them at the same time.
Products of bytes have smaller tiles on processors without instructions for them, so each form of their code is tried.
"""
import ctypes
import os
import subprocess
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cases import parser_of, session_of, summary_of
from libraries import command, results_on, saved

LARGEST = 1e-4  # error; of the largest result
ALIGNMENT = 64
DESCRIPTOR_FUNCTIONS = 192  # bytes before open, workspace_size, call, close
ABI_VERSION_AT = 4
TASK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
PARALLEL_FOR = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, TASK, ctypes.c_void_p)


class Network:
    """A random chain of layers with branches that meet again."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights = [], []
        self.size = int(self.random.choice([7, 9, 14, 28, 56, 112]))
        self.shape = (self.pick([3, 8, 16, 24]), self.size, self.size)
        self.input_shape = (1, *self.shape)
        self.value = "x"
        for _ in range(int(self.random.integers(4, 9))):
            self.pick([self.pointwise, self.pointwise, self.depthwise, self.depthwise, self.convolution, self.bottleneck, self.fire, self.gate])()

    def pick(self, values):
        return values[int(self.random.integers(len(values)))]

    def add(self, operator, inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def weight(self, *shape):
        scale = np.float32(1 / np.sqrt(max(1, np.prod(shape[1:]))))
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(self.random.normal(0, 1, shape).astype(np.float32) * scale, name))
        return name

    def conv(self, value, channels, window, stride=1, groups=1):
        """A convolution and perhaps an activation; returns the value and its number of channels."""
        before = self.shape[0]
        channels = before if groups > 1 else channels
        pad = window // 2
        y = self.add("Conv", [value, self.weight(channels, before // groups, window, window), self.weight(channels)],
                     kernel_shape=[window] * 2, pads=[pad] * 4, strides=[stride] * 2, group=groups)
        extent = (self.shape[1] + 2 * pad - window) // stride + 1
        self.shape = (channels, extent, extent)
        activation = self.pick(["Relu", "HardSwish", "Sigmoid", ""])
        return self.add(activation, [y]) if activation else y

    def pointwise(self):
        self.value = self.conv(self.value, self.pick([8, 16, 24, 64, 96]), 1)

    def depthwise(self):
        self.value = self.conv(self.value, 0, self.pick([3, 5]), self.pick([1, 1, 2]), groups=self.shape[0])

    def convolution(self):
        self.value = self.conv(self.value, self.pick([8, 16, 32]), 3, self.pick([1, 2]))

    def bottleneck(self):
        before, channels = self.value, self.shape[0]
        self.value = self.conv(self.value, self.pick([2, 4]) * channels, 1)
        self.depthwise_within()
        self.value = self.add("Add", [self.conv(self.value, channels, 1), before])

    def depthwise_within(self):
        self.value = self.conv(self.value, 0, 3, groups=self.shape[0])

    def fire(self):
        self.pointwise()
        squeezed, shape = self.value, self.shape
        left = self.conv(squeezed, self.pick([16, 32]), 1)
        channels, self.shape = self.shape[0], shape
        right = self.conv(squeezed, self.pick([16, 32]), 3)
        self.value = self.add("Concat", [left, right], axis=1)
        self.shape = (channels + self.shape[0], *self.shape[1:])

    def gate(self):
        shape, before = self.shape, self.value
        mean = self.add("GlobalAveragePool", [before])
        self.shape = (shape[0], 1, 1)
        gate = self.add("Sigmoid", [self.conv(self.conv(mean, 8, 1), shape[0], 1)])
        self.value, self.shape = self.add("Mul", [before, gate]), shape

    def model(self):
        inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.input_shape)]
        outputs = [helper.make_tensor_value_info(self.value, TensorProto.FLOAT, (1, *self.shape))]
        graph = helper.make_graph(self.nodes, "network", inputs, outputs, self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


class Library:
    """A compiled model with the prefix `m`, one input and one output."""

    def __init__(self, path, like):
        """LIKE is an array as the output is."""
        descriptor = ctypes.addressof(ctypes.c_char.in_dll(ctypes.CDLL(path), "m_descriptor"))
        version = ctypes.c_uint32.from_address(descriptor + ABI_VERSION_AT).value
        opening, self.sizing, self.calling, self.closing = (
            ctypes.CFUNCTYPE(ctypes.c_int, *types)(ctypes.c_uint64.from_address(descriptor + DESCRIPTOR_FUNCTIONS + 8 * i).value)
            for i, types in enumerate(([ctypes.c_void_p] * 2, [ctypes.c_void_p] * 2, [ctypes.c_void_p] * 5 + [ctypes.c_size_t, ctypes.c_void_p],
                                       [ctypes.c_void_p])))
        self.handle = (ctypes.c_uint32 * 18)(72, version)
        self.like = like
        self.check(opening(self.handle, None))

    @staticmethod
    def check(status):
        if status != 0:
            raise SystemExit(f"status {status}")

    def run(self, x, count, order):
        """Runs with parts in an order: a function of their number."""
        bytes_needed = ctypes.c_size_t()
        self.check(self.sizing(None, ctypes.byref(bytes_needed)))
        memory = np.full(bytes_needed.value // 4 + ALIGNMENT, np.nan, np.float32)
        workspace = (memory.ctypes.data + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
        result = np.full(self.like.shape, np.nan if self.like.dtype == np.float32 else 255, self.like.dtype)
        inputs = (ctypes.c_uint64 * 2)(x.ctypes.data, x.nbytes)
        outputs = (ctypes.c_uint64 * 3)(result.ctypes.data, result.nbytes, 0)

        @PARALLEL_FOR
        def parallel_for(_, parts, task, context):
            for part in order(parts):
                task(context, part)

        class Threads(ctypes.Structure):
            _fields_ = [("size", ctypes.c_uint32), ("count", ctypes.c_uint32), ("parallel_for", PARALLEL_FOR), ("context", ctypes.c_void_p)]
        threads = Threads(24, count, parallel_for, None)
        self.check(self.calling(self.handle, None, inputs, outputs, workspace, bytes_needed.value, ctypes.byref(threads)))
        return result

    def runs(self, x, random):
        """Returns the result of one thread, then those of several in all orders."""
        orders = (range, lambda n: reversed(range(n)), random.permutation)
        return [self.run(x, 1, range)] + [self.run(x, threads, order) for threads in (2, 3, 4, 7) for order in orders]


def joins_of(text):
    """How many launches of the printed plan are handed out with the one before: in the same units, split by themselves, and in bands."""
    joined = [line for line in text.splitlines() if "tsk.launch ins" in line and "tsk.joins" in line]
    alone = sum("tsk.tasks_of_unit = 0" in line for line in joined)
    banded = sum("tsk.band_ends" in line for line in joined)
    return len(joined) - alone - banded, alone, banded


def check(seed, tessera, work):
    """Returns whether the network passes and how many of its launches are joined."""
    network = Network(seed)
    folder = os.path.join(work, f"graph_{seed}")
    library = os.path.join(folder, "model.so")
    x = network.random.normal(0, 1, network.input_shape).astype(np.float32)
    path, inputs = saved(folder, network.model(), {"x": x})
    right = session_of(path).run(None, {"x": x})[0]
    compiled = subprocess.run([tessera, "compile", path, "-o", library, "--symbol-prefix", "m", "--print-ir-after=tessera-join-launches"],
                              check=True, capture_output=True, text=True)
    results = Library(os.path.abspath(library), right).runs(x, network.random)
    for threads in (2, 3, 4, 7):
        results += results_on(tessera, library, inputs, threads)
    error = np.abs(results[0] - right).max() / np.abs(right).max()
    same = all(result.tobytes() == results[0].tobytes() for result in results)
    joins = joins_of(compiled.stderr)
    passed = same and error <= LARGEST
    print(f"{'PASS' if passed else 'FAIL'} graph_{seed}: error {error:.1e}, joined in the same units {joins[0]}, by themselves {joins[1]}, in bands {joins[2]}"
          + ("" if same else " (other bits with other threads)"), flush=True)
    return passed, joins


def byte_products(random):
    """Returns two products of bytes in a row, of 64 and of 32 terms."""
    weights = {"a": (64, 32), "b": (32, 16)}
    constants = [numpy_helper.from_array(random.integers(-127, 128, shape).astype(np.int8), name) for name, shape in weights.items()]
    constants += [numpy_helper.from_array(np.float32(scale), name) for name, scale in (("s", 0.02), ("t", 0.01), ("u", 0.3))]
    constants += [numpy_helper.from_array(np.uint8(128), "m"), numpy_helper.from_array(np.int8(0), "z")]
    nodes = [helper.make_node("QLinearMatMul", ["x", "s", "m", "a", "t", "z", "u", "m"], ["p"]),
             helper.make_node("QLinearMatMul", ["p", "u", "m", "b", "t", "z", "u", "m"], ["y"])]
    inputs = [helper.make_tensor_value_info("x", TensorProto.UINT8, [196, 64])]
    graph = helper.make_graph(nodes, "bytes", inputs, [helper.make_tensor_value_info("y", TensorProto.UINT8, [196, 16])], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def check_bytes(tessera, work, target):
    """Whether the code for a processor that has TARGET's instructions, and none for products of bytes, gives equal bits in all orders."""
    folder = os.path.join(work, target)
    random = np.random.default_rng(3)
    x = random.integers(0, 256, (196, 64)).astype(np.uint8)
    path, _ = saved(folder, byte_products(random), {"x": x})
    library = os.path.abspath(os.path.join(folder, "model.so"))
    command(tessera, "compile", path, "-o", library, "--symbol-prefix", "m", "--target", target)
    right = session_of(path).run(None, {"x": x})[0]
    os.environ["TESSERA_ISA"] = target
    results = Library(library, right).runs(x, random)
    del os.environ["TESSERA_ISA"]
    same = all(np.array_equal(result, results[0]) for result in results)
    near = np.abs(results[0].astype(int) - right).max() <= 1
    print(f"{'PASS' if same and near else 'FAIL'} bytes on {target}" + ("" if same else " (other bits with other threads)"), flush=True)
    return same and near


def main():
    parser = parser_of(__doc__, "build/e2e/joined_launches")
    parser.add_argument("--graphs", type=int, default=30)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    checks = [check(arguments.first + i, arguments.tessera, arguments.work) for i in range(arguments.graphs)]
    aligned, alone, banded = (sum(joins[i] for _, joins in checks) for i in (0, 1, 2))
    print(f"joined in the same units: {aligned}, by themselves: {alone}, in bands: {banded}")
    # Networks without joined launches would show nothing.
    with open("/proc/cpuinfo") as file:
        levels = ("x86-64-v3", "x86-64-v4") if "avx512f" in file.read() else ("x86-64-v3",)
    bytes_pass = [check_bytes(arguments.tessera, arguments.work, target) for target in levels]
    return summary_of([passed for passed, _ in checks] + [aligned > 0, alone > 0, banded > 0] + bytes_pass)


if __name__ == "__main__":
    sys.exit(main())
