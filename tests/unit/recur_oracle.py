#!/usr/bin/env python3
"""Judges what recur.c says of random rules: python3-dateutil expands them on the wall, zoneinfo turns wall times into instants.

A case is a line "case ZONE FIRST_WALL_S RULE|UNTIL_KIND UNTIL|LIMIT_S MAX", then "at WALL_S INSTANT_S SHIFTED" for each
occurrence, then "end". UNTIL and the window are applied here, because dateutil compares naive times only.
"""
import datetime as dt
import sys
import zoneinfo

from dateutil import rrule

EPOCH = dt.datetime(1970, 1, 1)
dt.MAXYEAR = 2040  # how far dateutil looks for a 31 February


def instant(wall, zone):
    """Seconds, and whether the wall time falls into a gap (then read with the offset before it); the first of two."""
    aware = wall.replace(tzinfo=zone, fold=0)
    at = int(aware.timestamp())
    back = dt.datetime.fromtimestamp(at, zone).replace(tzinfo=None)
    return at, back != wall


def expected(zone, first, rule, until_kind, until, limit, most):
    start = EPOCH + dt.timedelta(seconds=first)
    out = []
    for wall in rrule.rrulestr(rule, dtstart=start):
        at, shifted = instant(wall, zone)
        if until_kind == "date" and (wall.date() - EPOCH.date()).days > until:
            break
        if until_kind == "instant" and at > until:
            break
        if (wall - EPOCH).total_seconds() > limit + 3 * 86400:
            break
        if at < limit:
            out.append((int((wall - EPOCH).total_seconds()), at, shifted))
        if len(out) == most:
            break
    return out


def main():
    cases = wrong = total = shifts = 0
    case, got = None, []
    with open(sys.argv[1], encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if words[0] == "case":
                case, got = words[1:], []
            elif words[0] == "at":
                got.append((int(words[1]), int(words[2]), words[3] == "1"))
            else:
                zone, first, rule, until_kind, until, limit, most = case
                want = expected(zoneinfo.ZoneInfo(zone), int(first), rule, until_kind, int(until), int(limit), int(most))
                cases += 1
                total += len(want)
                shifts += sum(1 for w in want if w[2])
                if got != want:
                    wrong += 1
                    if wrong <= 10:
                        print(f"differs: {case}\n  got  {got[:5]} ({len(got)})\n  want {want[:5]} ({len(want)})")
    print(f"{total} occurrences, {shifts} in a gap")
    print(f"{cases} cases agree" if not wrong else f"{wrong} of {cases} cases differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
