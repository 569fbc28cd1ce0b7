"""Kernels of the fused CUDA engine, in Triton: their layout, and what limits their speed.

A step of one instance costs 5 n m fused multiply-adds for each input (encode, decode, and three backward
products), one draw for each input and feature (12 integer operations and 6 others), and 14 operations for
each parameter in AdamW. How this work is laid out on a GPU depends on the size of the model alone (`plan`).
There are two layouts, and two kinds of products.

*Alone* (n m batch up to 2^15). One program trains one instance, in one launch, up to the next checkpoint.
Programs exchange nothing, and only what the L1 cache writes through leaves the multiprocessor: for 20 x 5,
parameters, moments and gradients are 2.6 kB, and kept inputs 10 to 130 kB. Inputs lie across threads, so that
encoding and decoding are sums within a thread and only gradients cross threads. That takes 5 shuffles a
weight, once a step for a tied model and twice for an untied one, because the gradients of both uses of tied
weights are added before they are summed over inputs.

*Shared* (larger models). Up to 64 programs take a part of an instance's batch each and write its gradient. A
second kernel sums the parts and updates the parameters. Both are captured in a CUDA graph of 64 steps, in
which each kernel is launched while the previous one still runs. A gradient is written and read once: 32 x 51
kB for an instance of 400 x 30, some 40 us a step for 50 instances at 4 TB/s.

*Sums in registers* (m up to 8 if shared, else m up to 16), over inputs that lie across threads.

*Matrix products* (larger m): the same kernels with `tl.dot` on tiles of features by inputs, because the
shuffles of sums in registers would outweigh the arithmetic. They run on the FMA units in float32 ("ieee").
The other precisions of a plan would use the tensor cores; no plan that `plan_of` chooses has them.

*Other forms* (`forms`) are off by default, because none of them has run on a GPU yet. Triton's interpreter
shows that they compute the same; compiled for a Hopper GPU, a step needs fewer instructions and barriers:

- "tensor-cores" (`split`, `tensor_cores`), for models of 17 to 64 hidden dimensions. For 400 x 30, tiles of
  32 features by 64 inputs in four warps take 2,800 instructions a warp instead of 4,500 for tiles of 16 by 32
  in one: three fifths of the instructions for each input. 228 of them are for tensor cores.
- "registers" (`small`), for up to 8 features and 8 hidden dimensions: for 2 x 1 at batch 1024, 10 barriers
  instead of 33 and 784 instructions instead of 1,128.
- "active-inputs" (`small`): the same, and inputs without an active feature are left out.

Results are reproducible: the sizes alone decide the order of every sum, and nothing is accumulated by atomic
operations. The same seed gives the same bits on the same kind of device, whatever other instances are
trained. Drawing exactly the inputs of the other engines costs two multiplications a draw more than necessary.

Predicted and measured
----------------------
Measured on an H200 with Triton 3.6, by 730 timings of some 580 plans. Throughput is in steps a second.

- *Basic* (20 x 5, batch 128): 6,500 instructions for each warp and step, limited by latency. Predicted some
  10 us, measured 10.5 us (95k). With one, two, four and eight warps: 75k, 95k, 96k, 83k.
- *Uniform* (400 x 30, 50 instances, batch 1024): 3.3 G multiply-adds a step, 110 us at the 29.7 T/s of the
  FMA units. For tiles of 16 by 64 in four warps, 250 us were predicted from the share of multiply-adds among
  the instructions; measured 1180 us. Barriers and waiting decided, not instructions. One warp on tiles of 32
  by 16, which waits for no other, kept inputs, and 32 parts instead of 8 gave 620 us. Then loads from shared
  memory decided: the five products of 32 rows and 16 inputs take a thread 350 loads of 16 bytes for 2,600
  multiply-adds, and the loads of hidden activations for sums over inputs met in one bank, eight at a time.
  Transposing them in memory (`turned`) was predicted to be 1.4 times as fast, from 2,200 cycles for these
  loads of which 900 would go; measured 1.4 (450 us), and 1.5 with twice the inputs in a tile (416 us). At
  batch 128, 102 us became 74 us.
- *Dynamics* (100 x 10, one instance): 61 and 100 us a step at batch 128 and 1024. Sums in registers waited
  for shuffles (with matrix products: 17 and 22 us); the update waited for one part of the gradient after the
  other (all at once: 12 and 14 us, with tiles of 16 inputs on 8 and 64 multiprocessors); loads waited for
  each other's banks (10 and 12 us). Launching kernels early gained some 1 us of this.
- *Absolute* (100 x 40, 7 instances): 148 us with 8 parts of four tiles, 62 us with 32 parts of one, 38 us
  with transposed factors.

Left out, after measurement:

- *Rows divided among the warps of a program*, to give a scheduler more warps: 0.8 times as fast before the
  loads were improved and 0.9 to 1.05 times afterwards, because every warp loads the same activations again.
- *Basic, shared, with matrix products* padded from 8 to 16 dimensions: seven models at batch 128 take 5 us
  instead of 10.5, but 672 models, as in the paper's sweeps, 46 us instead of 22. A plan must not depend on
  the number of instances.
- *Reduced precision*: the error of a gradient against float64 is 1.0e-7 (uniform) and 2.4e-7 (absolute) in
  float32, 3.3e-7 with "tf32x3", and 3.3e-3 and 2.6e-2 with "tf32". "tf32x3" was 1.7 times as fast (uniform,
  batch 1024) before the loads were improved, and is no faster now.
- *Skipping zero inputs*, as the CPU's kernels do: the inputs of a warp are active in different features, so
  that a branch would save work only where all 32 agree.
"""
