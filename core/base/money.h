/* money.h - what an amount counts: a currency of ISO 4217, or a counted unit such as visits. Amounts are int64_t of the smallest
 * part of a unit (cents of EUR, whole JPY, fils of KWD, whole visits); how many digits that is stands here and nowhere else. */
#pragma once
#include "core/base/base.h"

#define MONEY_TEXT 48
#define PRICE_MAX 100000000000LL /* of one service or product, in minor parts: a billion rials, where an operation costs fifty million */
/* Digits behind the point: 0, 2 or 3; -1: not a unit. */
int unit_digits(const char *unit);
bool unit_is_currency(const char *unit);
void unit_currencies(struct buf *out, char between); /* all of them */
/* "-12.50 EUR", "3 visits"; returns out. The unit must be one. */
char *money_format(int64_t amount, const char *unit, char out[MONEY_TEXT]);
/* The same without the unit: "-12.50". */
char *money_plain(int64_t amount, const char *unit, char out[MONEY_TEXT]);
