"""Models that scripts of checks make up: saved with their inputs, compiled, and run on several threads."""
import os
import subprocess

import numpy as np


def command(tessera, *arguments):
    """Runs a command of TESSERA and returns what it prints."""
    return subprocess.run([tessera, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def saved(folder, model, feeds):
    """Writes FOLDER: MODEL and the arrays {input name: array}; returns the model's path and the arguments that name the inputs."""
    os.makedirs(folder, exist_ok=True)
    path, inputs = os.path.join(folder, "model.onnx"), []
    with open(path, "wb") as file:
        file.write(model.SerializeToString())
    for name, array in feeds.items():
        np.save(os.path.join(folder, name + ".npy"), array)
        inputs += ["--input", f"{name}={os.path.join(folder, name)}.npy"]
    return path, inputs


def results_on(tessera, library, inputs, threads, outputs=1):
    """Returns the first OUTPUTS results of LIBRARY on THREADS threads."""
    folder = os.path.dirname(library)
    command(tessera, "run", library, *inputs, "--output-dir", folder, "--threads", str(threads))
    return [np.load(os.path.join(folder, f"output_{i}.npy")) for i in range(outputs)]
