import { canonicalJson, encodeBase64Url } from "@berth/ledger";
import { signedForms } from "@berth/protocol";
import { beforeAll, expect, test } from "vitest";
import type { AgentCard } from "../../api/types.ts";
import { verifyCard } from "./verify-card.ts";
import type { KeySet } from "./verify-card.ts";

const CARD: AgentCard = {
  name: "a",
  description: "d",
  version: "1",
  supportedInterfaces: [{ url: "https://x/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: { streaming: true },
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [{ id: "s", name: "s", description: "", tags: [] }],
};
const bytes = (text: string) => new TextEncoder().encode(text);
let signed: AgentCard;
let keys: KeySet;

async function sign(card: AgentCard, header: object, privateKey: CryptoKey): Promise<AgentCard> {
  const encoded = encodeBase64Url(bytes(JSON.stringify(header)));
  const payload = encodeBase64Url(bytes(canonicalJson(signedForms(card)[0])));
  const signature = await crypto.subtle.sign("Ed25519", privateKey, bytes(`${encoded}.${payload}`));
  return { ...card, signatures: [{ protected: encoded, signature: encodeBase64Url(new Uint8Array(signature)) }] };
}

beforeAll(async () => {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  keys = {
    keys: [
      { kid: "webhook:1", x },
      { kid: "card:1", x },
    ],
  };
  signed = await sign(CARD, { alg: "EdDSA", kid: "card:1", jku: "https://evil.example/keys" }, pair.privateKey);
});

test("verifies what was signed, also when the served text has another order of members", async () => {
  expect(await verifyCard(JSON.stringify(signed), keys)).toMatchObject({ verdict: "verified", keyId: "card:1" });
  const turned = Object.fromEntries(Object.entries(signed).toReversed());
  expect((await verifyCard(JSON.stringify(turned), keys)).verdict).toBe("verified");
});

test("refuses every changed member, a foreign key and a key that is for something else", async () => {
  for (const [name, value] of Object.entries({ name: "b", version: "2", skills: [], capabilities: {} })) {
    expect((await verifyCard(JSON.stringify({ ...signed, [name]: value }), keys)).verdict, name).toBe("not verified");
  }
  expect(await verifyCard(JSON.stringify(signed), { keys: [] })).toMatchObject({
    verdict: "not verified",
    detail: expect.stringContaining("not in the platform"),
  });
  const [only] = signed.signatures ?? [];
  const asWebhook = {
    protected: encodeBase64Url(bytes('{"alg":"EdDSA","kid":"webhook:1"}')),
    signature: only?.signature,
  };
  expect((await verifyCard(JSON.stringify({ ...signed, signatures: [asWebhook] }), keys)).verdict).toBe("not verified");
});

test("says when there is nothing to verify, and survives what is no signature", async () => {
  expect((await verifyCard(JSON.stringify(CARD), keys)).verdict).toBe("unsigned");
  for (const signature of [{}, { protected: 1 }, { protected: "e30", signature: "" }]) {
    expect((await verifyCard(JSON.stringify({ ...CARD, signatures: [signature] }), keys)).verdict).toBe("not verified");
  }
});
