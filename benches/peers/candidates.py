"""What is timed: emitted kernels by ctypes, and what frameworks and packages offer for the same two arrays.

A candidate is a function of two numpy arrays (logits, labels 0 or 1 in the float type) that gives a function without
arguments; that one computes, and gives both outputs as numpy arrays only when asked (`call(True)`).
"""

import ctypes
from importlib.metadata import version

import numpy as np

ALPHA = 0.25
GAMMA = 2
LOSS, HESSIAN = "forward_backward", "backward_hessian"
TYPES = {"f32": np.float32, "f64": np.float64}


class Candidate:
    def __init__(self, name, function, float_type, prepare, alpha=ALPHA):
        self.name, self.function, self.float_type = name, function, float_type
        self.prepare, self.alpha = prepare, alpha


def formula(function, sigmoid, log_sigmoid):
    """The derived formulas in a framework's operations: stable, no power, nothing subtracted from 1."""

    def compute(x, y):
        s = 2 * y - 1
        z = s * x
        alpha = (1 - ALPHA) + (2 * ALPHA - 1) * y
        p, q, ell = sigmoid(z), sigmoid(-z), -log_sigmoid(z)
        gradient = -s * alpha * q * q * (2 * p * ell + q)
        if function == LOSS:
            return alpha * q * q * ell, gradient
        return gradient, alpha * p * q * q * (5 * q + 2 * ell * (2 * p - q))

    return compute


def emitted(path, function, float_type, labels):
    run = getattr(ctypes.CDLL(path), function)

    def prepare(x, y):
        y = y.astype(TYPES.get(labels, np.uint8))
        a, b = np.empty_like(x), np.empty_like(x)
        arrays = x, y, a, b
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
        n = ctypes.c_size_t(len(x))

        def call(outputs=False):
            run(n, *pointers)
            return arrays[2:] if outputs else None  # inputs live as long as the function

        return call

    return prepare


def libraries(lines):
    """From `sh benches/run --libraries`: the kernels, and none of the yardsticks but the hand-written one."""
    for line in lines:
        name, target, float_type, labels, functions, path = line.rstrip("\n").split("\t")
        # the first word of an emitted row is its float type
        if name.split()[0] != float_type and name != "hand-written":
            continue
        for function in functions.split(","):
            prepare = emitted(path, function, float_type, labels)
            yield Candidate(f"{name}, {target}", function, float_type, prepare)


def one_thread(torch):
    torch.set_num_threads(1)
    # each size and type is compiled by itself; past the limit it would run eagerly
    torch._dynamo.config.recompile_limit = 64


def torch_formula(function, compiled):
    import torch
    from torch.nn.functional import logsigmoid

    one_thread(torch)
    compute = formula(function, torch.sigmoid, logsigmoid)
    if compiled:
        compute = torch.compile(compute, dynamic=False)

    def prepare(x, y):
        x, y = torch.from_numpy(x), torch.from_numpy(y)

        def call(outputs=False):
            with torch.no_grad():
                both = compute(x, y)
            return tuple(array.numpy() for array in both) if outputs else None

        return call

    return prepare


def torchvision_autograd(compiled):
    import torch
    from torchvision.ops import sigmoid_focal_loss

    one_thread(torch)
    focal = torch.compile(sigmoid_focal_loss, dynamic=False) if compiled else sigmoid_focal_loss

    def prepare(x, y):
        x, y = torch.from_numpy(x).requires_grad_(), torch.from_numpy(y)
        ones = torch.ones_like(x)

        def call(outputs=False):
            loss = focal(x, y, alpha=ALPHA, gamma=GAMMA, reduction="none")
            (gradient,) = torch.autograd.grad(loss, x, ones)
            return (loss.detach().numpy(), gradient.numpy()) if outputs else None

        return call

    return prepare


def jax_formula(function):
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    compute = jax.jit(formula(function, jax.nn.sigmoid, jax.nn.log_sigmoid))

    def prepare(x, y):
        x, y = jax.device_put(x), jax.device_put(y)

        def call(outputs=False):
            both = jax.block_until_ready(compute(x, y))
            return tuple(np.asarray(array) for array in both) if outputs else None

        return call

    return prepare


def imbalance_xgboost():
    from imxgboost.focal_loss import Focal_Binary_Loss

    objective = Focal_Binary_Loss(gamma_indct=GAMMA).focal_binary_object

    class Labels:
        def __init__(self, y):
            self.y = y

        def get_label(self):
            return self.y

    def prepare(x, y):
        data = Labels(y)

        def call(outputs=False):
            with np.errstate(all="ignore"):
                both = objective(x, data)
            return both if outputs else None

        return call

    return prepare


def reason(error):
    return " ".join([type(error).__name__ + ":", *str(error).splitlines()[:1]])


def peers():
    """Candidates, and for what is not here the name and the reason."""
    found, missing = [], []

    def offer(package, name, how, function, float_types, make, alpha=ALPHA):
        try:
            prepare = make()
            for float_type in float_types:
                found.append(Candidate(f"{name} {version(package)}, {how}", function, float_type, prepare, alpha))
        except Exception as error:  # whatever a package does when it cannot be used is the reason
            missing.append((f"{name}, {how}", reason(error)))

    both = ("f32", "f64")
    for function in (LOSS, HESSIAN):
        offer("torch", "torch.compile", "formula", function, both, lambda: torch_formula(function, True))
        offer("torch", "torch eager", "formula", function, both, lambda: torch_formula(function, False))
        offer("jax", "jax.jit", "formula", function, both, lambda: jax_formula(function))
    offer("torchvision", "torchvision", "autograd", LOSS, both, lambda: torchvision_autograd(False))
    offer("torchvision", "torchvision", "autograd, torch.compile", LOSS, both, lambda: torchvision_autograd(True))
    # what boosters hand over is f32
    offer("imbalance-xgboost", "imbalance-xgboost", "no alpha", HESSIAN, ("f32",), imbalance_xgboost, None)
    return found, missing
