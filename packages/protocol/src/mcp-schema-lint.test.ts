import { describe, expect, test } from "vitest";
import { lintMcpSchemas } from "./mcp-schema-lint.ts";

const PLAIN = { type: "object", properties: { n: { type: "number" } } };

describe("the lint for MCP clients", () => {
  test("says nothing of plain schemas and names", () => {
    expect(lintMcpSchemas(["add"], [{ id: "add", inputSchema: PLAIN, outputSchema: PLAIN }])).toEqual([]);
  });

  test.each(["oneOf", "anyOf", "allOf", "not", "if", "enum", "$ref"])(
    "warns of %s at the root of an input",
    (keyword) => {
      const [line, ...more] = lintMcpSchemas(["add"], [{ id: "add", inputSchema: { ...PLAIN, [keyword]: [] } }]);
      expect(line).toContain(`skill "add": its input schema has ${keyword} at the root`);
      expect(more).toEqual([]);
    },
  );

  test("leaves the same words alone further down", () => {
    const inputSchema = { type: "object", properties: { n: { anyOf: [{ type: "number" }, { type: "string" }] } } };
    expect(lintMcpSchemas(["add"], [{ id: "add", inputSchema }])).toEqual([]);
  });

  test("warns of what is no object, and of references to other addresses", () => {
    const lines = lintMcpSchemas(
      ["say", "add"],
      [
        { id: "say", inputSchema: { type: "string" }, outputSchema: { type: "array" } },
        { id: "add", inputSchema: { type: "object", properties: { n: { $ref: "https://example.com/n.json" } } } },
      ],
    );
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain("can only send it a message");
    expect(lines[1]).toContain("output schema is not an object");
    expect(lines[2]).toContain("another address");
  });

  test("warns of names that some clients refuse", () => {
    expect(lintMcpSchemas(["a.b", "x".repeat(41), "fine_1"], [])).toHaveLength(2);
  });
});
