"""Times emitted kernels beside their peers in this process: peers.py LIBRARIES [--write].

One core, one thread each, CPU time of the process, candidates take turns, the least of all repetitions; beside the
times the largest errors in ulps against 50 digits. `docs/performance.md` says what the columns mean.
"""

import math
import os
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

# before any framework counts the cores
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import mpmath
import numpy as np

import candidates
from candidates import HESSIAN, LOSS, TYPES

SIZES = {10_000: 31, 1_000_000: 31, 10_000_000: 15}
ELEMENTS = 200_000
POINTS = 1000
DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"


def main(arguments):
    with open(arguments[0]) as lines:
        ours = list(candidates.libraries(lines))
    found, missing = candidates.peers()
    everyone, errors = ours, [largest_errors(candidate) for candidate in ours]
    for candidate in found:
        try:
            errors.append(largest_errors(candidate))
            everyone.append(candidate)
        except Exception as error:  # what compiles at its first call may fail there
            missing.append((candidate.name, candidates.reason(error)))
    times = [[] for _ in everyone]
    for n, repetitions in SIZES.items():
        print(f"timing {len(everyone)} candidates at n = {n}", file=sys.stderr)
        for all_times, least in zip(times, measure(everyone, n, repetitions)):
            all_times.append(least)
    text = document(list(zip(everyone, times, errors)), missing)
    print(text, end="")
    if "--write" in arguments:
        put(text)


def data(n, float_type):
    random = np.random.default_rng(1)
    x = (3 * random.standard_normal(n)).astype(TYPES[float_type])
    return x, (random.random(n) < 0.25).astype(TYPES[float_type])


def measure(everyone, n, repetitions):
    inputs = {float_type: data(n, float_type) for float_type in TYPES}
    # the first call compiles, where that is done
    calls = [candidate.prepare(*inputs[candidate.float_type]) for candidate in everyone]
    for call in calls:
        call()
    again = max(1, ELEMENTS // n)
    least = [math.inf] * len(calls)
    for _ in range(repetitions):
        for place, call in enumerate(calls):
            start = time.process_time_ns()
            for _ in range(again):
                call()
            least[place] = min(least[place], (time.process_time_ns() - start) / again / n)
    return least


def truth(x, y, alpha, function):
    """Both outputs, and what ulps are counted of: the value, or the sum of the Hessian's absolute terms."""
    z = mpmath.mpf(float(x)) * (1 if y == 1 else -1)
    weight = 1 if alpha is None else mpmath.mpf(alpha if y == 1 else 1 - alpha)
    t = mpmath.exp(-z)
    p, q, ell = 1 / (1 + t), 1 / (1 + 1 / t), mpmath.log1p(t)
    gradient = (-1 if y == 1 else 1) * weight * q * q * (2 * p * ell + q)
    if function == LOSS:
        loss = weight * q * q * ell
        return (loss, loss), (gradient, gradient)
    scale = weight * p * q * q
    return (gradient, gradient), (scale * (5 * q + 2 * ell * (2 * p - q)), scale * (5 * q + 2 * ell * (2 * p + q)))


TRUTHS = {}


def points(float_type):
    """Logits as nets give them, and beyond where results are normal numbers of f32."""
    random = np.random.default_rng(2)
    x = np.concatenate([3 * random.standard_normal(POINTS), random.uniform(-80, 80, POINTS)]).astype(TYPES[float_type])
    return np.repeat(x, 2), np.tile([0, 1], len(x)).astype(TYPES[float_type])


def truths(float_type, alpha, function):
    key = float_type, alpha, function
    if key not in TRUTHS:
        with mpmath.workdps(50):
            TRUTHS[key] = [truth(x, y, alpha, function) for x, y in zip(*points(float_type))]
    return TRUTHS[key]


def largest_errors(candidate):
    outputs = candidate.prepare(*points(candidate.float_type))(True)
    digits, smallest = (23, -126) if candidate.float_type == "f32" else (52, -1022)
    largest = []
    for output, values in zip(outputs, zip(*truths(candidate.float_type, candidate.alpha, candidate.function))):
        worst = 0.0
        with mpmath.workdps(50):
            for measured, (value, size) in zip(output, values):
                exponent = int(mpmath.frexp(size)[1]) - 1
                if not math.isfinite(measured):
                    worst = math.inf
                elif exponent >= smallest:  # some flush what is not a normal number, on purpose
                    ulp = mpmath.ldexp(1, exponent - digits)
                    worst = max(worst, float(abs(mpmath.mpf(float(measured)) - value) / ulp))
        largest.append(worst)
    return largest


def document(rows, missing):
    versions = f"Python {sys.version.split()[0]}, {processor()}"
    text = f"{datetime.now(timezone.utc):%F}, {versions}; `sh benches/peers/run --write`.\n"
    for function, title in ((LOSS, "Loss and gradient"), (HESSIAN, "Gradient and Hessian")):
        for float_type in TYPES:
            chosen = [row for row in rows if (row[0].function, row[0].float_type) == (function, float_type)]
            text += f"\n### {title}, {float_type}, from Python\n\n" + table(chosen, float_type)
    if missing:
        text += "\nNot there:\n\n" + "".join(f"- {name}: {reason}\n" for name, reason in dict(missing).items())
    return text


def table(rows, float_type):
    mode_of = {mode: {target: time_of(rows, f"{float_type} {mode}, {target}") for target in ("default", "v3", "native")}
               for mode in ("accurate", "fast")}
    modes = [mode for mode, by_target in mode_of.items() if any(by_target.values())]
    head = ["candidate", "10⁴", "10⁶", "10⁷", "ulp, first", "ulp, second"] + [f"÷ {mode}" for mode in modes]
    lines = [head, ["---"] + ["--:"] * (len(head) - 1)]
    for candidate, times, errors in rows:
        ratios = ["" if candidate.name.startswith(float_type) else over(times[1], mode_of[mode]) for mode in modes]
        cells = [candidate.name] + [f"{time:.2f}" for time in times] + [ulps(error) for error in errors]
        lines.append(cells + ratios)
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def time_of(rows, name):
    return next((times[1] for candidate, times, _ in rows if candidate.name == name), None)


def over(time, by_target):
    """`2.1 / 4.5 / 6.0`: the peer's time over the kernel's at 10^6, for each target."""
    return " / ".join(f"{time / other:.2f}" for other in by_target.values() if other)


def ulps(error):
    if error == math.inf:
        return "NaN or inf"
    return f"{error:.3f}" if error < 1 else f"{error:.1f}" if error < 1000 else f"{error:.0e}"


def processor():
    try:
        with open("/proc/cpuinfo") as info:
            fields = dict(line.split(":", 1) for line in info if ":" in line)
        known = {key.strip(): value.strip() for key, value in fields.items()}
        return f"{known['model name']} (family {known['cpu family']}, model {known['model']})"
    except (OSError, KeyError):
        return "unknown processor"


def put(text):
    begin, end = "<!-- peers begin -->", "<!-- peers end -->"
    before, rest = DOCUMENT.read_text().split(begin)
    _, after = rest.split(end)
    DOCUMENT.write_text(f"{before}{begin}\n\n{text}\n{end}{after}")


if __name__ == "__main__":
    main(sys.argv[1:])
