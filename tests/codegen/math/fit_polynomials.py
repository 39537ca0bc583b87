#!/usr/bin/env python3
"""Fits the polynomials of codegen/cpu/Expand*.cpp and prints their coefficients, lowest degree first.

Each row is a function g on [low, high], approximated by sum c_k x^(k * step) so that |weight * error| is least in the
maximum (Lawson's iteration: least squares whose weights follow the error). Coefficients are rounded to float32 one by one,
the lowest first, and the others fitted again. Needs numpy and mpmath.
"""
import sys

import mpmath as mp
import numpy as np

mp.mp.prec = 160


def lawson(basis, target, weight, rounds=200):
    """Returns the coefficients with the least maximum of |weight * (basis @ c - target)|, nearly."""
    importance = np.ones(len(target))
    best, best_error = None, np.inf
    for _ in range(rounds):
        scale = np.sqrt(importance) * weight
        coefficients, *_ = np.linalg.lstsq(basis * scale[:, None], target * scale, rcond=None)
        error = np.abs(weight * (basis @ coefficients - target))
        if error.max() < best_error:
            best, best_error = coefficients, error.max()
        importance = importance * (error / error.max() + 1e-3)
        importance /= importance.mean()
    return best, best_error


def fit(g, low, high, degree, step, weight, points=800):
    """Fits and rounds; returns float32 coefficients and the error that remains."""
    nodes = (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (np.arange(points) + 0.5) / points)
    nodes = nodes[np.abs(nodes) > 1e-4]
    target = np.array([float(g(mp.mpf(x))) for x in nodes])
    weights = np.array([abs(float(weight(mp.mpf(x)))) for x in nodes])
    powers = nodes[:, None] ** (step * np.arange(degree + 1))
    rounded = []
    for k in range(degree + 1):
        rest = target - powers[:, :k] @ np.array(rounded, dtype=np.float64)
        coefficients, _ = lawson(powers[:, k:], rest, weights)
        rounded.append(float(np.float32(coefficients[0])))
    return rounded, np.abs(weights * (powers @ np.array(rounded) - target)).max()


def rows():
    """Yields name, g, low, high, degree, step, weight."""
    half_log2 = float(mp.log(2) / 2)
    yield "exp by eighths: (e^x-1-x)/x^2", lambda x: (mp.expm1(x) - x) / x**2, -half_log2 / 8, half_log2 / 8, 1, 1, lambda x: x**2 / mp.exp(x)
    yield "exp by eighths, close: (e^x-1-x)/x^2", lambda x: (mp.expm1(x) - x) / x**2, -half_log2 / 8, half_log2 / 8, 2, 1, lambda x: x**2 / mp.exp(x)
    yield "exp: (e^x-1-x)/x^2", lambda x: (mp.expm1(x) - x) / x**2, -half_log2, half_log2, 4, 1, lambda x: x**2 / mp.exp(x)
    yield "expm1: (e^x-1-x)/x^2", lambda x: (mp.expm1(x) - x) / x**2, -half_log2, half_log2, 5, 1, lambda x: x**2 / mp.expm1(x)
    yield "exp2: (2^x-1)/x", lambda x: mp.expm1(x * mp.log(2)) / x, -0.5, 0.5, 5, 1, lambda x: x / mp.mpf(2) ** x
    log = lambda x: mp.log1p(x)
    yield "log: (log(1+x)-x)/x^2", lambda x: (log(x) - x) / x**2, -1 / 3, 1 / 3, 8, 1, lambda x: x**2 / log(x)
    yield "log1p: (log(1+x)-x)/x^2", lambda x: (log(x) - x) / x**2, -0.25, 0.5, 9, 1, lambda x: x**2 / log(x)
    yield "log2: log2(1+x)/x-1", lambda x: log(x) / mp.log(2) / x - 1, -1 / 3, 1 / 3, 9, 1, lambda x: x / log(x)
    quarter = float(mp.pi / 4) * 1.0001
    yield "sin: (sin(x)-x)/x^3", lambda x: (mp.sin(x) - x) / x**3, 0, quarter, 3, 2, lambda x: x**3 / mp.sin(x)
    yield "cos: (cos(x)-1+x^2/2)/x^4", lambda x: (mp.cos(x) - 1 + x**2 / 2) / x**4, 0, quarter, 3, 2, lambda x: x**4 / mp.cos(x)
    distance = 0.5234375
    for centre in np.arange(8) * distance:
        # The sum starts with erf(centre) as a float, and with x itself around 0.
        start = lambda x: x if centre == 0 else mp.erf(centre)
        g = lambda x: (mp.erf(centre + x) - start(x)) / x
        low, high = (-distance / 2 if centre else 0), (distance / 2 if centre < 3.5 else 3.93 - centre)
        yield f"erf: (erf({centre}+x)-{float(np.float32(mp.erf(centre))):.9g})/x", g, low, high, 6, 1, lambda x: x / mp.erf(centre + x)
    # What matters is the error of 1 + erf, which is 0 or 2 where the argument is large.
    distance = 0.53125
    for centre in np.arange(8) * distance:
        low, high = (-distance / 2 if centre else 0), distance / 2
        # At the end the sum has to round to 1.
        weight = lambda x: 8 if centre + x > 3.95 else 1
        yield f"one plus erf: erf({centre}+x)", lambda x: mp.erf(centre + x), low, high, 6, 1, weight
    yield "tanh: (tanh(x)-x)/x^3", lambda x: (mp.tanh(x) - x) / x**3, 0, 0.6, 5, 2, lambda x: x**3 / mp.tanh(x)
    yield "atan: (atan(x)-x)/x^3", lambda x: (mp.atan(x) - x) / x**3, 0, 1, 8, 2, lambda x: x**3 / mp.atan(x)
    yield "asin: (asin(x)-x)/x^3", lambda x: (mp.asin(x) - x) / x**3, 0, 0.5, 5, 2, lambda x: x**3 / mp.asin(x)
    yield "sinh: (sinh(x)-x)/x^3", lambda x: (mp.sinh(x) - x) / x**3, 0, 1, 3, 2, lambda x: x**3 / mp.sinh(x)


for name, *row in rows():
    if len(sys.argv) < 2 or sys.argv[1] in name:
        coefficients, error = fit(*row)
        print(f"{name}: error {error:.2e} = 2^{np.log2(error):.1f}")
        print("  " + ", ".join(f"{c:.9g}f" for c in coefficients), flush=True)
