import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { IssuerKeys } from "./issuer-keys.ts";
import { AUDIENCE, NOW_SECONDS, TestWeb, b64, createTestIssuer, goodClaims, hs256 } from "./issuer.fixture.ts";
import { MAX_TOKEN_BYTES } from "./strict-jwt.ts";
import { TOKEN_ALGORITHMS, verifyToken } from "./verify-token.ts";
import type { TokenClaims, TokenRules } from "./verify-token.ts";

const issuer = createTestIssuer();
const attacker = createTestIssuer();
const now = (): Date => new Date(NOW_SECONDS * 1_000);
const rules: TokenRules = { issuer: issuer.issuer, algorithms: TOKEN_ALGORITHMS, audiences: [AUDIENCE] };

const verify = async (token: string, change: Partial<TokenRules> = {}): Promise<TokenClaims | undefined> => {
  const keys = new IssuerKeys({ outbound: new TestWeb().serve(issuer), now });
  return await verifyToken(token, { ...rules, ...change }, keys, NOW_SECONDS);
};

const good = issuer.token();
const [head = "", payload = "", signature = ""] = good.split(".");
const claims = goodClaims(issuer.issuer);
const pem = (key: typeof issuer.rsa): string => key.export({ format: "pem", type: "spki" });
const der = (key: typeof issuer.rsa): Buffer => key.export({ format: "der", type: "spki" });
const jwkOf = (key: typeof issuer.rsa): object => key.export({ format: "jwk" });
/** The last character of 256 bytes in base64url has four spare bits. */
const respelled = signature.slice(0, -1) + String.fromCharCode(signature.charCodeAt(signature.length - 1) + 1);

const unsigned = (header: object): string => `${b64(JSON.stringify(header))}.${payload}.`;

/** What must never pass, by what it tries. */
const ATTACKS: readonly (readonly [name: string, token: string])[] = [
  ["alg none", unsigned({ alg: "none" })],
  ["alg none with a signature", `${b64('{"alg":"none"}')}.${payload}.${signature}`],
  ...["None", "NONE", "nOnE"].map(
    (alg) => [`alg ${alg}`, `${b64(JSON.stringify({ alg }))}.${payload}.${signature}`] as const,
  ),
  ["no alg", issuer.signed(`{"kid":"rsa"}`, JSON.stringify(claims))],
  ["alg that is no text", issuer.signed(`{"alg":["RS256"],"kid":"rsa"}`, JSON.stringify(claims))],
  ["HS256 with the RSA key in PEM", hs256({ kid: "rsa" }, claims, pem(issuer.rsa))],
  ["HS256 with the RSA key in PEM, trimmed", hs256({ kid: "rsa" }, claims, pem(issuer.rsa).trim())],
  ["HS256 with the RSA key in DER", hs256({ kid: "rsa" }, claims, der(issuer.rsa))],
  ["HS256 with the RSA modulus", hs256({ kid: "rsa" }, claims, String(Reflect.get(jwkOf(issuer.rsa), "n")))],
  ["HS256 with the EC key in PEM", hs256({ kid: "ec" }, claims, pem(issuer.ec))],
  ["HS256 with the EC key in DER", hs256({ kid: "ec" }, claims, der(issuer.ec))],
  ["HS256 with the JWK's text", hs256({ kid: "rsa" }, claims, JSON.stringify(jwkOf(issuer.rsa)))],
  ["HS256 with an empty secret", hs256({ kid: "rsa" }, claims, "")],
  ["another issuer's key", attacker.token()],
  ["an embedded jwk", attacker.token({}, { jwk: jwkOf(attacker.rsa) })],
  ["an embedded jwk without kid", attacker.token({}, { kid: undefined, jwk: jwkOf(attacker.rsa) })],
  ["a jku", attacker.token({}, { jku: "https://attacker.example.com/jwks.json" })],
  ["an x5u", attacker.token({}, { x5u: "https://attacker.example.com/chain.pem" })],
  ["an x5c", attacker.token({}, { x5c: [b64(der(attacker.rsa))] })],
  ["a kid with a path", attacker.token({}, { kid: "../../../../dev/null" })],
  ["a kid with SQL", attacker.token({}, { kid: "x' UNION SELECT 'key" })],
  ["a kid that is a URL", attacker.token({}, { kid: "https://attacker.example.com/jwks.json" })],
  ["a kid that is empty", issuer.token({}, { kid: "" })],
  ["a kid that is a number", issuer.token({}, { kid: 1 })],
  ["a kid of the prototype", issuer.token({}, { kid: "__proto__" })],
  ["no kid where several keys would do", attacker.token({}, { kid: undefined })],
  ["RS256 with the EC key's kid", issuer.token({}, { kid: "ec" })],
  ["ES256 with the RSA key's kid", issuer.token({}, { alg: "ES256", kid: "rsa" })],
  ["PS256 in name only", issuer.token({}, { alg: "PS256" })],
  ["ES256 with an empty signature", `${b64('{"alg":"ES256","kid":"ec"}')}.${payload}.`],
  ["ES256 with zeros", `${b64('{"alg":"ES256","kid":"ec"}')}.${payload}.${b64(new Uint8Array(64))}`],
  ["a critical extension", issuer.token({}, { crit: ["exp"] })],
  ["an unencoded payload", issuer.token({}, { b64: false })],
  ["a duplicated alg", issuer.signed(`{"alg":"none","alg":"RS256","kid":"rsa"}`, JSON.stringify(claims))],
  ["a duplicated kid", issuer.signed(`{"alg":"RS256","kid":"x","kid":"rsa"}`, JSON.stringify(claims))],
  [
    "a duplicated sub",
    issuer.signed(`{"alg":"RS256","kid":"rsa"}`, `${JSON.stringify(claims).slice(0, -1)},"sub":"root"}`),
  ],
  [
    "a duplicated sub, escaped",
    issuer.signed(`{"alg":"RS256","kid":"rsa"}`, `${JSON.stringify(claims).slice(0, -1)},"s\\u0075b":"root"}`),
  ],
  ["a header that is a list", issuer.signed(`["RS256"]`, JSON.stringify(claims))],
  ["claims that are a list", issuer.signed(`{"alg":"RS256","kid":"rsa"}`, `[${JSON.stringify(claims)}]`)],
  ["claims with a byte order mark", issuer.signed(`{"alg":"RS256","kid":"rsa"}`, `\ufeff${JSON.stringify(claims)}`)],
  ["claims with something behind", issuer.signed(`{"alg":"RS256","kid":"rsa"}`, `${JSON.stringify(claims)}{}`)],
  ["a respelled signature", `${head}.${payload}.${respelled}`],
  ["a padded signature", `${good}==`],
  [
    "base64 in place of base64url",
    `${head}.${payload}.${Buffer.from(signature, "base64url").toString("base64").replace(/=+$/, "")}+`,
  ],
  ["a space", `${head}.${payload}. ${signature}`],
  ["a line break at the end", `${good}\n`],
  ["a line break within", `${head}.${payload}\n.${signature}`],
  ["no signature", `${head}.${payload}.`],
  ["no signature and no dot", `${head}.${payload}`],
  ["a truncated signature", good.slice(0, -8)],
  ["a longer signature", `${good}AAAA`],
  ["five parts", `${good}.${payload}.${signature}`],
  ["JSON serialization", JSON.stringify({ payload, protected: head, signature })],
  ["a changed claim", `${head}.${b64(JSON.stringify({ ...claims, sub: "root" }))}.${signature}`],
  ["a changed header", `${b64('{"alg":"RS256","kid":"rsa","x":1}')}.${payload}.${signature}`],
  ["more than 8 KB", issuer.token({ pad: "x".repeat(MAX_TOKEN_BYTES) })],
  ["typ of a security event", issuer.token({}, { typ: "secevent+jwt" })],
  ["typ of a logout token", issuer.token({}, { typ: "logout+jwt" })],
  ["typ of a proof", issuer.token({}, { typ: "dpop+jwt" })],
  ["typ of our own principal token", issuer.token({}, { typ: "txntoken+jwt" })],
  ["typ that is no text", issuer.token({}, { typ: ["JWT"] })],
  ["typ that is empty", issuer.token({}, { typ: "" })],
  ["an access token without jti", issuer.token({ client_id: "c" }, { typ: "at+jwt" })],
  ["an access token without client_id", issuer.token({ jti: "1" }, { typ: "at+jwt" })],
  ["another issuer", issuer.token({ iss: "https://other.example.com" })],
  ["an issuer with a slash more", issuer.token({ iss: `${issuer.issuer}/` })],
  ["an issuer in capitals", issuer.token({ iss: issuer.issuer.toUpperCase() })],
  ["no issuer", issuer.token({ iss: undefined })],
  ["issuers in a list", issuer.token({ iss: [issuer.issuer] })],
  ["another audience", issuer.token({ aud: "https://berth.example.com/agents/other" })],
  ["a longer audience", issuer.token({ aud: `${AUDIENCE}/x` })],
  ["a shorter audience", issuer.token({ aud: AUDIENCE.slice(0, -1) })],
  ["an audience in capitals", issuer.token({ aud: AUDIENCE.toUpperCase() })],
  ["an audience that is an object", issuer.token({ aud: { 0: AUDIENCE } })],
  ["an audience within a list within", issuer.token({ aud: [[AUDIENCE]] })],
  ["no audience", issuer.token({ aud: undefined })],
  ["no audience in the list", issuer.token({ aud: [] })],
  ["no subject", issuer.token({ sub: undefined })],
  ["an empty subject", issuer.token({ sub: "" })],
  ["a subject that is a number", issuer.token({ sub: 1 })],
  ["expired", issuer.token({ exp: NOW_SECONDS - 31 })],
  ["no expiry", issuer.token({ exp: undefined })],
  ["an expiry in text", issuer.token({ exp: String(NOW_SECONDS + 300) })],
  ["an expiry without end", issuer.token({ exp: 1e300 })],
  ["a life of more than a day", issuer.token({ exp: NOW_SECONDS + 90_000 })],
  ["not valid yet", issuer.token({ nbf: NOW_SECONDS + 31 })],
  ["nbf in text", issuer.token({ nbf: "0" })],
  ["issued in the future", issuer.token({ iat: NOW_SECONDS + 31 })],
  ["no time of issue", issuer.token({ iat: undefined })],
  ["a proof-of-possession key that we cannot check", issuer.token({ cnf: { jkt: "x" } })],
  ["two confirmations", issuer.token({ cnf: { jkt: "x", "x5t#S256": "A".repeat(43) } })],
  ["a confirmation that is none", issuer.token({ cnf: {} })],
];

describe("a token of a trusted issuer", () => {
  it("is taken when everything about it is right", async () => {
    const holdsUntil = NOW_SECONDS + 330;
    expect(await verify(good)).toEqual({ issuer: issuer.issuer, subject: "ada", kind: "id", scopes: [], holdsUntil });
    expect(await verify(issuer.token({}, { alg: "ES256", kid: "ec", typ: "JWT" }))).toMatchObject({ subject: "ada" });
    expect(await verify(issuer.token({ aud: ["x", AUDIENCE] }))).toBeDefined();
    expect(await verify(issuer.token({ exp: NOW_SECONDS - 29, nbf: NOW_SECONDS + 29 }))).toBeDefined();
  });

  it("says what else it says: client, scopes, and an email only when that was verified", async () => {
    const token = issuer.token({ jti: "1", client_id: "c", scope: "a b" }, { typ: "at+jwt" });
    expect(await verify(token)).toMatchObject({ kind: "access", clientId: "c", scopes: ["a", "b"] });
    const email = "Ada@Example.com";
    expect(await verify(issuer.token({ email, email_verified: true }))).toMatchObject({ email: "ada@example.com" });
    for (const verified of [false, "true", 1, undefined]) {
      expect(await verify(issuer.token({ email, email_verified: verified }))).not.toHaveProperty("email");
    }
  });

  it.each(ATTACKS)("is refused with %s", async (_name, token) => {
    expect(await verify(token)).toBeUndefined();
  });

  it("is refused when every single character of it is another one", async () => {
    const keys = new IssuerKeys({ outbound: new TestWeb().serve(issuer), now });
    const accepted: number[] = [];
    for (let i = 0; i < good.length; i += 1) {
      const other = good[i] === "A" ? "B" : "A";
      const token = good.slice(0, i) + other + good.slice(i + 1);
      if ((await verifyToken(token, rules, keys, NOW_SECONDS)) !== undefined) accepted.push(i);
    }
    expect(accepted).toEqual([]);
  });

  it("is refused with an algorithm that this issuer may not use, or a key that is too small", async () => {
    expect(await verify(good, { algorithms: ["ES256"] })).toBeUndefined();
    expect(await verify(hs256({}, claims, "secret"), { algorithms: ["HS256", "none"] })).toBeUndefined();
    const small = generateKeyPairSync("rsa", { modulusLength: 1_024 });
    const web = new TestWeb().serve({ ...issuer, jwks: { keys: [{ ...small.publicKey.export({ format: "jwk" }) }] } });
    const input = `${b64('{"alg":"RS256"}')}.${payload}`;
    const token = `${input}.${sign("sha256", Buffer.from(input), small.privateKey).toString("base64url")}`;
    expect(await verifyToken(token, rules, new IssuerKeys({ outbound: web, now }), NOW_SECONDS)).toBeUndefined();
  });

  it("is never checked with a shared or a private key that its issuer has published by mistake", async () => {
    const secret = Buffer.from("a secret that is out");
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const keys = [
      { kty: "oct", k: b64(secret), kid: "oct" },
      { ...ec.privateKey.export({ format: "jwk" }), kid: "private" },
    ];
    const web = new TestWeb().serve({ ...issuer, jwks: { keys } });
    const input = `${b64('{"alg":"ES256","kid":"private"}')}.${payload}`;
    const key = { key: ec.privateKey, dsaEncoding: "ieee-p1363" } as const;
    const tokens = [
      hs256({ kid: "oct" }, claims, secret),
      `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`,
    ];
    for (const token of tokens) {
      expect(await verifyToken(token, rules, new IssuerKeys({ outbound: web, now }), NOW_SECONDS)).toBeUndefined();
    }
  });
});
