"""Train the bundled model: `python -m training.train`; the same command goes on where it stopped."""

from __future__ import annotations

import argparse
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone knows

from training import bpe, checkpoint, copying
from training.batches import Batch, batch, converse, shares
from training.disguise import Disguise
from training.model import Llama, Shape
from training.optimizer import optimizers, rate
from training.tokens import Tokens

RUNS = Path(__file__).parent / "runs"
RANKS = 4096


def tokenizer(folder: Path, seed: int) -> Tokens:
    """Our own ranks, learned from generated conversations."""
    path = folder / "tokenizer.model"
    if not path.exists():
        rng = random.Random(f"{seed}-tokenizer")
        mix = {**shares(1.0), "drill": 0.02}
        made = (converse(rng.choices(list(mix), list(mix.values()))[0], rng, 1.0) for _ in range(6000))
        texts = (text for one in made for text in (one.system, *(text for _, text in one.turns)))
        bpe.write(bpe.learn(texts, RANKS), path)
    return Tokens(path)


def backward(model: Llama, one: Batch) -> tuple[float, float]:
    """Add this batch's gradients; return the summed loss and weight of the answers.

    Called from several threads at once: torch adds up gradients under a lock.
    """
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(one.prefix, one.rows, one.chosen)
    losses = F.cross_entropy(logits.float(), one.targets, reduction="none")
    (losses * one.weights).sum().backward()
    answers = one.weights == 1.0
    return float(losses.detach()[answers].sum()), float(answers.sum())


class Run:
    """One training run and its checkpoint."""

    def __init__(self, folder: Path, seed: int, hours: float, threads: int) -> None:
        self.folder, self.seed, self.seconds = folder, seed, hours * 3600
        # A batch a thread, rather than threads within each product: they wait for each other once a
        # step, which matters when other programs want the processor too.
        torch.set_num_threads(1)
        self.pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
        torch.manual_seed(seed)
        self.tokens = tokenizer(folder, seed)
        self.disguise = Disguise(self.tokens)
        self.model = Llama(Shape(self.tokens.size))
        copying.prepare(self.model, self.tokens.text("[")[0])
        self.optimizers = optimizers(self.model, self.pool)
        self.step, self.spent, self.seen = 0, 0.0, 0
        self.stopped = False
        if (folder / "checkpoint.pt").exists():
            self._load(torch.load(folder / "checkpoint.pt", weights_only=True))

    @property
    def progress(self) -> float:
        return min(1.0, self.spent / self.seconds)

    def _load(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        for optimizer, one in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(one)
        self.step, self.spent, self.seen = state["step"], state["spent"], state["seen"]

    def save(self) -> None:
        """Written aside and then renamed, so that a stop half way leaves the old one."""
        state = {"model": self.model.state_dict(), "optimizers": [o.state_dict() for o in self.optimizers],
                 "step": self.step, "spent": self.spent, "seen": self.seen}  # fmt: skip
        torch.save(state, self.folder / "checkpoint.tmp")
        (self.folder / "checkpoint.tmp").replace(self.folder / "checkpoint.pt")

    def stop(self, *_: object) -> None:
        """End after this step; the same command goes on from there."""
        self.stopped = True

    def write(self) -> None:
        """The weights as they are now, in Hugging Face's layout, for `training.bundle`."""
        facts: dict[str, object] = {
            "training_tokens": self.seen,
            "training_steps": self.step,
            "training_hours": round(self.spent / 3600, 2),
            "seed": self.seed,
        }
        checkpoint.write(
            self.model, self.tokens, self.folder / "tokenizer.model", self.folder / "weights", facts
        )

    def one_step(self, batches: int, budget: int) -> dict[str, float]:
        """Gradients of a few batches, then one update; returns the answers' loss for each kind."""
        parts = [
            batch(self.tokens, self.disguise, f"{self.seed}-{self.step}-{n}", self.progress, budget)
            for n in range(batches)
        ]
        parts.sort(key=lambda one: -one.rows.numel())  # the longest first, so that the threads end together
        losses = list(self.pool.map(lambda one: backward(self.model, one), parts))
        total = sum(float(one.weights.sum()) for one in parts)
        for weight in self.model.parameters():
            weight.grad.div_(total)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        factor = rate(self.progress, self.step)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group.setdefault("top", group["lr"])
                group["lr"] = group["top"] * factor
            optimizer.step()
            optimizer.zero_grad()
        self.seen += sum(one.tokens for one in parts)
        self.step += 1
        return {one.kind: loss / weight for one, (loss, weight) in zip(parts, losses, strict=True) if weight}

    def go(self, batches: int, budget: int) -> None:
        average: dict[str, float] = {}
        saved = time.monotonic()
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        while self.progress < 1.0 and not self.stopped:
            start = time.monotonic()
            for kind, loss in self.one_step(batches, budget).items():
                average[kind] = 0.9 * average.get(kind, loss) + 0.1 * loss
            self.spent += time.monotonic() - start
            if self.step % 20 == 0:
                told = " ".join(f"{kind} {loss:.3f}" for kind, loss in sorted(average.items()))
                seen, minutes = self.seen / 1e6, self.spent / 60
                print(f"step {self.step} tokens {seen:.2f}M minutes {minutes:.1f} loss {told}", flush=True)
            if time.monotonic() - saved > 120:
                self.save()
                saved = time.monotonic()
        self.save()
        self.write()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=3.0, help="how long to train, over all runs together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batches", type=int, default=4, help="batches for one update")
    parser.add_argument("--budget", type=int, default=1500, help="tokens of one batch")
    parser.add_argument("--folder", type=Path, default=RUNS / "demo")
    parser.add_argument(
        "--write-only", action="store_true", help="write the last checkpoint's weights and train no further"
    )
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    run = Run(options.folder, options.seed, options.hours, options.threads)
    if options.write_only:
        run.write()
    else:
        run.go(options.batches, options.budget)


if __name__ == "__main__":
    main()
