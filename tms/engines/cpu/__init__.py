"""Compiled kernels of the fused CPU engine: data generation, forward, backward and AdamW in one call.

`narrow` suits small models and `wide` large ones. Both draw their inputs with `draws`, to the last bit as
`tms.features.sample` does, and update with `adamw`; `parts` holds what they have in common.

What was predicted of each change, and what it brought (seconds of one core; AVX-512, vendor's matrix product
98 GFLOP/s):

- *Matrix products in explicit vectors* (`matmul`), for 400 features in 30 dimensions at batch 128. The plain
  loops took 620 us a step, where 10 n m floating-point operations an input need 93 us at 165 GFLOP/s;
  predicted 135 us. First 155 us, as results were filled with the bias first.
- *Sums that start from the bias*, instead of a result that was filled with it: predicted 15 us less, came out
  at 109 us, as the rows are no longer read back either.
- *Residuals of a whole tile in one loop nest*, instead of a call a row: 50 ns of slicing and of checks for
  overlap went from each row; 100 features in 10 dimensions at batch 1024 fell from 228 to 170 us.
- *Loops over whole blocks of 16 inputs* in `narrow`, whose remainder LLVM otherwise treats one by one:
  predicted a quarter less for tiles of a hundred inputs; half less for 5 features in 2 dimensions (9 us a
  step of 1024 where it was 16), a tenth for 10 in 5, where sums across lanes dominate.
- *Tiles of 96 inputs* instead of 24 or 48: 5 to 15% less, in spite of the second-level cache.
"""
