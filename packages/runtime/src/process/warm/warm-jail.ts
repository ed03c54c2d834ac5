import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Socket } from "node:net";
import type { Cage, OpenContext } from "../../driver/cage.ts";
import { OutputLines } from "../../driver/output-lines.ts";
import type { ReleaseSpec, SandboxLimits } from "../../sandbox-driver.ts";
import { makeCageFolder, removeCageFolder } from "../cage-folder.ts";
import type { CageFolder } from "../cage-folder.ts";
import type { Cgroup } from "../cgroup.ts";
import { handOverSocket, openDoors } from "../doors.ts";
import type { DoorPlace, JailHost } from "../doors.ts";
import type { Jail } from "../jail.ts";
import { entryInJail, JAIL } from "../jail-arguments.ts";
import { nodeProgram } from "../jail-program.ts";
import { environmentInJail } from "../open-jail.ts";
import { raiseJail, takeUid } from "../raise-jail.ts";
import { giveOrders, OrdersSocket } from "./start-orders.ts";
import { linkTree, makeWarmPlace, removeWarmPlace } from "./warm-place.ts";
import type { WarmPlace } from "./warm-place.ts";

const BOOT_TIMEOUT_MS = 15_000;
const HAND_OVER_TIMEOUT_MS = 5_000;

interface Parts {
  readonly key: string;
  readonly jail: Jail;
  readonly cgroup: Cgroup | undefined;
  readonly door: DoorPlace;
  readonly place: WarmPlace;
  readonly orders: Socket;
  readonly limits: SandboxLimits;
  readonly resources: AsyncDisposable;
  readonly follow: (output: OutputLines) => void;
}

/**
 * A jail in which Node is up and waits for its agent. It is an agent's jail in everything: made by the same code, under
 * the same limits, with a uid that no other has. What it lacks comes once: the agent's files and sockets appear in folders that
 * were mounted, read-only and empty, when it was made; the environment is told to zygote.mjs.
 */
export class WarmJail implements AsyncDisposable {
  readonly key: string;
  /** Never rejects. */
  readonly ended: Promise<unknown>;
  readonly #parts: Parts;
  #isGone = false;

  constructor(parts: Parts) {
    this.key = parts.key;
    this.#parts = parts;
    this.ended = parts.jail.ended.then(() => (this.#isGone = true));
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  pids(): readonly number[] {
    return this.#parts.jail.pids();
  }

  /** For its agent, once. When it throws the jail is good for nothing more, and the caller disposes of it. */
  async become(spec: ReleaseSpec, context: OpenContext, compileCacheFolder?: string): Promise<Cage> {
    const { jail, cgroup, door, place, orders, limits, follow } = this.#parts;
    follow(context.output);
    const { cpu, processes } = spec.limits;
    await Promise.all([
      linkTree(spec.folder, place.appFolder),
      compileCacheFolder === undefined ? undefined : linkTree(compileCacheFolder, place.compileCacheFolder),
      openDoors(door, spec, context),
      cpu === limits.cpu && processes === limits.processes ? undefined : cgroup?.setLimits(spec.limits),
    ]);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(HAND_OVER_TIMEOUT_MS)]);
    const env = environmentInJail(spec, context.services !== undefined, compileCacheFolder !== undefined);
    await giveOrders(orders, { entry: entryInJail(spec.entry), env }, signal);
    return jail;
  }

  /** Runs the release with nobody to talk to. The answer is what zygote.mjs writes, or whatever the release makes of it. */
  async record(spec: Pick<ReleaseSpec, "folder" | "entry">): Promise<Socket> {
    const { place, orders } = this.#parts;
    await linkTree(spec.folder, place.appFolder);
    const cacheFolder = join(JAIL.tmp, "compile-cache");
    const env = { NODE_ENV: "production", BERTH_LISTEN: JAIL.listen, PORT: "8080", HOME: JAIL.tmp, TMPDIR: JAIL.tmp };
    const bridge = JSON.stringify({ cache: cacheFolder });
    orders.end(
      JSON.stringify({
        entry: entryInJail(spec.entry),
        cacheFolder,
        record: true,
        env: { ...env, BERTH_BRIDGE: bridge },
      }),
    );
    return orders;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.resources[Symbol.asyncDispose]();
  }
}

/** Resolves when it is booted and waits. Leaves nothing when it fails. */
export async function openWarmJail(host: JailHost, limits: SandboxLimits, closing: AbortSignal): Promise<WarmJail> {
  const { facts } = host;
  const key = randomBytes(6).toString("hex");
  const signal = AbortSignal.any([closing, AbortSignal.timeout(BOOT_TIMEOUT_MS)]);
  let target: OutputLines | undefined;
  const output = new OutputLines((line, stream) => target?.note(line, stream));
  await using stack = new AsyncDisposableStack();
  try {
    const uid = takeUid(facts, `warm/${key}`, stack);
    const ownerUid = uid ?? process.geteuid?.() ?? 0;
    const path = join(facts.runFolder, key);
    stack.defer(() => removeCageFolder(path));
    const folder: CageFolder = await makeCageFolder(path, {
      uid: ownerUid,
      mount: facts.mountsTmpfs,
      chown: uid !== undefined,
    });
    stack.defer(() => removeWarmPlace(host.home, key));
    const place = await makeWarmPlace(host.home, key);
    const door = { host, folder, ownerUid };
    const socket = stack.use(await OrdersSocket.open(folder.startSocket));
    await handOverSocket(folder.startSocket, door);
    const { jail, cgroup } = await raiseJail({
      host,
      key,
      uid,
      folder,
      limits,
      program: nodeProgram(facts, JAIL.zygote, limits),
      mounts: { ...place, zygotePath: facts.files.zygotePath },
      env: {},
      boot: { kind: "warm" },
      stack,
      signal,
      output,
    });
    const early = jail.ended.then(() => {
      throw new Error("it ended");
    });
    early.catch(() => {});
    const orders = await Promise.race([socket.connected(signal), early]);
    const resources = stack.move();
    const follow = (next: OutputLines): void => void (target = next);
    return new WarmJail({ key, jail, cgroup, door, place, orders, limits, resources, follow });
  } catch (error) {
    throw new Error(
      `a warm jail did not boot: ${error instanceof Error ? error.message : String(error)} ${output.tail}`,
      {
        cause: error,
      },
    );
  }
}
