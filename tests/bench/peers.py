#!/usr/bin/env python3
"""Times one peer on one model, one thread, f32: load with the first run, then the median of warm runs.

usage: peers.py onnxruntime|openvino MODEL.onnx SECONDS [DIM=SIZE ...]        needs (PyPI): numpy, onnx, the peer
"""
import json
import statistics
import sys
import time

import numpy as np
import onnx
from onnx import helper


def feeds_of(path, sizes):
    """Returns {input name: seeded array}; integers stay below 100, free dimensions not in SIZES are 1."""
    graph = onnx.load(path, load_external_data=False).graph
    weights, rng, feeds = {w.name for w in graph.initializer}, np.random.default_rng(1), {}
    for value in graph.input:
        if value.name in weights:
            continue
        kind = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
        shape = [d.dim_value or sizes.get(d.dim_param, 1) for d in value.type.tensor_type.shape.dim]
        array = rng.standard_normal(shape) if np.issubdtype(kind, np.floating) else rng.integers(0, 2 if kind == np.bool_ else 100, shape)
        feeds[value.name] = np.ascontiguousarray(array.astype(kind))
    return feeds


def onnxruntime_run(path, feeds):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, feeds)


def openvino_run(path, feeds):
    import openvino
    core = openvino.Core()
    model = core.read_model(path)
    model.reshape({name: list(value.shape) for name, value in feeds.items()})
    config = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(model, "CPU", config).create_infer_request()
    for name, value in feeds.items():
        request.set_tensor(name, openvino.Tensor(value, shared_memory=True))
    return request.infer


def main():
    engine, path, seconds, *sizes = sys.argv[1:]
    feeds = feeds_of(path, {name: int(size) for name, size in (text.split("=") for text in sizes)})
    begin = time.perf_counter()
    run = {"onnxruntime": onnxruntime_run, "openvino": openvino_run}[engine](path, feeds)
    run()
    load, times, stop = time.perf_counter() - begin, [], time.perf_counter() + float(seconds)
    while time.perf_counter() < stop or len(times) < 5:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    print(json.dumps({"median_ms": statistics.median(times) * 1e3, "load_first_ms": load * 1e3}))


if __name__ == "__main__":
    main()
