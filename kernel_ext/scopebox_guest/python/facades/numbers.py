"""Numbers and chance: math, decimal, fractions, statistics, random, secrets."""

from __future__ import annotations

import decimal
import fractions
import math
import random
import secrets
import statistics
from collections.abc import Iterable
from numbers import Number
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.stand_ins import Class, Function, Module, classes, functions, members

if TYPE_CHECKING:
    from random import Random

MATH: Final = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2 expm1 fabs factorial "
    "floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf nan "
    "nextafter perm pi pow prod radians remainder sin sinh sqrt tan tanh tau trunc ulp"
)
DECIMAL: Final = (
    "Clamped Context Decimal DecimalException DivisionByZero FloatOperation Inexact InvalidOperation Overflow ROUND_05UP "
    "ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP Rounded Subnormal Underflow "
    "getcontext localcontext setcontext"
)
STATISTICS: Final = (
    "correlation covariance fmean geometric_mean harmonic_mean linear_regression mean median median_grouped median_high "
    "median_low pstdev pvariance quantiles stdev variance"
)
RANDOM: Final = (
    "betavariate choice choices expovariate gammavariate gauss getrandbits lognormvariate normalvariate paretovariate randbytes "
    "randint random randrange sample seed shuffle triangular uniform vonmisesvariate weibullvariate"
)


def _of_numbers(name: str) -> Function:
    """A function of ``statistics`` that takes numbers only.

    The library turns a result into the type of its data, whatever that is; from a class it would make a class.
    """
    function = getattr(statistics, name)

    def checked(*arguments: object, **keywords: object) -> object:
        data = [list(argument) if isinstance(argument, Iterable) else argument for argument in arguments]
        for argument in data:
            for item in argument if isinstance(argument, list) else [argument]:
                if item is not None and not isinstance(item, Number):
                    raise TypeError(f"can't take {type(item).__name__!r} for a number")
        return function(*data, **keywords)

    return Function(name, checked)


def number_modules(generator: Random) -> dict[str, Module]:
    """The façades of this module; ``generator`` is the guest's own behind ``random``."""
    return {
        "math": Module("math", members(math, MATH)),
        "decimal": Module("decimal", members(decimal, DECIMAL)),
        "fractions": Module("fractions", {"Fraction": Class(fractions.Fraction, "from_decimal from_float")}),
        "statistics": Module(
            "statistics",
            {name: _of_numbers(name) for name in STATISTICS.split()}
            | functions(statistics, "mode multimode")
            | {"NormalDist": Class(statistics.NormalDist)}
            | members(statistics, "StatisticsError"),
        ),
        "random": Module("random", functions(generator, RANDOM) | classes(random, "Random")),
        "secrets": Module(
            "secrets",
            functions(secrets, "choice compare_digest randbelow randbits token_bytes token_hex token_urlsafe"),
        ),
    }
