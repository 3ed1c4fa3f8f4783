"""What the implementations are called with: probabilities, logits, rows of classes, settings."""

import numpy as np

TYPES = {"f32": np.float32, "f64": np.float64}
GAMMAS = {"f32": [0.0, 0.5, 1.0, 2.0, 3.0], "f64": [0.5, 2.0]}
ALPHAS = {"f32": [0.25, 0.9], "f64": [0.25]}
EPSILON = 1e-7


def settings(float_type):
    """Pairs of alpha and gamma: every gamma with the first alpha, and gamma = 2 with the others."""
    first, *others = ALPHAS[float_type]
    return [(first, gamma) for gamma in GAMMAS[float_type]] + [(alpha, 2.0) for alpha in others]


def bounds(kind):
    """The bounds of the clip in this type, and in f64 also those of f32, which one framework uses."""
    exact = [EPSILON, 1.0 - EPSILON]
    rounded = [kind(np.float32(bound)) for bound in exact]
    return rounded if kind is np.float32 else [kind(bound) for bound in exact] + rounded


def beside(value):
    kind = type(value)
    return [np.nextafter(value, kind(-np.inf)), value, np.nextafter(value, kind(np.inf))]


def probabilities(kind):
    """Ordinary ones; near and at 0, 1 and the bounds of the clip; and what is none."""
    ordinary = [0.01, 0.1, 0.3, 0.5, 0.6, 0.75, 0.9, 0.99]
    small = [1e-3, 1e-5, 1e-6, 1e-8, 1e-12, 1e-30]
    ends = [0.0, -0.0, np.finfo(kind).tiny, 1.0, np.nextafter(kind(1), kind(0)), np.nextafter(kind(1), kind(2))]
    near_one = [1.0 - 1e-3, 1.0 - 1e-5, 1.0 - 1e-6]
    outside = [-1.0, -0.1, -1e-7, 1.1, 2.0]
    clip = [value for bound in bounds(kind) for value in beside(kind(bound))]
    return np.array([kind(value) for value in ordinary + small + near_one + ends + outside + clip], dtype=kind)


def logits(kind):
    sizes = [1e-30, 1e-8, 1e-4, 0.1, 0.5, 1, 1.5, 2, 3, 5, 8, 10, 12, 16, 17, 20, 30, 36, 40, 60, 80, 87, 88, 89, 90, 100]
    return np.array([0.0] + sizes + [-size for size in sizes], dtype=kind)


def labelled(values, labels=(0, 1)):
    """Every value with every label."""
    kind = values.dtype.type
    return np.repeat(values, len(labels)), np.array([kind(label) for label in labels] * len(values))


ROWS = {
    2: [[0.3, 0.7], [0.5, 0.5], [0.999, 0.001], [0.25, 0.5], [1.0, 0.0], [1e-7, 1.0], [1e-8, 1e-10], [0.9, 0.9], [-0.1, 1.1], [1.2, 0.3]],
    3: [[0.2, 0.3, 0.5], [0.98, 0.01, 0.01], [1.0, 0.0, 0.0], [0.1, 0.1, 0.1], [1e-6, 1e-8, 0.999998], [2.0, 1.0, 0.5], [0.5, 0.6, -0.1]],
    5: [[0.1, 0.15, 0.2, 0.25, 0.3], [0.96, 0.01, 0.01, 0.01, 0.01], [1e-3, 1e-5, 1e-7, 1e-9, 0.99], [0.0, 0.0, 0.0, 0.0, 1.0]],
}


def rows(classes, kind):
    return np.array(ROWS[classes], dtype=kind)


def targets(classes, count):
    """Two targets for each row: the first class and one that changes from row to row."""
    return [0, 1] * count if classes == 2 else [target for row in range(count) for target in (0, 1 + row % (classes - 1))]


def one_hot(classes, chosen, kind):
    return np.eye(classes, dtype=kind)[chosen]
