"""Records what public implementations of focal loss give: record.py WHICH DATE, WHICH = torchvision, module, keras-torch
or keras-tensorflow. Writes recordings/WHICH.json beside this file; the same packages give the same bytes."""

import importlib.metadata
import os
import platform
import sys
from pathlib import Path

WHICH, DATE = sys.argv[1:]
if WHICH.startswith("keras-"):
    os.environ["KERAS_BACKEND"] = WHICH.removeprefix("keras-")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

import points
from recording import Recording

PACKAGES = {
    "torchvision": ["numpy", "torch", "torchvision"],
    "module": ["numpy", "torch"],
    "keras-torch": ["numpy", "torch", "keras"],
    "keras-tensorflow": ["numpy", "tensorflow-cpu", "keras"],
}


def main():
    versions = {"date": DATE, "python": platform.python_version(), "machine": platform.machine()}
    versions |= {name: importlib.metadata.version(name) for name in PACKAGES[WHICH]}
    recording = Recording(versions)
    for float_type, kind in points.TYPES.items():
        {"torchvision": torchvision, "module": module}.get(WHICH, keras_functions)(recording, float_type, kind)
    recording.write(Path(__file__).parent / "recordings" / f"{WHICH}.json")


def by_torch(loss_of):
    """A call on arrays by torch, with the gradient of the sum of what the loss function gives."""
    import torch

    def call(x, target):
        inputs = torch.tensor(x, requires_grad=True)
        loss = loss_of(inputs, torch.tensor(target))
        loss.sum().backward()
        return loss.detach().numpy(), inputs.grad.numpy()

    return call


def by_tensorflow(loss_of):
    import tensorflow

    def call(x, target):
        inputs = tensorflow.Variable(x)
        with tensorflow.GradientTape() as tape:
            loss = loss_of(inputs.value(), tensorflow.constant(target))
        return loss.numpy(), tape.gradient(loss, inputs).numpy()

    return call


def torchvision(recording, float_type, kind):
    from torchvision.ops import sigmoid_focal_loss

    def add(x, target, **chosen):
        call = by_torch(lambda inputs, targets: sigmoid_focal_loss(inputs, targets, **chosen))
        recording.add("torchvision.ops.sigmoid_focal_loss", float_type, chosen, x, target, call)

    x, y = points.labelled(points.logits(kind))
    for alpha, gamma in points.settings(float_type):
        add(x, y, alpha=alpha, gamma=gamma)
    add(x, y, alpha=-1.0, gamma=2.0)
    few, soft = points.labelled(np.array([-3, -0.5, 0.25, 1.5], dtype=kind), (0.3, 0.7))
    add(few, soft, alpha=0.25, gamma=2.0)
    few, y = points.labelled(np.array([-3, -0.5, 0.25, 1.5], dtype=kind))
    for reduction in ("mean", "sum", "nothing"):
        add(few, y, alpha=0.25, gamma=2.0, reduction=reduction)
    add(few, y, alpha=1.5, gamma=2.0)
    add(few, y[:-1], alpha=0.25, gamma=2.0)


def module(recording, float_type, kind):
    from older_torch import FocalLoss

    def add(x, target, **chosen):
        def loss_of(inputs, targets):
            return FocalLoss(**chosen)(inputs, targets)

        recording.add("FocalLoss", float_type, chosen, x, target, by_torch(loss_of))

    def row_by_row(x, target, **chosen):
        """Each row alone, summed: the loss of each element, which the module itself does not give."""
        import torch

        def call(x, target):
            alone = by_torch(lambda inputs, targets: torch.stack(
                [FocalLoss(size_average=False, **chosen)(row[None], one[None]) for row, one in zip(inputs, targets)]))
            return alone(x, target)

        recording.add("FocalLoss, row by row", float_type, chosen, x, target, call)

    p = points.probabilities(kind)
    for alpha, gamma in points.settings(float_type):
        # two classes whose probabilities need not sum to 1: only that of the target counts
        x = np.stack([np.repeat(p, 2), np.repeat(p[::-1], 2)], axis=1)
        row_by_row(x, np.array([0, 1] * len(p)), alpha=alpha, gamma=gamma)
    weights = {2: [[0.25, 0.75], [1.0, 3.0]], 3: [[1.0, 2.0, 5.0]], 5: [[0.1, 0.2, 0.3, 0.4, 0.5]]}
    for classes, lists in weights.items():
        rows, chosen = points.rows(classes, kind), points.targets(classes, len(points.ROWS[classes]))
        x, target = np.repeat(rows, 2, axis=0), np.array(chosen)
        for alpha in lists:
            for gamma in points.GAMMAS[float_type]:
                row_by_row(x, target, alpha=alpha, gamma=gamma)
            add(x, target, alpha=alpha, gamma=2.0)
            add(x, target, alpha=alpha, gamma=2.0, size_average=False)
    rows = points.rows(2, kind)[:4]
    labels = np.array([0, 1, 1, 0])
    add(rows, labels)
    add(rows, labels, alpha=-0.5)
    add(rows, labels, alpha=1.5)
    add(rows, labels, alpha=1)
    add(points.rows(3, kind)[:3], np.array([0, 1, 2]), alpha=0.25)
    add(points.rows(3, kind)[:3], np.array([0, 1, 3]), alpha=[1.0, 2.0, 5.0])
    add(points.rows(3, kind)[:3], np.array([0, 1, -1]), alpha=[1.0, 2.0, 5.0])
    halves = np.full(2 * 2 * 2 * 2, 0.5, dtype=kind)
    add(halves.reshape(2, 2, 4), np.zeros((2, 4), dtype=np.int64))
    add(halves.reshape(2, 2, 2, 2), np.zeros((2, 2, 2), dtype=np.int64))
    add(halves.reshape(2, 2, 2, 2, 1), np.zeros((2, 2, 2, 1), dtype=np.int64))
    add(halves, np.zeros(16, dtype=np.int64))
    add(rows, np.array([0.0, 1.0, 1.0, 0.0], dtype=kind))


def keras_functions(recording, float_type, kind):
    import keras
    from older_keras import keras_binary, keras_categorical

    differentiated = by_torch if keras.backend.backend() == "torch" else by_tensorflow
    dtype = np.dtype(kind).name

    def add(name, made, x, target, **chosen):
        call = differentiated(lambda inputs, targets: made(targets, inputs))
        recording.add(name, float_type, chosen, x, target, call)

    def own_binary(x, y, **chosen):
        made = keras.losses.BinaryFocalCrossentropy(reduction="none", dtype=dtype, **chosen)
        add("keras.losses.BinaryFocalCrossentropy", made, x, y, **chosen)

    def own_categorical(x, y, **chosen):
        made = keras.losses.CategoricalFocalCrossentropy(reduction="none", dtype=dtype, **chosen)
        add("keras.losses.CategoricalFocalCrossentropy", made, x, y, **chosen)

    def older_binary(x, y, **chosen):
        add("older Keras, binary", keras_binary(**chosen), x, y, **chosen)

    def older_categorical(x, y, **chosen):
        add("older Keras, categorical", keras_categorical(**chosen), x, y, **chosen)

    def column(values, labels=(0, 1)):
        return [array.reshape(-1, 1) for array in points.labelled(values, labels)]

    p, y = column(points.probabilities(kind))
    for alpha, gamma in points.settings(float_type):
        own_binary(p, y, apply_class_balancing=True, alpha=alpha, gamma=gamma)
        older_binary(p, y, alpha=alpha, gamma=gamma)
    own_binary(p, y, alpha=0.9, gamma=2.0)
    few = np.array([0.1, 0.3, 0.6, 0.9], dtype=kind)
    for labels in [(0.3, 0.5), (2,)]:
        own_binary(*column(few, labels), apply_class_balancing=True, alpha=0.25, gamma=2.0)
    older_binary(*column(few, (0.3, 0.5, 2)), alpha=0.25, gamma=2.0)
    x, labels = column(points.logits(kind))
    own_binary(x, labels, apply_class_balancing=True, alpha=0.25, gamma=2.0, from_logits=True)

    # the reduction over axes: [3, 4], a single axis, images
    block = np.linspace(0.05, 0.95, 12, dtype=kind).reshape(3, 4)
    marks = (np.arange(12) % 3 == 0).astype(kind).reshape(3, 4)
    for call in (own_binary, older_binary):
        for shape in [(3, 4), (12,), (1, 3, 2, 2), (1, 3, 4, 1)]:
            call(block.reshape(shape), marks.reshape(shape), alpha=0.25, gamma=2.0)

    for classes in points.ROWS:
        rows = np.repeat(points.rows(classes, kind), 2, axis=0)
        chosen = points.targets(classes, len(points.ROWS[classes]))
        marked = points.one_hot(classes, chosen, kind)
        for gamma in points.GAMMAS[float_type]:
            own_categorical(rows, marked, alpha=0.25, gamma=gamma)
            older_categorical(rows, marked, alpha=0.25, gamma=gamma)
        if classes == 3:
            own_categorical(rows, marked, alpha=[0.2, 0.3, 0.5], gamma=2.0)
            soft = (marked * kind(0.7) + kind(0.1)).astype(kind)
            own_categorical(rows, soft, alpha=0.25, gamma=2.0)
            older_categorical(rows, soft, alpha=0.25, gamma=2.0)
            logits = np.array([[0, 0, 0], [1, -2, 3], [20, 0, -20], [100, 0, -100]], dtype=kind)
            own_categorical(logits, points.one_hot(3, [0, 1, 2, 1], kind), alpha=0.25, gamma=2.0, from_logits=True)
            integers = np.array(chosen, dtype=kind)
            own_categorical(rows, integers, alpha=0.25, gamma=2.0)
            older_categorical(rows, integers, alpha=0.25, gamma=2.0)
    p = np.unique(points.probabilities(kind))
    rows = np.stack([p, p[::-1]], axis=1)
    for gamma in points.GAMMAS[float_type]:
        older_categorical(rows, points.one_hot(2, [0] * len(p), kind), alpha=0.25, gamma=gamma)


if __name__ == "__main__":
    main()
