import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createGoogleTokens } from "../src/targets/google-tokens.ts";

let asked = 0;
/** The metadata server of a Google machine: another token each time. */
const metadata = createServer((request, response) => {
  const audience = new URL(request.url ?? "/", "http://metadata").searchParams.get("audience");
  const isToken = request.url?.includes("/service-accounts/") === true;
  if (isToken) asked += 1;
  response.setHeader("metadata-flavor", "Google");
  if (!isToken) response.end("ok");
  else if (audience !== null) response.end(identityToken(audience));
  else {
    const token = { access_token: `access-${asked}`, expires_in: 3_600, token_type: "Bearer" };
    response.setHeader("content-type", "application/json").end(JSON.stringify(token));
  }
});

function identityToken(aud: string): string {
  const at = Math.floor(Date.now() / 1_000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part({ aud, iat: at, exp: at + 3_600, number: asked })}.signature`;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
  const address = metadata.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  vi.stubEnv("GCE_METADATA_HOST", `127.0.0.1:${port}`);
  vi.stubEnv("METADATA_SERVER_DETECTION", "assume-present");
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "");
});

afterAll(async () => {
  vi.unstubAllEnvs();
  metadata.closeAllConnections();
  await new Promise((resolve) => metadata.close(resolve));
});

test("tokens are kept, and what was refused is replaced once it is not new any more", async () => {
  for (const of of ["https://echo.a.run.app", undefined]) {
    let at = Date.now();
    const google = createGoogleTokens({ now: () => new Date(at) });
    const token = async (): Promise<string> =>
      of === undefined ? await google.accessToken() : await google.idToken(of);
    const first = await token();
    expect(await token()).toBe(first);
    google.forget(of);
    expect(await token()).toBe(first);
    at += 31_000;
    google.forget(of);
    const second = await token();
    expect(second).not.toBe(first);
    google.forget(of);
    expect(await token()).toBe(second);
  }
});
