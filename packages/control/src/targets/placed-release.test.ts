import type { Placement } from "@berth/deploy/targets";
import type { AgentCard } from "@berth/protocol";
import { scriptedCard } from "@berth/testing";
import { describe, expect, it } from "vitest";
import type { GoogleTokens } from "./google-tokens.ts";
import { toPlacedTarget } from "./placed-release.ts";
import { placementJson } from "./placements.ts";

const google: GoogleTokens & { readonly forgotten: (string | undefined)[] } = {
  forgotten: [],
  accessToken: async () => "access",
  idToken: async (audience) => `id for ${audience}`,
  forget: (audience) => void google.forgotten.push(audience),
};
const UNREAD: AgentCard = { ...scriptedCard(), supportedInterfaces: [], capabilities: {} };
const RUN = "https://r1---echo-ew.a.run.app";

function cardAt(url: string, protocolBinding = "JSONRPC"): AgentCard {
  return { ...scriptedCard(), supportedInterfaces: [{ url, protocolBinding, protocolVersion: "1.0" }] };
}

function targetOf(
  placement: Omit<Placement, "resources">,
  { card = UNREAD, googleEndpoint }: { readonly card?: AgentCard; readonly googleEndpoint?: string } = {},
): ReturnType<typeof toPlacedTarget> {
  const options = { google, ...(googleEndpoint === undefined ? {} : { googleEndpoint }) };
  return toPlacedTarget({ target: "t", placement: placementJson({ ...placement, resources: {} }), card }, options);
}

const onRun = (url: string): Omit<Placement, "resources"> => ({
  kind: "cloud-run",
  url,
  auth: { kind: "google-id-token", audience: "https://echo-ew.a.run.app" },
});

describe("a release on a target", () => {
  it("is not one without a placement", () => {
    expect(toPlacedTarget({ card: UNREAD }, { google })).toBeUndefined();
    expect(toPlacedTarget({ target: "t", card: UNREAD }, { google })).toBeUndefined();
  });

  it.each<[string, string, string, string]>([
    [RUN, "http://localhost:8080/", "JSONRPC", `${RUN}/`],
    [RUN, "http://0.0.0.0:8080/rpc?v=1", "JSONRPC", `${RUN}/rpc?v=1`],
    [`${RUN}/`, "/a2a", "HTTP+JSON", `${RUN}/a2a`],
    ["https://a.example/echo/", "https://a.example/echo/rpc", "JSONRPC", "https://a.example/echo/rpc"],
    ["https://a.example/echo", "http://localhost/rpc", "JSONRPC", "https://a.example/echo/rpc"],
    ["https://a.example/echo", "http://localhost/echoes", "JSONRPC", "https://a.example/echo/echoes"],
    [RUN, "https://evil.example//10.0.0.1/x", "JSONRPC", `${RUN}//10.0.0.1/x`],
  ])("at %s with a card that says %s is called there", (url, said, binding, called) => {
    const remote = targetOf(onRun(url), { card: cardAt(said, binding) });
    expect(remote).toMatchObject({ url: called, protocolBinding: binding, placed: "t", headers: {} });
    expect(new URL(remote?.url ?? "").origin).toBe(new URL(url).origin);
    expect(remote?.cardUrl).toBe(`${url.replace(/\/$/, "")}/.well-known/agent-card.json`);
  });

  it("is asked for its card before anybody knows how it is spoken to", () => {
    expect(targetOf(onRun(RUN))).toMatchObject({ url: `${RUN}/`, protocolBinding: "JSONRPC", streaming: true });
  });

  it("on Cloud Run is shown an identity token of its service, a new one when it was refused", async () => {
    const fresh = targetOf(onRun(RUN))?.freshHeaders;
    expect(await fresh?.({ renew: false })).toEqual({ authorization: "Bearer id for https://echo-ew.a.run.app" });
    expect(google.forgotten).toEqual([]);
    await fresh?.({ renew: true });
    expect(google.forgotten).toEqual(["https://echo-ew.a.run.app"]);
  });

  it("on Agent Engine is called at the engine, in its dialect, with an access token", async () => {
    const origin = "https://europe-west1-aiplatform.googleapis.com";
    const engine = {
      kind: "agent-engine",
      url: `${origin}/v1/projects/p/locations/l/reasoningEngines/7`,
      auth: { kind: "google-access-token", audience: origin },
      dialect: "reasoning-engine",
    } as const;
    const remote = targetOf(engine, { card: cardAt("http://0.0.0.0:8080/") });
    expect(remote).toMatchObject({ url: engine.url, dialect: "reasoning-engine" });
    expect(await remote?.freshHeaders?.({ renew: false })).toEqual({ authorization: "Bearer access" });
    expect(targetOf(engine, { googleEndpoint: "http://10.1.2.3:8443" })?.url).toBe(
      "http://10.1.2.3:8443/v1/projects/p/locations/l/reasoningEngines/7",
    );
  });

  it("is shown no token over plain HTTP, nor where none is asked for", () => {
    expect(targetOf(onRun("http://echo.internal"))?.freshHeaders).toBeUndefined();
    expect(targetOf({ kind: "kubernetes", url: "http://echo.agents.svc" })?.freshHeaders).toBeUndefined();
  });
});
