import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority in a folder, by the machine's own openssl. */
export class TestAuthority {
  readonly #folder: string;
  readonly #name: string;
  readonly cert: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    openssl(
      "req",
      "-x509",
      ...EC,
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      this.#path("key"),
      "-out",
      this.#path("pem"),
    );
    this.cert = readFileSync(this.#path("pem"), "utf8");
  }

  /** Negative `days` make one that is over. */
  issue(name: string, { san, days = 2 }: { readonly san: string; readonly days?: number }): TestCertificate {
    const path = (kind: string): string => join(this.#folder, `${this.#name}-${name}.${kind}`);
    writeFileSync(path("ext"), `subjectAltName=${san}\n`);
    openssl("req", "-new", ...EC, "-subj", `/O=Test/CN=${name}`, "-keyout", path("key"), "-out", path("csr"));
    const by = ["-CA", this.#path("pem"), "-CAkey", this.#path("key"), "-CAcreateserial"];
    const out = ["-days", String(days), "-extfile", path("ext"), "-out", path("pem")];
    openssl("x509", "-req", "-in", path("csr"), ...by, ...out);
    return { cert: readFileSync(path("pem"), "utf8"), key: readFileSync(path("key"), "utf8") };
  }

  #path(kind: string): string {
    return join(this.#folder, `${this.#name}.${kind}`);
  }
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"] as const;

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
