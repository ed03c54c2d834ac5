import { ModuleRefused } from "#wasm";

/** Functions of wasi_snapshot_preview1; the ones that reach nothing here answer "not supported". */
export const WASI_MODULE = "wasi_snapshot_preview1";
export const WASI_NAMES: readonly string[] = [
  "args_get",
  "args_sizes_get",
  "environ_get",
  "environ_sizes_get",
  "clock_res_get",
  "clock_time_get",
  "fd_advise",
  "fd_allocate",
  "fd_close",
  "fd_datasync",
  "fd_fdstat_get",
  "fd_fdstat_set_flags",
  "fd_fdstat_set_rights",
  "fd_filestat_get",
  "fd_filestat_set_size",
  "fd_filestat_set_times",
  "fd_pread",
  "fd_prestat_get",
  "fd_prestat_dir_name",
  "fd_pwrite",
  "fd_read",
  "fd_readdir",
  "fd_renumber",
  "fd_seek",
  "fd_sync",
  "fd_tell",
  "fd_write",
  "path_create_directory",
  "path_filestat_get",
  "path_filestat_set_times",
  "path_link",
  "path_open",
  "path_readlink",
  "path_remove_directory",
  "path_rename",
  "path_symlink",
  "path_unlink_file",
  "poll_oneoff",
  "proc_exit",
  "proc_raise",
  "random_get",
  "sched_yield",
  "sock_accept",
  "sock_recv",
  "sock_send",
  "sock_shutdown",
];

/** What "agent v1" asks a module to export. */
const WANTED: Readonly<Record<string, string>> = {
  memory: "memory",
  agent_alloc: "function",
  agent_describe: "function",
  agent_handle: "function",
};

/** @throws ModuleRefused with the names of all that is missing or too much. */
export function checkSurface(module: WebAssembly.Module): void {
  const unknown = WebAssembly.Module.imports(module)
    .filter(({ module: from, name, kind }) => kind !== "function" || !isOffered(from, name))
    .map(({ module: from, name }) => `${from}.${name}`);
  const exported = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  const missing = Object.entries(WANTED)
    .filter(([name, kind]) => exported.get(name) !== kind)
    .map(([name]) => name);
  const problems = [
    ...(unknown.length === 0 ? [] : [`it imports what is not offered: ${listed(unknown)}`]),
    ...(missing.length === 0 ? [] : [`it does not export ${listed(missing)}`]),
  ];
  if (problems.length > 0) throw new ModuleRefused(`The module is not an agent: ${problems.join("; ")}.`);
}

function isOffered(module: string, name: string): boolean {
  return (module === "agent" && name === "host_call") || (module === WASI_MODULE && WASI_NAMES.includes(name));
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => name.slice(0, 100).replace(/[^\x20-\x7e]/g, "?"));
  return shown.join(", ") + (names.length > shown.length ? ` and ${names.length - shown.length} more` : "");
}
