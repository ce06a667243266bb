const fs = require("node:fs");

function load(path) {
  let text = "{}";
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (error) {
  }
  return JSON.parse(text);
}

module.exports = { load };
