"""Compiled kernels of the fused CPU engine: drawing inputs, forward, backward and AdamW in one call.

There are two kernels. `narrow` is for small models: its inner loops run over inputs. `wide` is for large
models: it computes matrix products. `narrow` is the faster one up to some 4000 weights, except where most
inputs have no active feature: leaving those out costs `wide` nothing. The other modules are shared:

- `draws` draws inputs, bit for bit as `tms.features.sample` does;
- `matmul`, `inner` and `sparse` are products, written in explicit vectors (`vectors`);
- `transposition` is the transpose that one of them needs;
- `parts` holds parameters, losses and compiler options, `adamw` the update;
- `team` lets several threads train one instance.

What each optimisation gained
-----------------------------
Times are those of one core with AVX-512, on which a vendor's matrix product reaches 98 GFLOP/s. "100 in 10"
stands for 100 features in 10 hidden dimensions. Each change was predicted before it was made.

Matrix products (`matmul`):

- *Explicit vectors* instead of plain loops; 400 in 30 at batch 128. The plain loops took 620 us a step; the
  10 n m floating-point operations of an input need 93 us at 165 GFLOP/s. Predicted 135 us, measured 155 us,
  because results were first filled with the bias.
- *Sums that start from the bias*, so that results need not be filled with it. Predicted 15 us less; measured
  109 us in all, because rows are no longer read back either.
- *Half vectors at the edge*: two rows share one vector where the number of columns leaves half of one, such
  as 40 columns padded to 48. Dense products run at this machine's peak (257 GFLOP/s), so only computing fewer
  of them helps. Predicted a sixth less for 40 columns; measured a tenth (38 to 35 us), because combining the
  shared factors takes two instructions for every ten products. For 100 columns, 7% less. Together with the
  draws in explicit vectors, seven models of 100 in 40 went from 1690 to 1930 steps a second.

Products that skip zeros (`sparse`):

- *Products over the nonzero entries*, where few features are active or few outputs are positive. Predicted
  1.6 times as fast for 100 in 40, because two of five products nearly vanish at density 0.1 and below.
  Measured 1.2: half of the outputs are positive at first, and listing the entries cost as much as using them
  in four products, because the processor cannot predict how many entries a row has.
- *Lists of entries made vector by vector*, by AVX-512's compress instruction, which needs no such prediction:
  4.1 to 0.9 us for 96 inputs of 100 features. A step of 400 in 30 fell from 100 to 80 us at density 0.1, and
  to 72 us at density 0.02.
- *Skipping closed hidden ReLUs* in the second product, where half are closed: predicted 27 us instead of 36,
  measured 34. Left out, because a loop whose end cannot be predicted costs 20 cycles a row.

Drawing inputs (`draws`):

- *Correlated sets in SIMD code*, row by row: 14.1 to 1.6 us a step for three pairs, together with the other
  changes to `narrow`.
- *Counts in float32*: Numba's integers have 64 bits, so that LLVM put half as many features into a vector.
  Draws of 400 features fell from 109 to 68 ns an input, and a step of 400 in 30 at density 0.3 from 102 to 95
  us. A dense step of 100 in 40 then reached four fifths of the machine's arithmetic limit.
- *Rows of inputs in explicit vectors*: LLVM kept 64-bit counters, and chose between two numbers to change a
  sign. Predicted 22 instructions a vector instead of 32. 100 signed features fell from 20.6 to 11.1 ns an
  input, 400 from 62 to 38 ns.
- *Leaving fewer inputs out* (`narrow`): moving the remaining inputs together pays only if at least 55% have
no
  active feature, for 20 features as for 2. 1.2 times as fast where a quarter have none.

Small models (`narrow`):

- *Loops over whole blocks of 16 inputs*, because LLVM treats the remainder of a loop one by one. Predicted a
  quarter less for tiles of a hundred inputs. Measured half less for 5 in 2 (16 to 9 us a step of 1024 inputs)
  and a tenth less for 10 in 5, where sums across lanes dominate.
- *GELU in a function of its own*, because LLVM vectorises no loop in a function that calls erf. The residuals
  took 1.0 of 2.7 us for 64 inputs of 10 in 5. Predicted a sixth less, measured a fourteenth.
- *Inner products that add up the lanes of 16 sums at once* (`inner.inner_products`), with the biases as one
  more column. Predicted half of the backward pass. At first everything became slower: Numba copies a slice
  that is assigned to a slice of the same array, and counts references by atomic instructions. Compiled
  without Numba's runtime, which rules out both, a step of 128 inputs fell from 1.1 to 0.33 us for 2 in 1,
  from 3.1 to 1.5 us for 10 in 5, and from 4.2 to 2.5 us for 20 in 5.

Large models (`wide`):

- *Residuals of a whole tile in one loop nest*, instead of one call a row: slicing and overlap checks had cost
  50 ns a row. 100 in 10 at batch 1024 fell from 228 to 170 us.
- *Tiles of 96 inputs* instead of 24 or 48: 5 to 15% less, although they fill the second-level cache.
- *Output weights transposed in blocks of 16 by 16* that stay in registers, instead of number by number. On a
  core that reaches 117 GFLOP/s, the transpose of 400 in 30 takes 1.2 us instead of 7.0. Predicted a step of
  138 us instead of 144 at density 0.2; measured 137, and 165 instead of 172 at density 0.6.

Both:

- *AdamW over one flat array* of all parameters, in whole vectors. Predicted 0.05 us instead of 0.6, measured
  0.02. 100 in 12 at batch 128 fell from 36 to 22 us by this alone.
- *Arrays aligned to cache lines*: a vector across two lines takes two accesses, and whether one did depended
  on where NumPy happened to allocate. 100 in 12 at batch 128 took 24 or 14 us by chance; now 14.
- *Several threads for one instance* (`team`), each with parts of every batch. A step of 100 in 10 at batch
  1024 takes 115 us of one core, and a barrier of spinning threads takes below 1 us. Predicted 1.9 times as
  fast on two threads; measured 1.7 to 1.9 for this model, 1.8 for 100 in 40 at batch 512, and 1.5 for 64 in 9
  at batch 512, where a part takes 8 us. Handing in the parts costs a single thread 3%.

Three further changes helped a machine without AVX-512 (an AMD EPYC with AVX2, whose speed varies by a quarter
between runs):

- *A thread alone adds up the gradients of parts as they come*, instead of keeping them until the end. Eight
  parts of 8140 parameters took 45 of 134 us in the sparsest of seven models of 100 in 40.
- *No masked stores in the hidden ReLU* (`parts.rectified`): 1.9 to 0.5 us for 96 inputs.
- *No shared vectors at the edge of products*, which reach 51 GFLOP/s for 20 columns where padding to 24
  reaches 86.

Predicted an eighth of the time for the three together. Two pairs of runs measured 504 to 529 and 395 to 593
steps a second.
"""
