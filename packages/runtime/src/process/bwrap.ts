import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { open } from "node:fs/promises";
import type { Duplex, Readable, Writable } from "node:stream";
import { coverForeignDescriptors } from "../driver/foreign-descriptors.ts";
import { JAIL_FD, jailArguments, jailCommandLine } from "./jail-arguments.ts";
import type { JailPlan } from "./jail-arguments.ts";

export interface BwrapOptions {
  readonly bwrapPath: string;
  readonly seccompPath: string;
  /** Host uid to drop to. Root stays able to write /proc/sys whatever its uid in the jail is. */
  readonly uid?: number;
  readonly hostname: string;
  readonly command: readonly string[];
  readonly plan: JailPlan;
}

export interface Bwrap {
  readonly child: ChildProcess;
  /** The host's pid of the jail's pid 1, which waits; undefined when bwrap failed before. */
  readonly innerPid: Promise<number | undefined>;
  /** Lets the jail go on, to the command. */
  unblock(): void;
}

/** Starts bwrap, which stops before it runs the command: its processes can be put under limits first. */
export async function spawnBwrap(options: BwrapOptions): Promise<Bwrap> {
  const args = jailArguments(options.plan);
  const commandLine = jailCommandLine(options.hostname, options.command);
  await using seccomp = await open(options.seccompPath, "r");
  await using covered = await coverForeignDescriptors(["ignore", "pipe", "pipe", "pipe", seccomp.fd, "pipe", "pipe"]);
  const child = spawn(options.bwrapPath, commandLine, {
    // bwrap is pid 1 in the jail and its environment can be read there, whatever --clearenv does for the command.
    env: {},
    cwd: "/",
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    stdio: covered.stdio,
  });
  if (child.pid === undefined) return { child, innerPid: Promise.resolve(undefined), unblock: () => {} };
  const argumentPipe = pipe(child, JAIL_FD.arguments);
  argumentPipe.end(args);
  const block = pipe(child, JAIL_FD.block);
  return {
    child,
    innerPid: readInnerPid(pipe(child, JAIL_FD.info)),
    unblock: () => {
      block.end("go");
    },
  };
}

/** Node makes a socket pair for every "pipe", also beyond the first three. */
function pipe(child: ChildProcess, fd: number): Duplex {
  const stream: Readable | Writable | null | undefined = child.stdio[fd];
  // A pipe of a child that failed to start breaks; its end is told by "error" and "exit".
  stream?.on("error", () => {});
  return stream as Duplex;
}

/**
 * `{"child-pid": N, ...}` comes in several pieces. It is read to its end whatever is in it: bwrap would die of writing
 * into a closed pipe.
 */
function readInnerPid(info: Readable): Promise<number | undefined> {
  return new Promise((resolve) => {
    let text = "";
    info.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
    });
    info.on("close", () => {
      const pid = /"child-pid":\s*(\d+)\s*[,}]/.exec(text)?.[1];
      resolve(pid === undefined ? undefined : Number(pid));
    });
  });
}
