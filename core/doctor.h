/* doctor.h - what is wrong with an installation. */
#pragma once
#include "core/cli.h"

int doctor_run(struct cli *);
