/* paper_words.c - amounts and dates as a language writes them. */
#include "core/out/paper.h"
#include "core/base/money.h"
#include <string.h>

static bool speaks(const char *locale, const char *languages)
{
    const char *at = strlen(locale) >= 2 ? strstr(languages, (char[]){ locale[0], locale[1], 0 }) : NULL;
    return at && (at - languages) % 3 == 0;
}

/* 1,234.50 / 1.234,50 / 1 234,50, by the language. */
const char *paper_amount(struct arena *a, const char *locale, int64_t minor, const char *currency)
{
    char plain[MONEY_TEXT], out[2 * MONEY_TEXT];
    const char *p = money_plain(minor, currency, plain), *point = strchr(p, '.');
    bool dots = speaks(locale, "de,es,it,nl,pt,ro,tr,id,da,el,hr,sl"), spaces = speaks(locale, "fr,pl,cs,sk,ru,uk,bg,sv,nb,no,fi,hu,et,lv,lt");
    size_t whole = point ? (size_t)(point - p) : strlen(p), sign = *p == '-', n = 0;
    for (size_t i = 0; i < whole; i++) {
        if (i > sign && (whole - i) % 3 == 0) {
            const char *between = dots ? "." : spaces ? "\xc2\xa0" : ",";
            for (; *between; between++) out[n++] = *between;
        }
        out[n++] = p[i];
    }
    if (point) {
        out[n++] = dots || spaces ? ',' : '.';
        for (const char *c = point + 1; *c; c++) out[n++] = *c;
    }
    return arena_strndup(a, out, n);
}

const char *paper_date(struct arena *a, const char *locale, int64_t day)
{
    static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December" };
    struct civil c = { 0 };
    date_to_civil(day, &c);
    if (str_eq(locale, "en-US")) return arena_printf(a, "%s %d, %d", months[c.month - 1], c.day, (int)c.year);
    if (str_starts(locale, "en")) return arena_printf(a, "%d %s %d", c.day, months[c.month - 1], (int)c.year);
    if (speaks(locale, "de,ro,pl,cs,sk,ru,uk,bg,tr,fi,nb,no,da,hr,sl,et,lv")) return arena_printf(a, "%02d.%02d.%d", c.day, c.month, (int)c.year);
    if (speaks(locale, "fr,es,it,pt,el,nl")) return arena_printf(a, "%02d/%02d/%d", c.day, c.month, (int)c.year);
    char text[16];
    return arena_strdup(a, date_format(day, text));
}
