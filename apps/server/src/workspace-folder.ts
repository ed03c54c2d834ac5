import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import { PlatformError } from "@berth/protocol";
import { openHostFolder } from "@berth/runtime";
import type { HostFolder } from "@berth/runtime";

/** @throws CONFIG_INVALID also for a folder that has the platform's own home in it: its keys would be files that agents may be given. */
export function openWorkspaceFolder(folder: string, home: string): HostFolder {
  const opened = openHostFolder(folder);
  const inside = relative(realpathSync(folder), realpathSync(home));
  if (inside === ".." || inside.startsWith(`..${sep}`)) return opened;
  opened.close();
  throw new PlatformError("CONFIG_INVALID", `BERTH_WORKSPACE_DIR: ${folder} holds the platform's own home, ${home}.`, {
    hint: "Use a folder of its own, or put BERTH_HOME elsewhere.",
  });
}
