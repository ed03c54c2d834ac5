import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TlsAuthority {
  /** What a client must trust, PEM. */
  readonly certificate: string;
  /** A server's key and certificate for these names, PEM. */
  issue(...names: readonly string[]): { readonly key: string; readonly cert: string };
}

/** A certificate authority of a test's own, made by openssl in this folder. */
export function createTlsAuthority(folder: string): TlsAuthority {
  const openssl = (...args: readonly string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority");
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  return {
    certificate: read("ca.pem"),
    issue(...names) {
      writeFileSync(join(folder, "names.ext"), `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`);
      openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server");
      const signedBy = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
      openssl(
        "x509",
        "-req",
        "-in",
        "server.csr",
        ...signedBy,
        "-out",
        "server.pem",
        "-days",
        "2",
        "-extfile",
        "names.ext",
      );
      return { key: read("server.key"), cert: read("server.pem") };
    },
  };
}
