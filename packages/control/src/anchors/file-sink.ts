import { open } from "node:fs/promises";
import type { AnchorSink } from "./anchors.ts";

/**
 * Appends to a file, one JSON document a line, and never changes what is there. It proves as much as the file is out of
 * the platform's hands: on another machine's disk, or `chattr +a`.
 */
export function createFileSink(path: string, now: () => Date): AnchorSink {
  return {
    name: "file",
    async anchor(checkpoint) {
      const file = await open(path, "a", 0o600);
      try {
        await file.appendFile(`${JSON.stringify({ at: now().toISOString(), checkpoint })}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      return { type: "file" };
    },
  };
}
