#!/usr/bin/env python3
"""Judges the free times that test_slots_oracle.c found, by brute force: every minute is asked what the wall clock shows
(zoneinfo), sets of minutes stand for hours, holidays and claims, and a candidate is what no set speaks against.
Shares nothing with slots.c or zone.c but the text of slots.h. Last line: "N cases agree, ..." or exit 1."""
import sys
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

US = 60 * 1000000  # a minute
EPOCH = date(1970, 1, 1)
UTC = timezone.utc


@lru_cache(maxsize=None)
def zone(name):
    return ZoneInfo(name)


@lru_cache(maxsize=None)
def wall(name, minute):
    """(date in days, minute of the day) the wall clock shows at an instant given in minutes since 1970."""
    t = datetime.fromtimestamp(minute * 60, zone(name))
    return (t.date() - EPOCH).days, t.hour * 60 + t.minute


@lru_cache(maxsize=None)
def missing(name, day, minute):
    """The instant (minutes) of a wall time that does not exist, with the offset before the gap; else None."""
    t = datetime.combine(EPOCH + timedelta(days=day), datetime.min.time()) + timedelta(minutes=minute)
    there = t.replace(tzinfo=zone(name), fold=0).astimezone(UTC)
    if there.astimezone(zone(name)).replace(tzinfo=None) == t:
        return None
    return int(there.timestamp()) // 60


def rows_of(plan, day):
    """Rows in force on a date, and all rows that explain mode knows of."""
    good = lambda s, e: 0 <= s < 1440 and s < e <= 2880
    weekly = [(s, e) for w, s, e in plan["week"] if w == (EPOCH + timedelta(days=day)).isoweekday() and good(s, e)]
    mine = [x for x in plan["except"] if x[0] == day]
    special = [(s, e) for _, closed, s, e in mine if not closed and good(s, e)]
    return (special if mine else weekly), special + weekly


class Day:
    """What is known of one plan: by date, and by minute when first asked."""

    def __init__(self, plan, location):
        self.plan, self.location, self.memo = plan, location, {}
        self.asked, self.open, self.holiday = set(), set(), set()

    def get(self, day):
        if day not in self.memo:
            force, known = rows_of(self.plan, day)
            self.memo[day] = force, (min(s for s, _ in known), max(e for _, e in known)) if known else None
        return self.memo[day]

    def is_open(self, day, minute):
        return any(s <= minute < e for s, e in self.get(day)[0]) or any(s <= minute + 1440 < e for s, e in self.get(day - 1)[0])

    def in_sight(self, day, minute):
        own, eve = self.get(day)[1], self.get(day - 1)[1]
        return bool(own and own[0] <= minute < own[1]) or bool(eve and eve[0] <= minute + 1440 < eve[1])

    def ask(self, minutes):
        for m in minutes - self.asked:
            day, minute = wall(self.location["zone"], m)
            if self.is_open(day, minute):
                self.open.add(m)
            if day in self.location["holiday"]:
                self.holiday.add(m)
        self.asked |= minutes


WORD = {"time_off": "time_off", "blocked": "blocked", "buffer": "buffer", "appointment": "busy", "hold": "busy", "calendar": "busy"}


def minutes_of(claims):
    """word -> set of minutes; "any" -> all of them"""
    taken = {"any": set()}
    for start, end, kind in claims:
        assert start % US == 0 and end % US == 0
        minutes = range(start // US, end // US)
        taken.setdefault(WORD[kind], set()).update(minutes)
        taken["any"].update(minutes)
    return taken


def choices(case, plan, tables, start):
    """For each part: the minutes it lasts, the minutes it takes, and who could do it, in the order of the pool."""
    r = case["rules"]
    for part in case["part"]:
        lo, hi = part["offset"], part["offset"] + part["length"]
        core = set(range(start + lo, start + hi))
        taken = set(range(start + lo - (r["before"] if lo == 0 else 0), start + hi + (r["after"] if hi == r["duration"] else 0)))
        free = []
        for who in part["pool"]:
            if part["kind"] == "resource":
                if case["resource"][who]["location"] == plan["location"] and case["resource"][who]["taken"]["any"].isdisjoint(taken):
                    free.append(("resource", who))
                continue
            mine = [i for i, p in enumerate(case["plan"]) if p["provider"] == who and p["location"] == plan["location"]]
            if not mine or not case["provider"][who]["taken"]["any"].isdisjoint(taken):
                continue
            days = tables[mine[0]]
            days.ask(core)
            if core <= days.open and core.isdisjoint(case["plan"][mine[0]]["taken"]["any"]):
                free.append(("provider", who))
        yield taken, free


def fill(parts, done):
    """The first way in the order of the pools to fill the parts with nobody in two places at once, or None."""
    if not parts:
        return []
    (taken, free), rest = parts[0], parts[1:]
    for k, who in enumerate(free):
        if all(other != who or taken.isdisjoint(busy) for busy, other in done):
            # the next place of the same part is for somebody further on in the pool
            further = free[k + 1:]
            found = fill([(t, further if f is free else f) for t, f in rest], done + [(taken, who)])
            if found is not None:
                return [who] + found
    return None


def part_verdict(case, plan, tables, start, first_taken):
    """(reason, who fills the parts)"""
    places = []
    for part, (taken, free) in zip(case["part"], choices(case, plan, tables, start)):
        here = list(free)
        same = [(taken, here)] * part["quantity"]
        if fill(places + same, [(first_taken, ("provider", plan["provider"]))]) is None:
            return "no_" + part["kind"], ()
        places += same
    return "", tuple(who for _, who in fill(places, [(first_taken, ("provider", plan["provider"]))]))


def broken(case, plan, tables, days, start):
    """All the rules a start (in minutes) breaks, and who would fill the parts."""
    r, loc = case["rules"], case["location"][plan["location"]]
    name = loc["zone"]
    treatment = set(range(start, start + r["duration"]))
    whole = range(start - r["before"], start + r["duration"] + r["after"])
    lead = r["lead"] or r["duration"]
    own = set(range(start, start + lead))
    own_whole = set(range(start - r["before"], start + lead + (r["after"] if lead == r["duration"] else 0)))
    bad, chosen = set(), ()
    day, minute = wall(name, start)
    if minute % r["step"]:
        bad.add("off_grid")
    if start * US < r["now"]:
        bad.add("past")
    if start * US - r["notice"] < r["now"]:
        bad.add("min_notice")
    if r["horizon"]:
        today = (datetime.fromtimestamp(r["now"] // 1000000, zone(name)).date() - EPOCH).days
        if day - today > r["horizon"]:
            bad.add("horizon")
    days.ask(treatment)
    if treatment & days.holiday:
        bad.add("holiday")
    if own - days.open:
        bad.add("outside_hours")
    if r["max"] and plan["booked"][day] >= r["max"]:
        bad.add("max_per_day")
    provider = case["provider"][plan["provider"]]["taken"]
    bad |= {word for word, minutes in provider.items() if word != "any" and own & minutes}
    bad |= {word for word, minutes in case["patient_taken"].items() if word != "any" and treatment & minutes}
    if treatment & loc["taken"]["any"]:
        bad.add("blocked")
    if not (provider["any"].isdisjoint(own_whole) and loc["taken"]["any"].isdisjoint(whole)):
        bad.add("buffer")
    if own & plan["taken"]["any"]:
        bad.add("travel")
    if not bad:
        word, chosen = part_verdict(case, plan, tables, start, own_whole)
        if word:
            bad.add(word)
    return bad, chosen


ORDER = "off_grid past min_notice horizon holiday outside_hours max_per_day time_off blocked busy buffer travel no_resource no_provider".split()


def first(bad):
    return next((word for word in ORDER if word in bad), "free")


def judge(case, seen):
    slots, drops = [], []
    lo, hi = case["window"]
    tables = [Day(p, case["location"][p["location"]]) for p in case["plan"]]
    for i, plan in enumerate(case["plan"]):
        if plan["helps"]:
            continue
        name, step = case["location"][plan["location"]]["zone"], case["rules"]["step"]
        for start in range(-(-lo // US), -(-hi // US)):
            day, minute = wall(name, start)
            if minute % step or not tables[i].in_sight(day, minute):
                continue
            bad, chosen = broken(case, plan, tables, tables[i], start)
            word = first(bad)
            seen[word] += 1
            if bad:
                drops.append((start * US, i, word))
            else:
                slots.append((start * US, i, *chosen))
        for day in range(lo // US // 1440 - 3, hi // US // 1440 + 4):
            for minute in range(0, 1440, step):
                gap = missing(name, day, minute)
                if gap is not None and lo <= gap * US < hi and tables[i].in_sight(day, minute):
                    drops.append((gap * US, i, "dst_gap"))
                    seen["dst_gap"] += 1
    wrong = compare("slots", sorted(slots), sorted(case["slot"])) + compare("dropped", sorted(drops), sorted(case["drop"]))
    for start, i, word in case["check"]:
        want = first(broken(case, case["plan"][i], tables, tables[i], start // US)[0])
        seen["check " + want] += 1
        if want != word:
            wrong.append(f"slot_check {start} plan {i}: {word}, should be {want}")
    return wrong


def compare(what, want, got):
    lost, extra = Counter(want) - Counter(got), Counter(got) - Counter(want)
    return [f"{what}: missing {x}" for x in sorted(lost)[:3]] + [f"{what}: wrong {x}" for x in sorted(extra)[:3]]


def read(path):
    case = None
    for line in open(path):
        word, *args = line.split()
        n = [int(x) if x.lstrip("-").isdigit() else x for x in args]
        if word == "case":
            case = {"number": n[0], "location": [], "provider": [], "plan": [], "resource": [], "part": [], "patient": [], "slot": [], "drop": [], "check": []}
        elif word == "rules":
            case["rules"] = dict(zip("duration before after step notice horizon max lead now".split(), n))
        elif word == "window":
            case["window"] = n
        elif word == "location":
            case["location"].append({"zone": args[0], "holiday": set(), "blocked": []})
        elif word == "holiday":
            case["location"][-1]["holiday"].add(n[0])
        elif word == "blocked":
            case["location"][-1]["blocked"].append(n)
        elif word == "resource":
            case["resource"].append({"location": n[0], "busy": []})
        elif word == "rbusy":
            case["resource"][-1]["busy"].append(n)
        elif word == "part":
            case["part"].append({"kind": args[0], "offset": n[1], "length": n[2], "quantity": n[3], "pool": n[4:]})
        elif word == "patient":
            case["patient"].append(n)
        elif word == "away":
            case["plan"][-1]["away"].append(n)
        elif word == "provider":
            case["provider"].append({"busy": []})
        elif word == "pbusy":
            case["provider"][-1]["busy"].append(n)
        elif word == "plan":
            case["plan"].append({"provider": n[0], "location": n[1], "helps": n[2], "away": [], "week": [], "except": [], "booked": Counter()})
        elif word in ("week", "except"):
            case["plan"][-1][word].append(n)
        elif word == "booked":
            case["plan"][-1]["booked"][n[0]] += n[1]
        elif word in ("slot", "drop", "check"):
            case[word].append(tuple(n))
        elif word == "end":
            yield case


def main():
    cases, bad, seen = 0, 0, Counter()
    for case in read(sys.argv[1]):
        for loc in case["location"]:
            loc["taken"] = minutes_of(loc["blocked"])
        for res in case["resource"]:
            res["taken"] = minutes_of(res["busy"])
        for plan in case["plan"]:
            plan["taken"] = minutes_of(plan["away"])
        case["patient_taken"] = minutes_of(case["patient"])
        for provider in case["provider"]:
            provider["taken"] = minutes_of(provider["busy"])
        wrong = judge(case, seen)
        cases += 1
        if wrong:
            bad += 1
            zones = " ".join(x["zone"] for x in case["location"])
            print(f"case {case['number']} ({zones}) differs: " + "; ".join(wrong[:4]))
    print(" ".join(f"{k.replace(' ', ':')}={v}" for k, v in sorted(seen.items())))
    if bad:
        print(f"{bad} of {cases} cases differ")
        return 1
    print(f"{cases} cases agree, {sum(v for k, v in seen.items() if not k.startswith('check'))} candidates")
    return 0


sys.exit(main())
