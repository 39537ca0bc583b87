"""The layers of the digit classifier in numpy, each with its forward pass, its gradient and its parameters."""
import numpy as np


class Layer:
    """A function of one tensor; `parameters` and `gradients` are equally long lists of arrays."""

    parameters = ()
    gradients = ()


class Convolution(Layer):
    """3x3 convolution with a border of zeros, so that height and width stay."""

    def __init__(self, rng, channels_in, channels_out):
        scale = np.sqrt(2 / (9 * channels_in))
        self.weight = (rng.standard_normal((channels_out, channels_in, 3, 3)) * scale).astype(np.float32)
        self.bias = np.zeros(channels_out, np.float32)
        self.parameters = [self.weight, self.bias]

    def forward(self, x):
        self.shape = x.shape
        batch, channels, height, width = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        self.columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(batch * height * width, channels * 9)
        y = self.columns @ self.weight.reshape(len(self.weight), -1).T + self.bias
        return y.reshape(batch, height, width, -1).transpose(0, 3, 1, 2)

    def backward(self, gradient):
        batch, channels, height, width = self.shape
        rows = gradient.transpose(0, 2, 3, 1).reshape(-1, len(self.weight))
        self.gradients = [(rows.T @ self.columns).reshape(self.weight.shape), rows.sum(0)]
        columns = (rows @ self.weight.reshape(len(self.weight), -1)).reshape(batch, height, width, channels, 3, 3)
        padded = np.zeros((batch, channels, height + 2, width + 2), np.float32)
        for row in range(3):
            for column in range(3):
                padded[:, :, row:row + height, column:column + width] += columns[..., row, column].transpose(0, 3, 1, 2)
        return padded[:, :, 1:-1, 1:-1]


class Dense(Layer):
    """A product with a matrix [outputs, inputs] plus a bias."""

    def __init__(self, rng, inputs, outputs):
        self.weight = (rng.standard_normal((outputs, inputs)) * np.sqrt(2 / inputs)).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)
        self.parameters = [self.weight, self.bias]

    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, gradient):
        self.gradients = [gradient.T @ self.x, gradient.sum(0)]
        return gradient @ self.weight


class Relu(Layer):
    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, gradient):
        return gradient * self.positive


class MaxPool(Layer):
    """The largest of each 2x2 block."""

    def forward(self, x):
        self.shape = x.shape
        batch, channels, height, width = x.shape
        blocks = x.reshape(batch, channels, height // 2, 2, width // 2, 2).transpose(0, 1, 2, 4, 3, 5)
        blocks = blocks.reshape(batch, channels, height // 2, width // 2, 4)
        self.winner = blocks.argmax(-1)
        return blocks.max(-1)

    def backward(self, gradient):
        batch, channels, height, width = self.shape
        blocks = (np.arange(4) == self.winner[..., None]) * gradient[..., None]
        blocks = blocks.reshape(batch, channels, height // 2, width // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5)
        return blocks.reshape(self.shape).astype(np.float32)


class Flatten(Layer):
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, gradient):
        return gradient.reshape(self.shape)
