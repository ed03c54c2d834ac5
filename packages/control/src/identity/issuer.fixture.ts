import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { OutboundHttp } from "@berth/runtime";

/** Of RSA, 2048 bits take a while; one serves all tests of a file. */
export interface TestIssuer {
  readonly issuer: string;
  readonly jwks: { readonly keys: object[] };
  readonly rsa: KeyObject;
  readonly ec: KeyObject;
  /** Signed with what `header.alg` says; default RS256 by the key `rsa`. */
  token(claims?: object, header?: object): string;
  /** Parts as they are, signed rightly with RS256. */
  signed(header: string, payload: string): string;
}

export const NOW_SECONDS = 1_800_000_000;
export const AUDIENCE = "https://berth.example.com/agents/echo";

export function createTestIssuer(issuer = "https://issuer.example.com"): TestIssuer {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signed = (header: string, payload: string): string => {
    const input = `${b64(header)}.${b64(payload)}`;
    return `${input}.${sign("sha256", Buffer.from(input), rsa.privateKey).toString("base64url")}`;
  };
  return {
    issuer,
    jwks: {
      keys: [
        { ...rsa.publicKey.export({ format: "jwk" }), kid: "rsa", use: "sig", alg: "RS256" },
        { ...ec.publicKey.export({ format: "jwk" }), kid: "ec", use: "sig", alg: "ES256" },
      ],
    },
    rsa: rsa.publicKey,
    ec: ec.publicKey,
    signed,
    token: (claims = {}, header = {}) => {
      const head: Record<string, unknown> = { alg: "RS256", kid: "rsa", ...header };
      const payload = JSON.stringify({ ...goodClaims(issuer), ...claims });
      if (head["alg"] !== "ES256") return signed(JSON.stringify(head), payload);
      const input = `${b64(JSON.stringify(head))}.${b64(payload)}`;
      const key = { key: ec.privateKey, dsaEncoding: "ieee-p1363" } as const;
      return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
    },
  };
}

export function goodClaims(issuer: string): Record<string, unknown> {
  return { iss: issuer, sub: "ada", aud: AUDIENCE, iat: NOW_SECONDS - 10, exp: NOW_SECONDS + 300 };
}

export function b64(value: string | Uint8Array): string {
  return Buffer.from(value).toString("base64url");
}

/** HS256 over whatever an attacker takes for a shared secret. */
export function hs256(header: object, claims: object, secret: string | Uint8Array): string {
  const input = `${b64(JSON.stringify({ alg: "HS256", ...header }))}.${b64(JSON.stringify(claims))}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

/** Documents by address; everything asked for is noted. */
export class TestWeb implements Pick<OutboundHttp, "assertUrl" | "request"> {
  readonly asked: string[] = [];
  readonly documents: Map<string, { readonly status?: number; readonly body: string }> = new Map();

  serve(issuer: TestIssuer): this {
    const jwksUri = `${issuer.issuer}/jwks.json`;
    this.documents.set(`${issuer.issuer}/.well-known/openid-configuration`, {
      body: JSON.stringify({ issuer: issuer.issuer, jwks_uri: jwksUri }),
    });
    this.documents.set(jwksUri, { body: JSON.stringify(issuer.jwks) });
    return this;
  }

  async assertUrl(url: string): Promise<URL> {
    return new URL(url);
  }

  async request({ url, maxBytes }: Parameters<OutboundHttp["request"]>[0]): ReturnType<OutboundHttp["request"]> {
    this.asked.push(url);
    const found = this.documents.get(url);
    if (found === undefined) throw new Error("unreachable");
    const body = Buffer.from(found.body);
    const truncated = body.length > maxBytes;
    return { status: found.status ?? 200, headers: {}, body: body.subarray(0, maxBytes), truncated };
  }
}
