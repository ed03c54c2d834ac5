import { createServer } from "node:http";

export interface LocalMetadata extends AsyncDisposable {
  /** For GCE_METADATA_HOST. */
  readonly host: string;
  /** Whether it has given out the token, and for whom; undefined audience: an access token. */
  gave(authorization: string | undefined, audience: string | undefined): boolean;
}

/** The metadata server of a Google machine: a token for whoever asks, a new one each time. */
export async function openLocalMetadata(): Promise<LocalMetadata> {
  const given = new Map<string, string | undefined>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://metadata");
    response.setHeader("metadata-flavor", "Google");
    const audience = url.searchParams.get("audience") ?? undefined;
    if (request.headers["metadata-flavor"] !== "Google") return void response.writeHead(403).end();
    if (url.pathname.endsWith("/identity")) {
      const token = identityToken(audience, given.size);
      given.set(token, audience);
      return void response.end(token);
    }
    if (url.pathname.endsWith("/token")) {
      const token = `access-${given.size}`;
      given.set(token, undefined);
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify({ access_token: token, expires_in: 3_600, token_type: "Bearer" }));
    }
    if (url.pathname.endsWith("/project-id")) return void response.end("my-agents-123");
    return void response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    host: `127.0.0.1:${address.port}`,
    gave: (authorization = "", audience) => {
      const token = authorization.replace(/^Bearer /, "");
      return given.has(token) && given.get(token) === audience;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function identityToken(audience: string | undefined, number: number): string {
  const at = Math.floor(Date.now() / 1_000);
  const claims = { aud: audience, iss: "https://accounts.google.com", iat: at, exp: at + 3_600, number };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part(claims)}.signature`;
}
