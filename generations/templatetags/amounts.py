"""Amounts of money in templates: {{ call.cost|money }}."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format

from generations import money as amounts

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    """Write an amount; what is not known is written as nothing."""
    return "" if amount is None else amounts.money(amount)


@register.filter
def exact_money(amount: Decimal | None) -> str:
    """Write an amount with every digit; what is not known is written as nothing."""
    return "" if amount is None else amounts.exact_money(amount)


@register.filter
def percent(share: float | None) -> str:
    """Write a share between 0 and 1 in whole percent; what is not known is written as nothing."""
    return "" if share is None else f"{number_format(round(share * 100))}%"
