/* till_work.h - private to till: opening, closing, and by hand. */
#pragma once
#include "modules/till/till_rows.h"

struct till_open_in { int64_t counted_minor; };
struct till_hand_in { int64_t kind, amount_minor; const char *reason; };
struct till_close_in { int64_t counted_minor, taken_minor; const char *note; };

enum rc till_handle_open(struct req *);
enum rc till_handle_hand(struct req *);
enum rc till_handle_close(struct req *);
