/* test.h - the smallest test frame. A test program is a main that RUNs functions; each prints one line; the last
 * line is "N passed, N failed", which the runner adds up. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <inttypes.h>

static int test_passed, test_failed, test_bad_checks;
static const char *test_only; /* set from argv[1]: run only tests whose name contains it */

#define CHECK(cond) \
    do { if (!(cond)) { test_bad_checks++; fprintf(stderr, "  %s:%d: %s\n", __FILE__, __LINE__, #cond); } } while (0)
#define CHECK_INT(got, want) \
    do { int64_t g_ = (int64_t)(got), w_ = (int64_t)(want); \
         if (g_ != w_) { test_bad_checks++; fprintf(stderr, "  %s:%d: %s: got %" PRId64 ", want %" PRId64 "\n", __FILE__, __LINE__, #got, g_, w_); } } while (0)
#define CHECK_STR(got, want) \
    do { const char *g_ = (got), *w_ = (want); \
         if (!g_ || !w_ ? g_ != w_ : strcmp(g_, w_) != 0) { test_bad_checks++; fprintf(stderr, "  %s:%d: %s: got \"%s\", want \"%s\"\n", __FILE__, __LINE__, #got, g_ ? g_ : "(null)", w_ ? w_ : "(null)"); } } while (0)
#define REQUIRE(cond) \
    do { if (!(cond)) { fprintf(stderr, "  %s:%d: %s (cannot go on)\n", __FILE__, __LINE__, #cond); exit(3); } } while (0)
#define RUN(fn) \
    do { if (!test_only || strstr(#fn, test_only)) { \
         test_bad_checks = 0; fn(); \
         if (test_bad_checks) test_failed++; else test_passed++; \
         printf("%s %s\n", test_bad_checks ? "FAIL" : "ok  ", #fn); fflush(stdout); } } while (0)
#define TEST_ARGS(argc, argv) (test_only = (argc) > 1 ? (argv)[1] : NULL)
#define TEST_DONE() (printf("%d passed, %d failed\n", test_passed, test_failed), test_failed ? 1 : 0)
