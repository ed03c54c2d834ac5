import { AF_NETLINK, AF_UNIX, FILTER, NETLINK_ROUTE, QUERY_PERSONALITY } from "../process/seccomp-filter.ts";
import type { SyscallTable } from "../process/syscall-numbers.ts";
import { ALLOWED_CALLS } from "./allowed-calls.ts";

interface Rule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly Comparison[];
}

interface Comparison {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: "SCMP_CMP_EQ" | "SCMP_CMP_NE" | "SCMP_CMP_GT" | "SCMP_CMP_MASKED_EQ";
}

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
/** Families beyond any that Linux has. */
const LAST_FAMILY = 63;

/**
 * What jails are held to, as engines take it: their own profiles let through what agents are refused everywhere (ptrace,
 * process_vm_readv), and the drivers promise the same. What is not named is refused. The engine's library knows the
 * numbers of calls, and kills what comes by another ABI, since no second one is listed.
 *
 * `ioctl` is open, TIOCSTI with it: a container has no terminal but those it makes itself.
 */
export function seccompProfile(table: SyscallTable, arch: string): string {
  const [socket, socketpair] = [["socket"], ["socketpair"]];
  const others = Array.from({ length: LAST_FAMILY + 1 }, (_, family) => family).filter(
    (family) => !FILTER.families.includes(family),
  );
  const open = FILTER.families.filter((family) => family !== AF_NETLINK);
  const rules: readonly Rule[] = [
    allow(ALLOWED_CALLS),
    deny(Object.keys(table.denied), EPERM),
    // Its flags are behind a pointer, out of a filter's reach; libc falls back to clone.
    deny(["clone3"], ENOSYS),
    allow(["clone"], [{ index: 0, value: FILTER.namespaceFlags, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }]),
    // A filter cannot say "none of these": each family is named.
    ...open.map((value) => allow(socket, [{ index: 0, value, op: "SCMP_CMP_EQ" }])),
    ...others.map((value) => deny(socket, EAFNOSUPPORT, [{ index: 0, value, op: "SCMP_CMP_EQ" }])),
    deny(socket, EAFNOSUPPORT, [{ index: 0, value: LAST_FAMILY, op: "SCMP_CMP_GT" }]),
    allow(socket, [
      { index: 0, value: AF_NETLINK, op: "SCMP_CMP_EQ" },
      { index: 2, value: NETLINK_ROUTE, op: "SCMP_CMP_EQ" },
    ]),
    deny(socket, EAFNOSUPPORT, [
      { index: 0, value: AF_NETLINK, op: "SCMP_CMP_EQ" },
      { index: 2, value: NETLINK_ROUTE, op: "SCMP_CMP_NE" },
    ]),
    allow(socketpair, [{ index: 0, value: AF_UNIX, op: "SCMP_CMP_EQ" }]),
    deny(socketpair, EAFNOSUPPORT, [{ index: 0, value: AF_UNIX, op: "SCMP_CMP_NE" }]),
    ...[0, QUERY_PERSONALITY].map((value) => allow(["personality"], [{ index: 0, value, op: "SCMP_CMP_EQ" }])),
  ];
  return JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    architectures: [arch === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64"],
    syscalls: rules,
  });
}

function allow(names: readonly string[], args?: readonly Comparison[]): Rule {
  return { names, action: "SCMP_ACT_ALLOW", ...(args === undefined ? {} : { args }) };
}

function deny(names: readonly string[], errnoRet: number, args?: readonly Comparison[]): Rule {
  return { names, action: "SCMP_ACT_ERRNO", errnoRet, ...(args === undefined ? {} : { args }) };
}
