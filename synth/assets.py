"""Where the files that ship with ecgpaper lie: inside the wheel, or in the checkout's top folders."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def shipped(relative: str) -> Path:
    """Path of a shipped file or folder, such as `recipes/clean.toml` or `data/fonts`."""
    packed = _HERE / "shipped" / relative
    return packed if packed.exists() else _HERE.parent / relative
