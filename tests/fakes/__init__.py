"""For a real `botcore run`: a platform on loopback, an engine with a script, a plugin that misbehaves."""
