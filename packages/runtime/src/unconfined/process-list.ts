import { execFile } from "node:child_process";

export interface ListedProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly residentBytes: number;
  readonly cpuMs: number;
  /** As `ps` prints it; with the pid it names one process. */
  readonly startTime: string;
}

const TIMEOUT_MS = 5_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)(?:\.(\d+))?\s+(\S.*?)\s*$/;

/** All processes, by `ps`: the same on Linux and macOS. Empty when it fails. */
export function listProcesses(): Promise<ListedProcess[]> {
  const columns = "pid=,ppid=,pgid=,rss=,time=,lstart=";
  const options = { env: { LC_ALL: "C", PATH: "/usr/bin:/bin" }, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile("ps", ["-axo", columns], options, (error, stdout) => {
      resolve(error === null ? stdout.split("\n").flatMap(parseProcess) : []);
    });
  });
}

export function parseProcess(line: string): ListedProcess[] {
  const match = LINE.exec(line);
  if (match === null) return [];
  const [, pid, parentPid, groupId, kilobytes, days, hours, minutes, seconds] = match.map((part) => Number(part ?? 0));
  return [
    {
      pid: pid ?? 0,
      parentPid: parentPid ?? 0,
      groupId: groupId ?? 0,
      residentBytes: (kilobytes ?? 0) * 1024,
      cpuMs: ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000,
      startTime: match[10] ?? "",
    },
  ];
}
