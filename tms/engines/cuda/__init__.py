"""The kernels of the fused CUDA engine, in Triton: how they are laid out, and what bounds them.

A step of one instance costs 5 n m fused multiply-adds an input (encode, decode, and three backward
products), one draw an input and feature (12 integer operations and 6 others), and 14 operations a parameter
in AdamW. What that becomes on a GPU depends on the size of the model alone (`plan`):

*Alone*: n m batch up to 2^15. One program trains an instance for as many steps as there are up to the next
checkpoint, in one launch. Nothing passes between programs and nothing leaves the multiprocessor but what L1
writes through: parameters, moments and gradients of 20 x 5 are 2.6 kB, and kept inputs 10 to 130 kB.
Samples lie across the threads, so that encoding and decoding are sums within a thread, and only gradients
cross threads: 5 shuffles a weight, once a step for a tied model, twice for an untied one. For that reason
both uses of tied weights are added up before they are summed over samples.

*Shared*: larger models. Up to 64 programs take a part of an instance's batch each and write its gradient; a
second kernel adds up the parts and updates. Both are captured in a CUDA graph of 64 steps, where each is
launched while the one before it still runs. A gradient is written once and read once by a program: 32 x 51 kB
an instance of 400 x 30, some 40 us a step for 50 instances at 4 TB/s.

*Matrix products* (m > 8 if shared, else m > 16): the same kernels with `tl.dot` on tiles of features by
inputs, in place of sums in registers, whose shuffles would outweigh the arithmetic. They run on the FMA units
in float32 ("ieee"). "tf32x3" and "tf32" would use the tensor cores, which round factors to 10 bits, in three
parts or once; they are off, and can be chosen only through `plan.plan_of(experiment, precision)`.

What was predicted, and what an H200 said (Triton 3.6; 730 timings of some 580 plans):

- basic, 20 x 5, batch 128: 6,500 instructions a warp and step, bound by latency; some 10 us predicted, 10.5
  measured (95k). One, two, four and eight warps: 75k, 95k, 96k, 83k.
- uniform, 400 x 30 x 50, batch 1024: 3.3 G multiply-adds a step, 110 us at the 29.7 T/s of the FMA units.
  250 us were predicted for tiles of 16 by 64 in four warps, from their share among the instructions; it was
  1180. Barriers and waits decide, not instructions: one warp on 32 by 16, which waits for no other, kept
  inputs, and 32 parts instead of 8 make it 620. Then it was loads from shared memory: the five products
  of 32 rows and 16 inputs take a thread 350 of 16 bytes for 2,600 multiply-adds, and those of hidden
  activations, for sums over samples, met in one bank, eight at a time. 1.4 times as fast was predicted for
  turning them in memory (`turned`), from 2,200 cycles for these loads of which 900 would go; it was 1.4
  (450 us), and 1.5 with twice the samples in a tile (416). At batch 128, 102 us became 74.
- rows divided among the warps of a program, for more warps a scheduler: 0.8 times as fast before the loads
  were mended and 0.9 to 1.05 times after, for every warp loads the same activations again. Left out.
- dynamics, 100 x 10 x 1: 61 and 100 us a step at batch 128 and 1024. Sums in registers waited for shuffles
  (products instead: 17 and 22 us), the update for one part of the gradient after the other (at once: 12 and
  14 us, with tiles of 16 inputs on 8 and 64 multiprocessors), loads for each other's banks (10 and 12 us). Of
  these, some 1 us a step came from launching kernels early.
- absolute, 100 x 40 x 7: 148 us with 8 parts of four tiles, 62 with 32 parts of one, 38 with turned
  factors.
- basic, 20 x 5: shared, with matrix products padded from 8 to 16 dimensions, seven models at batch 128 take
  5 us instead of 10.5, but 672 of them, as in the paper's sweeps, 46 instead of 22. Left out: a plan must not
  depend on the number of instances.
- reduced precision: the error of a gradient against float64 is 1.0e-7 (uniform) and 2.4e-7 (absolute) in
  float32, 3.3e-7 by "tf32x3", 3.3e-3 and 2.6e-2 by "tf32". "tf32x3" was 1.7 times as fast (uniform, batch
  1024) before the loads were mended, and is no faster now.
- what cannot be had: skipping inputs that are zero, as the CPU's kernel does. The inputs of a warp are
  active in different features, so that a branch would save only where all 32 agree.

Sums are taken in an order that the sizes alone decide, and nothing is accumulated atomically: the same seed
gives the same bits on the same kind of device, whatever is trained beside an instance. Drawing the very
samples of the other engines costs two more multiplications a draw than the least that would do.
"""
