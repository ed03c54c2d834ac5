"""An A2A agent in Python's standard library alone: tells what a text consists of."""

import json
import os
import re
import signal
import sys
import threading
import uuid
from collections import Counter
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from text_report import report

PORT = int(os.environ.get("PORT", "8080"))
HOST = os.environ.get("HOST", "127.0.0.1")
MAX_BODY = 4 * 1024 * 1024
# Paragraph by paragraph a report grows; more of them than this are told at once.
MAX_CHUNKS = 200

SKILL = {
    "id": "report",
    "name": "report",
    "description": "Counts the words, sentences and most frequent words of a text, paragraph by paragraph.",
    "tags": ["text"],
    "examples": ["Ships sail. Ships sink!"],
}


def card(address):
    url = f"http://{address}/"
    return {
        "name": "python-stdlib",
        "description": "Tells what a text consists of.",
        "version": "1.0.0",
        "supportedInterfaces": [{"url": url, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
        "capabilities": {"streaming": True},
        "defaultInputModes": ["text/plain"],
        "defaultOutputModes": ["text/plain", "application/json"],
        "skills": [SKILL],
    }


class RpcError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def text_of(params):
    message = params.get("message") if isinstance(params, dict) else None
    parts = message.get("parts") if isinstance(message, dict) else None
    if not isinstance(parts, list):
        raise RpcError(-32602, "params.message.parts must be a list")
    texts = [part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)]
    text = "\n\n".join(texts)
    if not text.strip():
        raise RpcError(-32602, "Send a text.")
    return message, text


def events(params):
    """The task as A2A tells it: begun, its report by parts, done."""
    message, text = text_of(params)
    task_id, context_id = str(uuid.uuid4()), message.get("contextId") or str(uuid.uuid4())
    ids = {"taskId": task_id, "contextId": context_id}

    def status(state):
        return {"state": state, "timestamp": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")}

    yield {"task": {"id": task_id, "contextId": context_id, "status": status("TASK_STATE_WORKING"), "history": [message]}}
    paragraphs = [each for each in re.split(r"\n\s*\n", text) if each.strip()]
    size = -(-len(paragraphs) // MAX_CHUNKS)
    chunks = ["\n\n".join(paragraphs[at : at + size]) for at in range(0, len(paragraphs), size)]
    words = Counter()
    for index, chunk in enumerate(chunks):
        line, counted = report(chunk)
        words.update(counted)
        artifact = {"artifactId": "report", "name": "report", "parts": [{"text": f"{index + 1}. {line}\n"}]}
        yield {"artifactUpdate": {**ids, "artifact": artifact, "append": index > 0, "lastChunk": False}}
    frequent = [{"word": word, "count": count} for word, count in sorted(words.items(), key=lambda w: (-w[1], w[0]))[:5]]
    last = {"artifactId": "report", "parts": [{"data": {"words": sum(words.values()), "frequent": frequent}}]}
    yield {"artifactUpdate": {**ids, "artifact": last, "append": True, "lastChunk": True}}
    yield {"statusUpdate": {**ids, "status": status("TASK_STATE_COMPLETED")}}


def folded(stream):
    """All events as one task."""
    task, artifact = {}, None
    for event in stream:
        if "task" in event:
            task = event["task"]
        elif "artifactUpdate" in event:
            update = event["artifactUpdate"]["artifact"]
            artifact = update if artifact is None else {**artifact, "parts": artifact["parts"] + update["parts"]}
        else:
            task = {**task, "status": event["statusUpdate"]["status"], "artifacts": [artifact]}
    return {"task": task}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/.well-known/agent-card.json":
            return self.answer(200, card(self.headers.get("Host", f"{HOST}:{PORT}")))
        return self.answer(404, {"error": "not found"})

    def do_POST(self):
        request_id = None
        try:
            request = self.request_body()
            request_id = request.get("id")
            method, params = request.get("method"), request.get("params")
            if method in ("SendStreamingMessage", "message/stream"):
                return self.stream(request_id, params)
            if method in ("SendMessage", "message/send"):
                return self.answer(200, {"jsonrpc": "2.0", "id": request_id, "result": folded(events(params))})
            if method in ("GetTask", "CancelTask", "tasks/get", "tasks/cancel"):
                raise RpcError(-32001, "Tasks are over when they are answered, and none is kept.")
            raise RpcError(-32601, f"There is no method {method}.")
        except RpcError as error:
            failure = {"code": error.code, "message": str(error)}
            return self.answer(200, {"jsonrpc": "2.0", "id": request_id, "error": failure})

    def request_body(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            raise RpcError(-32600, "The request is larger than 4 MiB.")
        try:
            request = json.loads(self.rfile.read(length))
        except ValueError:
            raise RpcError(-32700, "The request is not JSON.") from None
        if not isinstance(request, dict):
            raise RpcError(-32600, "The request must be an object.")
        return request

    def stream(self, request_id, params):
        text_of(params)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for event in events(params):
            data = json.dumps({"jsonrpc": "2.0", "id": request_id, "result": event})
            self.wfile.write(f"data: {data}\n\n".encode())
            self.wfile.flush()

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


def main():
    server = ThreadingHTTPServer((HOST, PORT), Handler)
    server.daemon_threads = True

    def stop(_signal, _frame):
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    print(f"listening on http://{HOST}:{server.server_address[1]}/", flush=True)
    server.serve_forever()
    sys.exit(0)


if __name__ == "__main__":
    main()
