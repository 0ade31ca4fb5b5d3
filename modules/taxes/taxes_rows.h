/* taxes_rows.h - what only the routes of taxes write. */
#pragma once
#include "modules/taxes/taxes.h"

MUST_CHECK enum rc taxes_archive(struct tx *, const struct tax_rate *, enum rc lost); /* writes archived, under the version it has */
MUST_CHECK enum rc taxes_count(struct tdb *, int64_t *out);
