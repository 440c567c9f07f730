"""What takes too long for `./test`: random kills, storms of claims, thousands of random walks. `make soak` writes their figures to bench/results/.

Each has a quick size that `./test` runs (tests/crash, tests/contracts, tests/properties), and the whole one.
"""
