#!/usr/bin/python3
"""A real SMTP server on loopback for tests. Usage: smtp_server.py FOLDER [CERT KEY [USER PASSWORD]]

Prints "PORT n", then serves until its standard input ends. Every mail it takes becomes FOLDER/n.eml (the bytes) and
FOLDER/n.envelope ("from\nto\ntls yes|no\n"), n from 1. The recipient's local part tells it how to behave:
  mail451, mail550   refused at RCPT      data451, data554   refused after DATA
  hang               RCPT never answered  drop               the connection is cut at RCPT
The sender refused@... gets 550. With CERT and KEY it offers STARTTLS; with USER and PASSWORD it demands them (after STARTTLS).
"""
import asyncio
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.count = 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 5.7.1 <%s> may not send here" % address
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local == "mail451":
            return "451 4.2.0 <%s> try later" % address
        if local == "mail550":
            return "550 5.1.1 <%s> no such user" % address
        if local == "hang":
            await asyncio.sleep(3600)
        if local == "drop":
            server.transport.abort()
            return "421 bye"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        if local == "data451":
            return "451 4.3.0 greylisted"
        if local == "data554":
            return "554 5.6.0 content refused"
        self.count += 1
        tls = "yes" if session.ssl is not None else "no"
        (self.folder / f"{self.count}.eml").write_bytes(envelope.original_content)
        (self.folder / f"{self.count}.envelope").write_text( # whoever sees it finds the whole mail
            f"{envelope.mail_from}\n{','.join(envelope.rcpt_tos)}\ntls {tls}\n")
        return "250 taken"


async def main():
    folder, rest = sys.argv[1], sys.argv[2:]
    handler = Handler(folder)
    options = {"hostname": "test.local", "data_size_limit": 32 << 20}
    if len(rest) >= 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(rest[0], rest[1])
        options["tls_context"] = context
    if len(rest) >= 4:
        want = (rest[2].encode(), rest[3].encode())
        options["authenticator"] = lambda server, session, envelope, mechanism, data: AuthResult(
            success=(data.login, data.password) == want, handled=False)
        options["auth_required"] = True
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, **options), "127.0.0.1", 0)
    print("PORT", server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
