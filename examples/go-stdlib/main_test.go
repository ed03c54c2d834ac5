package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func call(t *testing.T, method, text string) string {
	t.Helper()
	server := httptest.NewServer(routes())
	defer server.Close()
	body, _ := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "id": 1, "method": method,
		"params": map[string]any{"message": map[string]any{
			"messageId": "1", "role": "ROLE_USER", "parts": []any{map[string]any{"text": text}},
		}},
	})
	answer, err := http.Post(server.URL, "application/json", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(answer.Body)
	return string(said)
}

func TestATextIsAnsweredWithItsFingerprints(t *testing.T) {
	said := call(t, "SendMessage", "berth")
	for _, part := range []string{"TASK_STATE_COMPLETED", "sha256 ", "crc32 "} {
		if !strings.Contains(said, part) {
			t.Errorf("%s is not in %s", part, said)
		}
	}
}

func TestAStreamTellsOneThingAfterTheOther(t *testing.T) {
	said := call(t, "SendStreamingMessage", "berth")
	if events := strings.Count(said, "data: "); events != 5 {
		t.Errorf("%d events, not 5: %s", events, said)
	}
}

func TestWithoutATextNothingIsDone(t *testing.T) {
	if said := call(t, "SendMessage", " "); !strings.Contains(said, "-32602") {
		t.Error(said)
	}
}
