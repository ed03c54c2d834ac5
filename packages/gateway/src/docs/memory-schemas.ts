import { anyObject, choice, described, instant, integer, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type MemorySchemaName =
  | "MemorySpaceList"
  | "MemoryItemList"
  | "NewMemory"
  | "SavedMemory"
  | "MemorySearch"
  | "MemoryAnswer"
  | "MemoryTarget"
  | "RemovedMemory";

const WHOSE = {
  "scope?": described("Whose memory; default `user`.", choice("user", "agent")),
  "owner?": described("Another principal's, by its id.", text),
};
const FILTER = described(
  "By members of the metadata: a value, `{in: [value]}`, or `{gt, gte, lt, lte}`; all must hold.",
  anyObject,
);
const ORIGIN = {
  id: text,
  scope: choice("user", "agent"),
  metadata: anyObject,
  "key?": text,
  "source?": described("Where the text comes from, in the words of whoever saved it.", text),
  "runId?": described("The run that saved it.", text),
  "eventSeq?": described("The event of that run's log that says so.", integer),
};
const ITEM = {
  ...ORIGIN,
  digest: described("`sha256:<hex>` of the text.", text),
  by: described("The principal in whose name it was saved.", text),
  createdAt: instant,
  updatedAt: instant,
  "expiresAt?": instant,
};

export const MEMORY_SCHEMAS: Readonly<Record<MemorySchemaName, JsonSchema>> = {
  MemorySpaceList: object({
    spaces: list(
      object({
        scope: choice("user", "agent"),
        "owner?": text,
        items: integer,
        bytes: integer,
        model: described("Whose vectors are searched.", text),
      }),
    ),
    "next?": text,
  }),
  MemoryItemList: object({ items: list(object({ ...ITEM, text })), "next?": text }),
  NewMemory: object({
    text: described("At most 128 KiB.", text),
    "metadata?": described("At most 4 KiB.", anyObject),
    "key?": described("What is saved under the same key later takes its place.", text),
    "ttlSeconds?": integer,
    "source?": text,
    ...WHOSE,
  }),
  SavedMemory: object({
    ...ITEM,
    outcome: choice("created", "replaced", "unchanged"),
    passages: described("In how many pieces it is searched.", integer),
  }),
  MemorySearch: object({
    query: text,
    "limit?": described("1 to 100, default 10.", integer),
    "mode?": described("Default `hybrid`.", choice("hybrid", "vector", "text")),
    "filter?": FILTER,
    ...WHOSE,
  }),
  MemoryAnswer: object({
    hits: list(
      object({
        ...ORIGIN,
        text: described("The passage.", text),
        from: described("Its place in the item's text.", integer),
        to: integer,
        score: { type: "number" },
        createdAt: instant,
      }),
    ),
    "model?": described("Whose vectors were compared; absent: only words were.", text),
  }),
  MemoryTarget: object({
    "ids?": list(text),
    "key?": text,
    "filter?": FILTER,
    "all?": described("`true`: everything.", { const: true }),
    ...WHOSE,
  }),
  RemovedMemory: object({ removed: integer }),
};
