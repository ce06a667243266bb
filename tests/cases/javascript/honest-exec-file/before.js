const { exec } = require("node:child_process");

function log(folder, done) {
  exec("git -C " + folder + " log --oneline", done);
}

module.exports = { log };
