"""The kernels of the fused CUDA engine, in Triton: how they are laid out, and what bounds them.

A step of one instance costs 5 n m fused multiply-adds an input (encode, decode, and three backward
products), one draw an input and feature (12 integer operations and 6 others), and 14 operations a parameter
in AdamW. What that becomes on a GPU depends on the size of the model alone (`plan`):

*Alone*: n m batch up to 2^17. One program trains an instance for as many steps as there are up to the next
checkpoint, in one launch. Nothing passes between programs and nothing leaves the multiprocessor but what L1
writes through: parameters, moments and gradients of 20 x 5 are 2.6 kB, and kept inputs 10 to 130 kB.
Samples lie across the threads, so that encoding and decoding are sums within a thread, and only gradients
cross threads: 5 shuffles a weight, once a step for a tied model, twice for an untied one. For that reason
both uses of tied weights are added up before they are summed over samples.

*Shared*: larger models. Up to eight programs take a part of an instance's batch each and write its
gradient; a second kernel adds up the parts, in order, and updates. Both are captured in a CUDA graph of 64
steps, which leaves some 4 us of launching to a step. A gradient is written once and read once by a program:
8 x 51 kB an instance of 400 x 30, 8 us a step for 50 instances at 3 TB/s.

*Matrix products* (m > 16): the same kernels with `tl.dot` on tiles of 16 features by 64 inputs, in place of
sums in registers, whose shuffles would outweigh the arithmetic. They run on the FMA units in float32
("ieee"). "tf32x3" and "tf32" would use the tensor cores, which round factors to 10 bits, once or in three
parts; they are off, and can be chosen only through `plan.plan_of(experiment, precision)`.

Counted on code compiled for sm_90 (Triton 3.6, no kernel spills more than 16 bytes a thread):

- basic, 20 x 5, batch 128: two warps of about 6,500 instructions a step, a fifth of them multiply-adds,
  since a model this small is bound by latency: drawing, 90 shuffles for every four features, and barriers.
- uniform, 400 x 30 x 50, batch 1024: 3.3 G multiply-adds a step, 110 us at the 29.7 T/s of an H100 without
  tensor cores. Of the loop's instructions 44% are multiply-adds, so that 250 us is the floor of this form.
- what cannot be had: skipping inputs that are zero, as the CPU's kernel does. The inputs of a warp are
  active in different features, so that a branch would save only where all 32 agree.

Sums are taken in an order that the sizes alone decide, and nothing is accumulated atomically: the same seed
gives the same bits on the same kind of device, whatever is trained beside an instance. Drawing the very
samples of the other engines costs two more multiplications a draw than the least that would do.
"""
