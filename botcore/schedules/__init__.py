"""What is done at a certain time, or time and again."""
