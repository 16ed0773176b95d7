"""What a step of training does: how far it goes, along which gradient, in which precision, and what is averaged."""

import json
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch.optim.optimizer import register_optimizer_step_pre_hook

from infer.networks.reader import Reader
from infer.networks.weights import load_weights, shipped_weights
from train.config import Pages, TrainConfig
from train.data import make_example
from train.loop import train
from train.step import forward_backward, learning_rate
from train.together import Group

pytestmark = pytest.mark.slow  # networks at work

TINY = TrainConfig(
    name="tiny", pages=(Pages("clean"),), pages_too=False, steps=5, pages_per_step=1, crops_per_page=2, crop_columns=64,
    learning_rate=1e-3, warmup=2, ema=0.15, heart_share=1.0, evaluate_every=100, evaluate_pages=1,
)  # fmt: skip

State = dict[str, torch.Tensor]


class Watched(NamedTuple):
    """What a run's optimiser got at every step, the checkpoints after them, and the weights that were evaluated."""

    out: Path
    rates: list[float]
    gradients: list[torch.Tensor]
    checkpoints: list[dict[str, State]]
    evaluated: State


def watch(config: TrainConfig, out: Path) -> Watched:
    """Run it, from the weights that ship."""
    seen = Watched(out, [], [], [], {})

    def ask(optimiser: torch.optim.Optimizer, *given: object) -> None:
        (group,) = optimiser.param_groups
        seen.rates.append(group["lr"])
        seen.gradients.append(gradient(group["params"]))

    def keep(*news: object) -> None:
        seen.checkpoints.append(torch.load(out / "checkpoint.pt", weights_only=True))

    def read(reader: Reader, *given: object, **named: object) -> None:
        seen.evaluated.update({name: value.clone() for name, value in reader.state_dict().items()})
        raise ZeroDivisionError

    torch.set_num_threads(1)
    hook = register_optimizer_step_pre_hook(ask)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("torch.cuda.is_available", lambda: False)  # one place for all that is compared
            patch.setattr("train.evaluate.digitize", read)
            patch.setattr("train.loop._KEEP_S", 0.0)  # a checkpoint after every step
            train(config, [], out, workers=0, progress=keep, init=shipped_weights())
    finally:
        hook.remove()
    return seen


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return watch(TINY, tmp_path_factory.mktemp("watched"))


def first_step(config: TrainConfig) -> tuple[dict[str, float], Reader]:
    """Losses of a run's first step, and the networks that ship with their gradients."""
    torch.set_num_threads(1)
    reader = load_weights(shipped_weights()).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    alone = Group(0, 1, torch.device("cpu"))
    return forward_backward(config, reader, [make_example(config, [], 0)], 0, alone), reader


@cache
def first_step_in(precision: Literal["auto", "float32", "bfloat16"]) -> tuple[dict[str, float], Reader]:
    """The same of both networks, in some precision."""
    return first_step(msgspec.structs.replace(TINY, pages_too=True, precision=precision))


def gradient(parameters: Iterable[torch.nn.Parameter]) -> torch.Tensor:
    return torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])


@given(st.integers(1, 300), st.integers(0, 300), st.floats(1e-6, 1.0))
def test_the_rate_climbs_in_equal_steps_to_its_peak_and_falls_by_a_cosine_to_nothing(
    fall: int, warmup: int, peak: float
) -> None:
    config = msgspec.structs.replace(TINY, steps=warmup + fall, warmup=warmup, learning_rate=peak)
    rates = [learning_rate(config, step) for step in range(config.steps + 1)]
    assert rates[:warmup] == pytest.approx([peak * (k + 1) / warmup for k in range(warmup)])
    turned = [0.5 * math.pi * k / fall for k in range(fall + 1)]
    assert rates[warmup:] == pytest.approx([peak * math.cos(angle) ** 2 for angle in turned], abs=1e-12)


def test_the_optimiser_gets_the_rates_of_the_recipe_and_the_log_tells_them(watched: Watched) -> None:
    assert watched.rates == pytest.approx([0.5e-3, 1e-3, 1e-3, 0.75e-3, 0.25e-3])
    rows = (watched.out / "log.jsonl").read_text().splitlines()
    assert [json.loads(row)["lr"] for row in rows] == watched.rates


def test_weights_evaluated_are_an_average_with_the_decay_of_the_recipe_and_less_at_first(watched: Watched) -> None:
    expected = load_weights(shipped_weights()).state_dict()
    for state, decay in zip(watched.checkpoints, [0.1, 0.15, 0.15, 0.15, 0.15], strict=True):
        expected = {name: decay * expected[name] + (1.0 - decay) * now for name, now in state["reader"].items()}
    floats = [name for name, value in watched.evaluated.items() if value.is_floating_point()]
    torch.testing.assert_close(*({name: means[name] for name in floats} for means in (watched.evaluated, expected)))


def test_weights_written_are_those_evaluated(watched: Watched) -> None:
    written = load_file(watched.out / "reader.safetensors")
    assert all(torch.equal(written[name], value.to(written[name].dtype)) for name, value in watched.evaluated.items())


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_a_gradient_longer_than_clip_is_shortened_to_it_and_any_other_is_left(share: float, tmp_path: Path) -> None:
    whole = gradient(first_step(TINY)[1].parameters())
    clip = share * float(whole.norm())
    got = watch(msgspec.structs.replace(TINY, steps=1, clip=clip), tmp_path).gradients[0]
    torch.testing.assert_close(got, min(1.0, share) * whole)


def test_a_step_in_bfloat16_loses_and_learns_nearly_what_one_in_float32_does() -> None:
    (exact, slow), (rough, fast) = (first_step_in(precision) for precision in ("float32", "bfloat16"))
    assert rough == pytest.approx(exact, rel=0.02, abs=1e-3)
    assert rough != exact
    for one, other in ((slow.page, fast.page), (slow.strip, fast.strip)):
        along, same = gradient(one.parameters()), gradient(other.parameters())
        assert torch.dist(along, same) < 0.2 * along.norm()


def test_precision_left_open_is_float32_on_a_processor() -> None:
    assert first_step_in("auto")[0] == first_step_in("float32")[0]


def test_all_that_a_run_in_bfloat16_keeps_is_float32(tmp_path: Path) -> None:
    (kept,) = watch(msgspec.structs.replace(TINY, steps=1, precision="bfloat16"), tmp_path).checkpoints
    moments = [value for states in kept["optimiser"]["state"].values() for value in states.values()]
    tensors = [*kept["reader"].values(), *kept["average"].values(), *moments]
    assert {tensor.dtype for tensor in tensors if tensor.is_floating_point()} == {torch.float32}
