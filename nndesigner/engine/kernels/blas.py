"""Matrix products from inside a kernel, through the BLAS that SciPy carries."""

from __future__ import annotations

import ctypes
import importlib
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from typing import Any

import llvmlite.binding
import llvmlite.ir as ir
import threadpoolctl
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from nndesigner.engine.jit import kernel

#: Products with fewer multiplications than this are quicker in a plain loop than through BLAS.
SMALL = 256


def _cython_blas() -> Any:
    """SciPy's table of BLAS routines, without the rest of its linear algebra, where that works.

    Importing the whole package takes a fifth of a second, which every start would wait for.
    """
    name = "scipy.linalg.cython_blas"
    if name not in sys.modules:
        import scipy

        folder = Path(scipy.__file__).with_name("linalg")
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            path = folder / f"cython_blas{suffix}"
            if path.is_file():
                spec = importlib.util.spec_from_file_location(name, path)
                if spec is None or spec.loader is None:
                    break
                module = importlib.util.module_from_spec(spec)
                sys.modules[name] = module  # for whoever imports the package later
                try:
                    spec.loader.exec_module(module)
                except ImportError:
                    del sys.modules[name]
                break
    return sys.modules.get(name) or importlib.import_module(name)


def _address(name: str) -> int:
    """The address of a BLAS routine; it holds for this process only, so kernels name a symbol."""
    capsule = _cython_blas().__pyx_capi__[name]
    ctypes.pythonapi.PyCapsule_GetName.restype = ctypes.c_char_p
    ctypes.pythonapi.PyCapsule_GetName.argtypes = [ctypes.py_object]
    ctypes.pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p
    ctypes.pythonapi.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    title = ctypes.pythonapi.PyCapsule_GetName(capsule)
    return int(ctypes.pythonapi.PyCapsule_GetPointer(capsule, title))


llvmlite.binding.add_symbol("nndesigner_sgemm", _address("sgemm"))
llvmlite.binding.add_symbol("nndesigner_dgemm", _address("dgemm"))

# One BLAS thread a core of ours: rows are shared out over our own threads, and two layers of
# threads on small products are many times slower than one.
threadpoolctl.threadpool_limits(1, user_api="blas")


@intrinsic
def _call_gemm(
    context: Any, ta: Any, tb: Any, m: Any, n: Any, k: Any, alpha: Any, a: Any, lda: Any, b: Any,
    ldb: Any, beta: Any, c: Any, ldc: Any,
) -> Any:  # fmt: skip
    number = a.dtype
    whole = types.intp
    signature = types.void(
        types.boolean, types.boolean, whole, whole, whole, number, a, whole, b, whole, number, c,
        whole,
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) = arguments
        byte, integer = ir.IntType(8), ir.IntType(32)
        kinds = signature.args

        def pointer(array: Any, kind: Any) -> Any:
            data = context.make_array(kind)(context, builder, array).data
            return builder.bitcast(data, cgutils.voidptr_t)

        def place(value: Any) -> Any:
            slot = cgutils.alloca_once(builder, value.type)
            builder.store(value, slot)
            return builder.bitcast(slot, cgutils.voidptr_t)

        def letter(flag: Any) -> Any:
            truth = builder.icmp_unsigned("!=", flag, ir.Constant(flag.type, 0))
            return place(
                builder.select(truth, ir.Constant(byte, ord("T")), ir.Constant(byte, ord("N")))
            )

        def size(value: Any) -> Any:
            return place(builder.trunc(value, integer))

        name = "nndesigner_sgemm" if number == types.float32 else "nndesigner_dgemm"
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t] * 13), name
        )
        # BLAS counts columns first: the row-major product C = A B is its C' = B' A'.
        builder.call(
            function,
            [
                letter(tb), letter(ta), size(n), size(m), size(k), place(alpha),
                pointer(b, kinds[8]), size(ldb), pointer(a, kinds[6]), size(lda),
                place(beta), pointer(c, kinds[11]), size(ldc),
            ],
        )  # fmt: skip
        return context.get_dummy_value()

    return signature, generate


@kernel()
def gemm(ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc):
    """C = op(A) op(B) + beta C on row-major matrices in flat arrays.

    Shapes: op(A) ``(m, k)``, op(B) ``(k, n)``, C ``(m, n)``; ``ta`` and ``tb`` say that a matrix is
    stored transposed, ``ld..`` is the distance of its rows. ``beta`` is 0 (C is not read) or 1.
    """
    if m * n * k < SMALL:
        _small(ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc)
    else:
        one = c.dtype.type(1)
        _call_gemm(ta, tb, m, n, k, one, a, lda, b, ldb, c.dtype.type(beta), c, ldc)


@kernel()
def _small(ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc):
    zero = c.dtype.type(0)
    a_row, a_column = (1, lda) if ta else (lda, 1)
    b_row, b_column = (1, ldb) if tb else (ldb, 1)
    for i in range(m):
        for j in range(n):
            total = zero
            for p in range(k):
                total += a[i * a_row + p * a_column] * b[p * b_row + j * b_column]
            c[i * ldc + j] = total + (zero if beta == 0 else c[i * ldc + j])
