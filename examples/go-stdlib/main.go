// An A2A agent in Go's standard library alone: fingerprints of texts.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	maxBody   = 4 << 20
	drainTime = 5 * time.Second
)

func main() {
	host, port := os.Getenv("HOST"), os.Getenv("PORT")
	if host == "" {
		host = "127.0.0.1"
	}
	if port == "" {
		port = "8080"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: routes(), ReadHeaderTimeout: 10 * time.Second}
	stop, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer done()
	go func() {
		<-stop.Done()
		ending, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		_ = server.Shutdown(ending)
	}()
	fmt.Printf("listening on http://%s/\n", listener.Addr())
	if err := server.Serve(listener); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/agent-card.json", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, card("http://"+r.Host+"/"))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" || r.Method != http.MethodPost {
			http.NotFound(w, r)
			return
		}
		answer(w, r)
	})
	return mux
}

func card(url string) any {
	return map[string]any{
		"name":        "go-stdlib",
		"description": "Fingerprints of texts, to tell whether two copies are the same.",
		"version":     "1.0.0",
		"supportedInterfaces": []any{
			map[string]any{"url": url, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
		},
		"capabilities":       map[string]any{"streaming": true},
		"defaultInputModes":  []string{"text/plain"},
		"defaultOutputModes": []string{"text/plain", "application/json"},
		"skills": []any{
			map[string]any{
				"id":          "fingerprint",
				"name":        "fingerprint",
				"description": "SHA-256, SHA-512 and CRC-32 of a text, one after the other.",
				"tags":        []string{"text", "hash"},
				"examples":    []string{"berth"},
			},
		},
	}
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
