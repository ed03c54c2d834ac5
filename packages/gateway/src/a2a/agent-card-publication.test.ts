import type { AgentCard } from "@berth/protocol";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { toPublishedCard } from "./agent-card-publication.ts";
import type { Publication } from "./agent-card-publication.ts";

const publication = (change: Partial<Publication> = {}): Publication => ({
  verifiers: { issuers: [], mutualTls: false },
  agent: { name: "x", base: "https://x.example.com" },
  config: scriptedConfig({ visibility: "public" }),
  offer: { pushNotifications: false },
  ...change,
});

const uris = ({ capabilities }: AgentCard): readonly string[] => (capabilities.extensions ?? []).map(({ uri }) => uri);

describe("a published card", () => {
  test("keeps what the agent says of itself, without what the addresses made untrue", () => {
    const requirement = [{ schemes: { own: { list: [] } } }];
    const card = toPublishedCard(
      {
        ...scriptedCard(),
        iconUrl: "https://example.com/icon.png",
        capabilities: { pushNotifications: true, extensions: [{ uri: "urn:x" }] },
        securitySchemes: { own: { httpAuthSecurityScheme: { scheme: "Basic" } } },
        securityRequirements: requirement,
        signatures: [{ protected: "a", signature: "b" }],
        skills: [{ id: "s", name: "S", description: "d", tags: [], securityRequirements: requirement }],
      },
      publication(),
    );
    expect(card).toMatchObject({ iconUrl: "https://example.com/icon.png", capabilities: { pushNotifications: false } });
    expect(uris(card)[0]).toBe("urn:x");
    expect(JSON.stringify(card)).not.toMatch(/securityRequirements|securitySchemes|signatures/);
  });

  test("of an agent that is offered in 1.0 only is a pure 1.0 card", () => {
    const config = scriptedConfig({ protocolVersions: ["1.0"] });
    const { supportedInterfaces } = toPublishedCard(scriptedCard(), publication({ config }));
    expect(supportedInterfaces.map(({ protocolVersion }) => protocolVersion)).toEqual(["1.0", "1.0"]);
  });

  test("says what the platform offers: webhooks, and gRPC with the agent as the tenant", () => {
    const offer = { pushNotifications: true, grpcPort: 4101 };
    const { capabilities, supportedInterfaces } = toPublishedCard(scriptedCard(), publication({ offer }));
    expect(capabilities.pushNotifications).toBe(true);
    const grpc = { url: "x.example.com:4101", protocolBinding: "GRPC" };
    expect(supportedInterfaces.filter(({ protocolBinding }) => protocolBinding === "GRPC")).toEqual([
      { ...grpc, tenant: "x", protocolVersion: "1.0" },
      { ...grpc, protocolVersion: "0.3" },
    ]);
  });

  test("declares the platform's extensions, each once and in the platform's words", () => {
    const [ours] = uris(toPublishedCard(scriptedCard(), publication()));
    const claimed = { uri: ours ?? "", description: "mine", required: true };
    const card = toPublishedCard({ ...scriptedCard(), capabilities: { extensions: [claimed] } }, publication());
    expect(uris(card).filter((uri) => uri === ours)).toHaveLength(1);
    expect(card.capabilities.extensions).not.toContainEqual(claimed);
  });

  test("announces an extended one exactly when skills are hidden", () => {
    const capabilitiesOf = (hiddenSkills: readonly string[]) =>
      toPublishedCard(scriptedCard(), publication({ config: scriptedConfig({ hiddenSkills }) })).capabilities;
    expect(capabilitiesOf([]).extendedAgentCard).toBe(false);
    expect(capabilitiesOf(["echo"]).extendedAgentCard).toBe(true);
  });
});
