import type { Command } from "../command.ts";
import { platformUrl } from "../platform/connection.ts";
import { writeCredential } from "../platform/credentials.ts";
import { loginByDevice, logout } from "../platform/device-login.ts";
import { oneLine } from "../render/printable.ts";

const loginCommand: Command = {
  name: "login",
  summary: "Sign in to a platform with your browser, here or on any other device.",
  details:
    "Shows a code and an address. What it gets is kept in ~/.config/berth/credentials.json, which only you can read, holds for this address only, and is renewed by itself for up to 90 days.",
  positionals: [],
  options: {},
  examples: ["a2a login", "a2a login --url https://berth.example.com"],
  async run({ args, io, progress }) {
    const url = platformUrl(args, io);
    const { origin } = new URL(url);
    const controller = new AbortController();
    const release = io.onInterrupt(() => controller.abort());
    try {
      const show = ({ userCode, address }: { readonly userCode: string; readonly address: string }): void =>
        progress(`Open ${address}\nand check that it shows the code ${userCode}. Waiting…`);
      const credential = await loginByDevice(url, show, controller.signal);
      await writeCredential(origin, io.userHome, credential);
    } finally {
      release();
    }
    return { json: { url: origin, signedIn: true }, text: `Signed in to ${origin}.` };
  },
};

const logoutCommand: Command = {
  name: "logout",
  summary: "Sign out of a platform, here and there.",
  positionals: [],
  options: {},
  examples: ["a2a logout"],
  async run({ args, io }) {
    const { origin } = new URL(platformUrl(args, io));
    const wasSignedIn = await logout(origin, io.userHome);
    const text = wasSignedIn ? `Signed out of ${origin}.` : `You were not signed in to ${origin}.`;
    return { json: { url: origin, signedIn: false, wasSignedIn }, text };
  },
};

const whoamiCommand: Command = {
  name: "whoami",
  summary: "Say who you are to a platform, and what you may do.",
  positionals: [],
  options: {},
  examples: ["a2a whoami", "a2a whoami --json"],
  async run({ platform }) {
    const me = await (await platform()).whoami();
    const name = me.name === null || me.name === undefined ? me.id : `${me.name} (${me.id})`;
    return { json: me, text: oneLine(`${name}, ${me.kind} of ${me.orgId}: ${me.scopes.join(", ")}`) };
  },
};

export const loginCommands: readonly Command[] = [loginCommand, logoutCommand, whoamiCommand];
