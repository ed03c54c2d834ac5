package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// refusal is what is wrong with a bundle. Everything else that panics is a bug.
type refusal struct{ why string }

func refuse(format string, args ...interface{}) { panic(refusal{fmt.Sprintf(format, args...)}) }

func only(from object, keys ...string) {
	for key := range from {
		known := false
		for _, each := range keys {
			known = known || each == key
		}
		if !known {
			refuse("unexpected member %q", key)
		}
	}
}

func member(from object, key string) object {
	value, ok := from[key].(object)
	if !ok {
		refuse("%q is not an object", key)
	}
	return value
}

func list(from object, key string) []interface{} {
	value, ok := from[key].([]interface{})
	if !ok {
		refuse("%q is not an array", key)
	}
	return value
}

func item(value interface{}) object {
	result, ok := value.(object)
	if !ok {
		refuse("an item is not an object")
	}
	return result
}

func text(from object, key string) string {
	value, ok := from[key].(string)
	if !ok {
		refuse("%q is not a string", key)
	}
	return value
}

func integer(from object, key string) int64 {
	number, ok := from[key].(json.Number)
	if !ok {
		refuse("%q is not a number", key)
	}
	value, err := strconv.ParseInt(number.String(), 10, 64)
	if err != nil || value < 0 || number.String() != strconv.FormatInt(value, 10) {
		refuse("%q is not a whole number", key)
	}
	return value
}

func decoded(encoded string) []byte {
	// Go skips line breaks even when it is strict; written again they would be missing.
	data, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || base64.StdEncoding.EncodeToString(data) != encoded {
		refuse("not base64")
	}
	return data
}

func hash(encoded string) tlog.Hash {
	var result tlog.Hash
	if copied := copy(result[:], decoded(encoded)); copied != len(result) || len(decoded(encoded)) != len(result) {
		refuse("a hash is not 32 bytes long")
	}
	return result
}
