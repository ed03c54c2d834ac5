import type { Extract } from "tar-stream";

/** Writes into the parser as fast as it takes it; stops when that has ended. `check` sees the total before each piece. */
export async function feedTar(
  bytes: AsyncIterable<Uint8Array>,
  tar: Extract,
  check: (total: number) => void,
): Promise<void> {
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    check(total);
    if (tar.destroyed) return;
    if (!tar.write(chunk)) await drained(tar);
  }
  tar.end(null);
}

function drained(tar: Extract): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      tar.off("drain", done);
      tar.off("close", done);
      resolve();
    };
    tar.on("drain", done);
    tar.on("close", done);
  });
}
