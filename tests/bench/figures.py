"""The single measurements: one call measures one model once; peers run in processes of their own on the same core."""
import json
import math
import multiprocessing
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
CORE = str(min(os.sched_getaffinity(0)))
# Types of which a file holds several elements in a byte.
SMALL_BITS = {"INT4": 4, "UINT4": 4, "FLOAT4E2M1": 4, "INT2": 2, "UINT2": 2}


def machine():
    """Returns one line about this machine."""
    with open("/proc/cpuinfo") as file:
        lines = file.read().splitlines()
    model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    flags = next(line for line in lines if line.startswith("flags")).split()
    known = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile") if flag in flags]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, {' '.join(known)}"


def initializer_bytes(path):
    """Returns the bytes of a model's initializers, wherever it stores them."""
    import onnx
    graph = onnx.load(path, load_external_data=False).graph
    bits = {onnx.TensorProto.STRING: 0}
    for kind in onnx.TensorProto.DataType.values():
        if kind not in (onnx.TensorProto.UNDEFINED, onnx.TensorProto.STRING):
            name = onnx.TensorProto.DataType.Name(kind)
            bits[kind] = SMALL_BITS.get(name) or 8 * onnx.helper.tensor_dtype_to_np_dtype(kind).itemsize
    return sum((math.prod(weight.dims) * bits[weight.data_type] + 7) // 8 for weight in graph.initializer)


def last_object(text):
    return json.loads(text.strip().splitlines()[-1])


class Figures:
    """Measures with the tools of one build."""

    def __init__(self, build, seconds):
        self.build, self.seconds = os.path.abspath(build), seconds
        self.tessera = os.path.join(self.build, "bin", "tessera")
        self.folder = os.path.join(self.build, "bench")
        os.makedirs(self.folder, exist_ok=True)
        self.first_run = os.path.join(self.folder, "first_run")
        libraries = [os.path.join(self.build, "lib", "libtessera_runtime.a"), "-ldl", "-lpthread", "-lm"]
        include = os.path.join(ROOT, "runtime", "include")
        self.call(["clang-22", "-O2", f"-I{include}", os.path.join(HERE, "first_run.c"), *libraries, "-o", self.first_run])

    def call(self, command, pinned=False):
        """Runs COMMAND, which has to succeed; returns its standard output."""
        if pinned:
            command = ["taskset", "-c", CORE, *command]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def compile(self, model, out, *options):
        """Compiles; returns seconds, the peak of resident memory in bytes, and the workspace's lower bound if it is printed."""
        begin = time.perf_counter()
        command = [self.tessera, "compile", model, "-o", out, *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"compile {os.path.basename(model)}: {said.strip()[-500:]}")
        bound = re.search(r"lower bound (\d+)", said)
        return time.perf_counter() - begin, usage.ru_maxrss * 1024, int(bound.group(1)) if bound else 0

    def bench(self, library, *options):
        command = [self.tessera, "bench", library, "--random", "1", "--seconds", str(self.seconds), "--json", "-", *options]
        return last_object(self.call(command, pinned=True))

    def peers(self, model, sizes):
        """Returns {engine: {"median_ms", "load_first_ms"}} of the peers that are installed and run the model."""
        found = {}
        for engine in ("onnxruntime", "openvino"):
            command = [sys.executable, os.path.join(HERE, "peers.py"), engine, model, str(self.seconds), *sizes]
            try:
                found[engine] = last_object(self.call(command, pinned=True))
            except (RuntimeError, ValueError, IndexError):
                continue
        return found

    def model(self, path, free=None):
        """Returns all figures of one model, or {"failed": why}."""
        name = os.path.splitext(os.path.basename(path))[0]
        library = os.path.join(self.folder, name + ".so")
        # In a process of its own: the peak memory of a compile would count from what this process had reached.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            result = {"model_bytes": os.path.getsize(path), "initializer_bytes": pool.apply(initializer_bytes, (path,))}
        try:
            result["compile_s"], result["compile_peak_bytes"], result["workspace_lower_bound"] = self.compile(path, library)
            result["library_bytes"] = os.path.getsize(library)
            if free:
                result["sizes"] = self.sizes(path, name, library, *free)
                return result
            figure = self.bench(library)
            result |= {"latency_ms": figure["latency_ms"]["median"], "workspace_bytes": figure["workspace_bytes"],
                       "weights_bytes": figure["weights_bytes"], "target": figure["target"]}
            result |= last_object(self.call([self.first_run, library], pinned=True))
            result["peers"] = self.peers(path, [])
        except RuntimeError as error:
            result["failed"] = str(error)
        return result

    def sizes(self, path, name, library, dimension, sizes):
        """Returns, for each size of the free dimension, latency and workspace of the library and of a build fixed to the size."""
        found = {}
        for size in sizes:
            fixed = os.path.join(self.folder, f"{name}_{size}.so")
            bound = self.compile(path, fixed, "--dim", f"{dimension}={size}")[2]
            free, exact = self.bench(library, "--dim", f"{dimension}={size}"), self.bench(fixed)
            found[str(size)] = {"free_ms": free["latency_ms"]["median"], "fixed_ms": exact["latency_ms"]["median"],
                                "workspace_bytes": free["workspace_bytes"], "fixed_lower_bound": bound,
                                "peers": self.peers(path, [f"{dimension}={size}"])}
        return found

    def empty_call(self):
        """Returns what a call of a model without computation costs."""
        model, library = os.path.join(self.folder, "empty.onnx"), os.path.join(self.folder, "empty_model.so")
        program = os.path.join(self.folder, "empty_call")
        self.call([sys.executable, os.path.join(ROOT, "tests", "tools", "make_onnx.py"), os.path.join(HERE, "empty.onnxtext"), model])
        self.compile(model, library, "--symbol-prefix", "empty")
        self.call(["clang-22", "-O2", f"-I{self.folder}", os.path.join(HERE, "empty_call.c"), library, f"-Wl,-rpath,{self.folder}", "-o", program])
        return last_object(self.call([program], pinned=True))
