"""The bots that `bench/on_telegram.py` compares."""
