import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { agentEnvironment } from "../driver/agent-environment.ts";
import { instanceKey } from "../driver/base-folder.ts";
import type { Cage, OpenContext } from "../driver/cage.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { makeCageFolder, removeCageFolder } from "./cage-folder.ts";
import { hasWayOut, openDoors } from "./doors.ts";
import type { JailHost } from "./doors.ts";
import { JAIL } from "./jail-arguments.ts";
import { isReachableByAll } from "./jail-files.ts";
import { programOf } from "./jail-program.ts";
import { sidecarEnvironment } from "./sidecar-environment.ts";
import { assertRoot } from "./program-root.ts";
import { raiseJail, takeUid } from "./raise-jail.ts";

const PORT = 8080;
const PROXY_PORT = 3128;
/** Where OTLP is expected by default. */
const TELEMETRY_PORT = 4318;

/** Builds the jail from the outside in. Each part is on the stack before the next is begun. */
export async function openJail(
  host: JailHost,
  spec: ReleaseSpec,
  context: OpenContext,
  options: { readonly coldBecause: string; readonly compileCacheFolder?: string },
): Promise<Cage> {
  const { compileCacheFolder } = options;
  const { facts } = host;
  const { stack, signal, output } = context;
  const key = instanceKey(context.instanceId);
  const uid = takeUid(facts, `${spec.orgId}/${spec.agentId}`, stack);
  const ownerUid = uid ?? process.geteuid?.() ?? 0;
  const path = join(facts.runFolder, key);
  stack.defer(() => removeCageFolder(path));
  const folder = await makeCageFolder(path, { uid: ownerUid, mount: facts.mountsTmpfs, chown: uid !== undefined });
  await openDoors({ host, folder, ownerUid }, spec, context);
  const cache = compileCacheFolder === undefined ? {} : { compileCacheFolder };
  const { jail } = await raiseJail({
    host,
    key,
    uid,
    folder,
    limits: spec.limits,
    boot: { kind: "cold", reason: options.coldBecause },
    program: await programOf(host, spec),
    mounts: { ...(spec.program?.mountsApp === false ? {} : { appFolder: spec.folder }), ...cache },
    env: environmentInJail(spec, context.services !== undefined, compileCacheFolder !== undefined),
    stack,
    signal,
    output,
  });
  return jail;
}

export function environmentInJail(
  spec: ReleaseSpec,
  withServices: boolean,
  withCompileCache: boolean,
): Record<string, string> {
  const withEgress = hasWayOut(spec);
  const env = agentEnvironment(spec, {
    listenPath: JAIL.listen,
    port: PORT,
    tmpFolder: JAIL.tmp,
    ...(withEgress ? { proxyPort: PROXY_PORT } : {}),
    ...(withServices ? { servicesPath: JAIL.services, telemetryPort: TELEMETRY_PORT } : {}),
    bridge: {
      ...(withServices ? { services: JAIL.services, telemetryPort: TELEMETRY_PORT } : {}),
      ...(withEgress ? { egress: JAIL.egress, proxyPort: PROXY_PORT } : {}),
      ...(withCompileCache ? { cache: JAIL.compileCache } : {}),
    },
  });
  return spec.program === undefined ? env : sidecarEnvironment(spec.program, env);
}

/** bwrap would fail too, and say host paths in the agent's log. */
export async function refuseUnreachable({ facts }: JailHost, spec: ReleaseSpec): Promise<void> {
  await assertRoot(spec);
  if (facts.uids === undefined) return;
  const { folder, program } = spec;
  const mounted = program === undefined ? [folder] : [program.rootfs, ...(program.mountsApp ? [folder] : [])];
  for (const each of mounted) {
    if (await isReachableByAll(await realpath(each))) continue;
    throw new PlatformError("AGENT_START_FAILED", `The release of ${spec.agentName} cannot be read by its own user.`, {
      hint: "Keep releases below releasesFolder(home) and roots of images at rootfsFolder(home, digest), readable by all.",
      internal: each,
    });
  }
}
