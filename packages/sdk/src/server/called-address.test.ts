import { expect, test } from "vitest";
import type { AgentCard } from "@berth/protocol";
import { withCalledAddress } from "./called-address.ts";

function cardAt(url: string): AgentCard {
  return {
    name: "echo",
    description: "Says it again.",
    version: "1",
    supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: {},
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [],
  };
}

function urlOf(card: AgentCard): string | undefined {
  return card.supportedInterfaces[0]?.url;
}

test("an agent on every address says the host that it is called by", () => {
  expect(urlOf(withCalledAddress(cardAt("http://0.0.0.0:8080/"), { host: "echo.example:81" }))).toBe(
    "http://echo.example:81/",
  );
  const headers = { host: "echo.a.run.app", "x-forwarded-proto": "https" };
  expect(urlOf(withCalledAddress(cardAt("http://[::]:8080/"), headers))).toBe("https://echo.a.run.app/");
});

test("an agent with an address of its own keeps it, whatever it is called by", () => {
  expect(urlOf(withCalledAddress(cardAt("http://127.0.0.1:8080/"), { host: "other.example" }))).toBe(
    "http://127.0.0.1:8080/",
  );
});

test.each([undefined, "", "a b", "user@host"])("a host that is none changes nothing: %j", (host) => {
  const headers = host === undefined ? {} : { host };
  expect(urlOf(withCalledAddress(cardAt("http://0.0.0.0:8080/"), headers))).toBe("http://0.0.0.0:8080/");
});
