"use strict";

/**
 * First process of a jail whose agent is not for Node: it is the bridge, and the program is its child. It guards nothing
 * either: the jail around both is the program's jail. Its own files are mounted beside it, so that it runs in any root.
 */

const { spawn } = require("node:child_process");
const { statSync } = require("node:fs");
const { constants } = require("node:os");

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const PASSED_ON = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];

const { command, env, workdir } = JSON.parse(process.env.BERTH_PROGRAM);
const [file, ...args] = command;
let child;
let early;
for (const name of PASSED_ON) {
  process.on(name, () => {
    if (child === undefined) early = name;
    else child.kill(name);
  });
}
require("./bridge.cjs");
// Its servers listen by then: a program may use the way out with its first line.
setImmediate(start);

function start() {
  if (!isFolder(workdir)) fail(`its folder ${workdir} is not there`, NOT_FOUND);
  if (early !== undefined) process.exit(128 + constants.signals[early]);
  child = spawn(file, args, { env, cwd: workdir, stdio: ["ignore", "inherit", "inherit"] });
  child.on("error", (error) => {
    if (child.pid === undefined) fail(why(error), error.code === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function why({ code, message }) {
  if (code === "ENOENT") return "it is not there, or the loader or interpreter that it names is not";
  if (code === "EACCES") return "it may not be executed";
  return message;
}

function fail(reason, code) {
  process.stderr.write(`berth: cannot start ${file}: ${reason}\n`);
  process.exit(code);
}

function isFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
