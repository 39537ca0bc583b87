"""Checks the operators of ONNX Runtime's own domain, and ONNX operators without a published case for an attribute, against
ONNX Runtime: one-node models from a table.

usage: tests/e2e/extensions.py [--tessera FILE] [--work DIR] [--only TEXT]
"""
import argparse
import os
import shutil
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases  # noqa: E402

B, S, H, D, P, KV = 2, 4, 4, 16, 3, 2


class Random:
    """Seeded arrays by short calls."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def f(self, *shape):
        return self.generator.standard_normal(shape).astype(np.float32)

    def i(self, low, high, *shape, dtype=np.int32):
        return self.generator.integers(low, high, shape).astype(dtype)


class Fixed:
    """An input that becomes an initializer."""

    def __init__(self, value):
        self.value = value


class Sparse(Fixed):
    """An input that becomes a sparse initializer, its places given by coordinates or by linear index."""

    def __init__(self, value, by_coordinates):
        super().__init__(value)
        self.by_coordinates = by_coordinates

    def proto(self, name):
        from onnx import helper, numpy_helper
        flat = np.flatnonzero(self.value)
        places = np.argwhere(self.value) if self.by_coordinates else flat
        return helper.make_sparse_tensor(
            numpy_helper.from_array(self.value.ravel()[flat], name), numpy_helper.from_array(places.astype(np.int64), name + "_places"),
            list(self.value.shape))


def table(r):
    """Yields (name, domain, operator, inputs, number of outputs, attributes); None stands for an absent input."""
    ms = "com.microsoft"
    x, hidden = r.f(B, S, H * D), H * D
    for activation, params in (("Relu", None), ("Clip", [-0.5, 0.75]), ("LeakyRelu", [0.2]), ("HardSigmoid", [0.3, 0.4])):
        attributes = {"activation": activation, "pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}
        attributes.update({"activation_params": params} if params else {})
        yield f"fused-conv-{activation}", ms, "FusedConv", [r.f(1, 4, 7, 9), r.f(6, 4, 3, 3), r.f(6)], 1, attributes
    yield "fused-conv-sum", ms, "FusedConv", [r.f(1, 4, 7, 9), r.f(6, 2, 3, 3), r.f(6), r.f(1, 6, 3, 4)], 1, {
        "activation": "Relu", "strides": [2, 2], "group": 2}
    yield "fused-matmul", ms, "FusedMatMul", [r.f(2, 5, 3), r.f(2, 5, 7)], 1, {"transA": 1, "alpha": 0.5}
    yield "fused-matmul-b", ms, "FusedMatMul", [r.f(2, 3, 5), r.f(2, 7, 5)], 1, {"transB": 1, "alpha": -2.0}
    yield "fused-matmul-batch", ms, "FusedMatMul", [r.f(3, 2, 5), r.f(2, 5, 7)], 1, {"transBatchA": 1}
    yield "gelu", ms, "Gelu", [x], 1, {}
    yield "fast-gelu", ms, "FastGelu", [x], 1, {}
    yield "fast-gelu-bias", ms, "FastGelu", [x, r.f(hidden)], 1, {}
    yield "bias-gelu", ms, "BiasGelu", [x, r.f(hidden)], 1, {}
    yield "quick-gelu", ms, "QuickGelu", [x], 1, {"alpha": 1.5}
    skip = [r.f(B, S, hidden), r.f(hidden), r.f(hidden), r.f(hidden)]
    yield "skip-layer-norm", ms, "SkipLayerNormalization", [x, *skip], 1, {"epsilon": 1e-5}
    yield "skip-layer-norm-sum", ms, "SkipLayerNormalization", [x, *skip[:3]], 4, {"epsilon": 1e-5, "outputs": [0, 3]}
    yield "skip-simplified", ms, "SkipSimplifiedLayerNormalization", [x, *skip[:2], skip[3]], 4, {
        "epsilon": 1e-5, "outputs": [0, 3]}
    yield "simplified", "", "SimplifiedLayerNormalization", [x, skip[1]], 1, {"epsilon": 1e-5}
    ids, segments = r.i(0, 11, B, S), r.i(0, 2, B, S)
    words = [r.f(11, hidden), r.f(S + 2, hidden), r.f(2, hidden), r.f(hidden), r.f(hidden)]
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.int32)
    yield "embed-layer-norm", ms, "EmbedLayerNormalization", [ids, segments, *words, mask], 2, {"epsilon": 1e-5}
    yield "embed-layer-norm-words", ms, "EmbedLayerNormalization", [ids, None, *words[:2], None, *words[3:]], 2, {"outputs": [0], "epsilon": 1e-5}
    yield from attention(r, ms, x, mask)
    packed, scales = r.i(0, 256, 5, 3, 16, dtype=np.uint8), np.abs(r.f(15))
    yield "matmul-nbits", ms, "MatMulNBits", [r.f(2, 3, 80), Fixed(packed), Fixed(scales)], 1, {
        "K": 80, "N": 5, "bits": 4, "block_size": 32}
    zeros = r.i(0, 256, 5 * 2, dtype=np.uint8)
    yield "matmul-nbits-zero", ms, "MatMulNBits", [r.f(3, 80), Fixed(packed), Fixed(scales), Fixed(zeros)], 1, {
        "K": 80, "N": 5, "bits": 4, "block_size": 32}
    # ONNX Runtime forgets zero points when there is an order.
    order = np.array([(7 * j) % 3 for j in range(80)], np.int32)
    yield "matmul-nbits-order", ms, "MatMulNBits", [r.f(3, 80), Fixed(packed), Fixed(scales), None, Fixed(order)], 1, {
        "K": 80, "N": 5, "bits": 4, "block_size": 32}
    yield "matmul-nbits-8", ms, "MatMulNBits", [r.f(3, 64), Fixed(r.i(0, 256, 5, 2, 32, dtype=np.uint8)), Fixed(np.abs(r.f(10)))], 1, {
        "K": 64, "N": 5, "bits": 8, "block_size": 32}
    yield from standard(r)
    yield from learning(r)


def learning(r):
    """Arithmetic of ai.onnx.ml, and weights that are mostly zeros."""
    ml, x = "ai.onnx.ml", r.f(5, 4)
    yield "scaler", ml, "Scaler", [x], 1, {"offset": [0.5, 1.0, -2.0, 0.0], "scale": [2.0, 0.25, 1.0, -3.0]}
    yield "scaler-one", ml, "Scaler", [r.i(-9, 9, 5, 4, dtype=np.int64)], 1, {"offset": [3.0], "scale": [0.5]}
    for norm in ("MAX", "L1", "L2"):
        yield f"normalizer-{norm}", ml, "Normalizer", [np.abs(x)], 1, {"norm": norm}
    holes = x.copy()
    holes[1, 2] = holes[4, 0] = np.nan
    yield "imputer-nan", ml, "Imputer", [holes], 1, {"imputed_value_floats": [1.0, 2.0, 3.0, 4.0], "replaced_value_float": float("nan")}
    whole = np.round(2 * x)
    yield "imputer-value", ml, "Imputer", [whole], 1, {"imputed_value_floats": [7.5], "replaced_value_float": 2.0}
    yield "linear-regressor", ml, "LinearRegressor", [x], 1, {"coefficients": r.f(8).tolist(), "intercepts": [0.5, -1.0], "targets": 2}
    yield "linear-regressor-one", ml, "LinearRegressor", [x], 1, {"coefficients": r.f(4).tolist()}
    weights = r.f(4, 6)
    weights[r.generator.random((4, 6)) < 0.7] = 0
    for by_coordinates in (False, True):
        yield f"sparse-weights-{int(by_coordinates)}", "", "MatMul", [x, Sparse(weights, by_coordinates)], 1, {}
    yield "sparse-whole", "", "Add", [r.i(0, 9, 2, 3, dtype=np.int64), Sparse(np.array([[0, 7, 0], [3, 0, 0]]), True)], 1, {}


def attention(r, ms, x, mask):
    """The same for attention in its forms."""
    hidden = H * D
    weight, bias = r.f(hidden, 3 * hidden), r.f(3 * hidden)
    yield "attention", ms, "Attention", [x, weight, bias], 1, {"num_heads": H}
    yield "attention-causal", ms, "Attention", [x, weight, bias], 1, {"num_heads": H, "unidirectional": 1}
    yield "attention-mask", ms, "Attention", [x, weight, bias, mask], 1, {"num_heads": H}
    yield "attention-lengths", ms, "Attention", [x, weight, bias, np.array([3, 2], np.int32)], 1, {"num_heads": H}
    yield "attention-past", ms, "Attention", [x, weight, bias, None, r.f(2, B, H, P, D)], 2, {"num_heads": H, "unidirectional": 1}
    yield "attention-bias", ms, "Attention", [x, weight, bias, None, None, r.f(B, H, S, S)], 1, {"num_heads": H, "scale": 0.3}
    yield "mha", ms, "MultiHeadAttention", [x, r.f(B, 6, hidden), r.f(B, 6, hidden)], 1, {"num_heads": H}
    yield "mha-bias", ms, "MultiHeadAttention", [x, r.f(B, 6, hidden), r.f(B, 6, hidden), bias], 1, {"num_heads": H}
    yield "mha-mask", ms, "MultiHeadAttention", [x, r.f(B, S, hidden), r.f(B, S, hidden), None, mask, r.f(1, H, S, S)], 1, {
        "num_heads": H, "scale": 0.5}
    yield "mha-heads", ms, "MultiHeadAttention", [x, r.f(B, H, 6, D), r.f(B, H, 6, D)], 1, {"num_heads": H}
    yield "mha-past", ms, "MultiHeadAttention", [x, r.f(B, S, hidden), r.f(B, S, hidden), None, None, None,
                                                  r.f(B, H, P, D), r.f(B, H, P, D)], 3, {"num_heads": H, "unidirectional": 1}
    angles = r.generator.uniform(0, 6, (16, D // 2)).astype(np.float32)
    cosines, sines = np.cos(angles), np.sin(angles)
    key, value = r.f(B, S, KV * D), r.f(B, S, KV * D)
    full = [np.full(B, S - 1, np.int32), Fixed(np.array(S, np.int32))]
    yield "gqa-prompt", ms, "GroupQueryAttention", [x, key, value, None, None, *full], 3, {"num_heads": H, "kv_num_heads": KV}
    yield "gqa-rotary", ms, "GroupQueryAttention", [x, key, value, None, None, *full, cosines, sines], 3, {
        "num_heads": H, "kv_num_heads": KV, "do_rotary": 1, "softcap": 5.0}
    one = [r.f(B, 1, hidden), r.f(B, 1, KV * D), r.f(B, 1, KV * D), r.f(B, KV, P, D), r.f(B, KV, P, D)]
    lengths = [np.array([3, 3], np.int32), Fixed(np.array(4, np.int32))]
    yield "gqa-past", ms, "GroupQueryAttention", [*one, *lengths, cosines, sines], 3, {
        "num_heads": H, "kv_num_heads": KV, "do_rotary": 1, "rotary_interleaved": 1}
    yield "gqa-past-half", ms, "GroupQueryAttention", [*one, *lengths, cosines, sines], 3, {
        "num_heads": H, "kv_num_heads": KV, "do_rotary": 1}
    yield "gqa-window", ms, "GroupQueryAttention", [*one, np.array([3, 3], np.int32), lengths[1]], 3, {
        "num_heads": H, "kv_num_heads": KV, "local_window_size": 2}
    yield "gqa-packed", ms, "GroupQueryAttention", [r.f(B, S, (H + 2 * KV) * D), None, None, None, None, *full], 3, {
        "num_heads": H, "kv_num_heads": KV}
    yield "gqa-smooth", ms, "GroupQueryAttention", [x, key, value, None, None, *full], 3, {
        "num_heads": H, "kv_num_heads": KV, "smooth_softmax": 1}
    yield "gqa-sink", ms, "GroupQueryAttention", [x, key, value, None, None, *full, None, None, None, None, r.f(H)], 3, {
        "num_heads": H, "kv_num_heads": KV}
    positions = np.arange(S, dtype=np.int64)[None].repeat(B, 0) + 2
    yield "rotary", ms, "RotaryEmbedding", [x, positions, cosines, sines], 1, {}
    yield "rotary-offset", ms, "RotaryEmbedding", [r.f(B, H, S, D), np.array([3], np.int64), cosines, sines], 1, {"interleaved": 1}


def standard(r):
    """ONNX's own operators with parameters as constants, as exporters write them."""
    yield from recurrent(r)
    for mode in ("linear", "nearest", "cubic"):
        for padding in ("zeros", "border", "reflection"):
            for aligned in (0, 1):
                grid = r.generator.uniform(-1.4, 1.4, (2, 5, 6, 2)).astype(np.float32)
                yield f"grid-{mode}-{padding}-{aligned}", "", "GridSample", [r.f(2, 3, 7, 9), grid], 1, {
                    "mode": mode, "padding_mode": padding, "align_corners": aligned}
    rois = np.array([[1, 2, 9, 8], [0, 0, 4.5, 11], [3, 3, 15, 7]], np.float32)
    for ratio in (0, 1, 2):
        yield f"roi-align-{ratio}", "", "RoiAlign", [r.f(2, 3, 12, 14), rois, np.array([1, 0, 1], np.int64)], 1, {
            "output_height": 3, "output_width": 4, "sampling_ratio": ratio, "spatial_scale": 0.75}
    yield "col2im", "", "Col2Im", [r.f(2, 12, 16), Fixed(np.array([8, 9])), Fixed(np.array([2, 3]))], 1, {
        "strides": [2, 3], "pads": [0, 1, 0, 2]}
    for axis in (1, 2):
        for parts in (1, 2):
            yield f"dft-{axis}-{parts}", "", "DFT", [r.f(2, 6, 5, parts), None, Fixed(np.array(axis))], 1, {}
    yield "dft-inverse", "", "DFT", [r.f(2, 6, 2), None, Fixed(np.array(1))], 1, {"inverse": 1}
    yield "dft-onesided", "", "DFT", [r.f(2, 9, 1), Fixed(np.array(8)), Fixed(np.array(1))], 1, {"onesided": 1}
    yield "stft", "", "STFT", [r.f(2, 64, 1), Fixed(np.array(5)), r.f(16)], 1, {"onesided": 1}
    for name in ("HannWindow", "HammingWindow", "BlackmanWindow"):
        for periodic in (0, 1):
            yield f"{name}-{periodic}", "", name, [Fixed(np.array(13))], 1, {"periodic": periodic}
    yield "center-crop-pad", "", "CenterCropPad", [r.f(7, 4, 5), Fixed(np.array([4, 9]))], 1, {"axes": [0, 2]}
    for reduction in ("none", "add", "mul", "max", "min"):
        index = np.array([[1, 4, -1], [0, 0, 3]], np.int64)
        index = index if reduction != "none" else np.array([[1, 4, -2], [0, 2, 3]], np.int64)
        yield f"scatter-elements-{reduction}", "", "ScatterElements", [r.f(3, 5), index, r.f(2, 3)], 1, {
            "axis": 1, "reduction": reduction}
        rows = np.array([[0, 1], [2, -1], [1, 1]], np.int64)
        yield f"scatter-nd-{reduction}", "", "ScatterND", [r.f(3, 4, 5), rows, r.f(3, 5)], 1, {"reduction": reduction}


def recurrent(r):
    """Recurrent layers with what exporters seldom ask for."""
    for layout in ("forward", "bidirectional"):
        n = 2 if layout == "bidirectional" else 1
        gru = [r.f(5, 2, 3), r.f(n, 12, 3), r.f(n, 12, 4), r.f(n, 24)]
        yield f"gru-{layout}", "", "GRU", gru, 2, {"hidden_size": 4, "direction": layout, "linear_before_reset": 0}
        lengths = [np.array([5, 3], np.int32)]
        yield f"gru-lengths-{layout}", "", "GRU", gru + lengths, 2, {
            "hidden_size": 4, "direction": layout, "linear_before_reset": 0}
        yield f"lstm-peepholes-{layout}", "", "LSTM", [
            r.f(5, 2, 3), r.f(n, 16, 3), r.f(n, 16, 4), r.f(n, 32), *lengths, r.f(n, 2, 4), r.f(n, 2, 4), r.f(n, 12)], 3, {
                "hidden_size": 4, "direction": layout}
    yield "rnn-affine", "", "RNN", [r.f(5, 2, 3), r.f(1, 4, 3), r.f(1, 4, 4)], 2, {
        "hidden_size": 4, "activations": ["Affine"], "activation_alpha": [0.4], "activation_beta": [0.1]}


def build(path, domain, operator, inputs, outputs, attributes):
    """Writes the one-node model; returns its feeds."""
    import onnx
    from onnx import helper, numpy_helper
    wanted = attributes.pop("outputs", range(outputs))
    names, values, constants, sparse, feeds = [], [], [], [], {}
    for j, value in enumerate(inputs):
        names.append("" if value is None else f"x{j}")
        if isinstance(value, Sparse):
            sparse.append(value.proto(f"x{j}"))
        elif isinstance(value, Fixed):
            constants.append(numpy_helper.from_array(value.value, f"x{j}"))
        elif value is not None:
            feeds[f"x{j}"] = value
            values.append(helper.make_tensor_value_info(f"x{j}", helper.np_dtype_to_tensor_dtype(value.dtype), value.shape))
    results = [f"y{j}" if j in wanted else "" for j in range(outputs)]
    node = helper.make_node(operator, names, results, domain=domain, name="node", **attributes)
    # Types of results are left to inference; ONNX Runtime has it for its own domain too.
    graph = helper.make_graph([node], "case", values, [onnx.ValueInfoProto(name=n) for n in results if n], constants, sparse_initializer=sparse)
    opsets = [helper.make_opsetid(*pair) for pair in (("", 20), ("ai.onnx.ml", 3), ("com.microsoft", 1))]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)
    return feeds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", default="build/bin/tessera")
    parser.add_argument("--work", default="build/extensions")
    parser.add_argument("--only", default="", help="text that the case's name must contain")
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work)
    path = os.path.join(options.work, "model.onnx")
    folders = []
    for name, domain, operator, inputs, outputs, attributes in table(Random(7)):
        if options.only not in name:
            continue
        feeds = build(path, domain, operator, inputs, outputs, attributes)
        folder = os.path.join(options.work, name)
        try:
            cases.write_case(folder, path, [feeds], "1e-3 1e-4")
            folders.append(folder)
        except Exception as error:  # The reference cannot compute the case.
            print(f"SKIP {name}: {str(error)[:200]}")
    return cases.summary(*cases.verify(options.tessera, *folders, show=True)[1])


if __name__ == "__main__":
    sys.exit(main())
