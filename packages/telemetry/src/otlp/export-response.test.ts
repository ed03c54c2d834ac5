import { describe, expect, it } from "vitest";
import { readExportAnswer, writeExportAnswer, writeStatus } from "./export-response.ts";

describe("the answer to an export request", () => {
  it("says the same to whoever reads it, in both encodings", () => {
    for (const signal of ["traces", "logs", "metrics"] as const) {
      for (const encoding of ["protobuf", "json"] as const) {
        for (const answer of [
          { rejected: 0 },
          { rejected: 3, message: "no ids" },
          { rejected: 0, message: "slow down" },
        ]) {
          expect(readExportAnswer(signal, encoding, writeExportAnswer(signal, encoding, answer))).toEqual(answer);
        }
      }
    }
  });

  it("is empty in protobuf when everything was taken", () => {
    expect(writeExportAnswer("logs", "protobuf", { rejected: 0 })).toHaveLength(0);
  });

  it("that nobody can read means that everything was taken", () => {
    expect(readExportAnswer("traces", "json", new TextEncoder().encode("OK"))).toEqual({ rejected: 0 });
    expect(readExportAnswer("traces", "protobuf", Uint8Array.of(0xff))).toEqual({ rejected: 0 });
  });

  it("of a refusal is a google.rpc.Status", () => {
    expect(new TextDecoder().decode(writeStatus("json", 3, "bad"))).toBe('{"code":3,"message":"bad"}');
    expect([...writeStatus("protobuf", 3, "bad")]).toEqual([0x08, 3, 0x12, 3, 0x62, 0x61, 0x64]);
  });
});
