/** Addresses that must not be reached for strangers: ours, our neighbours', and the metadata services of clouds. */
const V4 = [
  "127.0.0.1",
  "127.255.255.254",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.254",
  "192.168.0.1",
  "169.254.169.254",
  "100.64.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
] as const;

const V6 = [
  "[::]",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[0000:0000:0000:0000:0000:0000:0000:0001]",
  "[fe80::1]",
  "[fec0::1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[ff02::1]",
  "[100::1]",
  "[2001:db8::1]",
  "[2001::1]",
  "[5f00::1]",
] as const;

/** Names that lead somewhere private by themselves; the test's resolver says so for every name. */
const NAMES = [
  "localhost",
  "localhost.",
  "LOCALHOST",
  "ip6-localhost",
  "metadata.google.internal",
  "instance-data.ec2.internal",
  "127.0.0.1.nip.io",
  "7f000001.rbndr.test",
  "rebind.test",
  "a.b.c.d.rebind.test.",
  "xn--localhost-.test",
  "host.docker.internal",
  "kubernetes.default.svc",
] as const;

const OTHERS = [
  "file:///etc/passwd",
  "gopher://127.0.0.1/",
  "dict://127.0.0.1/",
  "ftp://127.0.0.1/",
  "ldap://127.0.0.1/",
  "jar:http://127.0.0.1/!/",
  "ws://127.0.0.1/",
  "unix:///run/docker.sock",
  "javascript:alert(1)",
  "data:text/plain,x",
  "//127.0.0.1/",
  "http:/\\127.0.0.1/",
  "http:\\\\127.0.0.1\\",
  "http://",
  "http://[::1",
  "http://127.0.0.1:99999/",
] as const;

/** URLs for a listener at this port that nobody may reach. */
export function ssrfUrls(port: number): readonly string[] {
  const hosts = [...V4.flatMap(spellings), ...V6, ...NAMES];
  const urls = hosts.flatMap((host) => [`http://${host}:${port}/`, `https://${host}:${port}/`]);
  const disguised = [
    `http://1.1.1.1@127.0.0.1:${port}/`,
    `http://1.1.1.1:80@127.0.0.1:${port}/`,
    `http://127.0.0.1:${port}#@1.1.1.1/`,
    `http://127.0.0.1:${port}?@1.1.1.1/`,
    `http://127.0.0.1:${port}\\@1.1.1.1/`,
    `http://127.0.0.1\t:${port}/`,
    ` http://127.0.0.1:${port}/`,
    `http:127.0.0.1:${port}/`,
  ];
  return [...new Set([...urls, ...disguised, ...OTHERS])];
}

/** The same address as browsers, libc and others read it. */
function spellings(address: string): readonly string[] {
  const bytes = address.split(".").map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const hex = number.toString(16).padStart(8, "0");
  const groups = `${hex.slice(0, 4)}:${hex.slice(4)}`;
  return [
    address,
    `${address}.`,
    String(number),
    `0x${hex}`,
    `0${number.toString(8)}`,
    bytes.map((byte) => `0${byte.toString(8)}`).join("."),
    bytes.map((byte) => `0x${byte.toString(16)}`).join("."),
    `${a}.${(b << 16) | (c << 8) | d}`,
    `${a}.${b}.${(c << 8) | d}`,
    Array.from(address)
      .map((character) => (character === "." ? "。" : String.fromCodePoint(0xff10 + Number(character))))
      .join(""),
    address.replaceAll(".", "%2e"),
    `[::ffff:${address}]`,
    `[::ffff:${groups}]`,
    `[::${groups}]`,
    `[64:ff9b::${groups}]`,
    `[2002:${groups}::]`,
  ];
}
