"""The rules of docs/architecture.md and of the house style that a script can hold; each yields one line per violation."""
import ast
import re

import tree

# Which folders a folder's files may include; the order is that of the data flow.
MAY_INCLUDE = {
    "dialects": {"dialects"},
    "passes": {"dialects", "passes"},
    "codegen": {"dialects", "passes", "codegen", "tessera"},
    "compiler": {"dialects", "passes", "codegen", "compiler", "tessera"},
    "runtime": {"tessera"},
}
# Headers of the runtime that code generation may see; the rest of its public headers are for tools.
CODEGEN_MAY_SEE = {"tessera/abi.h", "tessera/types.h"}
SEES_ONNX = ("compiler/import/", "compiler/tools/io/")
KNOWS_OPERATORS = ("dialects/", "passes/graph/", "passes/fusion/", "compiler/import/", "tests/")
LINE_LIMITS = {".td": 600, ".mlir": 400, ".onnxtext": 400, ".test": 400}
LINE_LIMIT = 800
FUNCTION_LIMIT = 60


def include_directions():
    """Includes follow the folder map; ONNX and protobuf headers stay in the importer and the tensor files' reader."""
    folders = set(MAY_INCLUDE)
    for path in tree.files(*tree.CODE):
        top = path.split("/")[0]
        if top not in MAY_INCLUDE:
            continue
        for line, text in enumerate(tree.without_comments(tree.read(path)).splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', text)
            if not match:
                continue
            header = match.group(1).removeprefix("runtime/include/")
            first = header.split("/")[0]
            if first in folders | {"tessera"} and first not in MAY_INCLUDE[top]:
                yield f"{path}:{line}: {top}/ may not include {header}"
            elif first == "tessera" and top == "codegen" and header not in CODEGEN_MAY_SEE:
                yield f"{path}:{line}: of the runtime, codegen/ may include abi.h only, not {header}"
            elif re.match(r"(onnx|google/protobuf)", header) and not path.startswith(SEES_ONNX):
                yield f"{path}:{line}: only {' and '.join(SEES_ONNX)} see ONNX's headers, not {header}"
            elif top == "runtime" and re.match(r"(mlir|llvm)/", header):
                yield f"{path}:{line}: the runtime stands alone, it may not include {header}"


def operator_classes():
    """Returns the C++ class names and mnemonics of the graph dialect's operations."""
    names = set()
    for path in tree.files(".td", under="dialects/graph"):
        names |= set(re.findall(r"^def\s+Tsr_(\w+Op)\b", tree.read(path), flags=re.M))
    return names


def operator_names():
    """Past lowering nobody asks which operator something was."""
    classes = operator_classes()
    if not classes:
        yield "dialects/graph: no operation found, so nothing was checked"
    mnemonic = re.compile(r'"tsr\.\w+"|\btessera::graph::(\w+)|\bgraph::(\w+)')
    for path in tree.files(*tree.CODE):
        if path.startswith(KNOWS_OPERATORS):
            continue
        for line, text in enumerate(tree.without_comments(tree.read(path)).splitlines(), 1):
            for match in mnemonic.finditer(text):
                name = match.group(1) or match.group(2)
                if name is None or name in classes:
                    yield f"{path}:{line}: names the operator {match.group()}"


def file_sizes():
    """Files stay within the limits of the house style."""
    for path in tree.files(*tree.SOURCE, *LINE_LIMITS):
        suffix = "." + path.rsplit(".", 1)[-1]
        limit, lines = LINE_LIMITS.get(suffix, LINE_LIMIT), tree.read(path).count("\n")
        if lines > limit:
            yield f"{path}: {lines} lines, the limit is {limit}"


def c_functions(text):
    """Yields (name, first line, lines) of functions whose braces stand as clang-format puts them."""
    lines = tree.without_comments(text).splitlines()
    begin = {}
    for number, line in enumerate(lines, 1):
        if re.match(r"( {0,4})\S", line) is None:
            continue
        indent = len(line) - len(line.lstrip())
        if line.strip() in ("}", "};") and indent in begin:
            name, first = begin.pop(indent)
            if name:
                yield name, first, number - first + 1
        elif line.rstrip().endswith("{"):
            first = number
            while first > 1 and re.search(r"[;{}:]\s*$|^\s*$|^\s*#", lines[first - 2]) is None:
                first -= 1
            head = " ".join(lines[first - 1:number])
            match = re.search(r"([\w:~]+)\s*\(", head)
            plain = re.match(r"\s*(namespace|class|struct|union|enum|extern|if|for|while|switch|else|do|typedef|return|static const|constexpr)\b", head)
            begin[indent] = (match.group(1) if match and not plain and "= [" not in head else None, first)


def function_sizes():
    """Functions stay within the limit of the house style."""
    for path in tree.files(*tree.CODE, ".py"):
        text = tree.read(path)
        if path.endswith(".py"):
            found = [(n.name, n.lineno, n.end_lineno - n.lineno + 1) for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
        else:
            found = c_functions(text)
        for name, line, lines in found:
            if lines > FUNCTION_LIMIT:
                yield f"{path}:{line}: {name} has {lines} lines, the limit is {FUNCTION_LIMIT}"


def header_comments():
    """Every source file begins by saying what it is and why it exists."""
    for path in tree.files(".cpp", ".h", ".c", ".cc", ".td"):
        if not tree.read(path).lstrip().startswith(("//", "/*")):
            yield f"{path}: has no header comment"


def passes():
    """Yields (Passes.td, name, argument) of every pass."""
    for path in tree.files("Passes.td"):
        for name, argument in re.findall(r'^def\s+(\w+)\s*:\s*Pass<\s*"([^"]+)"', tree.read(path), flags=re.M):
            yield path, name, argument


def pass_names():
    """A pass's record, file, argument and test carry one name."""
    for path, name, argument in passes():
        folder, wanted = path.rsplit("/", 1)[0], tree.kebab(name)
        if argument != f"tessera-{wanted}":
            yield f"{path}: {name} has the argument {argument}, expected tessera-{wanted}"
        if not tree.exists(f"{folder}/{name}.cpp"):
            yield f"{path}: {name} is not in {folder}/{name}.cpp"
        if not tree.exists(f"tests/{folder}/{wanted}.mlir"):
            yield f"{path}: {name} has no test tests/{folder}/{wanted}.mlir"


def scratch_folders():
    """Unit tests write into a folder of their own, since they run side by side."""
    for path in tree.files(".cc", ".cpp", ".h", under="tests"):
        if path == "tests/ScratchFolder.h":
            continue
        for line, text in enumerate(tree.without_comments(tree.read(path)).splitlines(), 1):
            if re.search(r'TempDir\(|temp_directory_path|"/tmp', text):
                yield f"{path}:{line}: writes where other tests may; tests/ScratchFolder.h gives a folder of its own"


def unfinished_marks():
    """Marks of unfinished work name an issue."""
    for path in tree.files(*tree.SOURCE):
        if path.startswith("tests/structure/"):
            continue
        for line, text in enumerate(tree.read(path).splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b(?!.*issue \d)", text):
                yield f"{path}:{line}: unfinished work without an issue"


CODE_RULES = [include_directions, operator_names, file_sizes, function_sizes, header_comments, pass_names, scratch_folders, unfinished_marks]
