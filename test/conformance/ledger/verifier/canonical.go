package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sort"
	"strings"
	"unicode/utf16"
)

type object = map[string]interface{}

// parseCanonical reads JSON that is its own RFC 8785 form: written again, it must be the same bytes. That leaves no room
// for a second spelling, a doubled key or a broken character, all of which encoding/json lets pass.
func parseCanonical(text []byte) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value object
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON value")
	}
	if !bytes.Equal(canonical(value), text) {
		return nil, errors.New("not in canonical form")
	}
	return value, nil
}

func canonical(value interface{}) []byte {
	var out bytes.Buffer
	write(&out, value)
	return out.Bytes()
}

func write(out *bytes.Buffer, value interface{}) {
	switch v := value.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		if v {
			out.WriteString("true")
		} else {
			out.WriteString("false")
		}
	case json.Number:
		out.WriteString(v.String())
	case string:
		writeString(out, v)
	case []interface{}:
		out.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			write(out, item)
		}
		out.WriteByte(']')
	case object:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Slice(keys, func(i, j int) bool { return lessUTF16(keys[i], keys[j]) })
		out.WriteByte('{')
		for i, key := range keys {
			if i > 0 {
				out.WriteByte(',')
			}
			writeString(out, key)
			out.WriteByte(':')
			write(out, v[key])
		}
		out.WriteByte('}')
	default:
		panic("not JSON")
	}
}

func lessUTF16(a, b string) bool {
	x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for i := 0; i < len(x) && i < len(y); i++ {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return len(x) < len(y)
}

const hexDigits = "0123456789abcdef"

func writeString(out *bytes.Buffer, text string) {
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r < 0x20:
			if at := strings.IndexRune("\b\t\n\f\r", r); at >= 0 {
				out.WriteByte('\\')
				out.WriteByte("btnfr"[at])
			} else {
				out.WriteString("\\u00")
				out.WriteByte(hexDigits[r>>4])
				out.WriteByte(hexDigits[r&15])
			}
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
