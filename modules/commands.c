/* commands.c - the commands the modules bring. */
#include "core/cli.h"

const struct command module_commands[] = { { 0 } };
