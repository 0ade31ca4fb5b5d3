/* money.c - ISO 4217 as of 2025: the currencies that are paid with, by their minor digits (funds and units of account of four
 * digits, metals and codes for testing are left out), and the units that are only counted. */
#include "core/base/money.h"
#include <stdio.h>
#include <string.h>

static const char two[] =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD"
    " EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL"
    " MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP"
    " SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
static const char none[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
static const char three[] = "BHD IQD JOD KWD LYD OMR TND";
static const char counted[] = "visits sessions points minutes";

/* unit is one of the words of the list, which are separated by one blank. */
static bool listed(const char *list, const char *unit)
{
    size_t n = strlen(unit);
    for (const char *p = list; n && (p = strstr(p, unit)); p += n)
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n])) return true;
    return false;
}

int unit_digits(const char *unit)
{
    if (!unit || strchr(unit, ' ')) return -1;
    if (listed(two, unit)) return 2;
    if (listed(none, unit) || listed(counted, unit)) return 0;
    return listed(three, unit) ? 3 : -1;
}

bool unit_is_currency(const char *unit) { return unit_digits(unit) >= 0 && !listed(counted, unit); }

void unit_currencies(struct buf *out, char between)
{
    static const char *const lists[] = { two, none, three };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        if (i) buf_putc(out, between);
        for (const char *p = lists[i]; *p; p++) buf_putc(out, *p == ' ' ? between : *p);
    }
}

char *money_plain(int64_t amount, const char *unit, char out[MONEY_TEXT])
{
    static const uint64_t powers[] = { 1, 10, 100, 1000 };
    int digits = unit_digits(unit);
    ASSERT(digits >= 0);
    uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount, one = powers[digits];
    const char *sign = amount < 0 ? "-" : "";
    unsigned long long whole = size / one, part = size % one;
    if (digits == 3) snprintf(out, MONEY_TEXT, "%s%llu.%03llu", sign, whole, part);
    else if (digits == 2) snprintf(out, MONEY_TEXT, "%s%llu.%02llu", sign, whole, part);
    else snprintf(out, MONEY_TEXT, "%s%llu", sign, whole);
    return out;
}

char *money_format(int64_t amount, const char *unit, char out[MONEY_TEXT])
{
    char plain[MONEY_TEXT];
    snprintf(out, MONEY_TEXT, "%.30s %.10s", money_plain(amount, unit, plain), unit);
    return out;
}
