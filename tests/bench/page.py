"""Writes docs/performance.md from the figures: what was promised, what was measured, then every model. Remarks stay as they are."""
import math
import os

MEGABYTE = 1e6
REMARKS = "\n## Where it loses\n"


def geomean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def ratio_of(figure):
    """Returns the fastest peer's time over Tessera's."""
    best = min((peer["median_ms"] for peer in figure.get("peers", {}).values()), default=None)
    return best / figure["latency_ms"] if best and figure.get("latency_ms") else None


def is_quantised(name):
    """Whether a model's name says that it computes with bytes: its figures stand apart from those of f32."""
    return name.endswith("_int8")


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def number(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def promises(models):
    """Yields (promise, limit, measured) of the project's figures."""
    static = {n: f for n, f in models.items() if "latency_ms" in f and not is_quantised(n)}
    compiled = {n: f for n, f in models.items() if "compile_peak_bytes" in f}
    resnet = static.get("resnet50", {})
    if resnet:
        yield "resnet50 compiles", "20 s", f"{resnet['compile_s']:.1f} s"
        cold = resnet["open_ms"] + resnet["first_ms"] - resnet["warm_ms"]
        peer = resnet.get("peers", {}).get("onnxruntime")
        other = f" (ONNX Runtime: {peer['load_first_ms'] - peer['median_ms']:.0f} ms)" if peer else ""
        yield "resnet50: open and first run beyond a warm run", "30 ms", f"{cold:.1f} ms{other}"
        yield "resnet50 workspace", "8 MB", f"{resnet['workspace_bytes'] / MEGABYTE:.2f} MB"
    if "mobilenet_v2" in static:
        yield "mobilenet_v2 workspace", "7 MB", f"{static['mobilenet_v2']['workspace_bytes'] / MEGABYTE:.2f} MB"
    if compiled:
        over = {n: (f["compile_peak_bytes"] - 2 * f["model_bytes"]) / MEGABYTE for n, f in compiled.items()}
        worst = max(over, key=over.get)
        yield "compiler's peak memory beyond twice the model, worst", "200 MB", f"{over[worst]:.0f} MB ({worst})"
    if static:
        over = {n: (f["library_bytes"] - 1.02 * f["initializer_bytes"]) / 1e3 for n, f in static.items()}
        worst = max(over, key=over.get)
        yield "library beyond 1.02 times the model's own weights, worst", "300 KB", f"{over[worst]:.0f} KB ({worst})"
        bounds = {n: f["workspace_bytes"] / f["workspace_lower_bound"] for n, f in static.items() if f.get("workspace_lower_bound")}
        if bounds:
            worst = max(bounds, key=bounds.get)
            yield "workspace over its lower bound, worst", "1.15", f"{bounds[worst]:.3f} ({worst})"
        ratios = {n: ratio_of(f) for n, f in static.items() if ratio_of(f)}
        if ratios:
            worst = min(ratios, key=ratios.get)
            yield "speed over the fastest f32 peer, geometric mean", "0.6", f"{geomean(list(ratios.values())):.2f} over {len(ratios)} models"
            yield "speed over the fastest f32 peer, worst", "0.3", f"{ratios[worst]:.2f} ({worst})"
    free = {f"{n} at {s}": v["free_ms"] / v["fixed_ms"] for n, f in models.items() for s, v in f.get("sizes", {}).items()}
    if free:
        worst = max(free, key=free.get)
        yield "free size over a build fixed to it, worst", "1.25", f"{free[worst]:.2f} ({worst})"
        spaces = {f"{n} at {s}": v["workspace_bytes"] / v["fixed_lower_bound"]
                  for n, f in models.items() for s, v in f.get("sizes", {}).items() if v["fixed_lower_bound"]}
        worst = max(spaces, key=spaces.get)
        yield "workspace at a free size over the fixed build's lower bound, worst", "1.15", f"{spaces[worst]:.3f} ({worst})"
    yield "call of an empty model", "0.3 us", f"{models['empty']['call_us']:.3f} us"


def static_rows(models, quantised=False):
    for name, figure in models.items():
        if name == "empty" or "sizes" in figure or is_quantised(name) != quantised:
            continue
        if "latency_ms" not in figure:
            yield [name, "fails: " + figure.get("failed", "")[:80].replace("|", "/"), *["-"] * 9]
            continue
        peers = figure.get("peers", {})
        bound = figure.get("workspace_lower_bound")
        yield [name, number(figure["latency_ms"], 3), *(number(peers.get(e, {}).get("median_ms"), 3) for e in ("onnxruntime", "openvino")),
               number(ratio_of(figure)), number(figure["compile_s"], 1), number(figure["compile_peak_bytes"] / MEGABYTE, 0),
               number(figure["library_bytes"] / MEGABYTE, 1), number(figure["workspace_bytes"] / MEGABYTE, 2),
               number(figure["workspace_bytes"] / bound if bound else None, 3),
               number(figure["open_ms"] + figure["first_ms"] - figure["warm_ms"], 1)]


def free_rows(models):
    for name, figure in models.items():
        for size, value in sorted(figure.get("sizes", {}).items(), key=lambda entry: int(entry[0])):
            peers, bound = value.get("peers", {}), value["fixed_lower_bound"]
            yield [name, size, number(value["free_ms"], 3), number(value["fixed_ms"], 3), number(value["free_ms"] / value["fixed_ms"]),
                   number(value["workspace_bytes"] / bound if bound else None, 3), *(number(peers.get(e, {}).get("median_ms"), 3) for e in ("onnxruntime", "openvino"))]


def size_rows(models):
    for name, figure in models.items():
        if "library_bytes" in figure:
            yield [name, f"{figure['initializer_bytes']:,}", f"{figure['library_bytes']:,}", number(figure["library_bytes"] / figure["initializer_bytes"], 3)]


def remarks_of(path):
    """Returns what people wrote below the figures of the page at PATH."""
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        _, heading, remarks = file.read().partition(REMARKS)
    return heading + remarks


def text(result):
    """Returns the page."""
    models = result["models"]
    page = f"""# Performance

Measured on {result['date']} by `tests/bench/measure.py`: {result['machine']}. One thread on one core, batch 1, f32, seeded inputs. A figure is
the median of {result['rounds']} interleaved runs. Peers come from PyPI in the versions of `.ci/requirements.txt`, OpenVINO where installed.

"""
    page += table(["figure", "at most (speed: at least)", "measured"], [list(row) for row in promises(models)])
    page += "\n## Models\n\nLatency in milliseconds; ratio is the fastest peer's time over Tessera's; compile time in seconds; peak memory of the\n"
    page += "compiler, library and workspace in MB; workspace over its lower bound; open and first run beyond a warm run in milliseconds.\n\n"
    columns = ["model", "Tessera", "ONNX Runtime", "OpenVINO", "ratio", "compile", "peak", "library", "workspace", "over bound", "cold"]
    page += table(columns, static_rows(models))
    page += "\n## Models of 8 bits\n\nThe same columns for quantised models. Peers compute with bytes too.\n\n"
    page += table(columns, static_rows(models, quantised=True))
    page += "\n## Free sizes\n\nOne library, compiled once, at several sizes; beside it a build fixed to that size. The workspace is compared with the lower\n"
    page += "bound of the fixed build.\n\n"
    page += table(["model", "size", "free", "fixed", "free over fixed", "workspace over bound", "ONNX Runtime", "OpenVINO"], free_rows(models))
    page += "\n## Size of libraries\n\nBytes of the initializers in the `.onnx` file, and of the whole library.\n\n"
    return page + table(["model", "weights", "library", "library over weights"], size_rows(models))
