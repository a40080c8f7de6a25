"""The generator of conversations: standard library only, so that the bench can use it without torch."""
