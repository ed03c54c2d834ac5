import { canonicalizeAgentCard } from "@a2a-js/sdk";
import type { AgentCard } from "@berth/protocol";
import { describe, expect, it } from "vitest";
import { canonicalCards } from "./canonical-card.ts";

const CARD: AgentCard = {
  name: "Example Agent",
  description: "",
  supportedInterfaces: [{ url: "https://a.example/", protocolBinding: "JSONRPC", tenant: "", protocolVersion: "1.0" }],
  version: "1",
  capabilities: { streaming: false, pushNotifications: false, extensions: [] },
  defaultInputModes: [],
  defaultOutputModes: ["text/plain"],
  skills: [],
  signatures: [{ protected: "a", signature: "b" }],
};

describe("canonicalCards", () => {
  it("keeps defaults of REQUIRED and optional fields only, as the specification's example does", () => {
    expect(canonicalCards(CARD)[0]).toBe(
      '{"capabilities":{"pushNotifications":false,"streaming":false},"defaultInputModes":[],' +
        '"defaultOutputModes":["text/plain"],"description":"","name":"Example Agent","skills":[],' +
        '"supportedInterfaces":[{"protocolBinding":"JSONRPC","protocolVersion":"1.0","url":"https://a.example/"}],' +
        '"version":"1"}',
    );
  });

  it("leaves an extension's parameters as they are: they are data", () => {
    const params = { empty: {}, list: [], text: "", no: false, none: null };
    const extensions = [{ uri: "urn:x", description: "", required: false, params }];
    const [exact] = canonicalCards({ ...CARD, capabilities: { extensions } });
    expect(JSON.parse(exact ?? "").capabilities.extensions).toEqual([{ uri: "urn:x", params }]);
  });

  it("drops empty scopes of a requirement, and not the requirement", () => {
    const [exact] = canonicalCards({ ...CARD, securityRequirements: [{ schemes: { bearer: { list: [] } } }] });
    expect(JSON.parse(exact ?? "").securityRequirements).toEqual([{ schemes: { bearer: {} } }]);
  });

  it("adds the reference SDK's text where it differs", () => {
    const skill = { id: "s", name: "n", description: "d", tags: ["t"] };
    const plain: AgentCard = {
      ...CARD,
      description: "d",
      defaultInputModes: ["text/plain"],
      skills: [skill],
      securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: "Bearer", description: "A key." } } },
    };
    expect(canonicalCards(plain)).toHaveLength(1);
    for (const card of [CARD, plain, { ...plain, skills: [{ ...skill, tags: [], examples: [""] }] }]) {
      // Their type is the SDK's parsed form; what it canonicalises is the JSON.
      expect(canonicalCards(card).at(-1)).toBe(canonicalizeAgentCard(card as never));
    }
  });

  it("has no text for half of a surrogate pair", () => {
    expect(() => canonicalCards({ ...CARD, name: "\ud800" })).toThrow("surrogate");
  });
});
