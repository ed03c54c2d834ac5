/** For whoever opens the archive without knowing us. */
export const PACK_README = `Compliance pack
===============

What one installation of Berth says about the runs of its agents in a span of time (index.json: since, until), with what
is needed to check it offline.

receipts/      one bundle a receipt, in the order of the log: what was signed, the proof that it is in the log, the
               keys, and the addenda (evaluations, reviews, refunds) with their proofs
audit/         administrative acts with their proofs, one JSON document a line. unproved.jsonl: from before they were
               sealed
journals/      the general ledger, one journal a line
statements/    the calendar months that the span touches, as JSON and CSV
ledger/        the keys (keys.json), the log's signed head (checkpoint), and that every head used in this pack is an
               earlier state of that one (consistency.jsonl)
index.json     what there is, with SHA-256 digests. Not signed: the rest proves itself

All of it
---------
    a2a receipts verify-pack pack.tar --trust keys.json

keys.json is the platform's /ledger/keys, saved before, or got by another way than this pack. Without it the pack can
only be shown to agree with itself. The first thing that does not hold is named; the exit code is then 1. Checked are:
every receipt, addendum and audit entry; that all are in one log; that no run is missing between the first and the last
of each agent here (agent_seq counts them as they are accepted); that every receipt has the journal that it signs, every
journal its receipt, every refund its addendum, and that each balances; that whole months add up to their statements.
A run that had not ended when the pack was made is a gap like one that is held back: --allow-open accepts those that
index.json names.

What this cannot show: runs before the first and after the last of each agent, audit entries that were left out, and
notes of reviews, of which only hashes are signed. The log's leaves are public: compare.

By hand
-------
One receipt, with openssl and jq (both signatures: 0 and sa, 1 and cp):

    jq -rj .envelope.payload R.json | base64 -d > payload
    { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < payload)"; cat payload; } > signed
    jq -rj '.envelope.signatures[1].sig' R.json | base64 -d > sig
    { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; jq -rj '.keys.cp.jwk.x + "="' R.json \\
      | tr '_-' '/+' | base64 -d; } > key.der
    openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in signed -sigfile sig

Everything about one receipt, with Go and golang.org/x/mod/sumdb: test/conformance/ledger/verifier in Berth's source.

An audit entry: the SHA-256 of its "entry" as canonical JSON (RFC 8785) is "h" of "leaf"; "proof" (C2SP tlog-proof)
shows "leaf" to be in the log. Inclusion and consistency are RFC 6962, heads are C2SP signed notes.

A journal: the SHA-256 of its posting as canonical JSON is "posting", and gl.posting of the receipt.
`;
