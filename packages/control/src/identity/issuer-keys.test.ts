import { describe, expect, it } from "vitest";
import { IssuerKeys } from "./issuer-keys.ts";
import { TestWeb, createTestIssuer } from "./issuer.fixture.ts";

const issuer = createTestIssuer();
const jwksUri = `${issuer.issuer}/jwks.json`;
const rsa = { alg: "RS256", kid: "rsa" };

function open(web: TestWeb = new TestWeb().serve(issuer)) {
  let at = 1_800_000_000_000;
  const keys = new IssuerKeys({ outbound: web, now: () => new Date(at) });
  return { web, keys, pass: (ms: number): void => void (at += ms) };
}

describe("an issuer's keys", () => {
  it("are read once, by discovery or from the address that was named", async () => {
    const { web, keys } = open();
    expect(await keys.find(issuer, rsa)).toBeDefined();
    expect(await keys.find(issuer, { alg: "ES256", kid: "ec" })).toBeDefined();
    expect(web.asked).toEqual([`${issuer.issuer}/.well-known/openid-configuration`, jwksUri]);
    const named = open();
    expect(await named.keys.find({ issuer: "https://x.example.com", jwksUri }, rsa)).toBeDefined();
    expect(named.web.asked).toEqual([jwksUri]);
  });

  it("are read once by callers who come at the same moment", async () => {
    const { web, keys } = open();
    const found = await Promise.all(Array.from({ length: 50 }, async () => await keys.find(issuer, rsa)));
    expect(found.every((key) => key !== undefined)).toBe(true);
    expect(web.asked).toHaveLength(2);
  });

  it("are looked for again when a key id is unknown, but not by every stranger with one", async () => {
    const { web, keys, pass } = open();
    await keys.find(issuer, rsa);
    for (let i = 0; i < 100; i += 1) expect(await keys.find(issuer, { alg: "RS256", kid: `k${i}` })).toBeUndefined();
    expect(web.asked).toHaveLength(2);
    pass(30_001);
    for (let i = 0; i < 100; i += 1) await keys.find(issuer, { alg: "RS256", kid: `k${i}` });
    expect(web.asked).toHaveLength(4);
  });

  it("are found when the issuer has rotated them", async () => {
    const { web, keys, pass } = open();
    await keys.find(issuer, rsa);
    const next = createTestIssuer();
    web.documents.set(jwksUri, { body: JSON.stringify({ keys: [{ ...next.jwks.keys[0], kid: "next" }] }) });
    pass(30_001);
    expect(await keys.find(issuer, { alg: "RS256", kid: "next" })).toBeDefined();
    expect(await keys.find(issuer, rsa)).toBeUndefined();
  });

  it("serve on for a day while the issuer is out", async () => {
    const { web, keys, pass } = open();
    await keys.find(issuer, rsa);
    web.documents.clear();
    pass(23 * 3_600_000);
    expect(await keys.find(issuer, rsa)).toBeDefined();
    pass(2 * 3_600_000);
    expect(await keys.find(issuer, rsa)).toBeUndefined();
  });

  it.each([
    ["a redirect", { status: 302, body: JSON.stringify(issuer.jwks) }],
    ["more than 64 KB", { body: JSON.stringify({ ...issuer.jwks, pad: "x".repeat(70_000) }) }],
    ["duplicated members", { body: `{"keys":[],"keys":${JSON.stringify(issuer.jwks.keys)}}` }],
    ["no list", { body: `{"keys":{"0":1}}` }],
    ["no JSON", { body: "<html>" }],
  ])("are not taken from %s", async (_name, document) => {
    const { web, keys } = open();
    web.documents.set(jwksUri, document);
    expect(await keys.find(issuer, rsa)).toBeUndefined();
  });

  it("are not taken from a discovery document of somebody else", async () => {
    const { web, keys } = open();
    web.documents.set(`${issuer.issuer}/.well-known/openid-configuration`, {
      body: JSON.stringify({ issuer: "https://other.example.com", jwks_uri: jwksUri }),
    });
    expect(await keys.find(issuer, rsa)).toBeUndefined();
  });
});
