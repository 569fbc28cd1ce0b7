"""Drawing a run's figures in worker processes, and the figures of an earlier run beside them."""
