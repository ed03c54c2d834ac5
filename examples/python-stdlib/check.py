"""Starts the agent as anyone would, calls it, and exits non-zero when an answer is wrong."""

import json
import os
import re
import subprocess
import sys
import urllib.request

FOLDER = os.path.dirname(os.path.abspath(__file__))


def call(url, method, text):
    message = {"messageId": "1", "role": "ROLE_USER", "parts": [{"text": text}]}
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"message": message}}
    data = json.dumps(request).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10) as response:
        return response.read().decode()


def check(url):
    with urllib.request.urlopen(url + ".well-known/agent-card.json", timeout=10) as response:
        assert json.load(response)["skills"][0]["id"] == "report"
    task = json.loads(call(url, "SendMessage", "Ships sail. Ships sink!\n\nAda rows."))["result"]["task"]
    assert task["status"]["state"] == "TASK_STATE_COMPLETED", task
    first, second, last = task["artifacts"][0]["parts"]
    assert first["text"] == "1. 4 words in 2 sentences\n", first
    assert second["text"] == "2. 2 words in 1 sentence\n", second
    assert last["data"]["frequent"][0] == {"word": "ships", "count": 2}, last
    stream = call(url, "SendStreamingMessage", "Ada rows.")
    kinds = [next(iter(json.loads(line)["result"])) for line in re.findall(r"^data: (.*)$", stream, re.M)]
    assert kinds == ["task", "artifactUpdate", "artifactUpdate", "statusUpdate"], kinds
    assert json.loads(call(url, "SendMessage", " "))["error"]["code"] == -32602
    assert json.loads(call(url, "Dance", "x"))["error"]["code"] == -32601


def main():
    environment = {**os.environ, "PORT": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, os.path.join(FOLDER, "main.py")]
    agent = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        check(agent.stdout.readline().strip().removeprefix("listening on "))
    finally:
        agent.terminate()
    assert agent.wait(10) == 0
    print("python-stdlib: ok")


main()
