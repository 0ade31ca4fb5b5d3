/* main.c - the program. Everything it can do is a command: see cli.c. */
#include "core/cli.h"
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
    umask(077);               /* whatever we make is ours alone */
    mallopt(M_ARENA_MAX, 4);  /* one heap per thread would multiply the memory of a small machine */
    signal(SIGPIPE, SIG_IGN); /* a reader that has gone is an error of write(2), not the end of the program */
    return cli_main(argc, argv);
}
