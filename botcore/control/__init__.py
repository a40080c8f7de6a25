"""The control socket: how the other commands of a machine reach the process that owns its data folder."""
