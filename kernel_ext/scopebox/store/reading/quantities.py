"""Averages and intervals as the driver of PostgreSQL shows them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal


def quotient(value: object) -> str | None:
    """Return an average of the pair of a sum and a count, as texts; None for that of nothing."""
    assert isinstance(value, list)
    total, count = value
    if total is None:
        return None
    return _whole_quotient(total, count) if total.isdecimal() else numeric_quotient(Decimal(total), Decimal(count))


def interval(value: object) -> dict[str, float] | None:
    """Return microseconds as the driver of PostgreSQL shows an interval: by its parts, without those that are zero."""
    if value is None:
        return None
    seconds, micro = divmod(int(str(value).partition(".")[0]), 1_000_000)
    parts: dict[str, float] = {"hours": seconds // 3600, "minutes": seconds // 60 % 60, "seconds": seconds % 60}
    parts["milliseconds"] = micro / 1000 if micro % 1000 else micro // 1000
    return {name: part for name, part in parts.items() if part}


def numeric_quotient(total: Decimal, count: Decimal) -> str:
    """Return ``total / count`` with the digits that PostgreSQL's numeric division keeps.

    It counts in groups of four decimal digits, and keeps at least 16 significant ones.
    """
    (first, weight), (divisor, divisor_weight) = _leading(total), _leading(count)
    quotient = weight - divisor_weight - (1 if first <= divisor else 0)
    scale = max(16 - quotient * 4, -int(total.as_tuple().exponent), 0)
    context = Context(prec=120, rounding=ROUND_HALF_UP)
    return format(context.quantize(context.divide(total, count), Decimal(1).scaleb(-scale, context)), "f")


def _whole_quotient(total: str, count: str) -> str:
    """Return the same of whole numbers, which most sums are: there may be one for each of thousands of groups, and decimals take longer."""
    weight, divisor_weight = (len(total) - 1) // 4, (len(count) - 1) // 4
    first, divisor = int(total[: len(total) - 4 * weight]), int(count[: len(count) - 4 * divisor_weight])
    scale = max(16 - 4 * (weight - divisor_weight - (first <= divisor)), 0)
    digits = str((2 * int(total) * 10**scale + int(count)) // (2 * int(count))).zfill(scale + 1)
    return f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits


def _leading(number: Decimal) -> tuple[int, int]:
    """Return the first group of four digits of ``number``, and its weight: 0 for the group before the point."""
    if not number:
        return 0, 0
    weight = number.adjusted() // 4
    return int(abs(number).scaleb(-4 * weight)), weight
