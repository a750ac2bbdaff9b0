"""Amounts of money as people read them, in the studio's one currency."""

from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.utils import numberformat
from django.utils.formats import get_format
from django.utils.translation import get_language

_SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "CN¥",
    "KRW": "₩",
    "INR": "₹",
    "HKD": "HK$",
}
_SYMBOLS_IN_CHINESE = _SYMBOLS | {"USD": "US$", "JPY": "JP¥", "CNY": "¥"}
_WITHOUT_CENTS = ("JPY", "KRW")
_MOST_DIGITS = 4  # behind the point, of amounts below one


def money(amount: Decimal) -> str:
    """Return an amount with the currency's sign: $12.40, and $0.0421 where cents would say too little."""
    digits = 0 if settings.STUDIO_CURRENCY in _WITHOUT_CENTS else 2
    least = Decimal(1).scaleb(-_MOST_DIGITS)
    if 0 < amount < least:
        return "< " + _written(least, _MOST_DIGITS)
    if abs(amount) < 1:
        digits = max(digits, _digits_of(_rounded(amount, _MOST_DIGITS)))
    return _written(amount, digits)


def exact_money(amount: Decimal) -> str:
    """Return an amount with every digit that it has, as a price list shows it."""
    least = 0 if settings.STUDIO_CURRENCY in _WITHOUT_CENTS else 2
    return _written(amount, max(least, _digits_of(amount)))


def _written(amount: Decimal, digits: int) -> str:
    number = numberformat.format(
        abs(_rounded(amount, digits)),
        get_format("DECIMAL_SEPARATOR"),
        decimal_pos=digits,
        grouping=3,  # also in Chinese, where Django would group by four
        thousand_sep=get_format("THOUSAND_SEPARATOR") or ",",
        force_grouping=True,
    )
    return f"{'−' if amount < 0 else ''}{_sign()}{number}"


def _sign() -> str:
    code: str = settings.STUDIO_CURRENCY
    is_chinese = (get_language() or "").startswith("zh")
    return (_SYMBOLS_IN_CHINESE if is_chinese else _SYMBOLS).get(code, f"{code}\u00a0")


def _rounded(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _digits_of(amount: Decimal) -> int:
    """How many digits behind the point an amount needs."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
