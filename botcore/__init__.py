"""The framework: what plugin and adapter authors import."""
