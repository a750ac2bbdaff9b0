"""Amounts of money in templates: {{ call.cost|money }}."""

from decimal import Decimal

from django import template

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
