"""The parts of `AdapterContract`, and what they are made with."""
