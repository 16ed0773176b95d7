"""A training recipe is loaded strictly: what is wrong with it is said in one line."""

from pathlib import Path

import pytest

from synth.errors import UserError
from train.config import Pages, TrainConfig, load_config

CLEAN = '[[pages]]\nrecipe = "clean"\n'


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("", "pages"),
        (f"learning_rate = 0.0\n{CLEAN}", "learning_rate must be within"),
        (f"learning_rate = nan\n{CLEAN}", "finite number - at `$.learning_rate`"),
        (f"ema = 1.0\n{CLEAN}", "ema must be within"),
        (f"heart_share = 1.5\n{CLEAN}", "heart_share must be within"),
        (f"warmup = -1\n{CLEAN}", "warmup must be within"),
        (f"seed = -1\n{CLEAN}", "seed must be within"),
        (f"crop_columns = 100\n{CLEAN}", "multiple of 64"),
        (f"crop_columns = 96\n{CLEAN}", "multiple of 64"),
        (f"crop_columns = 0\n{CLEAN}", "crop_columns must be within"),
        (f"crop_columns = 4160\n{CLEAN}", "crop_columns must be within"),
        (f"amplitude = [2.0, 1.0]\n{CLEAN}", "amplitude must be"),
        (f"step = 10\n{CLEAN}", "did you mean 'steps'"),
        (f'precision = "float8"\n{CLEAN}', "did you mean 'float32'"),
        (f'precision = "half"\n{CLEAN}', "it is one of auto, bfloat16, float32"),
        (f"{CLEAN}share = 0.0\n", "share must be within"),
        (f'{CLEAN}layouts = ["3x5"]\n', "3x5"),
        (f'{CLEAN}corpus = "pages"\n', "either a recipe or a corpus"),
        ("[[pages]]\nshare = 1.0\n", "either a recipe or a corpus"),
        ('[[pages]]\ncorpus = "nowhere"\n', "nowhere: no corpus"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_line_that_names_the_file(
    tmp_path: Path, toml: str, told: str
) -> None:
    path = tmp_path / "x.toml"
    path.write_text(f'name = "x"\n{toml}')
    with pytest.raises(UserError) as caught:
        load_config(path)
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_kinds_of_pages_have_names_of_their_own() -> None:
    pages = (Pages("clean"), Pages("my/clean.toml"), Pages(corpus="made/phones"), Pages("clean", layouts=("all",)))
    assert TrainConfig(name="x", pages=pages).kinds == ("clean", "clean#2", "phones", "clean#3")
