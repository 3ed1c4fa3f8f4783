"""Calls → a recording: one case a line, every float in hexadecimal, so that no bit is lost.

Arrays of inputs stand once, in a table; a case names their places in it.
"""

import json
import math


def hexadecimal(value):
    """float.hex without the zeros at the end; of an f32 as of the f64 that equals it."""
    value = float(value)
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    digits, exponent = value.hex().split("p")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits}p{exponent}" if digits not in ("0x", "-0x") else ("-0x0p+0" if digits[0] == "-" else "0x0p+0")


def words(array):
    return " ".join(hexadecimal(value) for value in array.reshape(-1))


def settings(chosen):
    """Numbers as they were given to Python, in hexadecimal; the rest as it is."""
    def one(value):
        if isinstance(value, list):
            return [hexadecimal(member) for member in value]
        return hexadecimal(value) if isinstance(value, float) else value
    return {name: one(value) for name, value in chosen.items()}


class Recording:
    def __init__(self, versions):
        self.versions = versions
        self.cases = []
        self.arrays = []

    def add(self, function, float_type, chosen, x, target, call):
        """Records what `call(x, target)` gives, loss and gradient as arrays, or the error that it raises."""
        case = {"function": function, "float": float_type, "set": settings(chosen), "shape": list(x.shape)}
        case |= {"input": self.place(words(x)), "target": self.place(words(target))}
        try:
            loss, gradient = call(x, target)
        except Exception as error:  # what is recorded is that it fails, and how
            case["error"] = {"class": type(error).__name__, "message": str(error).strip().splitlines()[0]}
        else:
            case |= {"loss_shape": list(loss.shape), "loss": words(loss), "gradient": words(gradient)}
        self.cases.append(case)

    def place(self, array):
        if array not in self.arrays:
            self.arrays.append(array)
        return self.arrays.index(array)

    def write(self, path):
        arrays = ",\n".join(json.dumps(array) for array in self.arrays)
        lines = ",\n".join(json.dumps(case) for case in self.cases)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'{{"made": {json.dumps(self.versions)},\n"arrays": [\n{arrays}\n],\n"cases": [\n{lines}\n]}}\n')
