import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInMemoryStore } from "@berth/store/memory";
import { describe, expect, it } from "vitest";
import type { AnchorSink } from "./anchors.ts";
import { createAnchors } from "./create-anchors.ts";
import type { RunningAnchors } from "./create-anchors.ts";
import { createFileSink } from "./file-sink.ts";

const AT = "2026-11-29T10:00:00.000Z";
const noteOf = (size: number): string => `log\n${size}\n${Buffer.alloc(32).toString("base64")}\n\n— log sig\n`;

interface World {
  readonly anchors: RunningAnchors;
  readonly seen: string[];
  readonly logged: string[];
  readonly ledger: { note: string | undefined };
  fails: boolean;
}

function openWorld(more: readonly AnchorSink[] = []): World {
  const [seen, logged, ledger] = [[] as string[], [] as string[], { note: undefined as string | undefined }];
  const sink: AnchorSink = {
    name: "sink",
    async anchor(checkpoint) {
      if (world.fails) throw new Error("it is on fire");
      seen.push(checkpoint);
      return { type: "file" };
    },
  };
  const anchors = createAnchors({
    store: createInMemoryStore(),
    sinks: [sink, ...more],
    ledger: { checkpoint: async () => ledger.note },
    now: () => new Date(AT),
    log: (line) => void logged.push(line),
  });
  const world: World = { anchors, seen, logged, ledger, fails: false };
  return world;
}

describe("anchors", () => {
  it("shows each sink the newest checkpoint, and again only when the log has grown", async () => {
    const { anchors, seen, ledger } = openWorld();
    await anchors.anchor();
    expect(seen).toEqual([]);
    for (const size of [3, 3, 8]) {
      ledger.note = noteOf(size);
      await Promise.all([anchors.anchor(), anchors.anchor()]);
    }
    expect(seen).toEqual([noteOf(3), noteOf(8)]);
    expect(await anchors.list()).toEqual(
      [8, 3].map((size) => ({ sink: "sink", size, at: AT, checkpoint: noteOf(size), evidence: { type: "file" } })),
    );
    ledger.note = noteOf(9);
    await anchors.close();
    expect(seen).toHaveLength(3);
  });

  it("says once that a sink fails and once that it works again, and asks the others all the same", async () => {
    const other: string[] = [];
    const sink: AnchorSink = {
      name: "other",
      async anchor(checkpoint) {
        other.push(checkpoint);
        return { type: "file" };
      },
    };
    const world = openWorld([sink]);
    world.fails = true;
    world.ledger.note = noteOf(1);
    await world.anchors.anchor();
    await world.anchors.anchor();
    expect([other, world.logged]).toEqual([[noteOf(1)], ["the checkpoint was not anchored with sink: it is on fire"]]);
    world.fails = false;
    await world.anchors.close();
    expect([world.seen, world.logged.slice(1)]).toEqual([[noteOf(1)], ["the anchor sink works again"]]);
  });

  it("appends to a file and leaves what is there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "berth-anchor-"));
    try {
      const file = join(folder, "anchors.jsonl");
      for (const note of [noteOf(1), noteOf(2)]) await createFileSink(file, () => new Date(AT)).anchor(note);
      const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line))).toEqual(
        [noteOf(1), noteOf(2)].map((checkpoint) => ({ at: AT, checkpoint })),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
