"""Proofs about the machine code of kernels."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import gain_kernels

DISASSEMBLER = "llvm-objdump-22"
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
# What a loop over the sum of a contraction may do with vectors: read, broadcast, multiply and add.
SUMS = re.compile(r"^v(fn?madd\w+ps|pdp\w+|pmaddwd|paddd)$")
OTHERS = re.compile(r"^v(mov\w+|maskmov\w+|broadcast\w+|pbroadcast\w+|pmov\w+)$")


def functions(bench, library):
    """Yields the name and the instructions (address, operation, operands) of each function."""
    name, code = None, []
    for line in bench.must([DISASSEMBLER, "-d", "--no-show-raw-insn", library]).stdout.splitlines():
        if line.endswith(">:"):
            if name:
                yield name, code
            name, code = line[line.index("<") + 1:-2], []
        elif match := INSTRUCTION.match(line):
            code.append((int(match[1], 16), match[2], match[3].split("#")[0]))
    if name:
        yield name, code


def innermost_loops(code):
    """Yields the instructions from the target of a backward jump to the jump, where no other such stretch lies within."""
    jumps = []
    for address, operation, operands in code:
        target = re.match(r"0x([0-9a-f]+)", operands)
        if operation.startswith("j") and target and int(target[1], 16) <= address:
            jumps.append((int(target[1], 16), address))
    for begin, end in jumps:
        if not any(begin <= other[0] and other[1] <= end and other != (begin, end) for other in jumps):
            yield [entry for entry in code if begin <= entry[0] <= end]


def is_sum_loop(loop):
    vectors = [operation for _, operation, _ in loop if operation.startswith("v")]
    return sum(bool(SUMS.match(operation)) for operation in vectors) >= 4 and all(
        SUMS.match(operation) or OTHERS.match(operation) for operation in vectors)


def loops_over_sums_do_not_spill(bench):
    """The loops over the sum of products and convolutions keep all their vectors in registers, on every target."""
    models = {**gain_kernels.CLASSES, **gain_kernels.ODD}
    wrong = []
    for name in (name for name in models if re.match("contraction|product|two_inputs|convolution", name)):
        model = gain_kernels.write(models[name], bench.path("kernels", name + ".onnx"))
        for target in ("x86-64-v3", "x86-64-v4"):
            library = bench.compile(model, f"kernels/{name}_{target}", "--target", target, "--winograd", "off")
            seen = 0
            for function, code in functions(bench, library):
                for loop in filter(is_sum_loop, innermost_loops(code)) if "_kernel_" in function else ():
                    seen += 1
                    spills = [" ".join(entry[1:]) for entry in loop if "(%rsp" in entry[2] and "mm" in entry[2]]
                    if spills:
                        wrong.append(f"{name}, {target}, {function}: {len(spills)} of {len(loop)} instructions, as {spills[0]}")
            if not seen:
                wrong.append(f"{name}, {target}: no such loop was recognised")
    return "\n".join(wrong) or None


PROOFS = [loops_over_sums_do_not_spill]
