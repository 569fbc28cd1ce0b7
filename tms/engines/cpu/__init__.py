"""Compiled kernels of the fused CPU engine: data generation, forward, backward and AdamW in one call.

`narrow` suits small models and `wide` large ones. Both draw their inputs with `draws`, to the last bit as
`tms.features.sample` does, and update with `adamw`; `parts` holds what they have in common.

What was predicted of each change, and what it brought (seconds of one core; AVX-512, vendor's matrix product
98 GFLOP/s):

- *Matrix products in explicit vectors* (`matmul`), for 400 features in 30 dimensions at batch 128. The
  plain loops took 620 us a step, where 10 n m floating-point operations an input need 93 us at 165
  GFLOP/s; predicted 135 us. First 155 us, as results were filled with the bias first.
- *Sums that start from the bias*, instead of a result that was filled with it: predicted 15 us less, came
  out at 109 us, as the rows are no longer read back either.
- *Residuals of a whole tile in one loop nest*, instead of a call a row: 50 ns of slicing and of checks
  for overlap went from each row; 100 features in 10 dimensions at batch 1024 fell from 228 to 170 us.
- *Loops over whole blocks of 16 inputs* in `narrow`, whose remainder LLVM otherwise treats one by one:
  predicted a quarter less for tiles of a hundred inputs; half less for 5 features in 2 dimensions (9 us a
  step of 1024 where it was 16), a tenth for 10 in 5, where sums across lanes dominate.
- *Tiles of 96 inputs* instead of 24 or 48: 5 to 15% less, in spite of the second-level cache.
- *GELU in a function of its own*: timed part by part, the residuals took 1.0 of 2.7 us for 64 inputs of
  10 features in 5 dimensions, as LLVM leaves every loop of a function scalar that calls erf. Predicted a
  sixth, came out at a fourteenth.
- *AdamW over one flat array* of all parameters, in whole vectors: predicted 0.05 us where it took 0.6,
  came out at 0.02; 100 features in 12 dimensions at batch 128 fell from 36 to 22 us through this alone.
- *Inner products whose lanes are added up by 16 at once* (`inner.inner_products`) in `narrow`, with the
  biases as one more column: predicted half of the backward pass. At first all became slower, as a slice
  assigned to a slice of the same array is copied to fresh memory by numba, and as references are counted
  by atomic instructions; compiled without numba's runtime, which allows neither, 2 features in 1
  dimension went from 1.1 to 0.33 us a step of 128, 10 in 5 from 3.1 to 1.5, and 20 in 5 from 4.2 to 2.5.
- *Correlated sets drawn row by row* in SIMD code: 14.1 us a step became 1.6 for three pairs, with all of
  the above.
- *Fewer inputs left out*: moving the others together pays from 55% without an active feature on, 20
  features or two; 1.2 times as fast where a quarter are.
- *One instance on several threads* (`team`), each with parts of every batch: a step of 100 features in 10
  dimensions at batch 1024 is 115 us of one core, and a meeting of threads that wait actively below 1 us;
  predicted 1.9 times as fast on two, came out at 1.7 to 1.9, of 100 features in 40 dimensions at batch 512
  at 1.8, of 64 in 9 at batch 512, where a part is 8 us, at 1.5. Handing in the parts costs one thread 3%.
- *Arrays that begin where a cache line does*: a vector across two lines is two accesses, and whether one was
  depended on where numpy happened to allocate. 100 features in 12 dimensions at batch 128 took 24 or 14 us
  by that luck; now 14.
- *Products that follow the entries that are not zero* (`sparse`), where few features are active or few
  outputs open: predicted 1.6 times as fast for 100 features in 40 dimensions, as two of five products all
  but vanish at density 0.1 and below. Came out at 1.2: at first half of the outputs are open, and listing the
  entries cost as much as following them in four products, because nobody can foresee how many there are.
- *Lists of entries made vector by vector* (AVX-512's compression), which needs no foresight: 4.1 to 0.9 us
  for 96 inputs of 100 features, 400 features in 30 dimensions at density 0.1 to 80 us (from 100), and at
  0.02 to 72 us.
- *Counts kept in float32*: numba's whole numbers have 64 bits, and LLVM filled vectors with half as many
  features for their sake; draws of 400 features fell from 109 to 68 ns an input, a step of 400 in 30
  dimensions to 95 us at density 0.3 (from 102). With all this, a dense step of 100 features in 40 dimensions
  reaches four fifths of what the machine's arithmetic allows.
- *Rows of inputs drawn in explicit vectors*: LLVM kept counters of 64 bits, and turned signs by a choice
  between two numbers. Predicted 22 instructions a vector where it took 32; 100 signed features fell from 20.6
  to 11.1 ns an input, 400 from 62 to 38 ns.
- *Half a vector at the edge* (`matmul`), two rows of which share one, where 40 hidden dimensions were padded
  to 48: dense products of this machine run at its peak (257 GFLOP/s), so that only fewer of them help.
  Predicted a sixth less for 40 columns, came out at a tenth (38 to 35 us), as putting the shared factors
  together takes two instructions for every ten products; 100 columns 7% less. With the draws, seven models of
  100 features in 40 dimensions went from 1690 to 1930 steps a second.
- *Following the open hidden ReLUs* in the second product, half of which are closed: predicted 27 us instead
  of 36, came out at 34, and was left out: an end that nobody can foresee costs 20 cycles a row.

On a machine without AVX-512 (an AMD EPYC with AVX2, whose speed wanders by a quarter between runs):

- *Gradients of parts added up as they come* by a member that is alone, instead of kept apart until the end:
  eight parts of 8140 parameters took 45 of 134 us in the sparsest of seven models of 100 features in 40
  dimensions; *no masked stores of the hidden ReLU* (`parts.rectified`), 1.9 to 0.5 us for 96 inputs; *no
  shared vectors at the edge of products*, which reach 51 GFLOP/s for 20 columns where 24 reach 86. Predicted
  an eighth of the time in all; two pairs of runs came out at 504 to 529 and 395 to 593 steps a second.

`narrow` overtakes `wide` up to 4000 weights, but where most inputs are left out, which costs
`wide` nothing.
"""
