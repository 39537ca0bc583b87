"""The handwritten digits shipped inside scikit-learn, split once and for all into training and held-out scans."""
import numpy as np
from sklearn.datasets import load_digits

SPLIT_SEED = 20260
HELD_OUT = 360


def load():
    """Returns (training scans, training labels, held-out scans, held-out labels); a scan is float32 [1, 8, 8] of 0 to 16."""
    digits = load_digits()
    order = np.random.default_rng(SPLIT_SEED).permutation(len(digits.target))
    scans = digits.images[order].astype(np.float32)[:, None]
    labels = digits.target[order]
    return scans[HELD_OUT:], labels[HELD_OUT:], scans[:HELD_OUT], labels[:HELD_OUT]
