"""500 waiting-room boards open at once: what they take of the server's memory, and how long a change takes to reach them all, counted
from the answer to whoever made it."""
import json
import selectors
import socket
import time
import urllib.request

STREAMS = 500
ROUNDS = 5


def call(port, method, path, body=None, token=None):
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/{path}", method=method, headers=headers,
                                     data=json.dumps(body).encode() if body is not None else None)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["data"]


def open_stream(port, token):
    s = socket.create_connection(("127.0.0.1", port), timeout=30)
    s.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        more = s.recv(4096)
        if not more:
            raise ConnectionError("a stream was closed before its head was whole")
        head += more
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise ConnectionError(head.split(b"\r\n")[0].decode())
    s.setblocking(False)
    return s


def wait_for(selector, word, deadline):
    """Seconds until every stream has said the word, or None."""
    begun, missing, tails = time.monotonic(), set(), {}
    for key in selector.get_map().values():
        missing.add(key.fileobj)
    while missing and time.monotonic() < deadline:
        for key, _ in selector.select(0.1):
            s = key.fileobj
            data = tails.get(s, b"")[-200:] + s.recv(65536)
            tails[s] = data
            if word in data:
                missing.discard(s)
    return None if missing else time.monotonic() - begun


def measure(server, email, password):
    token = call(server.port, "POST", "auth/token", {"email": email, "password": password})["token"]
    client = call(server.port, "GET", "clients?limit=1", token=token)[0]
    before = server.memory()
    selector = selectors.DefaultSelector()
    streams = [open_stream(server.port, token) for _ in range(STREAMS)]
    for s in streams:
        selector.register(s, selectors.EVENT_READ)
    time.sleep(1)
    took = []
    for i in range(ROUNDS):
        call(server.port, "PATCH", f"clients/{client['id']}", {"notes": f"round {i}"}, token)
        took.append(wait_for(selector, client["id"].encode(), time.monotonic() + 10))
    after = server.memory()
    for s in streams:
        s.close()
    return {"streams": STREAMS, "bytes": after - before, "seconds": None if None in took else max(took)}
