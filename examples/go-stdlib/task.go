package main

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"time"
)

// What an A2A server tells while a task goes on: begun, its artifact by parts, done.
func tell(asked message, text string, send func(map[string]any)) {
	taskID, contextID := newID(), asked.ContextID
	if contextID == "" {
		contextID = newID()
	}
	send(map[string]any{"task": map[string]any{
		"id": taskID, "contextId": contextID, "status": status("TASK_STATE_WORKING"), "history": []message{asked},
	}})
	sums := fingerprints(text)
	for index, sum := range sums {
		send(map[string]any{"artifactUpdate": map[string]any{
			"taskId": taskID, "contextId": contextID, "append": index > 0, "lastChunk": index == len(sums)-1,
			"artifact": map[string]any{
				"artifactId": "fingerprint", "name": "fingerprint", "parts": []any{map[string]any{"text": sum}},
			},
		}})
	}
	send(map[string]any{"statusUpdate": map[string]any{
		"taskId": taskID, "contextId": contextID, "status": status("TASK_STATE_COMPLETED"),
	}})
}

// All of it as one task.
func folded(asked message, text string) map[string]any {
	var task map[string]any
	var parts []any
	tell(asked, text, func(event map[string]any) {
		switch {
		case event["task"] != nil:
			task = event["task"].(map[string]any)
		case event["artifactUpdate"] != nil:
			artifact := event["artifactUpdate"].(map[string]any)["artifact"].(map[string]any)
			parts = append(parts, artifact["parts"].([]any)...)
		default:
			task["status"] = event["statusUpdate"].(map[string]any)["status"]
		}
	})
	task["artifacts"] = []any{map[string]any{"artifactId": "fingerprint", "name": "fingerprint", "parts": parts}}
	return map[string]any{"task": task}
}

func fingerprints(text string) []string {
	short, long := sha256.Sum256([]byte(text)), sha512.Sum512([]byte(text))
	return []string{
		"sha256 " + hex.EncodeToString(short[:]) + "\n",
		"sha512 " + hex.EncodeToString(long[:]) + "\n",
		fmt.Sprintf("crc32 %08x\n", crc32.ChecksumIEEE([]byte(text))),
	}
}

func status(state string) map[string]any {
	return map[string]any{"state": state, "timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z")}
}

func newID() string {
	var bytes [16]byte
	_, _ = rand.Read(bytes[:])
	return hex.EncodeToString(bytes[:])
}
