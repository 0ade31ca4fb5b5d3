#!/usr/bin/python3
"""Reads a calendar file the strict way and prints what stands in it as JSON: lines of at most 75 octets that end with CRLF and hold whole
characters, then python3-icalendar (which shares no code with ours). Any breach is an error."""
import json
import sys

import icalendar

data = open(sys.argv[1], "rb").read()
assert data.endswith(b"\r\n") and b"\n" not in data.replace(b"\r\n", b""), "line ends"
for line in data.split(b"\r\n"):
    assert len(line) <= 75, line
    line.decode("utf-8")
calendar = icalendar.Calendar.from_ical(data)
assert not calendar.errors, calendar.errors
events = []
for e in calendar.walk("VEVENT"):
    assert not e.errors, e.errors
    for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY", "LAST-MODIFIED"):
        assert name in e, name
    assert e["DTSTART"].dt.utcoffset().total_seconds() == 0 and e["DTEND"].dt > e["DTSTART"].dt
    rid = e["RECURRENCE-ID"].dt.strftime("%Y-%m-%dT%H:%M:%S") if "RECURRENCE-ID" in e else ""
    excluded = e.get("EXDATE", [])
    excluded = excluded if isinstance(excluded, list) else [excluded]
    events.append({"recurrence": rid, "rrule": e["RRULE"].to_ical().decode() if "RRULE" in e else "",
                   "excluded": [d.dt.strftime("%Y-%m-%dT%H:%M:%S") for x in excluded for d in x.dts], "uid": str(e["UID"]), "start": e["DTSTART"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"), "end": e["DTEND"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
                   "sequence": int(e["SEQUENCE"]), "status": str(e["STATUS"]), "summary": str(e["SUMMARY"]), "location": str(e.get("LOCATION", ""))})
assert len({(e["uid"], e["recurrence"]) for e in events}) == len(events), "a UID stands twice"
print(json.dumps({"name": str(calendar.get("X-WR-CALNAME", "")), "refresh": "REFRESH-INTERVAL" in calendar, "method": str(calendar.get("METHOD", "")),
                  "events": events}))
