#!/usr/bin/python3
"""Reads a mail with Python's own e-mail package and compares. Usage: mail_verify.py EML EXPECTED_FOLDER

The folder holds one file per thing to compare: subject, from, to, reply_to, text, html, calendar, method, id, date,
unsubscribe. What has no file must not be in the mail. Prints every difference; exit status 1 when there is one.
"""
import email
import email.header
import email.policy
import email.utils
import pathlib
import re
import sys

raw = pathlib.Path(sys.argv[1]).read_bytes()
expected = pathlib.Path(sys.argv[2])
problems = []


def check(cond, what):
    if not cond:
        problems.append(what)


def want(name):
    path = expected / name
    return path.read_bytes().decode() if path.exists() else None


def same(name, got):
    check(got == want(name), f"{name}: got {got!r:.800}, want {want(name)!r:.800}")


# The bytes: 7 bit, CRLF only, short lines, a full stop never begins a line.
check(all(b < 127 for b in raw), "a byte that is not ASCII")
check(all(b >= 32 or b in (9, 10, 13) for b in raw), "a control character")
check(raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r"), "a line end that is not CRLF")
check(raw.endswith(b"\r\n"), "the last line has no end")
head, _, body = raw.partition(b"\r\n\r\n")
for line in body.split(b"\r\n"):
    check(len(line) <= 76, f"a body line of {len(line)}")
    check(not line.startswith(b"."), "a line begins with a full stop")
    check(not line.startswith(b"From "), "a line begins with From")
for line in head.split(b"\r\n"):
    check(len(line) <= 998, f"a header line of {len(line)}")
    check(b"=?" not in line or len(line) <= 76, f"a header line with encoded words of {len(line)}")
    check(line.strip() != b"", "an empty header line")
for word in re.findall(rb"=\?[^ ]*\?=", head):
    check(len(word) <= 75, f"an encoded word of {len(word)}")

mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
known = ["Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Auto-Submitted",
         "X-Auto-Response-Suppress", "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Type", "Content-Transfer-Encoding"]
for name in mail.keys():
    check(name in known, f"an unexpected header {name}")
    check(len(mail.get_all(name)) == 1, f"{name} stands more than once")
for part in mail.walk():
    check(not part.defects, f"{part.get_content_type()}: {part.defects}")
    for name, value in part.items():
        check(not value.defects, f"{name}: {value.defects}")
    check(part is mail or all(k.startswith("Content-") for k in part.keys()), "a part with a header of a mail")

same("subject", str(mail["Subject"]))


def person(name):
    # By the older parser: the newer one puts a space between encoded words of a name, against RFC 2047.
    old = email.message_from_bytes(raw)
    display, address = email.utils.parseaddr(old[name])
    return str(email.header.make_header(email.header.decode_header(display))) + "|" + address


same("from", person("From"))
same("to", person("To"))
check(len(mail["From"].addresses) == 1 and len(mail["To"].addresses) == 1, "more than one address")
same("reply_to", str(mail["Reply-To"]).strip("<>") if mail["Reply-To"] else None)
same("id", str(mail["Message-ID"]))
same("date", mail["Date"].datetime.isoformat())
same("unsubscribe", mail["List-Unsubscribe"])
check(mail["List-Unsubscribe-Post"] == ("List-Unsubscribe=One-Click" if mail["List-Unsubscribe"] else None), "List-Unsubscribe-Post")
check(mail["Auto-Submitted"] == "auto-generated", "Auto-Submitted")
check(mail["MIME-Version"] == "1.0", "MIME-Version")


def body_of(part):
    return part.get_payload(decode=True).decode()


parts = {}
for part in mail.walk():
    if not part.is_multipart():
        kind = part.get_content_type()
        check(kind not in parts, f"two parts {kind}")
        parts[kind] = part
same("text", body_of(parts["text/plain"]))
same("html", body_of(parts["text/html"]) if "text/html" in parts else None)
same("calendar", body_of(parts["text/calendar"]) if "text/calendar" in parts else None)
same("method", parts["text/calendar"].get_param("method") if "text/calendar" in parts else None)
for kind in ("text/plain", "text/html", "text/calendar"):
    check(kind not in parts or parts[kind].get_content_charset() == "utf-8", f"{kind}: charset")
if "text/calendar" in parts:
    check(mail.get_content_type() == "multipart/mixed", "not multipart/mixed")
    alternative, file = mail.iter_parts()
    check(alternative.get_content_type() == "multipart/alternative", "not multipart/alternative")
    order = [p.get_content_type() for p in alternative.iter_parts()]
    check(order == [k for k in ("text/plain", "text/html", "text/calendar") if k in parts], f"order {order}")
    check(file.get_content_type() == "application/ics" and file.is_attachment(), "no file")
    check(file.get_filename() in ("invite.ics", "cancel.ics"), "name of the file")
    same("calendar", body_of(file))
else:
    check(mail.get_content_type() == ("multipart/alternative" if "text/html" in parts else "text/plain"), "structure")

for problem in problems:
    print("  mail:", problem)
sys.exit(1 if problems else 0)
