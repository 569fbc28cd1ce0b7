"""What the engines are measured against: training as people write it, in code that shares none of theirs."""
