const run = require("node:child_process")["exec"];

function log(folder, done) {
  run.call(null, "git -C " + folder + " log --oneline", done);
}

module.exports = { log };
