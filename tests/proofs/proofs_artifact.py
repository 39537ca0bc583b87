"""Proofs about the compiled artifact: what it calls, what it exports, how it behaves with threads and other models."""
import os
import re

from workbench import Skip

LIBRARIES = ("libc.so.6", "libm.so.6")


def makes_no_system_call(bench):
    """digits_run works under strict seccomp, error returns included."""
    return bench.outcome([bench.program("strict_seccomp.c", [bench.digits("plain")])])


def calls_no_allocator_lock_or_file(bench):
    """The interposed functions are not called during a run, with and without threads, error returns included."""
    return bench.outcome([bench.program("interpose.c", [bench.digits("plain")])])


def is_clean_under_thread_sanitizer(bench):
    """Two callers and a pool on one model, kernels instrumented by `--sanitize thread`."""
    library = bench.digits("tsan", "--sanitize", "thread")
    return bench.outcome([bench.program("two_threads.c", [library], "-fsanitize=thread")], env=os.environ | {"TSAN_OPTIONS": "halt_on_error=1"})


def is_clean_under_address_sanitizer(bench):
    """The same program, kernels instrumented by `--sanitize address`."""
    library = bench.digits("asan", "--sanitize", "address")
    return bench.outcome([bench.program("two_threads.c", [library], "-fsanitize=address,undefined")])


def splits_among_threads_bitwise_equal(bench):
    """The same program without a sanitizer: serial, concurrent and split runs agree bit for bit."""
    return bench.outcome([bench.program("two_threads.c", [bench.digits("plain")])])


def two_libraries_in_one_program(bench):
    """Two models as shared libraries."""
    digits = bench.digits("two_so")
    small = bench.compile(bench.small_model(), "two_so/small_model", "--symbol-prefix", "small")
    return bench.outcome([bench.program("two_models.c", [digits, small])])


def two_archives_in_one_program(bench):
    """Two models as static archives."""
    digits = bench.digits("two_a", kind="a")
    small = bench.compile(bench.small_model(), "two_a/small_model", "--symbol-prefix", "small", kind="a")
    return bench.outcome([bench.program("two_models.c", [digits, small])])


def needs_libc_and_libm_only(bench):
    """Every undefined symbol of the library is defined by libc or libm, and it needs no other library."""
    library = bench.digits("plain")
    undefined = symbols(bench, library, "--undefined-only")
    known = set()
    for name in LIBRARIES:
        known |= symbols(bench, system_library(bench, name), "--defined-only")
    weak = {"__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable"}
    foreign = sorted(undefined - known - weak)
    needed = set(re.findall(r"\(NEEDED\).*\[(.+?)\]", bench.must(["readelf", "-d", library]).stdout)) - set(LIBRARIES)
    return f"undefined: {foreign}; needed: {sorted(needed)}" if foreign or needed else None


def exports_its_prefix_only(bench):
    """The library's and the archive's global symbols all start with the model's prefix."""
    exported = symbols(bench, bench.digits("plain"), "--defined-only")
    listing = bench.must(["nm", "--defined-only", "--extern-only", bench.digits("two_a", kind="a")]).stdout
    exported |= {line.split()[-1] for line in listing.splitlines() if len(line.split()) == 3}
    foreign = sorted(name for name in exported if not name.startswith("digits_"))
    return f"exported: {foreign}" if foreign else None


def symbols(bench, library, which):
    """Returns the dynamic symbols of LIBRARY without versions."""
    lines = bench.must(["nm", "-D", which, library]).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if line.strip()}


def system_library(bench, name):
    match = re.search(rf"^\s*{re.escape(name)} .*=> (\S+)$", bench.must(["/sbin/ldconfig", "-p"]).stdout, flags=re.M)
    if not match:
        raise Skip(f"ldconfig does not list {name}")
    return match.group(1)


PROOFS = [
    makes_no_system_call,
    calls_no_allocator_lock_or_file,
    is_clean_under_thread_sanitizer,
    is_clean_under_address_sanitizer,
    splits_among_threads_bitwise_equal,
    two_libraries_in_one_program,
    two_archives_in_one_program,
    needs_libc_and_libm_only,
    exports_its_prefix_only,
]
