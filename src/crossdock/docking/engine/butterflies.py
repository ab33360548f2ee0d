"""Small Fourier transforms on 16 lanes at once, as vector instructions that numba compiles in.

A loop over lanes would have to be proven free of overlap before a compiler makes vectors of it, which fails for a
butterfly with its dozens of rows. So the functions here write LLVM's vector instructions themselves: every one works on
rows of `LANES` numbers of a flat float32 array, given by the positions at which they start. They check nothing.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

from crossdock.docking.engine.sizes import LANES

_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, LANES)
_FAST = ("contract", "nsz")
_ARRAY = types.Array(types.float32, 1, "C")
_AT = types.intp
#: What numba asks of an instruction: the types it takes and gives, and the function that writes its code.
_Written = tuple[Signature, Callable[[Any, ir.IRBuilder, Signature, Sequence[ir.Value]], ir.Value]]


@dataclass(frozen=True)
class _Complex:
    """A row of complex numbers while code is written; None instead of one is a row of zeros."""

    b: ir.IRBuilder
    re: ir.Value
    im: ir.Value

    def __add__(self, other: _Complex) -> _Complex:
        return _Complex(
            self.b, self.b.fadd(self.re, other.re, flags=_FAST), self.b.fadd(self.im, other.im, flags=_FAST)
        )

    def __sub__(self, other: _Complex) -> _Complex:
        return _Complex(
            self.b, self.b.fsub(self.re, other.re, flags=_FAST), self.b.fsub(self.im, other.im, flags=_FAST)
        )

    def scaled(self, factor: float) -> _Complex:
        f = _constant(factor)
        return _Complex(self.b, self.b.fmul(self.re, f, flags=_FAST), self.b.fmul(self.im, f, flags=_FAST))

    def times(self, re: ir.Value, im: ir.Value) -> _Complex:
        b = self.b
        real = b.fsub(b.fmul(self.re, re, flags=_FAST), b.fmul(self.im, im, flags=_FAST), flags=_FAST)
        imag = b.fadd(b.fmul(self.re, im, flags=_FAST), b.fmul(self.im, re, flags=_FAST), flags=_FAST)
        return _Complex(b, real, imag)

    def over_i(self) -> _Complex:
        return _Complex(self.b, self.im, self.b.fneg(self.re))


def _constant(value: float) -> ir.Constant:
    return ir.Constant(_VECTOR, [float(value)] * LANES)


def _plus(a: _Complex | None, b: _Complex | None) -> _Complex | None:
    return b if a is None else a if b is None else a + b


def _minus(a: _Complex | None, b: _Complex | None) -> _Complex | None:
    return b.scaled(-1.0) if a is None and b is not None else a if b is None or a is None else a - b


def _turned(a: _Complex | None, k: int, n: int) -> _Complex | None:
    """Multiply by exp(-2 pi i k / n)."""
    k %= n
    if a is None or k == 0:
        return a
    if 4 * k == n:
        return a.over_i()
    if 2 * k == n:
        return a.scaled(-1.0)
    w = cmath.exp(-2j * cmath.pi * k / n)
    return a.times(_constant(w.real), _constant(w.imag))


def _dft(x: Sequence[_Complex | None]) -> list[_Complex | None]:
    """Write the transform of rows: y_k = sum_j x_j exp(-2 pi i j k / n)."""
    n = len(x)
    if n == 1:
        return list(x)
    if n == 2:
        return [_plus(x[0], x[1]), _minus(x[0], x[1])]
    if n in (3, 5):
        return _odd(x)
    first = 4 if n % 4 == 0 and n > 4 else 2 if n % 2 == 0 else 3
    second = n // first
    # Cooley-Tukey: columns of `first` rows each, turned, then rows of `second`.
    columns = [_dft(x[j::second]) for j in range(second)]
    out: list[_Complex | None] = [None] * n
    for k in range(first):
        row = _dft([_turned(columns[j][k], j * k, n) for j in range(second)])
        for m in range(second):
            out[k + first * m] = row[m]
    return out


def _odd(x: Sequence[_Complex | None]) -> list[_Complex | None]:
    """Write the transform of 3 or 5 rows by sums and differences of rows j and n - j."""
    n, half = len(x), len(x) // 2
    sums = [_plus(x[j], x[n - j]) for j in range(1, half + 1)]
    differences = [_minus(x[j], x[n - j]) for j in range(1, half + 1)]
    total = x[0]
    for s in sums:
        total = _plus(total, s)
    out: list[_Complex | None] = [total] + [None] * (n - 1)
    for k in range(1, half + 1):
        even, odd = x[0], None
        for j in range(1, half + 1):
            angle = 2 * cmath.pi * j * k / n
            s, d = sums[j - 1], differences[j - 1]
            even = _plus(even, s.scaled(cmath.cos(angle).real) if s else None)
            odd = _plus(odd, d.scaled(cmath.sin(angle).real) if d else None)
        turned = odd.over_i() if odd else None
        out[k], out[n - k] = _plus(even, turned), _minus(even, turned)
    return out


def _instruction(code: Callable[..., _Written]) -> Callable[..., None]:
    """Turn a function that writes code into one that compiled code calls, without the `typing` argument."""
    return intrinsic(code)


def _pointer(context: Any, builder: ir.IRBuilder, array: ir.Value, position: ir.Value) -> ir.Value:
    data = context.make_array(_ARRAY)(context, builder, array).data
    return builder.gep(data, [position])


def _load(context: Any, builder: ir.IRBuilder, array: ir.Value, position: ir.Value) -> ir.Value:
    pointer = builder.bitcast(_pointer(context, builder, array, position), _VECTOR.as_pointer())
    return builder.load(pointer, align=4)


def _store(context: Any, builder: ir.IRBuilder, array: ir.Value, position: ir.Value, value: ir.Value) -> None:
    pointer = builder.bitcast(_pointer(context, builder, array, position), _VECTOR.as_pointer())
    builder.store(value, pointer, align=4)


def _spread(builder: ir.IRBuilder, scalar: ir.Value) -> ir.Value:
    lane = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(lane, ir.Constant(_VECTOR, ir.Undefined), zeros)


def butterfly(radix: int, filled: int, twiddled: bool) -> Callable[..., None]:
    """Make the transform of `radix` rows of which only the first `filled` are not zero.

    If it is `twiddled`, row k of the result is multiplied by complex number k of `factors`, counted from `at`.
    """

    @_instruction
    def code_for(
        typing: Any,
        source: types.Type,
        re: types.Type,
        im: types.Type,
        step: types.Type,
        target: types.Type,
        to_re: types.Type,
        to_im: types.Type,
        to_step: types.Type,
        factors: types.Type,
        at: types.Type,
    ) -> _Written:
        signature = types.void(_ARRAY, _AT, _AT, _AT, _ARRAY, _AT, _AT, _AT, _ARRAY, _AT)

        def code(context: Any, builder: ir.IRBuilder, signature: Signature, values: Sequence[ir.Value]) -> ir.Value:
            source, re, im, step, target, to_re, to_im, to_step, factors, at = values

            x = [*_loaded(context, builder, source, (re, im, step), filled), *[None] * (radix - filled)]
            rows = zip(_rows(builder, to_re, to_step, radix), _rows(builder, to_im, to_step, radix), strict=True)
            for k, (y, (place_re, place_im)) in enumerate(zip(_dft(x), rows, strict=True)):
                assert y is not None
                if twiddled and k:
                    numbers = (builder.add(at, ir.Constant(at.type, 2 * k + part)) for part in (0, 1))
                    w = (builder.load(_pointer(context, builder, factors, number)) for number in numbers)
                    y = y.times(*(_spread(builder, scalar) for scalar in w))
                _store(context, builder, target, place_re, y.re)
                _store(context, builder, target, place_im, y.im)
            return context.get_dummy_value()

        return signature, code

    return code_for


def product_butterfly(radix: int) -> Callable[..., None]:
    """Make the transform of `radix` rows that adds complex numbers, each times the conjugate of a row, to a sum.

    A number is the same in all lanes. Row j of the sum starts at to + j * to_step, and number j at `at` + j * at_step.
    """

    @_instruction
    def code_for(
        typing: Any,
        source: types.Type,
        re: types.Type,
        im: types.Type,
        step: types.Type,
        total: types.Type,
        to: types.Type,
        to_step: types.Type,
        numbers: types.Type,
        at: types.Type,
        at_step: types.Type,
    ) -> _Written:
        signature = types.void(_ARRAY, _AT, _AT, _AT, _ARRAY, _AT, _AT, _ARRAY, _AT, _AT)

        def code(context: Any, builder: ir.IRBuilder, signature: Signature, values: Sequence[ir.Value]) -> ir.Value:
            source, re, im, step, total, to, to_step, numbers, at, at_step = values
            transformed = _dft(_loaded(context, builder, source, (re, im, step), radix))
            rows, places = _rows(builder, to, to_step, radix), _rows(builder, at, at_step, radix)
            for y, row, place in zip(transformed, rows, places, strict=True):
                assert y is not None
                behind, second = (builder.add(p, ir.Constant(p.type, n)) for p, n in ((row, LANES), (place, 1)))
                a_re, a_im = (
                    _spread(builder, builder.load(_pointer(context, builder, numbers, p))) for p in (place, second)
                )
                t_re, t_im = (_load(context, builder, total, p) for p in (row, behind))
                for a, b in ((a_re, y.re), (a_im, y.im)):
                    t_re = builder.fadd(t_re, builder.fmul(a, b, flags=_FAST), flags=_FAST)
                t_im = builder.fadd(t_im, builder.fmul(a_im, y.re, flags=_FAST), flags=_FAST)
                t_im = builder.fsub(t_im, builder.fmul(a_re, y.im, flags=_FAST), flags=_FAST)
                _store(context, builder, total, row, t_re)
                _store(context, builder, total, behind, t_im)
            return context.get_dummy_value()

        return signature, code

    return code_for


def _loaded(
    context: Any, builder: ir.IRBuilder, source: ir.Value, at: tuple[ir.Value, ir.Value, ir.Value], count: int
) -> list[_Complex | None]:
    """Load complex rows; `at` is where the first has its real and its imaginary parts, and the step to the next."""
    re, im, step = at
    places = zip(_rows(builder, re, step, count), _rows(builder, im, step, count), strict=True)
    return [_Complex(builder, *(_load(context, builder, source, place) for place in both)) for both in places]


def _rows(builder: ir.IRBuilder, start: ir.Value, step: ir.Value, count: int) -> list[ir.Value]:
    """Give the positions of `count` rows."""
    return [builder.add(start, builder.mul(step, ir.Constant(start.type, j))) for j in range(count)]


@_instruction
def split(
    typing: Any,
    source: types.Type,
    at: types.Type,
    mirror: types.Type,
    target: types.Type,
    a_re: types.Type,
    a_im: types.Type,
    b_re: types.Type,
    b_im: types.Type,
) -> _Written:
    """Part the transform c of a + i b, a and b real, at k (row `at`) and -k (row `mirror`) into 2 a and 2 b at k."""
    signature = types.void(_ARRAY, _AT, _AT, _ARRAY, _AT, _AT, _AT, _AT)

    def code(context: Any, builder: ir.IRBuilder, signature: Signature, values: Sequence[ir.Value]) -> ir.Value:
        source, at, mirror, target, *places = values
        imaginary = ir.Constant(at.type, LANES)
        re, mirror_re = (_load(context, builder, source, p) for p in (at, mirror))
        im, mirror_im = (_load(context, builder, source, builder.add(p, imaginary)) for p in (at, mirror))
        parts = (
            builder.fadd(re, mirror_re, flags=_FAST),
            builder.fsub(im, mirror_im, flags=_FAST),
            builder.fadd(im, mirror_im, flags=_FAST),
            builder.fsub(mirror_re, re, flags=_FAST),
        )
        for place, part in zip(places, parts, strict=True):
            _store(context, builder, target, place, part)
        return context.get_dummy_value()

    return signature, code


@_instruction
def join(
    typing: Any,
    source: types.Type,
    a: types.Type,
    b: types.Type,
    target: types.Type,
    to: types.Type,
    mirror: types.Type,
) -> _Written:
    """Make a + i b at k (row `to`) and -k (row `mirror`) from a and b at k, transforms of real numbers."""
    signature = types.void(_ARRAY, _AT, _AT, _ARRAY, _AT, _AT)

    def code(context: Any, builder: ir.IRBuilder, signature: Signature, values: Sequence[ir.Value]) -> ir.Value:
        source, a, b, target, to, mirror = values
        imaginary = ir.Constant(a.type, LANES)
        a_re, b_re = (_load(context, builder, source, p) for p in (a, b))
        a_im, b_im = (_load(context, builder, source, builder.add(p, imaginary)) for p in (a, b))
        # The row of -k first: at k = 0 and n / 2 both are one row, whose imaginary parts are rounding errors.
        _store(context, builder, target, mirror, builder.fadd(a_re, b_im, flags=_FAST))
        _store(context, builder, target, builder.add(mirror, imaginary), builder.fsub(b_re, a_im, flags=_FAST))
        _store(context, builder, target, to, builder.fsub(a_re, b_im, flags=_FAST))
        _store(context, builder, target, builder.add(to, imaginary), builder.fadd(a_im, b_re, flags=_FAST))
        return context.get_dummy_value()

    return signature, code


@_instruction
def keep_lower(typing: Any, source: types.Type, at: types.Type, lowest: types.Type, to: types.Type) -> _Written:
    """Keep in 16 numbers of `lowest`, lane by lane, the least of them and of two neighbouring sets of 16 at `at`."""
    signature = types.void(_ARRAY, _AT, _ARRAY, _AT)

    def code(context: Any, builder: ir.IRBuilder, signature: Signature, values: Sequence[ir.Value]) -> ir.Value:
        source, at, lowest, to = values
        first, second = at, builder.add(at, ir.Constant(at.type, LANES))
        low, *others = (_load(context, builder, a, p) for a, p in ((source, first), (source, second), (lowest, to)))
        for other in others:
            low = builder.select(builder.fcmp_ordered("<", low, other), low, other)
        _store(context, builder, lowest, to, low)
        return context.get_dummy_value()

    return signature, code


@_instruction
def ask_for_row(typing: Any, array: types.Type, at: types.Type) -> _Written:
    """Have the cache lines of a row brought in for writing, ahead of time."""
    signature = types.void(_ARRAY, _AT)

    def code(context: Any, builder: ir.IRBuilder, signature: Signature, values: Sequence[ir.Value]) -> ir.Value:
        array, at = values
        number, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        insert: Any = cgutils.get_or_insert_function
        prefetch = insert(builder.module, kind, "llvm.prefetch.p0i8")
        for part in (at, builder.add(at, ir.Constant(at.type, LANES))):
            place = builder.bitcast(_pointer(context, builder, array, part), byte)
            builder.call(prefetch, [place, *(ir.Constant(number, given) for given in (1, 3, 1))])
        return context.get_dummy_value()

    return signature, code
