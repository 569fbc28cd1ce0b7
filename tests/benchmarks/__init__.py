"""Training throughput: the same workloads on every engine of tms and on its peers, in one run."""
