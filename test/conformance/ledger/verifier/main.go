// Verifies receipt bundles with code that is not Berth's: Go's own Ed25519, and the proofs of golang.org/x/mod/sumdb.
//
//	verifier KEYS < lines
//
// KEYS is the document at /ledger/keys. Each line of stdin is one bundle in base64; each line of stdout is the verdict on
// it: "ok …" or "refused …". It exits with 1 when it refused any.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

const maxLine = 128 << 20

func number(value int) json.Number { return json.Number(fmt.Sprint(value)) }

func main() {
	document, err := os.ReadFile(os.Args[1])
	if err == nil {
		var trust policy
		trust, err = parsePolicy([]byte(strings.TrimSuffix(string(document), "\n")))
		if err == nil {
			os.Exit(judge(trust))
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

func judge(trust policy) int {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, maxLine)
	out := bufio.NewWriter(os.Stdout)
	code := 0
	for lines.Scan() {
		bundle, err := base64.StdEncoding.DecodeString(lines.Text())
		summary := ""
		if err == nil {
			summary, err = verify(bundle, trust)
		}
		if err != nil {
			code = 1
			fmt.Fprintf(out, "refused %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Fprintf(out, "ok %s\n", summary)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 2
	}
	if err := out.Flush(); err != nil {
		code = 2
	}
	return code
}
