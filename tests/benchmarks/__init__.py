"""Benchmarks: `make bench`. Figures are ratios to pgbench, interleaved in one run."""
