"""Llama 3 on your own machine: tokenizer, prompt format, conversion, model server and its client."""
