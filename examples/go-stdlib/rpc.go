package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

type request struct {
	ID     any    `json:"id"`
	Method string `json:"method"`
	Params struct {
		Message message `json:"message"`
	} `json:"params"`
}

type message struct {
	MessageID string           `json:"messageId"`
	ContextID string           `json:"contextId,omitempty"`
	Role      string           `json:"role"`
	Parts     []map[string]any `json:"parts"`
}

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

type response struct {
	JSONRPC string    `json:"jsonrpc"`
	ID      any       `json:"id"`
	Result  any       `json:"result,omitempty"`
	Error   *rpcError `json:"error,omitempty"`
}

func answer(w http.ResponseWriter, r *http.Request) {
	var asked request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&asked); err != nil {
		writeJSON(w, response{JSONRPC: "2.0", Error: &rpcError{-32700, "The request is not JSON, or is larger than 4 MiB."}})
		return
	}
	fail := func(code int, text string) {
		writeJSON(w, response{JSONRPC: "2.0", ID: asked.ID, Error: &rpcError{code, text}})
	}
	streams := asked.Method == "SendStreamingMessage" || asked.Method == "message/stream"
	switch asked.Method {
	case "SendMessage", "message/send", "SendStreamingMessage", "message/stream":
	case "GetTask", "CancelTask", "tasks/get", "tasks/cancel":
		fail(-32001, "Tasks are over when they are answered, and none is kept.")
		return
	default:
		fail(-32601, fmt.Sprintf("There is no method %s.", asked.Method))
		return
	}
	text := textOf(asked.Params.Message)
	if strings.TrimSpace(text) == "" {
		fail(-32602, "Send a text.")
		return
	}
	if !streams {
		writeJSON(w, response{JSONRPC: "2.0", ID: asked.ID, Result: folded(asked.Params.Message, text)})
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	flusher, _ := w.(http.Flusher)
	tell(asked.Params.Message, text, func(event map[string]any) {
		line, _ := json.Marshal(response{JSONRPC: "2.0", ID: asked.ID, Result: event})
		fmt.Fprintf(w, "data: %s\n\n", line)
		if flusher != nil {
			flusher.Flush()
		}
	})
}

func textOf(from message) string {
	var texts []string
	for _, part := range from.Parts {
		if text, ok := part["text"].(string); ok {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n")
}
