/** Numbers from the kernel's unistd tables: x86_64 has its own, aarch64 uses the generic one. Append only in the kernel. */
export interface SyscallTable {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly auditArch: number;
  /** Calls that an HTTP server never needs and that reach deep into the kernel, or out of the jail. */
  readonly denied: Readonly<Record<string, number>>;
  readonly ioctl: number;
  readonly socket: number;
  readonly socketpair: number;
  readonly clone: number;
  readonly clone3: number;
  readonly personality: number;
  /** x86_64 also answers the x32 calls, at numbers from here on: another ABI past every check. */
  readonly x32From?: number;
}

/** Since 5.1 new calls have one number everywhere. */
const COMMON_DENIED = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  pidfd_getfd: 438,
  process_madvise: 440,
  mount_setattr: 442,
  quotactl_fd: 443,
  memfd_secret: 447,
  process_mrelease: 448,
  set_mempolicy_home_node: 450,
  statmount: 457,
  listmount: 458,
  open_tree_attr: 467,
} as const;

const X64: SyscallTable = {
  auditArch: 0xc000003e,
  ioctl: 16,
  socket: 41,
  socketpair: 53,
  clone: 56,
  clone3: 435,
  personality: 135,
  x32From: 0x40000000,
  denied: {
    ...COMMON_DENIED,
    ptrace: 101,
    syslog: 103,
    uselib: 134,
    ustat: 136,
    sysfs: 139,
    vhangup: 153,
    modify_ldt: 154,
    pivot_root: 155,
    _sysctl: 156,
    adjtimex: 159,
    chroot: 161,
    acct: 163,
    settimeofday: 164,
    mount: 165,
    umount2: 166,
    swapon: 167,
    swapoff: 168,
    reboot: 169,
    sethostname: 170,
    setdomainname: 171,
    iopl: 172,
    ioperm: 173,
    create_module: 174,
    init_module: 175,
    delete_module: 176,
    get_kernel_syms: 177,
    query_module: 178,
    quotactl: 179,
    nfsservctl: 180,
    lookup_dcookie: 212,
    clock_settime: 227,
    mbind: 237,
    set_mempolicy: 238,
    kexec_load: 246,
    add_key: 248,
    request_key: 249,
    keyctl: 250,
    migrate_pages: 256,
    unshare: 272,
    move_pages: 279,
    perf_event_open: 298,
    fanotify_init: 300,
    name_to_handle_at: 303,
    open_by_handle_at: 304,
    clock_adjtime: 305,
    setns: 308,
    process_vm_readv: 310,
    process_vm_writev: 311,
    kcmp: 312,
    finit_module: 313,
    kexec_file_load: 320,
    bpf: 321,
    userfaultfd: 323,
  },
};

const ARM64: SyscallTable = {
  auditArch: 0xc00000b7,
  ioctl: 29,
  socket: 198,
  socketpair: 199,
  clone: 220,
  clone3: 435,
  personality: 92,
  denied: {
    ...COMMON_DENIED,
    lookup_dcookie: 18,
    umount2: 39,
    mount: 40,
    pivot_root: 41,
    nfsservctl: 42,
    chroot: 51,
    vhangup: 58,
    quotactl: 60,
    acct: 89,
    unshare: 97,
    kexec_load: 104,
    init_module: 105,
    delete_module: 106,
    clock_settime: 112,
    syslog: 116,
    ptrace: 117,
    reboot: 142,
    sethostname: 161,
    setdomainname: 162,
    settimeofday: 170,
    adjtimex: 171,
    add_key: 217,
    request_key: 218,
    keyctl: 219,
    swapon: 224,
    swapoff: 225,
    mbind: 235,
    set_mempolicy: 237,
    migrate_pages: 238,
    move_pages: 239,
    perf_event_open: 241,
    fanotify_init: 262,
    name_to_handle_at: 264,
    open_by_handle_at: 265,
    clock_adjtime: 266,
    setns: 268,
    process_vm_readv: 270,
    process_vm_writev: 271,
    kcmp: 272,
    finit_module: 273,
    bpf: 280,
    userfaultfd: 282,
    kexec_file_load: 294,
  },
};

/** Undefined: no filter for this CPU, so no jail either. */
export function syscallTable(arch: string): SyscallTable | undefined {
  if (arch === "x64") return X64;
  return arch === "arm64" ? ARM64 : undefined;
}
