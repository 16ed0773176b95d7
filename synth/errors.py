"""What a user can get wrong: raised anywhere, shown by the command as one line with exit code 2."""

#: The extra of `ecgpaper` that installs a package.
_EXTRAS = {
    "torch": "torch",
    "safetensors": "torch",
    "onnxruntime": "onnx",
    "onnx": "export",
    "albumentations": "albumentations",
}


class UserError(Exception):
    """A fault the user can mend; the message is one line: what, where, the value found, the cure."""


def fault_of(error: Exception) -> str:
    """What to tell the user of an error, in one line.

    Raises:
        Exception: The error itself, if it is no fault of the user's.
    """
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name in _EXTRAS:
        return f"{error.name} is not installed; pip install 'ecgpaper[{_EXTRAS[error.name]}]'"
    if isinstance(error, MemoryError):
        return "out of memory; fewer --workers or a lower dpi need less"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    raise error
