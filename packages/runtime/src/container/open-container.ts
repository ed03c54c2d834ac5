import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { aborted } from "../driver/aborted.ts";
import { homeKey, instanceKey } from "../driver/base-folder.ts";
import type { Cage, OpenContext } from "../driver/cage.ts";
import type { EgressNetwork } from "../egress/egress-proxy.ts";
import { makeCageFolder, removeCageFolder } from "../process/cage-folder.ts";
import type { CageFolder } from "../process/cage-folder.ts";
import { openDoors } from "../process/doors.ts";
import { JAIL } from "../process/jail-arguments.ts";
import { environmentInJail } from "../process/open-jail.ts";
import { takeUid } from "../process/raise-jail.ts";
import { assertRoot } from "../process/program-root.ts";
import type { Sidecar } from "../process/sidecar.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import type { BaseImage } from "./base-image.ts";
import { Container } from "./container.ts";
import { containerRequest } from "./container-plan.ts";
import type { ContainerPlan } from "./container-plan.ts";
import { EngineError } from "./engine-client.ts";
import type { EngineFacts } from "./engine-facts.ts";
import type { ProgramImages } from "./program-images.ts";
import { removeContainer } from "./remove-container.ts";

export const HOME_LABEL = "berth.home";
const MAX_OPEN_FILES = 8_192;
const FILE_BYTES = 64 * 1024 * 1024;

export interface ContainerHost {
  readonly home: string;
  readonly facts: EngineFacts;
  readonly base: BaseImage;
  readonly roots: ProgramImages;
  /** For programs with a root of their own; made when the first is started. */
  readonly sidecar: () => Promise<Sidecar>;
  readonly network: EgressNetwork | undefined;
  readonly log: (line: string) => void;
}

/** By it a container of an instance is found, also when its platform is not there any more. */
export function containerName(home: string, key: string): string {
  return `berth-${homeKey(home)}-${key}`;
}

/** Builds what the container needs, then the container. Each part is on the stack before the next is begun. */
export async function openContainer(host: ContainerHost, spec: ReleaseSpec, context: OpenContext): Promise<Cage> {
  const { facts, home } = host;
  const { engine, uids } = facts;
  const { stack, signal } = context;
  await assertRoot(spec);
  const run = await Promise.race([imageOf(host, spec), aborted(signal)]);
  const key = instanceKey(context.instanceId);
  const uid = takeUid(facts, `${spec.orgId}/${spec.agentId}`, stack);
  const ownerUid = uid ?? process.geteuid?.() ?? 0;

  const path = join(facts.runFolder, key);
  stack.defer(() => removeCageFolder(path));
  const folder = await makeCageFolder(path, { uid: ownerUid, mount: uids !== undefined, chown: uid !== undefined });
  await openDoors({ host, folder, ownerUid }, spec, context);
  if (facts.isPodman) await makeMountPoints(folder);
  const plan = planOf(host, spec, context, {
    ...run,
    key,
    user: ownerUid,
    folder,
    etc: await writeEtc(path, ownerUid),
  });
  signal.throwIfAborted();

  const name = containerName(home, key);
  stack.defer(() => removeContainer(engine, name));
  try {
    await engine.call("POST", `/containers/create?name=${name}`, { body: containerRequest(spec, plan) });
    signal.throwIfAborted();
    const container = await Container.start({ engine, name, folder, ownerUid, output: context.output });
    stack.use(container);
    return container;
  } catch (error) {
    if (error instanceof EngineError) throw refused(host, spec, error);
    throw error;
  }
}

async function imageOf(
  { base, roots, sidecar }: ContainerHost,
  { program }: ReleaseSpec,
): Promise<Pick<ContainerPlan, "image" | "sidecar">> {
  if (program === undefined) return { image: await base.digest() };
  const [image, ofProgram] = await Promise.all([roots.digest(program), sidecar()]);
  return { image, sidecar: ofProgram };
}

function planOf(
  { facts, home }: ContainerHost,
  spec: ReleaseSpec,
  context: OpenContext,
  made: { readonly folder: CageFolder; readonly key: string } & Pick<
    ContainerPlan,
    "image" | "sidecar" | "user" | "etc"
  >,
): ContainerPlan {
  const { folder, key, ...rest } = made;
  return {
    ...rest,
    labels: { [HOME_LABEL]: homeKey(home), "berth.instance": key },
    agentFolder: folder.agentFolder,
    doorsFolder: folder.doorsFolder,
    env: environmentInJail(spec, context.services !== undefined, false),
    removedVariables: facts.isPodman ? [] : ["PATH", "HOSTNAME"],
    seccomp: facts.seccomp,
    maxOpenFiles: MAX_OPEN_FILES,
    maxFileBytes: facts.uids === undefined ? Math.max(FILE_BYTES, spec.limits.tmpMb * 1024 * 1024) : undefined,
    maxCpus: facts.cpus,
  };
}

/** podman mounts its init and a file of its own below /run, where all is read-only by then. */
async function makeMountPoints({ doorsFolder }: CageFolder): Promise<void> {
  for (const name of ["podman-init", ".containerenv"]) await writeFile(join(doorsFolder, name), "");
}

/** Names for the agent's own user and for itself; nothing of what an engine copies from the host. */
async function writeEtc(folder: string, uid: number): Promise<Record<string, string>> {
  const files: Readonly<Record<string, string>> = {
    passwd: `agent:x:${uid}:${uid}::${JAIL.tmp}:/bin/sh\n`,
    group: `agent:x:${uid}:\n`,
    hosts: "127.0.0.1 localhost agent\n::1 localhost\n",
    hostname: "agent\n",
    "resolv.conf": "",
  };
  const paths: Record<string, string> = {};
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, `etc-${name}`);
    await writeFile(path, text, { mode: 0o644 });
    paths[name] = path;
  }
  return paths;
}

/** The engine's words name paths of the host: they are for whoever runs the platform. */
function refused({ facts, log }: ContainerHost, spec: ReleaseSpec, error: EngineError): PlatformError {
  log(`${facts.title} refused a container of agent ${spec.agentName}: ${error.message}`);
  return new PlatformError("AGENT_START_FAILED", `The container engine refused to run agent ${spec.agentName}.`, {
    cause: error,
    internal: error.message,
    hint: "The platform's log has the engine's own words.",
  });
}
