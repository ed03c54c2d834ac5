import { verifyAgentCardSignature } from "@a2a-js/sdk";
import type { AgentCard } from "@berth/protocol";
import { expect, test, vi } from "vitest";
import { BINDINGS, BINDINGS_V03, refusal } from "../bindings/index.ts";
import { request } from "../bindings/http.ts";
import { saying, taskOf } from "../house.ts";
import type { CallerOptions, House } from "../house.ts";

export function describeCards(house: House): void {
  const cardOf = async (options: CallerOptions): Promise<AgentCard> => {
    const headers = { "a2a-version": "1.0" };
    const target = house.target({ as: "nobody", headers, ...options });
    const response = await request(target, { method: "GET", path: "/.well-known/agent-card.json" });
    // What of it is read below is what the tests assert.
    return (await response.json()) as AgentCard;
  };

  test("[BIND-EQUIV-001] every interface on the card works, with the same operations", async () => {
    const { supportedInterfaces } = await cardOf({ agent: "actor" });
    // 0.3 has no tenant: its gRPC is on the card at the agent's own host alone.
    const here = [...BINDINGS, ...BINDINGS_V03].filter(({ name, version }) => name !== "GRPC" || version === "1.0");
    for (const binding of here) {
      const listed = supportedInterfaces.find(
        ({ protocolBinding, protocolVersion }) =>
          protocolBinding === binding.name && protocolVersion === binding.version,
      );
      if (listed === undefined) throw new Error(`${binding.name} ${binding.version} is not on the card`);
      const base = listed.url.replace(/\/+$/, "");
      const grpc = { address: listed.url, agent: listed.tenant ?? "" };
      const client = binding.open({ ...house.target(), base, grpc });
      const asked = taskOf(await client.send(saying("ask what?")));
      const stream = await client.subscribe({ id: asked.id });
      stream.close();
      for await (const _frame of await client.stream(saying("ask what else?", { taskId: asked.id })));
      expect((await client.get({ id: asked.id })).status.state).toBe("TASK_STATE_INPUT_REQUIRED");
      expect((await client.cancel({ id: asked.id })).status.state).toBe("TASK_STATE_CANCELED");
    }
  });

  test("[BIND-EQUIV-004] the card names the credential that every binding takes, and none where none is needed", async () => {
    const { securitySchemes, securityRequirements } = await cardOf({ agent: "actor" });
    expect(securityRequirements?.flatMap(({ schemes }) => Object.keys(schemes))).toEqual(
      Object.keys(securitySchemes ?? {}),
    );
    expect(securitySchemes).toMatchObject({ bearer: { httpAuthSecurityScheme: { scheme: "Bearer" } } });
    expect(await cardOf({ agent: "rogue" })).not.toHaveProperty("securityRequirements");
  });

  test("[CARD-EXT-001] the extended card is for callers with a credential, and has what the public one hides", async () => {
    const shown = await cardOf({ agent: "rogue" });
    expect(shown.capabilities.extendedAgentCard).toBe(true);
    expect(shown.skills.map(({ id }) => id)).toEqual(["rogue"]);
    for (const binding of BINDINGS) {
      const nobody = house.client(binding, { agent: "rogue", as: "nobody" });
      expect((await refusal(nobody.extendedCard())).reason).toBe("UNAUTHENTICATED");
      const card = await house.client(binding, { agent: "rogue" }).extendedCard();
      expect(card.skills.map(({ id }) => id)).toEqual(["rogue", "secret"]);
    }
  });

  test("[CARD-EXT-002] an agent that hides nothing declares none, and asking for it is not supported", async () => {
    expect((await cardOf({ agent: "actor" })).capabilities.extendedAgentCard).toBe(false);
    for (const binding of BINDINGS) {
      expect((await refusal(house.client(binding).extendedCard())).reason).toBe("UNSUPPORTED_OPERATION");
    }
  });

  /** By the official SDK's verifier, with the key set that the platform publishes. */
  const verify = async (card: AgentCard): Promise<void> => {
    const jwks = (await (await house.platform.fetch("/.well-known/jwks.json")).json()) as {
      keys: readonly { readonly kid: string }[];
    };
    const keyOf = async (kid: string): Promise<object | undefined> => jwks.keys.find((key) => key.kid === kid);
    // The verifier reads JSON; its types are of cards that its own client has parsed.
    await verifyAgentCardSignature(keyOf as never)(card as never);
  };

  test("[CARD-SIGN-001][CARD-SIGN-002] a card is verified by others, without its signatures and with no change", async () => {
    vi.spyOn(console, "debug").mockImplementation(() => undefined); // the SDK prints every signature that it refuses
    const card = await cardOf({ agent: "rogue" });
    await verify(card);
    await verify({ ...card, signatures: [...(card.signatures ?? []), ...(card.signatures ?? [])] });
    await expect(verify({ ...card, description: `${card.description} ` })).rejects.toThrow("No valid signatures");
  });

  test("[CARD-SIGN-003] the signature's header names algorithm, key and type", async () => {
    const { signatures = [] } = await cardOf({ agent: "rogue" });
    expect(signatures.length).toBeGreaterThan(0);
    for (const signature of signatures) {
      const header: unknown = JSON.parse(Buffer.from(signature.protected, "base64url").toString());
      expect(header).toMatchObject({ alg: "EdDSA", typ: "JOSE", kid: expect.stringMatching(/^card:/) });
    }
  });

  test("[VER-CARD-001] versions on the card have no patch number", async () => {
    for (const { protocolVersion } of (await cardOf({ agent: "actor" })).supportedInterfaces) {
      expect(protocolVersion).toMatch(/^\d+\.\d+$/);
    }
  });
}
