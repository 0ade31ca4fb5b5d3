#!/usr/bin/env python3
"""Judges when blocks that repeat take place: python3-dateutil expands the rule on the wall, zoneinfo turns both ends into instants.

A case is a line "case ZONE FIRST_WALL_S LENGTH_S ALL_DAY RULE MAX", then "at WALL_S START_S END_S" for each occurrence, then "end".
"""
import datetime as dt
import sys
import zoneinfo

from dateutil import rrule

EPOCH = dt.datetime(1970, 1, 1)


def instant(wall, zone):
    """The first of two; one that does not exist is read with the offset before the gap."""
    return int(wall.replace(tzinfo=zone, fold=0).timestamp())


def midnight(wall, zone):
    """The first instant of the local day."""
    day = wall.replace(hour=0, minute=0, second=0)
    at = instant(day, zone)
    while dt.datetime.fromtimestamp(at - 900, zone).date() == day.date():
        at -= 900
    return at


def expected(zone, first, length, all_day, rule, most):
    out = []
    for wall in rrule.rrulestr(rule, dtstart=EPOCH + dt.timedelta(seconds=first)):
        if len(out) == most:
            break
        last = wall + dt.timedelta(seconds=length)
        start, end = (midnight(wall, zone), midnight(last, zone)) if all_day else (instant(wall, zone), instant(last, zone))
        out.append((int((wall - EPOCH).total_seconds()), start, end if end > start else start + length))
    return out


def main():
    cases = wrong = total = odd = 0
    case, got = None, []
    with open(sys.argv[1], encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if words[0] == "case":
                case, got = words[1:], []
            elif words[0] == "at":
                got.append(tuple(int(w) for w in words[1:]))
            else:
                zone, first, length, all_day, rule, most = case
                want = expected(zoneinfo.ZoneInfo(zone), int(first), int(length), all_day == "1", rule, int(most))
                cases += 1
                total += len(want)
                odd += sum(1 for w in want if w[2] - w[1] != int(length))
                if got != want:
                    wrong += 1
                    print("wrong:", case, [pair for pair in zip(got, want) if pair[0] != pair[1]][:2], len(got), len(want))
    print(f"{cases} rules, {total} occurrences, {odd} longer or shorter than on the wall, {wrong} wrong")
    sys.exit(1 if wrong or not odd else 0)


main()
