"""Writes one tensor in every form that the tools read, and forms that they refuse: usage: make_tensors.py FOLDER"""
import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
x = np.arange(12, dtype=np.float32).reshape(4, 3)


def path(name):
    return os.path.join(folder, name)


np.save(path("c.npy"), x)
np.save(path("fortran.npy"), np.asfortranarray(x))
with open(path("version3.npy"), "wb") as file:
    np.lib.format.write_array(file, x, version=(3, 0))
np.save(path("expected.npy"), (2 * x + [1, 2, 3]).astype(np.float32))
with open(path("x.pb"), "wb") as file:
    file.write(numpy_helper.from_array(x, "x").SerializeToString())
with open(path("typed.pb"), "wb") as file:
    file.write(helper.make_tensor("x", TensorProto.FLOAT, x.shape, x.flatten()).SerializeToString())

np.save(path("double.npy"), x.astype(np.float64))
np.save(path("wide.npy"), np.zeros((4, 5), np.float32))
np.save(path("big_endian.npy"), x.astype(">f4"))
np.save(path("objects.npy"), np.array([{}], dtype=object))
whole, proto = open(path("c.npy"), "rb").read(), open(path("x.pb"), "rb").read()
files = {
    "short.npy": whole[:-1], "control.npy": whole.replace(b"<f4", b"\xff\x1b["), "header.npy": whole[:20], "empty.npy": b"", "version9.npy": whole[:6] + b"\x09\x00" + whole[8:],
    "negative.npy": whole.replace(b"(4, 3)", b"(-4,3)"), "huge.npy": whole.replace(b"(4, 3), }", b"(99999999999,99999999999,99999999999), }"),
    "short.pb": proto[:-1], "text.txt": b"x", "strings.pb": helper.make_tensor("x", TensorProto.STRING, [1], [b"a"]).SerializeToString(),
    "addresses.pb": TensorProto(data_type=TensorProto.STRING, dims=[2], int64_data=[1, 2]).SerializeToString(),
    "count.pb": helper.make_tensor("x", TensorProto.FLOAT, [1], [1.0]).SerializeToString().replace(b"\x08\x01", b"\x08\x02", 1),
}
for name, contents in files.items():
    with open(path(name), "wb") as file:
        file.write(contents)
