import type { SyscallTable } from "./syscall-numbers.ts";

/** One `struct sock_filter` of linux/filter.h. */
interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_EQUAL = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

// struct seccomp_data, little-endian: only the low half of an argument is read, as the kernel does for these arguments.
const NUMBER = 0;
const ARCH = 4;
const argument = (index: number): number => 16 + 8 * index;

const KILL_PROCESS = 0x80000000;
const ALLOW = 0x7fff0000;
const errno = (code: number): number => 0x00050000 | code;
const EPERM = errno(1);
const ENOSYS = errno(38);
const EAFNOSUPPORT = errno(97);

export const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const NETLINK_ROUTE = 0;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NAMESPACE_FLAGS = 0x7e020000;
export const QUERY_PERSONALITY = 0xffffffff;

/** What is looked at in arguments; the profile of containers says the same in other words. */
export const FILTER: {
  readonly families: readonly number[];
  readonly namespaceFlags: number;
} = {
  families: [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK],
  namespaceFlags: NAMESPACE_FLAGS,
};

/**
 * The classic BPF program for bwrap's `--seccomp`: everything but a list of calls is allowed. The network namespace does
 * not cover AF_VSOCK, which on a virtual machine reaches the hypervisor: socket families are an allowlist.
 */
export function seccompFilter(table: SyscallTable): Buffer {
  const program: Instruction[] = [
    load(ARCH),
    jump(JUMP_EQUAL, table.auditArch, 1, 0),
    done(KILL_PROCESS),
    load(NUMBER),
    ...(table.x32From === undefined ? [] : [jump(JUMP_GREATER_EQUAL, table.x32From, 0, 1), done(KILL_PROCESS)]),
    ...onCall(table.socket, [
      load(argument(0)),
      jump(JUMP_EQUAL, AF_UNIX, 6, 0),
      jump(JUMP_EQUAL, AF_INET, 5, 0),
      jump(JUMP_EQUAL, AF_INET6, 4, 0),
      jump(JUMP_EQUAL, AF_NETLINK, 0, 2),
      load(argument(2)),
      jump(JUMP_EQUAL, NETLINK_ROUTE, 1, 0),
      done(EAFNOSUPPORT),
      done(ALLOW),
    ]),
    ...onCall(table.socketpair, either(argument(0), [AF_UNIX], ALLOW, EAFNOSUPPORT)),
    ...onCall(table.ioctl, either(argument(1), [TIOCSTI, TIOCLINUX], EPERM, ALLOW)),
    ...onCall(table.clone, [load(argument(0)), jump(JUMP_ANY_BIT, NAMESPACE_FLAGS, 0, 1), done(EPERM), done(ALLOW)]),
    // Its flags are behind a pointer, out of a filter's reach; libc falls back to clone.
    ...onCall(table.clone3, [done(ENOSYS)]),
    ...onCall(table.personality, either(argument(0), [0, QUERY_PERSONALITY], ALLOW, EPERM)),
    ...Object.values(table.denied).flatMap((call) => onCall(call, [done(EPERM)])),
    done(ALLOW),
  ];
  return encode(program);
}

/** The body must return: behind it the accumulator no longer holds the call's number. */
function onCall(number: number, body: readonly Instruction[]): Instruction[] {
  return [jump(JUMP_EQUAL, number, 0, body.length), ...body];
}

function either(offset: number, values: readonly number[], whenEqual: number, otherwise: number): Instruction[] {
  const tests = values.map((value, index) => jump(JUMP_EQUAL, value, values.length - index, 0));
  return [load(offset), ...tests, done(otherwise), done(whenEqual)];
}

function load(offset: number): Instruction {
  return { code: LOAD, jt: 0, jf: 0, k: offset };
}

function jump(code: number, k: number, jt: number, jf: number): Instruction {
  return { code, jt, jf, k };
}

function done(action: number): Instruction {
  return { code: RETURN, jt: 0, jf: 0, k: action };
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach((instruction, index) => {
    const at = index * 8;
    bytes.writeUInt16LE(instruction.code, at);
    bytes.writeUInt8(instruction.jt, at + 2);
    bytes.writeUInt8(instruction.jf, at + 3);
    bytes.writeUInt32LE(instruction.k >>> 0, at + 4);
  });
  return bytes;
}
