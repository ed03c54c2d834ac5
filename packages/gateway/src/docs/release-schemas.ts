import { choice, described, flag, instant, integer, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type ReleaseSchemaName = "ReleaseList" | "Traffic" | "NewTraffic" | "ReleaseChoice" | "Rollback";

const number: JsonSchema = { type: "number" };
const percent = described("Of new tasks; at most two decimals.", number);
const VERSION = described("Counts changes; goes into If-Match.", integer);
const SHARE = object({ release: text, percent });

export const RELEASE_SCHEMAS: Readonly<Record<ReleaseSchemaName, JsonSchema>> = {
  ReleaseList: object({
    version: VERSION,
    releases: list(
      object({
        release: text,
        digest: text,
        version: text,
        createdAt: instant,
        active: flag,
        state: choice("live", "canary", "idle", "rolled_back"),
        percent,
        health: choice("ready", "starting", "failing", "sleeping", "remote", "attached"),
        calls: object({
          completed: integer,
          failed: integer,
          other: described("Canceled, rejected, or ended by the platform.", integer),
          reasons: { type: "object", additionalProperties: integer },
        }),
        "reason?": described("Why it was promoted or taken back as a canary.", text),
        previewUrl: text,
      }),
    ),
  }),
  Traffic: object({
    agent: text,
    version: VERSION,
    active: described("The release its card is of.", text),
    shares: list(SHARE),
    "canary?": object({
      release: text,
      startedAt: instant,
      minCalls: integer,
      maxErrorRate: number,
      "maxP95Ms?": integer,
      "minEvalScore?": number,
      windowSeconds: integer,
    }),
    ended: list(
      object({
        release: text,
        outcome: choice("promoted", "rolled_back", "superseded"),
        reason: text,
        endedAt: instant,
      }),
    ),
  }),
  NewTraffic: object({ shares: described("100 together, each release once.", list(SHARE)) }),
  ReleaseChoice: object({ release: described("Id or label.", text) }),
  Rollback: object({ "release?": described("Default: the one before, or the active one when a canary runs.", text) }),
};
