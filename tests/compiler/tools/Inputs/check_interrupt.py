"""usage: check_interrupt.py FOLDER     an interrupt of tune keeps what was found, and the same command goes on with the rest

On a terminal a bar says how far it is and how much time is left.
"""
import json
import os
import pty
import signal
import subprocess
import sys
import time

import onnx
from onnx import TensorProto, helper

folder = sys.argv[1]
model = os.path.join(folder, "kernels.onnx")
records = os.path.join(folder, "interrupted.jsonl")
if os.path.exists(records):
    os.remove(records)
command = ["tessera", "tune", model, "--budget", "20s", "--no-cache", "--tuning", records]

# Twelve kernels that differ.
info = [helper.make_tensor_value_info(f"{name}{i}", TensorProto.FLOAT, [64, 100 + i]) for name in "xy" for i in range(12)]
nodes = [helper.make_node("Softmax", [f"x{i}"], [f"y{i}"]) for i in range(12)]
graph = helper.make_graph(nodes, "kernels", info[:12], info[12:])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), model)


def terminal(end):
    """Returns all that was written to the other end, which is closed."""
    text = b""
    try:
        while part := os.read(end, 1 << 16):
            text += part
    except OSError:
        pass
    return text.decode()


def interrupted():
    """Runs until two kernels have records, then interrupts; returns what the terminal showed and the records."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True)
    before = time.monotonic()
    while process.poll() is None and time.monotonic() < before + 100 and not (os.path.exists(records) and len(open(records).readlines()) > 1):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out = process.communicate(timeout=100)[0]
    os.close(theirs)
    shown = terminal(ours)
    assert process.returncode == 0, (process.returncode, shown)
    return shown, out


shown, out = interrupted()
assert "interrupted; what was found until then is kept" in shown, shown
assert "[" in shown and "s left, " in shown, shown
assert "launches     class" in out and "not reached" in out, out
lines = [json.loads(line) for line in open(records)]
assert len(lines) > 1 and [line["kernel"] for line in lines] == sorted(line["kernel"] for line in lines)
again = subprocess.run([*command[:4], "1s", *command[5:]], capture_output=True, text=True)
assert again.returncode == 0 and sum(" before " in line for line in again.stdout.splitlines()) == len(lines), again.stdout


def is_record(line):
    return line.endswith("\n") and "schedule" in json.loads(line)


# Whenever it comes: the files hold whole records, and nothing temporary is left. Before anything is measured it ends the tool as usual.
cache = os.path.join(folder, "interrupted-cache")
temporary = os.path.join(folder, "interrupted-temporary")
os.makedirs(temporary, exist_ok=True)
environment = {**os.environ, "XDG_CACHE_HOME": cache, "TMPDIR": temporary}
for moment in (0.05, 0.3, 0.5, 0.8, 1.2, 1.7, 2.1):
    process = subprocess.Popen(["tessera", "tune", model, "--budget", "2s", "--again", "--tuning", records], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(moment)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=100)
    assert process.returncode in (0, -signal.SIGINT), (moment, process.returncode)
    for path in (records, os.path.join(cache, "tessera", "schedules.jsonl")):
        assert not os.path.exists(path) or all(is_record(line) for line in open(path)), (moment, path)
    left = [*os.listdir(temporary), *(os.listdir(os.path.join(cache, "tessera")) if os.path.exists(cache) else [])]
    assert set(left) <= {"schedules.jsonl"}, (moment, left)
