package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	bundleType    = "https://berth.dev/receipt-bundle/v1"
	receiptType   = "https://berth.dev/run-receipt/v1"
	statementType = "https://in-toto.io/Statement/v1"
	payloadType   = "application/vnd.in-toto+json"
	keyType       = "application/vnd.berth.key-announcement+json"
)

var addendumKinds = map[string]string{
	"https://berth.dev/run-eval/v1":   "eval",
	"https://berth.dev/run-review/v1": "review",
	"https://berth.dev/run-adjust/v1": "adjust",
}

type head struct {
	origin string
	size   int64
	root   tlog.Hash
}

// policy is whom we believe: the document at /ledger/keys, which came to us by another way.
type policy struct {
	vkey          string
	controlPlanes map[string]bool
}

func parsePolicy(document []byte) (result policy, err error) {
	defer catch(&err)
	value, err := parseCanonical(document)
	if err != nil {
		return policy{}, err
	}
	result = policy{vkey: text(member(value, "log"), "vkey"), controlPlanes: map[string]bool{}}
	for _, key := range list(value, "controlPlane") {
		result.controlPlanes[text(item(key), "keyid")] = true
	}
	return result, nil
}

func catch(err *error) {
	if problem := recover(); problem != nil {
		refused, ok := problem.(refusal)
		if !ok {
			panic(problem)
		}
		*err = fmt.Errorf("%s", refused.why)
	}
}

// verify accepts a bundle or says why not.
func verify(document []byte, trust policy) (summary string, err error) {
	defer catch(&err)
	if len(document) > 0 && document[len(document)-1] == '\n' {
		document = document[:len(document)-1]
	}
	bundle, err := parseCanonical(document)
	if err != nil {
		return "", err
	}
	only(bundle, "type", "envelope", "events", "keys", "log", "receipt", "addenda")
	if text(bundle, "type") != bundleType {
		refuse("not a receipt bundle")
	}
	keys, log, position := member(bundle, "keys"), member(bundle, "log"), member(bundle, "receipt")
	only(keys, "sa", "cp")
	only(log, "vkey", "checkpoint")
	only(position, "index", "proof")
	if text(log, "vkey") != trust.vkey {
		refuse("another log than the trusted one")
	}
	h := openCheckpoint(text(log, "checkpoint"), trust.vkey)

	payload, signers := openEnvelope(member(bundle, "envelope"), 2)
	receipt := statement(payload, receiptType)
	agent, run, events := member(receipt, "agent"), member(receipt, "run"), member(receipt, "events")
	if text(receipt, "log") != h.origin {
		refuse("the receipt names another log")
	}
	at := integer(position, "index")
	sa, cp := member(keys, "sa"), member(keys, "cp")
	if "sa:"+text(agent, "sa_key") != keyID("sa", publicKey(sa)) || signers[0] != keyID("sa", publicKey(sa)) {
		refuse("signed by another service account")
	}
	if signers[1] != keyID("cp", publicKey(cp)) || string(publicKey(sa)) == string(publicKey(cp)) {
		refuse("not signed by the control plane")
	}
	checkSignature(member(bundle, "envelope"), 0, publicKey(sa))
	checkSignature(member(bundle, "envelope"), 1, publicKey(cp))
	checkLeaf(entry("receipt", payload, signers[1]), position, h)
	checkKey(sa, "sa", text(agent, "id"), at, h, nil)
	checkKey(cp, "cp", "", at, h, trust.controlPlanes)
	disclosed := checkEvents(list(bundle, "events"), events, text(run, "task_id"))

	addenda := 0
	if _, has := bundle["addenda"]; has {
		digest := sha256.Sum256(payload)
		subject := []interface{}{object{"name": text(receipt, "receipt"), "digest": object{"sha256": hex.EncodeToString(digest[:])}}}
		for _, each := range list(bundle, "addenda") {
			at = checkAddendum(item(each), cp, subject, at, h, trust)
			addenda++
		}
	}
	return fmt.Sprintf("%s %d/%d events, %d addenda", text(receipt, "receipt"), disclosed, len(list(bundle, "events")), addenda), nil
}

func openCheckpoint(signed, vkey string) head {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		refuse("verifier key: %v", err)
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		refuse("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		refuse("the checkpoint is too short")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[0] != verifier.Name() {
		refuse("the checkpoint is malformed or of another log")
	}
	return head{lines[0], size, hash(lines[2])}
}

// openEnvelope gives the payload and the ids of its signers, whose signatures are still to be checked.
func openEnvelope(envelope object, count int) ([]byte, []string) {
	only(envelope, "payload", "payloadType", "signatures")
	signatures := list(envelope, "signatures")
	if text(envelope, "payloadType") != payloadType || len(signatures) != count {
		refuse("not an envelope of an in-toto statement with %d signatures", count)
	}
	signers := []string{}
	for _, each := range signatures {
		only(item(each), "keyid", "sig")
		signers = append(signers, text(item(each), "keyid"))
	}
	return decoded(text(envelope, "payload")), signers
}

func checkSignature(envelope object, at int, key ed25519.PublicKey) {
	signature := decoded(text(item(list(envelope, "signatures")[at]), "sig"))
	if !ed25519.Verify(key, pae(text(envelope, "payloadType"), decoded(text(envelope, "payload"))), signature) {
		refuse("signature %d does not verify", at+1)
	}
}

// pae is the pre-authentication encoding of DSSE.
func pae(kind string, payload []byte) []byte {
	return append([]byte(fmt.Sprintf("DSSEv1 %d %s %d ", len(kind), kind, len(payload))), payload...)
}

// statement gives the predicate.
func statement(payload []byte, kind string) object {
	value, err := parseCanonical(payload)
	if err != nil {
		refuse("payload: %v", err)
	}
	if text(value, "_type") != statementType || text(value, "predicateType") != kind {
		refuse("another kind of statement")
	}
	return member(value, "predicate")
}

func entry(kind string, content []byte, signer string) []byte {
	digest := sha256.Sum256(content)
	return canonical(object{"h": base64.StdEncoding.EncodeToString(digest[:]), "k": kind, "s": signer, "v": number(1)})
}

func checkLeaf(data []byte, position object, h head) {
	proof := tlog.RecordProof{}
	for _, each := range list(position, "proof") {
		encoded, ok := each.(string)
		if !ok {
			refuse("a hash is not a string")
		}
		proof = append(proof, hash(encoded))
	}
	index := integer(position, "index")
	if index >= h.size {
		refuse("leaf %d is beyond the log", index)
	}
	if err := tlog.CheckRecord(proof, h.size, h.root, index, tlog.RecordHash(data)); err != nil {
		refuse("leaf %d: %v", index, err)
	}
}

func publicKey(key object) ed25519.PublicKey {
	jwk := member(key, "jwk")
	only(jwk, "crv", "kty", "x")
	x, err := base64.RawURLEncoding.Strict().DecodeString(text(jwk, "x"))
	if err != nil || len(x) != ed25519.PublicKeySize || base64.RawURLEncoding.EncodeToString(x) != text(jwk, "x") {
		refuse("not an Ed25519 key")
	}
	if text(jwk, "crv") != "Ed25519" || text(jwk, "kty") != "OKP" || isWeak(x) {
		refuse("not a usable Ed25519 key")
	}
	return x
}

// isWeak: not in canonical form, or of small order, under which signatures verify that nobody made.
func isWeak(key []byte) bool {
	reversed := make([]byte, len(key))
	for i, b := range key {
		reversed[len(key)-1-i] = b
	}
	reversed[0] &= 0x7f
	y := new(big.Int).SetBytes(reversed)
	prime := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	if y.Cmp(prime) >= 0 || y.Cmp(big.NewInt(1)) <= 0 || new(big.Int).Add(y, big.NewInt(1)).Cmp(prime) == 0 {
		return true
	}
	// Order 8: 2·x²·y² = 1 + d·x⁴·y⁴ has these two y.
	for _, eight := range []string{
		"5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
		"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
	} {
		if y.Text(16) == eight {
			return true
		}
	}
	return false
}

func keyID(role string, key ed25519.PublicKey) string {
	digest := sha256.Sum256(canonical(jwkOf(key)))
	return role + ":" + base64.RawURLEncoding.EncodeToString(digest[:])
}

func jwkOf(key ed25519.PublicKey) object {
	return object{"crv": "Ed25519", "kty": "OKP", "x": base64.RawURLEncoding.EncodeToString(key)}
}

// checkKey follows a key back to its first announcement. With trusted ids, one of the line must be among them.
func checkKey(key object, role, agent string, before int64, h head, trusted map[string]bool) {
	known := trusted == nil
	for {
		only(key, "jwk", "prior", "index", "proof")
		public, index := publicKey(key), integer(key, "index")
		known = known || trusted[keyID(role, public)]
		if index >= before {
			refuse("a key was used before it was announced")
		}
		announcement := object{"jwk": jwkOf(public), "log": h.origin, "op": "issue", "role": role, "v": number(1)}
		if agent != "" {
			announcement["agent"] = agent
		}
		_, has := key["prior"]
		if !has {
			checkLeaf(entry("key", canonical(announcement), keyID(role, public)), key, h)
			break
		}
		prior := member(key, "prior")
		only(prior, "key", "sig")
		old := publicKey(member(prior, "key"))
		announcement["op"], announcement["by"] = "rotate", keyID(role, old)
		if !ed25519.Verify(old, pae(keyType, canonical(announcement)), decoded(text(prior, "sig"))) {
			refuse("a key was not handed over by the one before")
		}
		checkLeaf(entry("key", canonical(announcement), keyID(role, public)), key, h)
		key, before = member(prior, "key"), index
	}
	if !known {
		refuse("another control plane than the trusted one")
	}
}

// checkEvents gives the number of disclosed events.
func checkEvents(events []interface{}, claim object, task string) int {
	if int64(len(events)) != integer(claim, "n") {
		refuse("another number of events")
	}
	disclosed := 0
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for i, each := range events {
		leaf := tlog.Hash{}
		if _, withheld := item(each)["leaf"]; withheld {
			only(item(each), "leaf")
			leaf = hash(text(item(each), "leaf"))
		} else {
			only(item(each), "event", "salt")
			event, salt := member(item(each), "event"), decoded(text(item(each), "salt"))
			if len(salt) != 16 || text(event, "taskId") != task || integer(event, "seq") != int64(i+1) {
				refuse("event %d is not event %d of this run", i+1, i+1)
			}
			leaf = tlog.RecordHash(append(salt, canonical(event)...))
			disclosed++
		}
		more, err := tlog.StoredHashesForRecordHash(int64(i), leaf, reader)
		if err != nil {
			refuse("events: %v", err)
		}
		stored = append(stored, more...)
	}
	root, err := tlog.TreeHash(int64(len(events)), reader)
	if err != nil || root != hash(text(claim, "root")) {
		refuse("the events do not have the receipt's root")
	}
	return disclosed
}

// checkAddendum gives the addendum's leaf, behind which the next must be.
func checkAddendum(addendum, cp object, subject []interface{}, after int64, h head, trust policy) int64 {
	only(addendum, "envelope", "key", "index", "proof")
	envelope, index := member(addendum, "envelope"), integer(addendum, "index")
	if index <= after {
		refuse("an addendum is out of order")
	}
	payload, signers := openEnvelope(envelope, 1)
	value, err := parseCanonical(payload)
	if err != nil {
		refuse("addendum: %v", err)
	}
	kind, known := addendumKinds[text(value, "predicateType")]
	if !known || text(value, "_type") != statementType {
		refuse("not an addendum")
	}
	if string(canonical(list(value, "subject"))) != string(canonical(subject)) {
		refuse("an addendum is about another receipt")
	}
	if text(member(value, "predicate"), "log") != h.origin {
		refuse("an addendum names another log")
	}
	key := cp
	if _, own := addendum["key"]; own {
		key = member(addendum, "key")
		checkKey(key, "cp", "", index, h, trust.controlPlanes)
	}
	if signers[0] != keyID("cp", publicKey(key)) {
		refuse("an addendum is signed by another")
	}
	checkSignature(envelope, 0, publicKey(key))
	checkLeaf(entry(kind, payload, signers[0]), addendum, h)
	return index
}
