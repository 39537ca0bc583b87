"""Cases in ONNX's test-data layout with ONNX Runtime's outputs, the call of `tessera verify` on them, and what scripts of checks share."""
import argparse
import os
import re
import shutil
import subprocess

SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")


def session_of(model):
    """Returns a single-threaded ONNX Runtime session of the file MODEL without graph optimisation."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def copy_typed(model, target, results):
    """Copies the file MODEL; outputs that do not say their type get that of RESULTS, the arrays in the outputs' order."""
    import onnx
    from onnx import numpy_helper
    proto = onnx.load(model, load_external_data=False)
    untyped = [(output, result) for output, result in zip(proto.graph.output, results) if not output.HasField("type")]
    if not untyped:
        shutil.copyfile(model, target)
        return
    for output, result in untyped:
        tensor = numpy_helper.from_array(result)
        output.CopyFrom(onnx.helper.make_tensor_value_info(output.name, tensor.data_type, list(tensor.dims)))
    with open(target, "wb") as file:
        file.write(proto.SerializeToString())


def write_case(folder, model, data_sets, tolerance):
    """Writes FOLDER: a copy of the file MODEL and one data set for each {input name: array}; TOLERANCE is "rtol atol"."""
    from onnx import numpy_helper
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "tolerance"), "w") as file:
        file.write(tolerance + "\n")
    session = session_of(model)
    inputs = [value.name for value in session.get_inputs()]
    outputs = [value.name for value in session.get_outputs()]
    results = [session.run(None, feeds) for feeds in data_sets]
    copy_typed(model, os.path.join(folder, "model.onnx"), results[0])
    for index, feeds in enumerate(data_sets):
        data = os.path.join(folder, f"test_data_set_{index}")
        os.makedirs(data, exist_ok=True)
        for stem, names, values in (("input", inputs, [feeds[n] for n in inputs]), ("output", outputs, results[index])):
            for j, (name, value) in enumerate(zip(names, values)):
                with open(os.path.join(data, f"{stem}_{j}.pb"), "wb") as file:
                    file.write(numpy_helper.from_array(value, name).SerializeToString())


def verify(tessera, *arguments, show=True):
    """Runs `tessera verify`, showing its lines as they come; returns (lines, (passed, failed, skipped))."""
    lines, counts = [], None
    command = [tessera, "verify", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            match = SUMMARY.match(lines[-1])
            if match:
                counts = tuple(map(int, match.groups()))
            elif show:
                print(lines[-1], flush=True)
    if counts is None or process.returncode not in (0, 1):
        print(f"tessera verify ended with {process.returncode} after {len(lines)} lines")
        counts = (0, 1, 0)
    return lines, counts


def summary(passed, failed, skipped):
    """Prints the closing line that tests/run.sh reads; returns the exit status."""
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return int(failed > 0)


def parser_of(usage, work):
    """Returns an argument parser for a script of checks that writes into the folder WORK unless told otherwise."""
    parser = argparse.ArgumentParser(description=usage, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--work", default=work)
    return parser


def summary_of(results):
    """The summary of a list of truth values, one for each check."""
    return summary(sum(results), len(results) - sum(results), 0)
