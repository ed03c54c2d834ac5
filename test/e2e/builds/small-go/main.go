// A small A2A agent: of the standard library it needs what a cold compiler makes in seconds, so it speaks HTTP by itself.
package main

import (
	"os"
	"strings"
	"syscall"
)

const card = `{"name":"small-go","description":"Says hello.","version":"1.0.0","supportedInterfaces":[{"url":"http://localhost/","protocolBinding":"JSONRPC","protocolVersion":"1.0"}],"capabilities":{},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/plain"],"skills":[{"id":"say","name":"say","description":"Says hello.","tags":["hello"]}]}`

func main() {
	port := 0
	for _, digit := range os.Getenv("PORT") {
		port = port*10 + int(digit-'0')
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		panic(err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		panic(err)
	}
	if err := syscall.Listen(fd, 64); err != nil {
		panic(err)
	}
	for {
		client, _, err := syscall.Accept(fd)
		if err != nil {
			continue
		}
		go serve(client)
	}
}

func serve(client int) {
	defer syscall.Close(client)
	text, buffer := "", make([]byte, 65536)
	for !whole(text) {
		n, err := syscall.Read(client, buffer)
		if err != nil || n <= 0 {
			return
		}
		text += string(buffer[:n])
	}
	body := card
	if strings.HasPrefix(text, "POST") {
		body = `{"jsonrpc":"2.0","id":` + after(text, `"id":`, ",}") + `,"result":{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"hello from ` + greeter() + `"}]}}}`
	}
	reply := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body
	for len(reply) > 0 {
		n, err := syscall.Write(client, []byte(reply))
		if err != nil {
			return
		}
		reply = reply[n:]
	}
}

func whole(text string) bool {
	end := strings.Index(text, "\r\n\r\n")
	if end < 0 {
		return false
	}
	if strings.Contains(strings.ToLower(text[:end]), "transfer-encoding: chunked") {
		return strings.HasSuffix(text, "0\r\n\r\n")
	}
	length := 0
	for _, digit := range after(strings.ToLower(text[:end])+"\r", "content-length: ", "\r") {
		length = length*10 + int(digit-'0')
	}
	return len(text)-end-4 >= length
}

func after(text, mark, ends string) string {
	at := strings.Index(text, mark)
	if at < 0 {
		return ""
	}
	rest := text[at+len(mark):]
	return rest[:strings.IndexAny(rest, ends)]
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func greeter() string {
	if from := os.Getenv("GREETER"); from != "" {
		return from
	}
	return "Go"
}
