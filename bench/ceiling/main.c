/* main.c - bench-ceiling: see ceiling.h. */
#include "bench/ceiling/ceiling.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "book") == 0) return book_sqlite(argv[2], strtod(argv[3], NULL), (int)strtol(argv[4], NULL, 10));
    if (argc == 3 && strcmp(argv[1], "pgbench") == 0) return book_pgbench(strcmp(argv[2], "reads") == 0);
    if (argc == 4 && strcmp(argv[1], "calendar") == 0) return calendar_bare(argv[2], strtod(argv[3], NULL));
    if (argc == 5 && strcmp(argv[1], "ledger") == 0) return ledger_bench(argv[2], strtod(argv[3], NULL), strtoll(argv[4], NULL, 10));
    fprintf(stderr, "bench-ceiling book DATABASE SECONDS BATCH | pgbench reads | pgbench writes | calendar URL SECONDS | ledger FOLDER SECONDS TRANSFERS\n");
    return 2;
}
