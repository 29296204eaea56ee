"""The closed table of primitive operations, and the columns of a tape's row.

A tape is an integer table, one row an operation, and a table of constants beside it. Positions of
values are given for one row of data: where a value of a block of rows lies is its position times
the rows that a block can hold.
"""

from __future__ import annotations

# -- operations
INPUT = 0  # rows of the data -> OUT
DENSE = 1  # OUT = A W
CONV2D = 2  # OUT = windows of A times W
BIAS = 3  # OUT = f(OUT + b), in place
ACTIVATE = 4  # OUT = f(A), in place where A is OUT
SOFTMAX = 5  # OUT = softmax(A) over the last axis
MAXPOOL2D = 6  # OUT = the largest of each window of A
DROPOUT = 7  # OUT = A times a seeded mask, while training
ADD = 8  # OUT = A + B
COPY = 9  # columns of OUT = A: one part of a concatenation

# -- normalisation, pooling, shapes, merges, noise
BATCH_MOMENTS = 130  # B = this shard's moments of A; where shards meet, the mini-batch's
BATCH_NORM = 131  # OUT = A normalised by the moments in B, or by the running ones
BATCH_NORM_FROZEN = 132  # OUT = A normalised by the running moments
GROUP_NORM = 133  # OUT = A normalised by the moments of each row and group of channels
AVERAGEPOOL2D = 140  # OUT = the mean of each window of A
REARRANGE = 141  # OUT = numbers of A in other places: turned, padded, cropped, repeated
SUBTRACT = 150  # OUT = A - B
MULTIPLY = 151  # OUT = A B
MAXIMUM = 152  # OUT = the larger of A and B
MINIMUM = 153  # OUT = the smaller of A and B
SCALE_BY = 154  # OUT = A times a constant
DOT = 155  # OUT = the sum of A B
SPATIAL_DROPOUT = 160  # OUT = A times a seeded mask of whole channels, while training
GAUSSIAN_NOISE = 161  # OUT = A plus seeded noise, while training

# -- activations that no bias does in its pass: OUT = f(A)
THRESHOLD = 180
HARD_SIGMOID = 181
RELU6 = 182
PRELU = 183  # with a slope of P for each place along the last axis
ELU = 184
SELU = 185
GELU = 186
SILU = 187
HARD_SILU = 188
MISH = 189
SOFTPLUS = 190
SOFTSIGN = 191
EXPONENTIAL = 192
LOG_SOFTMAX = 193

# -- convolution beyond CONV2D
DEPTHWISE = 100  # OUT = windows of A times W, channel by channel
TRANSPOSED = 101  # OUT = A times W', put back into the windows that it would come from

# -- losses, always the last row that trains
LOSS_SQUARED = 20
LOSS_ABSOLUTE = 21
LOSS_BINARY_LOGITS = 22
LOSS_BINARY = 23
LOSS_CATEGORICAL_LOGITS = 24
LOSS_CATEGORICAL = 25
LOSS_HALF_SQUARED = 200
LOSS_HUBER = 201
LOSS_LOG_COSH = 202
LOSS_PERCENTAGE = 203
LOSS_SQUARED_LOG = 204
LOSS_BINARY_FOCAL = 205
LOSS_CATEGORICAL_FOCAL = 206
LOSS_HINGE = 207
LOSS_SQUARED_HINGE = 208
LOSS_CATEGORICAL_HINGE = 209
LOSS_DIVERGENCE = 210
LOSS_DIVERGENCE_LOGITS = 211
LOSS_POISSON = 212
LOSS_POISSON_LOGITS = 213
LOSS_COSINE = 214

# -- activations that a bias does in its pass, in the column KIND
LINEAR = 0
SIGMOID = 1
TANH = 2
RELU = 3
LEAKY_RELU = 4

# -- columns of the integer table
OP = 0
MODES = 1  # which of the modes below run it
A = 2  # position of the first input
B = 3  # position of the second input or of a mask
OUT = 4  # position of the output
P = 5  # position of the parameters
GRAD_A = 6  # the gradient of A: 0 is not wanted, 1 is written, 2 is added to
GRAD_B = 7
SIZE = 8  # numbers of OUT for one row
KIND = 9  # which activation
GRAD_P = 10  # not 0: the parameters are trained, so their gradient is wanted
I0 = 11  # twenty-one numbers of the operation's own
COLUMNS = 32

# -- columns of the table of constants
F0 = 0
F1 = 1
F2 = 2
CONSTANTS = 4

# -- modes
TRAIN = 1
EVALUATE = 2
BACK = 4  # something below is trained: the way back runs

# -- the frame: what an operation is told beside its row of the tape, one frame a shard
ROWS = 0  # rows of this block
BLOCK = 1  # rows that a block can hold: a value of position p begins at p times this
MODE = 2
SEED = 3
STEP = 4  # updates done before
FIRST = 5  # place of the block's first row in the mini-batch
FRESH = 6  # not 0: this is the shard's first block, which overwrites gradients of parameters
INDEX = 7  # row of the tape
X = 8  # address of the data's rows
X_SIZE = 9  # numbers of each
T = 10  # address of the targets' rows
T_SIZE = 11
ORDER = 12  # address of the indices of this block's rows
BATCH = 13  # rows of the whole mini-batch
ACTIVE = 14  # shards with rows, for what runs where shards meet
ROOM = 15  # numbers of ``v`` and of ``d`` that a shard has
LEARN = 16  # not 0: running statistics may change
T_ORDER = 17  # address of the indices of this block's targets
STRAIGHT = 18  # not 0: targets lie in the order of the mini-batch, and that is its address
AUGMENTING = 19  # address of what `augmenting` tells this shard
UNITS = 20  # address of how outputs are told in units of their own, 0 where one scale does it
FOLLOWING = 21  # rows behind this mini-batch that will be trained on next
FRAME = 24

# -- what the losses sum and are told, in the stats of a shard
LOSS = 0
METRIC = 1
SCALE = 2  # 1 / rows of the mini-batch; with 0 no gradient is computed
STATS = 16

# -- how a convolution gets at its windows
COPIED = 0  # copied side by side for a matrix product
DIRECT = 1  # read where they lie, by tiles
POINTWISE = 2  # each is a pixel: the image is the matrix

#: Scratch numbers that a bias works on at a time, where its rows are shorter.
BIAS_ROOM = 1024

#: The most rows that a product takes by tiles; matrix products of more are left to BLAS.
PRODUCT_ROWS = 192
#: The most units whose gradient is laid out in scratch for that.
PRODUCT_UNITS = 4096
#: Numbers of the widest register: so many are read, not used, behind what tiles multiply.
BEYOND = 16
