"""Numbers and chance: math, decimal, fractions, statistics, random, secrets."""

from __future__ import annotations

import decimal
import fractions
import math
import random
import secrets
import statistics
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.facades.module import Module, functions, members

if TYPE_CHECKING:
    from random import Random

DECIMAL: Final = (
    "Clamped Context Decimal DecimalException DivisionByZero FloatOperation Inexact InvalidOperation Overflow ROUND_05UP "
    "ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP Rounded Subnormal Underflow "
    "getcontext localcontext setcontext"
)
STATISTICS: Final = (
    "correlation covariance fmean geometric_mean harmonic_mean linear_regression mean median median_grouped median_high "
    "median_low mode multimode pstdev pvariance quantiles stdev variance"
)
RANDOM: Final = (
    "betavariate choice choices expovariate gammavariate gauss getrandbits lognormvariate normalvariate paretovariate randbytes "
    "randint random randrange sample seed shuffle triangular uniform vonmisesvariate weibullvariate"
)


def number_modules(generator: Random) -> dict[str, Module]:
    """The façades of this module; ``generator`` is the guest's own behind ``random``."""
    constants = [name for name in vars(math) if not name.startswith("_")]
    return {
        "math": Module("math", members(math, " ".join(constants))),
        "decimal": Module("decimal", members(decimal, DECIMAL)),
        "fractions": Module("fractions", members(fractions, "Fraction")),
        "statistics": Module(
            "statistics", functions(statistics, STATISTICS) | members(statistics, "NormalDist StatisticsError")
        ),
        "random": Module("random", functions(generator, RANDOM) | members(random, "Random")),
        "secrets": Module(
            "secrets", functions(secrets, "choice compare_digest randbelow randbits token_bytes token_hex token_urlsafe")
        ),
    }
