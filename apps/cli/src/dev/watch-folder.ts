import { watch } from "node:fs";

const DEBOUNCE_MS = 150;
/** Looked at by name before anything is read: what is written there most is never a source. */
const NEVER = /(?:^|[\\/])(?:node_modules|\.git|\.berth)(?:[\\/]|$)/;

/** Calls when files below the folder have changed and then were still for a moment. Returns the function that ends it. */
export function watchFolder(folder: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    if (typeof file === "string" && NEVER.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, DEBOUNCE_MS);
  });
  // A folder that is removed under us changes no more.
  watcher.on("error", () => watcher.close());
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
