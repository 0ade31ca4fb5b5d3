/* serve.h - the server from start to stop. */
#pragma once
#include "core/cli.h"

int serve_run(struct cli *);
