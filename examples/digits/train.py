#!/usr/bin/env python3
"""Trains the digit classifier on scikit-learn's scans with numpy alone and writes it as ONNX.

usage: train.py [OUT.onnx]        needs (PyPI): numpy, scikit-learn, onnx; takes about a minute

A small convolutional network: two convolutions, a pool, a third convolution, a pool, two dense layers, softmax; the batch
is a free dimension. Seed, split and schedule are fixed; the last bits of the weights depend on numpy's matrix product.
"""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import scans
from layers import Convolution, Dense, Flatten, MaxPool, Relu

SEED = 7
EPOCHS = 40
BATCH = 32
PEAK_RATE = 2e-3


def network(rng):
    """Returns the layers from scaled scan to scores."""
    return [
        Convolution(rng, 1, 16), Relu(), Convolution(rng, 16, 32), Relu(), MaxPool(),
        Convolution(rng, 32, 32), Relu(), MaxPool(), Flatten(),
        Dense(rng, 128, 64), Relu(), Dense(rng, 64, 10),
    ]


def forward(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return x


def softmax(scores):
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def shifted(rng, batch):
    """Returns BATCH with every scan moved by up to one pixel each way."""
    padded = np.pad(batch, ((0, 0), (0, 0), (1, 1), (1, 1)))
    offsets = rng.integers(0, 3, (len(batch), 2))
    return np.stack([scan[:, y:y + 8, x:x + 8] for scan, (y, x) in zip(padded, offsets)])


class Adam:
    """Keeps the running moments of every parameter and applies one step at a time."""

    def __init__(self, layers):
        self.layers = [layer for layer in layers if layer.parameters]
        self.moments = [[(np.zeros_like(p), np.zeros_like(p)) for p in layer.parameters] for layer in self.layers]
        self.steps = 0

    def step(self, rate):
        self.steps += 1
        for layer, moments in zip(self.layers, self.moments):
            for parameter, gradient, (mean, square) in zip(layer.parameters, layer.gradients, moments):
                mean += 0.1 * (gradient - mean)
                square += 0.001 * (gradient * gradient - square)
                unbiased = mean / (1 - 0.9**self.steps)
                parameter -= rate * unbiased / (np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8)


def train(layers, rng, x, labels):
    """Fits LAYERS to cross entropy with a rate that falls to zero along a cosine."""
    adam = Adam(layers)
    total = EPOCHS * (len(x) // BATCH)
    for epoch in range(EPOCHS):
        losses, order = [], rng.permutation(len(x))
        for begin in range(0, len(x) - BATCH + 1, BATCH):
            chosen = order[begin:begin + BATCH]
            probabilities = softmax(forward(layers, shifted(rng, x[chosen])))
            wanted = np.eye(10, dtype=np.float32)[labels[chosen]]
            losses.append(-np.log((probabilities * wanted).sum(1) + 1e-12).mean())
            gradient = ((probabilities - wanted) / BATCH).astype(np.float32)
            for layer in reversed(layers):
                gradient = layer.backward(gradient)
            adam.step(np.float32(PEAK_RATE * 0.5 * (1 + np.cos(np.pi * adam.steps / total))))
        print(f"\repoch {epoch + 1}/{EPOCHS}  loss {np.mean(losses):.4f}", end="", flush=True)
    print()


def export(layers):
    """Returns the ONNX model of LAYERS, taking raw scans of 0 to 16 and giving probabilities."""
    nodes, weights, current = [], [], "scans"

    def weight(name, value):
        weights.append(numpy_helper.from_array(value, name))
        return name

    def node(kind, inputs, name, **attributes):
        nonlocal current
        nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        current = name

    node("Mul", [current, weight("scale", np.array(1 / 16, np.float32))], "scaled")
    for index, layer in enumerate(layers):
        kind = type(layer).__name__
        name = f"{kind.lower()}_{index}"
        if layer.parameters:
            inputs = [current, weight(name + "_weight", layer.weight), weight(name + "_bias", layer.bias)]
        if kind == "Convolution":
            node("Conv", inputs, name, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        elif kind == "Dense":
            node("Gemm", inputs, name, transB=1)
        elif kind == "MaxPool":
            node("MaxPool", [current], name, kernel_shape=[2, 2], strides=[2, 2])
        else:
            node(kind, [current], name)
    node("Softmax", [current], "probabilities", axis=1)
    graph = helper.make_graph(
        nodes, "digits", [helper.make_tensor_value_info("scans", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])], weights)
    model = helper.make_model(graph, producer_name="tessera-digits", ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "digits.onnx")
    x, labels, held_out, held_out_labels = scans.load()
    rng = np.random.default_rng(SEED)
    layers = network(rng)
    train(layers, rng, x / 16, labels)
    accuracy = (forward(layers, held_out / 16).argmax(1) == held_out_labels).mean()
    onnx.save(export(layers), out)
    print(f"held-out accuracy {accuracy:.4f} on {len(held_out)} scans; {os.path.getsize(out)} bytes in {os.path.basename(out)}")


if __name__ == "__main__":
    main()
