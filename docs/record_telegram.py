"""Draw docs/telegram-message.png: an answer as Telegram's clients lay out what the adapter sends.

Needs Chromium and fonts (Debian: chromium fonts-roboto fonts-noto-cjk fonts-noto-color-emoji). Run it from
the repository's root: `.venv/bin/python -m docs.record_telegram`.
"""

from __future__ import annotations

from pathlib import Path

from tests.fakes.browser import draw
from tests.fakes.telegram_page import WIDTH, Bubble, page

PICTURE = Path("docs/telegram-message.png")
QUESTION = "Which engine suits our server, and how do I try it? In short in 日本語 too, please."
ANSWER = """\
## Engines for a Llama 3 on your own server

A machine **without a graphics card** is limited by its memory: each token reads *all* weights once, so \
halving them nearly doubles the speed [1].

| Engine | Runs on | 8B, int8 |
|:--|:--|--:|
| CTranslate2 | CPU, CUDA | 8.5 GB |
| llama.cpp | CPU, GPU | 8.5 GB |
| vLLM | CUDA | 9.1 GB |

To try it:

1. Convert the checkpoint, which takes **about ten minutes**:
   - `--quantization int8` suits most processors
   - ~~float32~~ is twice as slow
2. Start the server and ask it something.

```python
from ctranslate2 import Generator

model = Generator("llama3-int8", device="cpu")

for token in model.generate_tokens(prompt):
    print(token.token_id, flush=True)
```

> Measure with *your* texts: a prompt of 2,000 tokens costs more than its answer.

**日本語で:** GPUのないサーバーでは、`int8`に変換したモデルを**CTranslate2**で動かすのがおすすめです。\
メモリの帯域幅が速度を決めます。詳しくは[変換の手引き](https://opennmt.net/CTranslate2/quantization.html)をご覧ください。

Ask me “||why not 4 bits?||” if you like 👩🏽‍💻 — I'll answer with numbers. Sources: \
[1](https://opennmt.net/CTranslate2/performance.html), [2](https://arxiv.org/abs/2208.07339)
"""


def main() -> None:
    draw(page([Bubble(QUESTION, "9:40", mine=True), Bubble(ANSWER, "9:41")]), PICTURE.resolve(), WIDTH)
    print(f"{PICTURE} is drawn.")  # noqa: T201


if __name__ == "__main__":
    main()
