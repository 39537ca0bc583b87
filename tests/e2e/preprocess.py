#!/usr/bin/env python3
"""Images of bytes in front of a model, against the same steps in float64: sizes, layouts, filters, batches.

usage: preprocess.py --tessera TESSERA [--work FOLDER] [-- COMPILE OPTIONS]
needs (PyPI): numpy, onnx
"""
import os
import subprocess
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cases import parser_of, summary_of

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
UNIT = "scale=255,mean=0.485,0.456,0.406,std=0.229,0.224,0.225"
BYTES = "mean=123.675:116.28:103.53,std=58.395:57.12:57.375"
LARGEST = 1e-4  # error over the largest magnitude of the result; positions are f32, and the images are noise


class Case:
    """One description and what it means: `steps` works on float64 images in NHWC."""

    def __init__(self, name, text, model, images, steps, layout="HWC", kind="conv", element=TensorProto.FLOAT, options=()):
        self.name, self.text, self.model, self.images, self.steps = name, text, model, images, steps
        self.layout, self.kind, self.element, self.options = layout, kind, element, options


def positions(source, size):
    """Half-pixel centres; the quotient of the sizes is the scale."""
    return (np.arange(size) + 0.5) * (source / size) - 0.5


def axis_weights(source, size, filter):
    """The matrix [size, source] that resamples one axis."""
    at = positions(source, size)
    weights = np.zeros((size, source))
    first = np.floor(at)
    t = at - first
    if filter == "nearest":  # halves go down
        taps = [(np.ceil(at - 0.5) - first, np.ones(size))]
    elif filter == "bilinear":
        taps = [(0, 1 - t), (1, t)]
    else:
        a = -0.75
        near = lambda d: ((a + 2) * d - (a + 3)) * d * d + 1
        far = lambda d: ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        taps = [(-1, far(t + 1)), (0, near(t)), (1, near(1 - t)), (2, far(2 - t))]
    for offset, weight in taps:
        index = np.clip(first + offset, 0, source - 1).astype(int)
        np.add.at(weights, (np.arange(size), index), weight)
    return weights


def resized(x, size, filter="bilinear"):
    """A new size, or the new length of the shorter side."""
    height, width = x.shape[1:3]
    if isinstance(size, int):
        short = min(height, width)
        size = (size if height == short else size * height // short, size if width == short else size * width // short)
    rows, columns = axis_weights(height, size[0], filter), axis_weights(width, size[1], filter)
    return np.einsum("ah,bw,nhwc->nabc", rows, columns, x, optimize=True)


def cropped(x, height, width):
    top, left = round((x.shape[1] - height) / 2), round((x.shape[2] - width) / 2)
    return x[:, top:top + height, left:left + width]


def unit(x):
    return (x / 255 - MEAN) / STD


def in_bytes(x):
    return (x - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375]


def table():
    """Yields the cases; sizes of images are (height, width)."""
    three = [1, 3, 32, 40]
    yield Case("normalise", f"image=u8,{UNIT}", three, [(32, 40)], unit)
    yield Case("bytes", f"image=u8,{BYTES}", three, [(32, 40)], in_bytes)
    yield Case("plain", "image=u8", three, [(32, 40)], lambda x: x)
    yield Case("mean_alone", "image=u8,mean=127.5", three, [(32, 40)], lambda x: x - 127.5)
    yield Case("resize", f"image=u8,47x61,resize=32x40,{UNIT}", three, [(47, 61)], lambda x: unit(resized(x, (32, 40))))
    yield Case("enlarge", f"image=u8,9x7,resize=32x40,{UNIT}", three, [(9, 7)], lambda x: unit(resized(x, (32, 40))))
    yield Case("crop", f"image=u8,47x61,crop=32x40,{UNIT}", three, [(47, 61)], lambda x: unit(cropped(x, 32, 40)))
    square = [1, 3, 24, 24]
    whole = f"resize=28,crop=24,{UNIT}"
    steps = lambda x: unit(cropped(resized(x, 28), 24, 24))
    yield Case("shorter_side", f"image=u8,47x61,{whole}", square, [(47, 61)], steps)
    yield Case("tall", f"image=u8,61x30,{whole}", square, [(61, 30)], steps)
    yield Case("free", f"image=u8,free,{whole}", square, [(47, 61), (61, 47), (50, 50), (1, 9), (300, 24), (35, 29)], steps)
    yield Case("bounded", f"image=u8,{whole}", square, [(47, 61), (24, 100)], steps, options=("--dim", "x[0]=1..64", "--dim", "x[1]=1..100"))
    yield Case("free_resize", f"image=u8,free,resize=32x40,{UNIT}", three, [(47, 61), (5, 300), (32, 40)], lambda x: unit(resized(x, (32, 40))))
    yield Case("free_crop", f"image=u8,free,crop=24,{UNIT}", square, [(24, 24), (25, 27), (26, 31), (50, 30)], lambda x: unit(cropped(x, 24, 24)))
    for filter in ("nearest", "bicubic"):
        yield Case(filter, f"image=u8,47x61,resize=32x40,filter={filter},{UNIT}", three, [(47, 61)],
                   lambda x, filter=filter: unit(resized(x, (32, 40), filter)))
    yield Case("reversed", f"image=u8,47x61,resize=32x40,reverse-channels,{UNIT}", three, [(47, 61)],
               lambda x: unit(resized(x, (32, 40))[..., ::-1]))
    yield Case("nhwc", f"image=u8,47x61,{whole},layout=NHWC", square, [(47, 61)], steps, layout="NHWC")
    yield Case("chw", f"image=u8,47x61,{whole},layout=CHW", square, [(47, 61)], steps, layout="CHW")
    yield Case("nchw", f"image=u8,free,{whole},layout=NCHW", square, [(47, 61), (29, 28)], steps, layout="NCHW")
    yield Case("free_batch", f"x=u8,47x61,{whole}", ["n", 3, 24, 24], [(47, 61)], steps, layout="NHWC")
    yield Case("batch_of_one", f"x=u8,47x61,{whole},layout=HWC", ["n", 3, 24, 24], [(47, 61)], steps)
    yield Case("free_model", f"x=u8,free,{UNIT}", [1, 3, "h", "w"], [(32, 40), (15, 16)], unit)
    yield Case("free_model_resized", f"x=u8,47x61,{whole}", [1, 3, "h", "w"], [(47, 61)], steps)
    yield Case("model_nhwc", f"x=u8,47x61,{whole}", [1, 24, 24, 3], [(47, 61)], steps, kind="pointwise_nhwc")
    yield Case("one_channel", "x=u8,47x61,resize=32x40,scale=255,mean=0.5,std=0.5", [1, 1, 32, 40], [(47, 61)],
               lambda x: (resized(x, (32, 40)) / 255 - 0.5) / 0.5)
    yield Case("no_batch", f"x=u8,47x61,{whole}", [3, 24, 24], [(47, 61)], steps, kind="pointwise")
    yield Case("half", f"x=u8,47x61,{whole}", square, [(47, 61)], steps, kind="pointwise", element=TensorProto.FLOAT16)


def model_of(case, random):
    """Returns the model and its function on float64 in NHWC (with a batch)."""
    value = helper.make_tensor_value_info("x", case.element, case.model)
    if case.kind != "conv":
        node = helper.make_node("Neg", ["x"], ["y"])
        graph = helper.make_graph([node], "g", [value], [helper.make_tensor_value_info("y", case.element, case.model)])
        last = case.kind == "pointwise_nhwc"
        function = lambda x: -(x if last else x.transpose(0, 3, 1, 2))
    else:
        channels = case.model[1]
        w = random.normal(0, 0.2, (8, channels, 3, 3)).astype(np.float32)
        node = helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        result = helper.make_tensor_value_info("y", case.element, [case.model[0], 8, None, None])
        graph = helper.make_graph([node], "g", [value], [result], [numpy_helper.from_array(w, "w")])

        def function(x):
            padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
            rows, columns = (x.shape[1] + 1) // 2, (x.shape[2] + 1) // 2
            y = 0
            for r in range(3):
                for s in range(3):
                    part = padded[:, r:r + 2 * rows - 1:2, s:s + 2 * columns - 1:2]
                    y = y + np.einsum("mc,nhwc->nmhw", w[:, :, r, s].astype(np.float64), part)
            return y

    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=7), function


def stored(images, layout):
    """Images in NHWC as the library takes them."""
    if layout.endswith("CHW"):
        images = images.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(images if layout.startswith("N") else images[0])


def check(case, tessera, work, options):
    folder = os.path.join(work, case.name)
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(7)
    model, function = model_of(case, random)
    path, library, image = (os.path.join(folder, name) for name in ("model.onnx", "model.so", "image.npy"))
    with open(path, "wb") as file:
        file.write(model.SerializeToString())
    command = [tessera, "compile", path, "-o", library, "--preprocess", case.text, *case.options, *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    error = 0
    for height, width in case.images if done.returncode == 0 else ():
        channels = case.model[3] if case.kind == "pointwise_nhwc" else case.model[-3]
        count = 2 if case.layout[0] == "N" and case.model[0] == "n" else 1
        x = random.integers(0, 256, (count, height, width, channels)).astype(np.uint8)
        np.save(image, stored(x, case.layout))
        done = subprocess.run([tessera, "run", library, "--input", f"x={image}", "--output-dir", folder],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            break
        right = function(case.steps(x.astype(np.float64)))
        result = np.load(os.path.join(folder, "output_0.npy")).astype(np.float64).reshape(right.shape)
        error = max(error, np.abs(result - right).max() / np.abs(right).max())
    limit = 1e-3 if case.element == TensorProto.FLOAT16 else LARGEST
    passed = done.returncode == 0 and error <= limit
    note = "" if done.returncode == 0 else "\n" + done.stdout
    print(f"{'PASS' if passed else 'FAIL'} {case.name}: error {error:.1e}{note}", flush=True)
    return passed


def main():
    parser = parser_of(__doc__, "build/e2e/preprocess")
    parser.add_argument("--only", default="")
    parser.add_argument("options", nargs="*", help="more options for tessera compile, after --")
    arguments = parser.parse_args()
    cases = [case for case in table() if arguments.only in case.name]
    return summary_of([check(case, arguments.tessera, arguments.work, arguments.options) for case in cases])


if __name__ == "__main__":
    sys.exit(main())
