#!/usr/bin/env python3
"""Writes docs/operators.md and docs/passes.md from the TableGen records; with --check only says whether they are current.

usage: write_lists.py [--check]        needs llvm-tblgen of LLVM 22
"""
import json
import os
import re
import subprocess
import sys

import tree

LLVM = "/usr/lib/llvm-22"
OPERATIONS = "dialects/graph/GraphOps.td"
STAGES = ["passes/graph", "passes/fusion", "passes/layout", "passes/plan", "codegen/schedule", "codegen/cpu"]


def records(file):
    """Returns the TableGen records of FILE as a dictionary."""
    command = [f"{LLVM}/bin/llvm-tblgen", "--dump-json", "-I", tree.ROOT, "-I", f"{LLVM}/include", os.path.join(tree.ROOT, file)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def row(*cells):
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |\n"


def value_of(declaration, function):
    """Returns the text that the static FUNCTION in a class DECLARATION returns."""
    match = re.search(rf'{function}\(\) {{ return "?(.*?)"?; }}', declaration)
    return match.group(1) if match else ""


def operators():
    """Returns docs/operators.md."""
    found, rows = records(OPERATIONS), []
    for name in found["!instanceof"]["Tsr_OpBase"]:
        record = found[name]
        declaration = record["extraClassDeclaration"]
        family = os.path.basename(record["!locs"][0].split(":")[0]) if record.get("!locs") else ""
        since = value_of(declaration, "getOnnxSince")
        # The list may end in words that are no operator.
        for operator in re.findall(r"(?:^|,)\s*([A-Z]\w*(?: \([^)]*\))?)\s*(?=,|$)", value_of(declaration, "getOnnxOperators")):
            rows.append((operator, f"`tsr.{record['opName']}`", "" if since in ("", "0") else since, family, record["summary"]))
    text = "# Operators\n\nWritten by `tests/structure/write_lists.py` from the graph dialect's records. *Since*: the first opset version with\n"
    text += "this meaning, where the operator maps one to one; elsewhere the importer adapts all versions.\n\n"
    text += row("ONNX operator", "operation", "since", "family", "what it is") + row(*["---"] * 5)
    text += "".join(row(*cells) for cells in sorted(rows, key=lambda cells: (cells[0].lower(), cells[1])))
    text += "\n## Composed\n\nOperators that an adapter in `compiler/import` builds from several of the operations above, or as a call of the runtime's\n"
    text += "operator library ([decision 006](decisions/006-operator-library.md)); *since*: the first version that is implemented.\n\n"
    text += row("ONNX operator", "since", "adapter") + row(*["---"] * 3)
    return text + "".join(row(*cells) for cells in composed({cells[0] for cells in rows}))


def composed(listed):
    """Returns the rows of operators that adapters build from other operations or call in the runtime's library."""
    since = {}
    for path in tree.files(".cpp", under="compiler/import"):
        for operator, version in re.findall(r'table\.add\(\s*"([\w.]+)",\s*(\d+),', tree.read(path)):
            name = re.sub(r"(.*)\.(\w+)$", r"\2 (\1)", operator)
            since.setdefault((name, os.path.basename(path)), []).append(int(version))
    return sorted(((name, str(min(versions)), path) for (name, path), versions in since.items() if name not in listed), key=lambda row: row[0].lower())


def passes():
    """Returns docs/passes.md."""
    text = "# Passes\n\nWritten by `tests/structure/write_lists.py` from the `Passes.td` files, by stage in the order data flows; the order of a\n"
    text += "stage's passes stands in its `Pipeline.cpp`. `tessera-opt` runs each alone.\n"
    for stage in STAGES:
        path = f"{stage}/Passes.td"
        if not tree.exists(path):
            continue
        found = records(path)
        text += f"\n## {stage}\n\n" + row("argument", "what it does") + row("---", "---")
        names = sorted(found["!instanceof"].get("PassBase", []), key=lambda name: found[name]["argument"])
        text += "".join(row(f"`{found[name]['argument']}`", found[name]["summary"]) for name in names)
    return text


def main():
    check, wrong = "--check" in sys.argv[1:], 0
    for path, text in (("docs/operators.md", operators()), ("docs/passes.md", passes())):
        if check and (not tree.exists(path) or tree.read(path) != text):
            print(f"{path} is not current: run tests/structure/write_lists.py")
            wrong = 1
        elif not check:
            with open(os.path.join(tree.ROOT, path), "w", encoding="utf-8") as file:
                file.write(text)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
