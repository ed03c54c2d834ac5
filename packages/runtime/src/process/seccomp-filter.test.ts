import { describe, expect, it } from "vitest";
import { seccompFilter } from "./seccomp-filter.ts";
import { syscallTable } from "./syscall-numbers.ts";
import type { SyscallTable } from "./syscall-numbers.ts";

const KILL = "kill";
const ALLOW = "allow";

interface Call {
  readonly arch?: number;
  readonly number: number;
  readonly args?: readonly number[];
}

/** Runs the program as the kernel does; an errno comes back as its number. */
function run(filter: Buffer, table: SyscallTable, call: Call): string | number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number >>> 0, 0);
  data.writeUInt32LE(call.arch ?? table.auditArch, 4);
  (call.args ?? []).forEach((value, index) => data.writeBigUInt64LE(BigInt(value), 16 + 8 * index));
  let accumulator = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, jt, jf, k] = [
      filter.readUInt16LE(at),
      filter.readUInt8(at + 2),
      filter.readUInt8(at + 3),
      filter.readUInt32LE(at + 4),
    ];
    const jump = (holds: boolean): number => (holds ? jt : jf) * 8;
    if (code === 0x20) accumulator = data.readUInt32LE(k);
    else if (code === 0x15) at += jump(accumulator === k);
    else if (code === 0x35) at += jump(accumulator >= k);
    else if (code === 0x45) at += jump((accumulator & k) !== 0);
    else if (code === 0x06) {
      if (k === 0x80000000) return KILL;
      return k === 0x7fff0000 ? ALLOW : k - 0x00050000;
    } else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error("the program does not return");
}

describe.each(["x64", "arm64"])("the system call filter for %s", (arch) => {
  const table = syscallTable(arch);
  if (table === undefined) throw new Error("no table");
  const filter = seccompFilter(table);
  const on = (number: number, ...args: readonly number[]): string | number => run(filter, table, { number, args });

  it("allows what it does not name, and refuses every call of its list", () => {
    expect(on(0)).toBe(ALLOW);
    expect(on(1_000)).toBe(ALLOW);
    for (const [name, number] of Object.entries(table.denied)) expect(on(number), name).toBe(1);
    expect(filter.length / 8).toBeLessThan(4096);
  });

  it("kills a caller of another architecture or of x32", () => {
    expect(run(filter, table, { arch: 0x40000003, number: 11 })).toBe(KILL);
    if (arch === "x64") expect(on(0x40000000 + 1)).toBe(KILL);
  });

  it("allows the socket families an agent needs, and netlink for routes only", () => {
    for (const family of [1, 2, 10]) expect(on(table.socket, family, 1, 0)).toBe(ALLOW);
    expect(on(table.socket, 16, 3, 0)).toBe(ALLOW);
    expect(on(table.socket, 16, 3, 12)).toBe(97);
    for (const family of [0, 3, 17, 38, 40, 44]) expect(on(table.socket, family, 1, 0)).toBe(97);
    expect(on(table.socketpair, 1, 1, 0)).toBe(ALLOW);
    expect(on(table.socketpair, 40, 1, 0)).toBe(97);
  });

  it("looks at the low half of an argument, as the kernel does", () => {
    expect(on(table.socket, 2 ** 32 + 40, 1, 0)).toBe(97);
    expect(on(table.ioctl, 0, 2 ** 32 + 0x5412)).toBe(1);
  });

  it("refuses to push characters into a terminal, and new namespaces by clone", () => {
    expect(on(table.ioctl, 0, 0x5412)).toBe(1);
    expect(on(table.ioctl, 0, 0x541c)).toBe(1);
    expect(on(table.ioctl, 0, 0x5401)).toBe(ALLOW);
    expect(on(table.clone, 0x003d0f00)).toBe(ALLOW);
    for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(on(table.clone, flag | 17)).toBe(1);
    }
    expect(on(table.clone3)).toBe(38);
  });

  it("fixes the personality", () => {
    expect(on(table.personality, 0)).toBe(ALLOW);
    expect(on(table.personality, 0xffffffff)).toBe(ALLOW);
    expect(on(table.personality, 0x40000)).toBe(1);
  });
});

it("has no filter for other processors", () => {
  expect(syscallTable("ia32")).toBeUndefined();
});
