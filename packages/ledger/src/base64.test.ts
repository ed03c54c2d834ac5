import { describe, expect, it } from "vitest";
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "./base64.ts";

describe("base64", () => {
  it("writes and reads what Buffer writes, in both alphabets", () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 197 + 251) % 256);
      expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      expect([...decodeBase64(encodeBase64(bytes))]).toEqual([...bytes]);
      expect([...decodeBase64Url(encodeBase64Url(bytes))]).toEqual([...bytes]);
    }
  });

  it.each(["QQ", "QQ=", "QR==", "QUJ=", "QQ==QQ==", "Q Q=", "QQ==\n", "QUI-", "====", "A"])(
    "refuses %j, which is not the one spelling of its bytes",
    (text) => {
      expect(() => decodeBase64(text)).toThrow("not canonical base64");
    },
  );
});
