/* version.h - what `clinicd version` says. */
#pragma once
#define CLINICD_VERSION "0.1.0"
