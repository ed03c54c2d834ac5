import { invalidParams } from "@berth/protocol";
import type { PlatformError } from "@berth/protocol";

/** Where a repository is, in parts that cannot be taken for anything else by the programs that they are handed to. */
export interface GitUrl {
  readonly scheme: "https" | "http" | "ssh";
  readonly host: string;
  readonly port: number;
  /** Only of ssh: whom one logs in as. */
  readonly user?: string;
  /** The whole, in one spelling. */
  readonly text: string;
}

const MAX_LENGTH = 1_024;
const PORTS = { https: 443, http: 80, ssh: 22 } as const;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+(?:\.[0-9.]+)?\])$/i;
/** Nothing that a shell, a URL or an option parser gives a meaning to. */
const PATH = /^\/[\w~.+%@=,][\w~.+%@=,/-]*$/;
const USER = /^[a-z_][\w.-]{0,63}$/i;

/**
 * `https://…`, `ssh://…`, or ssh's short form `git@host:path`; `http://…` as well: who may use it is not known here.
 * @throws INVALID_PARAMS
 */
export function parseGitUrl(text: string): GitUrl {
  if (text.length > MAX_LENGTH) throw refused(`is longer than ${MAX_LENGTH} characters`);
  const short = /^([\w.-]+@)([\w.-]+):(?!\/)(.+)$/.exec(text);
  const whole = short === null ? text : `ssh://${short[1] ?? ""}${short[2] ?? ""}/${short[3] ?? ""}`;
  const url = /^[\x21-\x7e]+$/.test(whole) ? URL.parse(whole) : null;
  if (url === null) throw refused("is no URL of a git repository");
  const scheme = (["https", "http", "ssh"] as const).find((known) => url.protocol === `${known}:`);
  if (scheme === undefined) throw refused("must begin with https:// or ssh://");
  if (url.password !== "" || (scheme !== "ssh" && url.username !== "")) {
    throw refused("must not hold a user name or a password: name a secret as its credential");
  }
  if (url.search !== "" || url.hash !== "") throw refused("must not have a query or a fragment");
  if (!HOST.test(url.hostname)) throw refused("has no host that could be called");
  if (!PATH.test(url.pathname)) throw refused("has no path of a repository");
  if (url.username !== "" && !USER.test(url.username)) throw refused("has a user name that no server has");
  const port = url.port === "" ? PORTS[scheme] : Number(url.port);
  const host = url.hostname.toLowerCase();
  const user = url.username;
  const authority = `${user === "" ? "" : `${user}@`}${host}${port === PORTS[scheme] ? "" : `:${port}`}`;
  const path = url.pathname.replace(/\/+$/, "");
  if (path === "") throw refused("has no path of a repository");
  return { scheme, host, port, ...(user === "" ? {} : { user }), text: `${scheme}://${authority}${path}` };
}

/** As two spellings of one repository compare: forges answer with and without `.git`, in any case of the host. */
export function isSameRepository(one: string, other: string): boolean {
  return nameOf(one) === nameOf(other);
}

function nameOf(text: string): string {
  const { host, text: whole } = parseGitUrl(text);
  const path = whole.slice(whole.indexOf("/", whole.indexOf("://") + 3));
  return `${host}${path.replace(/\.git$/, "").toLowerCase()}`;
}

function refused(description: string): PlatformError {
  return invalidParams([{ field: "url", description }]);
}
