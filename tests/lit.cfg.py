"""The lit suite over tests/: which files are tests, what their RUN lines may use, what this machine can do.

RUN lines may use: the project's tools by name, FileCheck, not, split-file, and
  %make_onnx IN.onnxtext OUT.onnx   writes a model given in ONNX's text format
  %python, %cc                      the environment's Python; the C compiler of the build
  %shared                           the folder of shared models (REQUIRES: shared)
"""
import os

import lit.formats

config.name = "Tessera"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".onnxtext", ".td", ".ll"]
config.excludes = ["Inputs", "bench", "conformance", "differential", "e2e", "proofs", "structure"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.tessera_build, "tests")

path = [os.path.join(config.tessera_build, "bin"), config.llvm_tools, os.environ["PATH"]]
config.environment["PATH"] = os.pathsep.join(path)
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

make_onnx = os.path.join(config.test_source_root, "tools", "make_onnx.py")
config.substitutions += [
    (r"%make_onnx", f"{config.python} {make_onnx}"),
    (r"%python", config.python),
    (r"%cc", config.c_compiler),
    (r"%shared", config.shared),
    (r"\bFileCheck\b", "FileCheck -enable-var-scope"),
]


def features():
    """Returns what REQUIRES lines may ask for on this machine."""
    with open("/proc/cpuinfo") as cpuinfo:
        flags = next((line.split() for line in cpuinfo if line.startswith("flags")), [])
    if {"avx2", "fma", "bmi2", "f16c"} <= set(flags):
        yield "avx2"
    if {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"} <= set(flags):
        yield "avx512"
    if "amx_tile" in flags:
        yield "amx"
    if os.path.isdir(os.path.join(config.shared, "models")):
        yield "shared"
    if os.path.exists(os.path.join(config.tessera_build, "bin", "tessera-halide")):
        yield "halide"
    if config.sanitize:
        yield "sanitized"


config.available_features.update(features())
