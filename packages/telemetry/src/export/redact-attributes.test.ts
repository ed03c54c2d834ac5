import { describe, expect, it } from "vitest";
import type { LogRecord } from "../log-record.ts";
import type { SpanRecord } from "../span.ts";
import { REDACTED, createRedaction } from "./redact-attributes.ts";

const span: SpanRecord = {
  source: "agent",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  name: "a",
  kind: "client",
  startUs: 1,
  status: "ok",
  attributes: { "gen_ai.input.messages": "canary", "http.route": "/a", deep: [{ Password: "canary", kept: 1 }] },
  events: [{ name: "e", atUs: 1, attributes: { password: "canary" } }],
  links: [
    { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", attributes: { password: "canary" } },
  ],
  resource: { "host.name": "canary", "service.name": "a" },
};

describe("redaction", () => {
  it("leaves no value of these keys anywhere in a record", () => {
    const redacted = createRedaction(["gen_ai.*", "password", "HOST.name"])(span);
    expect(JSON.stringify(redacted)).not.toContain("canary");
    expect(redacted.attributes).toEqual({
      "gen_ai.input.messages": REDACTED,
      "http.route": "/a",
      deep: [{ Password: REDACTED, kept: 1 }],
    });
    expect(redacted.resource).toEqual({ "host.name": REDACTED, "service.name": "a" });
    expect(JSON.stringify(span)).toContain("canary");
  });

  it("takes a key for itself only, without a * at its end", () => {
    expect(createRedaction(["http"])(span)).toEqual(span);
  });

  it("with no keys changes nothing", () => {
    expect(createRedaction([])(span)).toBe(span);
  });

  it("does so for logs and without a resource", () => {
    const log: LogRecord = { source: "stdout", atUs: 1, severity: 9, body: "b", attributes: { a: "canary" } };
    expect(createRedaction(["*"])(log)).toEqual({ ...log, attributes: { a: REDACTED } });
  });
});
