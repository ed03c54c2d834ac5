import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An OpenID issuer on this machine. */
export interface LocalIssuer extends AsyncDisposable {
  readonly issuer: string;
  readonly address: string;
  token(claims: { readonly aud: unknown; readonly [name: string]: unknown }, header?: object): string;
}

export async function openLocalIssuer(): Promise<LocalIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "local", use: "sig", alg: "ES256" };
  let issuer = "";
  const server = createServer((req, res) => {
    const documents: Record<string, object> = {
      "/.well-known/openid-configuration": { issuer, jwks_uri: `${issuer}/keys` },
      "/keys": { keys: [jwk] },
    };
    const found = documents[req.url ?? ""];
    res.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    res.end(JSON.stringify(found ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  issuer = `http://127.0.0.1:${port}`;
  return {
    issuer,
    address: `127.0.0.1:${port}`,
    token(claims, header = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const input = [
        { alg: "ES256", kid: "local", ...header },
        { iss: issuer, sub: "ada", iat: now, exp: now + 300, ...claims },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${input}.${signature.toString("base64url")}`;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
