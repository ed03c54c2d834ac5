import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Obstacle } from "../driver/obstacle.ts";
import { followChild } from "../driver/child-end.ts";
import { killAll } from "../driver/kill-all.ts";
import { OutputLines } from "../driver/output-lines.ts";
import { spawnBwrap } from "./bwrap.ts";
import { makeCageFolder, removeCageFolder } from "./cage-folder.ts";
import type { HostFacts } from "./host-facts.ts";
import { systemRoot } from "./jail-arguments.ts";
import { jailMarker, markedProcesses } from "./jail-marker.ts";

const TRIAL_TIMEOUT_MS = 10_000;
const TRIAL = "trial";

/** Runs `true` in the very jail agents get: installed is not yet working. */
export async function tryJail(home: string, facts: HostFacts): Promise<Obstacle | undefined> {
  const output = new OutputLines(undefined);
  const marker = jailMarker(home, TRIAL);
  const path = join(facts.runFolder, TRIAL);
  const uid = facts.uids?.take(TRIAL);
  try {
    const folder = await makeCageFolder(path, {
      uid: uid ?? 0,
      mount: facts.mountsTmpfs,
      chown: uid !== undefined,
    });
    const bwrap = await spawnBwrap({
      bwrapPath: facts.bwrapPath,
      seccompPath: facts.files.seccompPath,
      ...(uid === undefined ? {} : { uid }),
      hostname: marker,
      command: ["/bin/true"],
      plan: {
        root: systemRoot({ ...facts, ...facts.files }),
        appFolder: facts.files.etcFolder,
        agentFolder: folder.agentFolder,
        doorsFolder: folder.doorsFolder,
        tmpBytes: 1024 * 1024,
        env: {},
      },
    });
    const ended = followChild(bwrap.child, output);
    bwrap.unblock();
    const timer = new AbortController();
    const end = await Promise.race([
      ended,
      delay(TRIAL_TIMEOUT_MS, undefined, { signal: timer.signal }).catch(() => {}),
    ]);
    timer.abort();
    return end?.code === 0 ? undefined : explain(output.tail);
  } catch (error) {
    return explain(error instanceof Error ? error.message : String(error));
  } finally {
    await killAll(() => markedProcesses(marker), TRIAL_TIMEOUT_MS);
    await removeCageFolder(path).catch(() => {});
    if (uid !== undefined) facts.uids?.release(uid);
  }
}

function explain(message: string): Obstacle {
  const reason = `bubblewrap is installed but cannot make a jail here: ${message || "it did not end"}.`;
  if (/disable-userns|[Uu]nknown option/.test(message)) {
    return { reason, fix: "Install bubblewrap 0.8 or later." };
  }
  if (/mount proc/.test(message)) {
    return {
      reason,
      fix: "In a container, run the platform with --security-opt seccomp=unconfined --security-opt unmask=ALL, or outside of it.",
    };
  }
  if (/namespace|uid map|not permitted|[Pp]ermission|setuid|EPERM|EINVAL/.test(message)) {
    return {
      reason,
      fix:
        "Allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 (Debian); on Ubuntu 24.04 or later load the " +
        "bwrap-userns-restrict AppArmor profile; in a container run with --security-opt seccomp=unconfined.",
    };
  }
  return {
    reason,
    fix: "Run the platform as another user or on another machine, or deploy your own code with --trust.",
  };
}
