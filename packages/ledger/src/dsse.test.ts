import { describe, expect, it } from "vitest";
import { nodeSigner } from "../test/sample-bundle.ts";
import { fromUtf8, utf8 } from "./bytes.ts";
import { formatEnvelope, pae, parseEnvelope, payloadOf, signEnvelope } from "./dsse.ts";
import { verifyEd25519 } from "./ed25519.ts";
import { parseStrictJson } from "./strict-json.ts";

describe("pae", () => {
  it("is the example of the DSSE protocol", () => {
    expect(fromUtf8(pae("http://example.com/HelloWorld", utf8("hello world")))).toBe(
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
    );
  });

  it("counts bytes, not characters", () => {
    expect(fromUtf8(pae("é", utf8("€")))).toBe("DSSEv1 2 é 3 €");
  });
});

describe("envelopes", () => {
  it("come back from their text with signatures over the encoding, in order", async () => {
    const [a, b] = [nodeSigner(), nodeSigner()];
    const envelope = await signEnvelope("type", utf8("payload"), [
      { keyid: "a", signer: a },
      { keyid: "b", signer: b },
    ]);
    const parsed = parseEnvelope(parseStrictJson(formatEnvelope(envelope)));
    expect(parsed).toEqual(envelope);
    expect(fromUtf8(payloadOf(parsed))).toBe("payload");
    expect(parsed.signatures.map(({ keyid }) => keyid)).toEqual(["a", "b"]);
    const signature = Buffer.from(parsed.signatures[1]?.sig ?? "", "base64");
    await verifyEd25519(b.publicKey, pae("type", utf8("payload")), signature);
  });

  it.each([
    "[]",
    "{}",
    '{"payload":"","payloadType":"","signatures":[1]}',
    '{"payload":"","payloadType":"","signatures":{}}',
  ])("%s is none", (text) => {
    expect(() => parseEnvelope(parseStrictJson(text))).toThrow();
  });
});
