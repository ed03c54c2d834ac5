import type { Part } from "@berth/protocol";
import { encodeBase64 } from "@berth/ledger";

const MAX_FILES = 8;
/** Base64 makes a third more of it, and a message may have 10 MiB. */
const MAX_BYTES = 6 * 1_048_576;

/** Files of this machine as parts of a message. @throws Error that says what is too much */
export async function attach(before: readonly Part[], files: readonly File[]): Promise<readonly Part[]> {
  if (before.length + files.length > MAX_FILES) throw new Error(`A message takes ${MAX_FILES} files from here.`);
  const total = before.reduce((sum, part) => sum + bytesOf(part), 0) + files.reduce((sum, file) => sum + file.size, 0);
  if (total > MAX_BYTES) {
    throw new Error("A message takes 6 MiB of files from here. Put larger ones into Files and name their path.");
  }
  const added = await Promise.all(
    files.map(async (file): Promise<Part> => ({
      raw: encodeBase64(new Uint8Array(await file.arrayBuffer())),
      filename: file.name,
      mediaType: file.type === "" ? "application/octet-stream" : file.type,
    })),
  );
  return [...before, ...added];
}

/** Of the content, from the length of its base64. */
export function bytesOf({ raw = "" }: Part): number {
  return Math.floor((raw.replace(/=+$/, "").length * 3) / 4);
}
