"""Proofs about compiling: reproducible, safe to kill, and never felled by a damaged model."""
import os
import random
import resource
import shutil
import signal
import subprocess
import time

from workbench import DIGITS

MUTATIONS = 300
MEMORY_LIMIT = 2 << 30
TIME_LIMIT = 10


def gives_the_same_bytes(bench):
    """The same model and options give the same library, header and archive, whatever the number of jobs."""
    outputs = []
    for jobs in ("1", "2"):
        for kind in ("so", "a"):
            out = bench.path(f"same_{jobs}", f"digits.{kind}")
            bench.must([bench.tessera, "compile", DIGITS, "-o", out, "--emit", kind, "--jobs", jobs])
        outputs.append({name: open(bench.path(f"same_{jobs}", name), "rb").read() for name in ("digits.so", "digits.a", "digits.h")})
    different = [name for name in outputs[0] if outputs[0][name] != outputs[1][name]]
    return f"different: {different}" if different else None


def killed_compile_leaves_nothing(bench):
    """A compile killed at any moment leaves no file under its final names, or all of them complete."""
    reference = bench.path("killed_reference", "digits.so")
    begin = time.monotonic()
    bench.must([bench.tessera, "compile", DIGITS, "-o", reference])
    whole = time.monotonic() - begin
    complete = {name: open(os.path.join(os.path.dirname(reference), name), "rb").read() for name in ("digits.so", "digits.h")}
    for attempt in range(24):
        folder = bench.path("killed", "x")[:-2]
        shutil.rmtree(folder)
        os.makedirs(folder)
        process = subprocess.Popen([bench.tessera, "compile", DIGITS, "-o", os.path.join(folder, "digits.so")], stderr=subprocess.DEVNULL)
        time.sleep(whole * attempt / 22)
        process.send_signal(signal.SIGKILL if attempt % 2 else signal.SIGTERM)
        process.wait()
        left = sorted(os.listdir(folder))
        for name in left:
            path = os.path.join(folder, name)
            if name in complete and open(path, "rb").read() != complete[name]:
                return f"a compile killed after {whole * attempt / 22:.3f} s left an incomplete {name}"
        if "digits.so" in left and "digits.h" not in left:
            return "the library was there before its header"
        # The signal may come after both have their names.
        if attempt % 2 == 0 and process.returncode != 0 and left not in ([], sorted(complete)):
            return f"a terminated compile left {left}"
    return None


def refused_compile_leaves_nothing(bench):
    """A compile that fails leaves its folder empty and exits with 2."""
    folder = bench.path("refused", "x")[:-2]
    shutil.rmtree(folder)
    os.makedirs(folder)
    bad = bench.path("refused_model", "bad.onnx")
    with open(DIGITS, "rb") as model, open(bad, "wb") as out:
        out.write(model.read().replace(b"Softmax", b"Sopfmax"))
    done = bench.call([bench.tessera, "compile", bad, "-o", os.path.join(folder, "bad.so")])
    if done.returncode != 2 or "error:" not in done.stderr or os.listdir(folder):
        return f"exit {done.returncode}, left {os.listdir(folder)}, said {done.stderr[-500:]}"
    return None


def mutated(data, rng):
    """Returns DATA damaged in one of several ways."""
    way = rng.randrange(5)
    position = rng.randrange(len(data))
    if way == 0:
        return data[:position]
    damaged = bytearray(data)
    if way == 1:
        damaged[position] = rng.randrange(256)
    elif way == 2:
        for _ in range(16):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    elif way == 3:
        del damaged[position:position + rng.randrange(1, 64)]
    else:
        # The structure is at the ends of the file, weights in the middle.
        position = rng.randrange(2000)
        damaged[position:position + 1] = rng.choice((b"\xff\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x80\x01", b"\x00", b"\x7f"))
    return bytes(damaged)


def limit_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))


def damaged_models_are_refused(bench):
    """Truncated and corrupt models give an answer with exit status 0, 1 or 2, within 10 seconds and 2 GB."""
    rng = random.Random(11)
    sources = [open(DIGITS, "rb").read(), open(bench.small_model(), "rb").read()]
    file = bench.path("damaged", "model.onnx")
    for number in range(MUTATIONS):
        with open(file, "wb") as out:
            out.write(mutated(sources[int(number % 8 == 0)], rng))
        command = [bench.tessera, "check", file] if number % 3 else [bench.tessera, "compile", file, "-o", bench.path("damaged", "out.so")]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=TIME_LIMIT, preexec_fn=limit_memory)
        except subprocess.TimeoutExpired:
            done = None
        if done is None or done.returncode not in (0, 1, 2) or (done.returncode == 2 and "error:" not in done.stderr):
            kept = bench.path("damaged", f"kept_{number}.onnx")
            shutil.copyfile(file, kept)
            return f"{' '.join(command[:2])} of mutation {number} (kept as {kept}): " + (f"exit {done.returncode}\n{done.stderr[-1500:]}" if done else "no answer in time")
    return None


PROOFS = [gives_the_same_bytes, killed_compile_leaves_nothing, refused_compile_leaves_nothing, damaged_models_are_refused]
