import { expect } from "vitest";
import { syscallTable } from "../../src/process/syscall-numbers.ts";
import { runInJail, tempt } from "../sandbox/malicious.ts";
import type { World } from "./world.ts";

/** One thing that a hostile agent tries. After each the host's canaries are untouched and a sibling answers. */
export interface Behaviour {
  readonly id: string;
  readonly tries: string;
  readonly holds: string;
  /** Asserts what must hold beside that, and gives what the agent got. */
  readonly attempt: (world: World) => Promise<unknown>;
}

type Options = Record<string, unknown>;

/** The agent does one thing, and what it gets, as JSON, looks like this. */
export function deed(
  id: string,
  [tries, holds]: readonly [tries: string, holds: string],
  name: string,
  options: Options | ((world: World) => Options),
  expected: RegExp,
): Behaviour {
  return {
    id,
    tries,
    holds,
    attempt: async (world) => {
      const loot = await tempt(world.agent, name, typeof options === "function" ? options(world) : options);
      expect(JSON.stringify(loot), tries).toMatch(expected);
      return loot;
    },
  };
}

/** A program that prints what became of its attempt. */
export function perl(
  id: string,
  [tries, holds]: readonly [tries: string, holds: string],
  program: string | ((world: World) => string),
  expected: RegExp,
): Behaviour {
  return {
    id,
    tries,
    holds,
    attempt: async (world) => {
      const source = typeof program === "function" ? program(world) : program;
      const run = await runInJail(world.agent, "/usr/bin/perl", ["-e", source]);
      expect(run.stdout, tries).toMatch(expected);
      return run;
    },
  };
}

const EPERM = "1";

/** A system call that the filter refuses before the kernel looks at it. */
export function syscall(name: string, tries: string): Behaviour {
  const number = syscallTable(process.arch)?.denied[name];
  return perl(
    `syscall-${name}`,
    [tries, "EPERM, by the filter"],
    `syscall(${number},0,0,0,0,0); print $!+0`,
    new RegExp(`^${EPERM}$`),
  );
}
