/** A setting with several values is one of git's lists. */
export type GitSettings = Readonly<Record<string, string | readonly string[]>>;

/** Variables of a git that reads no settings of this machine, asks nobody anything, and runs nothing of a repository's. */
export function gitEnvironment(
  settings: GitSettings,
  { protocols, home }: { readonly protocols: readonly string[]; readonly home: string },
): Readonly<Record<string, string>> {
  const allowed = Object.fromEntries(protocols.map((name) => [`protocol.${name}.allow`, "always"]));
  const all = Object.entries<string | readonly string[]>({ ...SETTINGS, ...settings, ...allowed }).flatMap(
    ([key, value]) => [value].flat().map((each) => [key, each] as const),
  );
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: home,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    SSH_ASKPASS: "/bin/false",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: protocols.length === 0 ? "none" : protocols.join(":"),
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(
      all.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** Whatever a repository's own files say, these go before. */
const SETTINGS: Readonly<Record<string, string>> = {
  "protocol.allow": "never",
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
  "core.symlinks": "false",
  "core.attributesFile": "/dev/null",
  "core.excludesFile": "/dev/null",
  "credential.helper": "",
  "fetch.fsckObjects": "true",
  "receive.fsckObjects": "true",
  "transfer.fsckObjects": "true",
  "fetch.recurseSubmodules": "false",
  "submodule.recurse": "false",
  "http.followRedirects": "false",
  "http.sslVerify": "true",
  "http.lowSpeedLimit": "100",
  "http.lowSpeedTime": "30",
  "gc.auto": "0",
  "maintenance.auto": "false",
  // Larger objects are streamed, never held whole.
  "core.bigFileThreshold": "8m",
  "core.deltaBaseCacheLimit": "16m",
  "pack.threads": "1",
  "pack.windowMemory": "64m",
};
