"""Every compiled function, and nothing else: plain flat arrays and sizes in, outputs filled.

Kernels are written for float32 and run unchanged on float64. A function that is compiled into
others through ``overload`` must not ask for ``inline="always"``: Numba 0.68 then loses later
statements.
"""
