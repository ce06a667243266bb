const { execFile } = require("node:child_process");

function log(folder, done) {
  execFile("git", ["-C", folder, "log", "--oneline"], done);
}

module.exports = { log };
