"""What Varde goes through before it is trusted: loss of power, killing, load and faults. `./test soak` runs it."""
