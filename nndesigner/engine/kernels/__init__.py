"""Every compiled function, and nothing else: plain arrays, offsets and sizes in, outputs filled.

All arrays are flat; a ``..0`` argument is the position where a block begins. Kernels are written for
float32 and run unchanged on float64.
"""
