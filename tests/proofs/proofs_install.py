"""Proofs about the installed package and about results that must not depend on threads."""
import filecmp
import glob
import os
import shutil
import sys

from workbench import DIGITS, ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
from shared_models import SHARED, models_of

EXAMPLES = {"c99": ["this is a 3"], "cpp": ["this is a 0", "this is a 1"]}


def examples_build_against_the_package(bench):
    """The C99 and the C++ example build with find_package(Tessera) against an installation, and run."""
    prefix = bench.path("installed", "bin")[:-4]
    shutil.rmtree(prefix, ignore_errors=True)
    bench.must(["cmake", "--install", bench.build, "--prefix", prefix])
    for name, answers in EXAMPLES.items():
        folder = bench.path("examples", name, "x")[:-2]
        shutil.rmtree(folder, ignore_errors=True)
        compilers = ["-DCMAKE_C_COMPILER=clang-22", "-DCMAKE_CXX_COMPILER=clang++-22"]
        source = os.path.join(ROOT, "examples", name)
        bench.must(["cmake", "-G", "Ninja", "-S", source, "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}", *compilers])
        bench.must(["cmake", "--build", folder])
        said = bench.must([os.path.join(folder, "digits")]).stdout
        if [line.split(" (")[0] for line in said.splitlines()] != answers:
            return f"examples/{name} said {said!r}, expected {answers}"
    return None


def results_do_not_depend_on_threads(bench):
    """One and two threads give the same bits on every model there is here: digits, and ../shared/models when present."""
    models = {"digits": DIGITS}
    if os.path.exists(os.path.join(SHARED, "INDEX.md")):
        models |= {name: os.path.join(SHARED, name, "model.onnx") for name in models_of(SHARED, 1)}
    different = []
    for name, model in models.items():
        library = bench.compile(model, f"threads/{name}")
        folders = [bench.path("threads", f"{name}.{threads}", "x")[:-2] for threads in (1, 2)]
        for threads, folder in zip((1, 2), folders):
            inputs = inputs_of(model)
            bench.must([bench.tessera, "run", library, *inputs, "--random", "5", "--threads", str(threads), "--output-dir", folder])
        names = sorted(os.path.basename(path) for path in glob.glob(os.path.join(folders[0], "output_*")))
        _, unequal, missing = filecmp.cmpfiles(*folders, names, shallow=False)
        different += [f"{name}/{file}" for file in unequal + missing]
    return f"different: {different}" if different else None


def inputs_of(model):
    """Returns the --input options of the data set beside MODEL, if there is one."""
    import onnx
    options = []
    for path in sorted(glob.glob(os.path.join(os.path.dirname(model), "test_data_set_0", "input_*.pb"))):
        with open(path, "rb") as file:
            options += ["--input", f"{onnx.TensorProto.FromString(file.read()).name}={path}"]
    return options


PROOFS = [examples_build_against_the_package, results_do_not_depend_on_threads]
