"""The bots that `bench/on_telegram.py` and `bench/on_slack.py` compare, and how."""
