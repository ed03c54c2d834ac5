import { expect, it } from "vitest";
import { withoutCredentials } from "./own-credentials.ts";

const GRANT = `acg1_${"aB3-_".repeat(20)}`;
const KEY = `berth_sk_${"a".repeat(10)}_${"Z9".repeat(19)}`;
const TOKEN = `eyJ${"hbGciOi".repeat(4)}.eyJ${"zdWIi".repeat(6)}.${"s1-_".repeat(20)}`;

it.each([
  [`message {"metadata":{"grant":"${GRANT}"}}`, 'message {"metadata":{"grant":"[grant]"}}'],
  [`Authorization: Bearer ${KEY}.`, "Authorization: Bearer [key]."],
  [`Txn-Token: ${TOKEN} and ${GRANT}`, "Txn-Token: [token] and [grant]"],
])("what the platform gave is taken out of a line: %.30s", (line, clean) => {
  expect(withoutCredentials(line)).toBe(clean);
});

it.each(["acg1_ is how grants begin", "berth_sk_short", "eyJ.eyJ.x", "the payload eyJhbGciOiJFUzI1NiJ9 alone", ""])(
  "other text stays: %s",
  (line) => {
    expect(withoutCredentials(line)).toBe(line);
  },
);
